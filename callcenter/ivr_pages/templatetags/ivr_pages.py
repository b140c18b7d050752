"""Small words of the pages of the menus."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from callcenter.floor.templatetags.floor import label, number, share
from callcenter.floor.words import word
from callcenter.ivr_pages.asking import Question, quoted
from callcenter.ivr_pages.meanings import MEANINGS, Meaning
from callcenter.ivr_pages.sentences import said
from callcenter.ivr_pages.words import CHANGE, IMPORT, KIND, MEASURES, PROPOSAL, STEPS, VERSION, WAY, fault_words
from ivr.paths.queries import NodeDifference
from ivr.paths.statistics import HIDDEN_BELOW, Difference, Share

register = template.Library()


@register.simple_tag(takes_context=True)
def behind(context: Any, shown: object, query: str, judged: str = "") -> str | SafeString:
    """A number, leading to its calls for those who may open calls."""
    text = number(shown) if isinstance(shown, int) else str(shown)
    if not context.get("opens") or shown in (0, None):
        return text
    question: Question = context["page"].question
    return format_html('<a href="{}?{}">{}</a>', reverse("ivr_pages:calls"), question.narrowed(query, judged), text)


@register.simple_tag(takes_context=True)
def rate_behind(context: Any, of: Share, query: str) -> str | SafeString:
    """A share with its interval as its title, leading to its calls; hidden below ten observations."""
    if of.hidden or of.value is None:
        return format_html('<span class="none" title="n = {}">–</span>', of.n)
    if not of.hits:
        return format_html('<span class="none">{}</span>', 0)
    title = f"{share(of.low)} – {share(of.high)}, n = {number(of.n)}"
    return format_html('<span title="{}">{}</span>', title, behind(context, share(of.value), query))


_CALLS = {
    "drop_off": "{} > hung_up", "zero_out": "zero_out@{}", "error": "error@{}", "done": "done@{}", "transfer": "transfer@{}",
}  # fmt: skip


@register.simple_tag(takes_context=True)
def side_behind(context: Any, question: Question, line: NodeDifference, side: str) -> str | SafeString:
    """One side's share in a comparison, leading to its calls; below ten observations hidden."""
    value, n = getattr(line.difference, side), getattr(line.difference, f"n_{side}")
    if n < HIDDEN_BELOW:
        return format_html('<span class="none" title="n = {}">–</span>', n)
    title, text = f"n = {number(n)}", share(value)
    if not context.get("opens") or not value:
        return format_html('<span title="{}">{}</span>', title, text)
    query = (
        line.measure.replace("outcome:", "outcome=")
        if not line.node
        else _CALLS[line.measure].format(quoted(line.node))
    )
    return format_html(
        '<a title="{}" href="{}?{}">{}</a>', title, reverse("ivr_pages:calls"), question.narrowed(query), text
    )


@register.inclusion_tag("floor/meanings.html")
def meanings(codes: str) -> dict[str, list[Meaning]]:
    """`{% meanings "visits drop_off" %}`: what these figures of the page mean."""
    return {"meanings": [MEANINGS[code] for code in codes.split()]}


@register.filter
def narrowed(question: Question, query: str) -> str:
    """`{{ page.question|narrowed:"outcome=agent" }}`: the address of the same page for fewer calls."""
    return f"?{question.narrowed(query)}"


@register.filter
def named(key: str, labels: Any) -> str:
    """A node or reason in the reader's language."""
    found = labels.get(key)
    return label(found) if found else key


@register.filter
def node_query(node: str, form: str = "{}") -> str:
    """`{{ node|node_query:"{} > hung_up" }}`"""
    return form.replace("{}", f'"{node}"')


@register.filter
def interval(of: Share) -> str:
    return f"{share(of.low)} – {share(of.high)}" if of.n else "–"


@register.filter
def points(value: float) -> str:
    """0.034 → +3.4; the unit (percentage points) stands in the header."""
    return "0.0" if abs(value) < 0.0005 else f"{100 * value:+.1f}"


@register.filter
def points_interval(of: Difference) -> str:
    return f"{points(of.low)} … {points(of.high)}"


@register.filter
def step_word(kind: str) -> str:
    """What an event of a path is called."""
    return str(STEPS.get(kind, kind))


@register.filter
def measure_word(measure: str) -> str:
    """`outcome:agent` → To an agent, `drop_off` → Drop-off."""
    if measure.startswith("outcome:"):
        return str(word("outcome", measure.partition(":")[2]))
    return str(MEASURES.get(measure, measure))


@register.filter
def proposal_word(state: str) -> str:
    return str(PROPOSAL.get(state, state))


@register.filter
def minus(value: float) -> float:
    """What is saved is a gain: the sign turned round."""
    return -value


_WORDS = {"import": IMPORT, "kind": KIND, "way": WAY, "version": VERSION, "change": CHANGE}


@register.filter
def menu_word(code: str, of: str) -> str:
    """`{{ node.kind|menu_word:"kind" }}`: kind | way | version | change | import."""
    return str(_WORDS[of].get(code, code))


@register.filter(name="said")
def said_word(sentence: object) -> str:
    """What the room said, in the reader's language."""
    return said(sentence)


@register.filter
def fault_word(of: Any) -> str:
    """A fault or an advice in the reader's language."""
    return fault_words(of["code"], of["facts"]) if isinstance(of, dict) else fault_words(of.code, of.facts)


@register.filter
def at(of: Any, key: str) -> Any:
    """`{{ row.label|at:"en" }}`: the value under a key, "" if there is none."""
    return of.get(key, "") if of else ""


@register.filter
def name_of_node(node: str, definition: Any) -> str:
    """A node of a definition in the reader's language, its key where it has no label yet."""
    return label(definition.label(node))


@register.filter
def words_of(text: str) -> list[str]:
    """`{% for code in "agent task"|words_of %}`"""
    return text.split()


@register.filter
def hours(seconds: float) -> str:
    """7200 → 2.0; small amounts keep two digits."""
    return f"{seconds / 3600:,.1f}" if seconds >= 360 else f"{seconds / 3600:.2f}"
