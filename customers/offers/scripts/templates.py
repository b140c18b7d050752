"""The words of a script as templates: a handful of node kinds and nothing else. Pure.

What a text may hold is decided on its syntax tree when it is saved, so that nothing loops, calls, looks into a value
or computes: length bounds time and size. `{agent}` is short for `{{ agent }}`. What is filled in is never read as
text again; the page escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from customers.offers.scripts.slots import FILTERS, SLOTS, Kind, Value
from customers.offers.wording import Text, gigabytes, yuan

LONGEST_TEXT = 500
DEEPEST = 3  # conditions inside conditions
MOST_NODES = 120

_LONGEST_VALUE = 120
_SHORT = re.compile(r"(?<!\{)\{([A-Za-z_]+)\}(?!\})")
_TAG = re.compile(r"\{%[-+]?\s*([A-Za-z_]*)")
_TAGS = frozenset({"if", "elif", "else", "endif"})
_SAID = (nodes.Name, nodes.Filter, nodes.TemplateData)
_WEIGHED = (nodes.Name, nodes.Const, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not)
_FRAME = (nodes.Template, nodes.Output, nodes.If)
# A price, share, size or term typed by hand grows old and wrong: figures come from the engine.
_FIGURE = re.compile(
    r"[0-9０-９一二三四五六七八九十百千两]+(?:\.[0-9]+)?\s*(?:元|块钱|折|%|％|percent|yuan|fen|GB|G流量|MB|months?|years?|个月|年)",
    re.IGNORECASE,
)


class _Missing(StrictUndefined):
    """A slot without a value: false in a condition, unsayable in a sentence."""

    def __bool__(self) -> bool:  # type: ignore[override]  # the base raises here; a condition must not
        return False


@dataclass(kw_only=True)
class _Look:
    """What was met on the way through a tree."""

    found: list[Text] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    slots: set[str] = field(default_factory=set)
    seen: int = 0


def faults(text: str) -> list[Text]:
    """What bars this text from being said; an empty list is a good text."""
    if len(text) > LONGEST_TEXT:
        return [_fault(f"the text is longer than {LONGEST_TEXT} characters.", f"文字超过{LONGEST_TEXT}个字符。")]
    if any(ord(sign) < 32 for sign in text):
        return [_fault("plain text only, without control signs.", "只能是纯文本，不得含控制符。")]
    look = _looked_at(text)
    return [*look.found, *_plain_faults("".join(look.plain))]


def condition_faults(text: str) -> list[Text]:
    """The same for the condition under which a line is said, as in `saving > 3000 and not throttled`."""
    if "%}" in text or "{" in text or "}" in text:
        return [_fault("a condition is written without braces.", "条件中不得出现花括号。")]
    found = faults(f"{{% if {text} %}}x{{% endif %}}")
    if not found and not slots_of(f"{{% if {text} %}}x{{% endif %}}"):
        found = [_fault("a condition weighs a slot.", "条件须引用变量。")]
    return found


def slots_of(text: str) -> frozenset[str]:
    """The slots a good text names."""
    return frozenset(_looked_at(text).slots)


def render(text: str, *, values: Mapping[str, Value | None], language: str) -> str | None:
    """The text with its slots filled; None where a figure it needs is not known, or the text was never approved here."""
    zh = language.lower().startswith("zh")
    given = {name: value for name in SLOTS if (value := _given(name, values, language)) is not None}
    try:
        return str(_compiled(text, zh).render(given))
    except Exception:  # a value of the wrong kind or a broken text: this line is left out, the others are said
        return None


def holds(condition: str, *, values: Mapping[str, Value | None], language: str) -> bool:
    """Whether a line's condition is met; a figure nobody knows meets none."""
    return render(f"{{% if {condition} %}}x{{% endif %}}", values=values, language=language) == "x"


# --- the syntax tree ------------------------------------------------------------------------------------------------
@lru_cache(maxsize=1024)
def _tree(text: str) -> nodes.Template:
    return _environment(False).parse(_expanded(text))


def _looked_at(text: str) -> _Look:
    look = _Look()
    tags = {tag for tag in _TAG.findall(text) if tag not in _TAGS}
    if tags or "{#" in text:
        look.found.append(_fault("only conditions stand between {% and %}.", "{%与%}之间只能写条件。"))
        return look
    try:
        tree = _tree(text)
    except TemplateSyntaxError:
        look.found.append(
            _fault("braces only around a slot or a condition, as in {agent}.", "花括号只能用于变量或条件，如{agent}。")
        )
        return look
    except RecursionError:
        look.found.append(_fault("too deeply nested.", "嵌套过深。"))
        return look
    for node in tree.body:
        look.found += _frame(node, look, 0)
    if look.seen > MOST_NODES:
        look.found.append(_fault("too many slots and conditions.", "变量和条件过多。"))
    return look


