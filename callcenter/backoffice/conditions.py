"""A condition on customers in words, for those who ask why a rule put a tag on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from callcenter.backoffice.insight_words import COMPARED, COUNTED_WORDS, INSIGHT_WORDS, RELATED_WORDS
from callcenter.backoffice.words import UNITS, WORDS
from customers.catalogue import queries as catalogue
from customers.insight.queries import tags
from customers.segments.fields import FLAG, NUMBER, Field
from customers.segments.grammar import All, Count, Leaf, Node, Not, Related, Some, leaves

# Facts whose values are keys of tags or codes of products.
_NAMED = {"tags": "tag", "products": "product", "plan": "product"}
_NO_NAMES: Mapping[str, str] = {}


def in_words(node: Node, *, names: Mapping[str, str] = _NO_NAMES) -> str:
    """As the builder reads: `Data, GB < 1 and (… or …)`. `names` are those of the tags and products it speaks of."""
    match node:
        case All(parts=parts):
            return _joined(parts, pgettext("condition", "and"), names)
        case Some(parts=parts):
            return _joined(parts, pgettext("condition", "or"), names)
        case Not(part=part):
            return f"{_('not')} ({in_words(part, names=names)})"
        case Related(by=by, part=part):
            return f"{RELATED_WORDS.get(by.key, by.key)} {in_words(part, names=names)}"
        case Count():
            return _counted(node)
        case Leaf():
            return _compared(node, names)


def all_in_words(nodes: Mapping[int, Node]) -> dict[int, str]:
    """Each condition in words, with the names of what it speaks of."""
    names = names_in(nodes.values())
    return {key: in_words(node, names=names) for key, node in nodes.items()}


def names_in(nodes: Iterable[Node]) -> dict[str, str]:
    """The names, in the reader's language, of the tags and products that these conditions speak of. Two statements at most."""
    asked: dict[str, set[str]] = {}
    for node in nodes:
        for leaf in leaves(node):
            if isinstance(leaf, Leaf) and leaf.field.key in _NAMED and leaf.value is not None:
                told = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
                asked.setdefault(_NAMED[leaf.field.key], set()).update(told)
    is_chinese = get_language() == "zh-hans"
    names = catalogue.names(codes=sorted(asked["product"]), chinese=is_chinese) if "product" in asked else {}
    if "tag" in asked:
        names |= {tag.key: tag.name_zh if is_chinese else tag.name_en for tag in tags() if tag.key in asked["tag"]}
    return names


def _joined(parts: Iterable[Node], by: str, names: Mapping[str, str]) -> str:
    told = [
        f"({in_words(one, names=names)})" if isinstance(one, All | Some) else in_words(one, names=names)
        for one in parts
    ]
    return f" {by} ".join(told)


def _counted(node: Count) -> str:
    what = str(COUNTED_WORDS.get(node.kind, node.kind))
    if about := ", ".join(_word(one) for one in (node.channel, node.code) if one):
        what = f"{what} ({about})"
    within = pgettext("condition", "in %(days)s days") % {"days": node.days}
    return f"{what} {within} {COMPARED.get(node.op, node.op)} {node.value}"


def _compared(node: Leaf, names: Mapping[str, str]) -> str:
    label = node.field.zh if get_language() == "zh-hans" else node.field.en
    if node.op == "is_missing":
        return f"{label} {_('is not known')}"
    if node.field.kind == FLAG:
        return f"{label}{pgettext('list', ': ')}{_('yes') if node.value else _('no')}"
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    by = f" {_('and')} " if node.op == "between" else ", "
    return f"{label} {COMPARED.get(node.op, node.op)} {by.join(_value(node.field, one, names) for one in values)}"


def _value(field: Field, value: Any, names: Mapping[str, str]) -> str:
    if field.kind != NUMBER:
        return names.get(value) or _word(value) if field.key in _NAMED else _word(value)
    unit = str(UNITS.get(field.unit, field.unit))
    return f"{value / field.parts:g} {unit}".strip()


def _word(code: str) -> str:
    return str(INSIGHT_WORDS.get(code) or WORDS.get(code, code))  # an app is a channel here, not an identifier