def _frame(node: nodes.Node, look: _Look, depth: int) -> Iterator[Text]:
    """What stands between words: output, and conditions over further frames."""
    look.seen += 1
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield from _spoken(part, look)
    elif isinstance(node, nodes.If) and depth < DEEPEST:
        yield from _weighed(node.test, look, 0)
        for inner in (*node.body, *node.elif_, *node.else_):
            yield from _frame(inner, look, depth + 1)
    else:
        yield _fault("only slots and conditions, not nested deeply.", "只能使用变量和条件，且不得嵌套过深。")


def _spoken(node: nodes.Node, look: _Look) -> Iterator[Text]:
    """A piece of text, a slot, or a slot through its filter."""
    look.seen += 1
    if isinstance(node, nodes.TemplateData):
        look.plain.append(node.data)
    elif isinstance(node, nodes.Name):
        yield from _slot(node.name, "", look)
    elif isinstance(node, nodes.Filter) and _is_plain_filter(node):
        assert isinstance(node.node, nodes.Name)
        yield from _slot(node.node.name, node.name, look)
    else:
        yield _fault(
            "between {{ and }} stands one slot, as in {{ fee|money }}.", "{{与}}之间只能写一个变量，如{{ fee|money }}。"
        )


def _is_plain_filter(node: nodes.Filter) -> bool:
    extras = node.args or node.kwargs or node.dyn_args or node.dyn_kwargs
    return isinstance(node.node, nodes.Name) and not extras


def _slot(name: str, through: str, look: _Look) -> Iterator[Text]:
    slot = SLOTS.get(name)
    if slot is None:
        known = ", ".join(SLOTS)
        yield _fault(f"no such slot: {name}. There are {known}.", f"没有变量{name}，可用：{known}。")
        return
    look.slots.add(name)
    needed = "" if slot.kind is Kind.TEXT else slot.kind.value
    if slot.kind is Kind.FLAG:
        yield _fault(f"{name} is for conditions, it cannot be said.", f"{name}只能用于条件。")
    elif through != needed and not (slot.kind is Kind.TEXT and through == "mask"):
        wanted = f"{{{{ {name}|{needed} }}}}" if needed else f"{{{name}}}"
        yield _fault(f"say {name} as {wanted}.", f"{name}须写作{wanted}。")


def _weighed(node: nodes.Node, look: _Look, depth: int) -> Iterator[Text]:
    """A condition: slots and constants compared, joined and denied."""
    look.seen += 1
    if not isinstance(node, _WEIGHED) or depth > 2 * DEEPEST:
        yield _fault("a condition compares slots, nothing more.", "条件只能比较变量。")
        return
    if isinstance(node, nodes.Name):
        if node.name in SLOTS:
            look.slots.add(node.name)
        else:
            yield from _slot(node.name, "", look)
    if isinstance(node, nodes.Const) and not isinstance(node.value, int | str | bool):
        yield _fault("a condition compares whole numbers and words.", "条件只能与整数或文字比较。")
    for child in node.iter_child_nodes():
        yield from _weighed(child, look, depth + 1)


def _plain_faults(plain: str) -> Iterator[Text]:
    if "{" in plain or "}" in plain:
        yield _fault("braces only around a slot, as in {agent}.", "花括号只能用于变量，如{agent}。")
    if "<" in plain or ">" in plain:
        yield _fault("plain text only, without angle brackets.", "只能是纯文本，不得含尖括号。")
    figure = _FIGURE.search(plain)
    if figure:
        typed = figure.group(0).strip()
        yield _fault(
            f"no figure typed by hand ({typed}): a slot says the computed one.", f"不得手写数字（{typed}），请用变量。"
        )


# --- rendering ------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=2)
def _environment(zh: bool) -> ImmutableSandboxedEnvironment:
    # Not escaped here: the page that shows the words escapes them, and twice would be read out.
    made = ImmutableSandboxedEnvironment(undefined=_Missing, autoescape=False, cache_size=0)
    made.filters = {
        "money": lambda fen: f"{yuan(fen).removesuffix('.00')}{'元' if zh else ' yuan'}",
        "months": lambda count: f"{count:d}个月" if zh else f"{count:d} month{'' if count == 1 else 's'}",
        "date": lambda text: _day(text, zh),
        "gb": lambda kb: f"{gigabytes(kb)}{'GB' if zh else ' GB'}",
        "mask": lambda text: f"{text[:1]}**",
    }
    made.globals, made.tests = {}, {}
    return made


@lru_cache(maxsize=1024)
def _compiled(text: str, zh: bool):  # type: ignore[no-untyped-def]  # jinja2.Template; its loader signature is untyped
    look = _looked_at(text)
    if look.found:
        raise ValueError("never approved")
    return _environment(zh).from_string(_expanded(text))


def _expanded(text: str) -> str:
    return _SHORT.sub(r"{{ \1 }}", text)


def _day(text: str, zh: bool) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日" if zh else day.isoformat()


def _given(name: str, values: Mapping[str, Value | None], language: str) -> Value | None:
    slot, value = SLOTS[name], values.get(name)
    if isinstance(value, str):
        value = " ".join(value.split())[:_LONGEST_VALUE] or None
    if value is None and slot.missing is not None:
        return slot.missing.to(language)
    return value


def _fault(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


assert set(FILTERS) < set(_environment(False).filters)  # every kind that is said has its filter
