"""A condition on customers in words, for those who ask why a rule put a tag on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from callcenter.backoffice.insight_words import COMPARED, COUNTED_WORDS, INSIGHT_WORDS
from callcenter.backoffice.words import UNITS, WORDS
from customers.segments.fields import FLAG, NUMBER, Field
from customers.segments.grammar import All, Count, Leaf, Node, Not, Related, Some


def in_words(node: Node) -> str:
    """As the builder reads: `Data, GB < 1 and (… or …)`."""
    match node:
        case All(parts=parts):
            return _joined(parts, pgettext("condition", "and"))
        case Some(parts=parts):
            return _joined(parts, pgettext("condition", "or"))
        case Not(part=part):
            return f"{_('not')} ({in_words(part)})"
        case Related(part=part):
            return f"{_('somebody else in the circle for whom')} {in_words(part)}"
        case Count():
            return _counted(node)
        case Leaf():
            return _compared(node)


def _joined(parts: Iterable[Node], by: str) -> str:
    told = [f"({in_words(one)})" if isinstance(one, All | Some) else in_words(one) for one in parts]
    return f" {by} ".join(told)


def _counted(node: Count) -> str:
    what = str(COUNTED_WORDS.get(node.kind, node.kind))
    if about := ", ".join(_word(one) for one in (node.channel, node.code) if one):
        what = f"{what} ({about})"
    within = pgettext("condition", "in %(days)s days") % {"days": node.days}
    return f"{what} {within} {COMPARED.get(node.op, node.op)} {node.value}"


def _compared(node: Leaf) -> str:
    label = node.field.zh if get_language() == "zh-hans" else node.field.en
    if node.op == "is_missing":
        return f"{label} {_('is not known')}"
    if node.field.kind == FLAG:
        return f"{label}{pgettext('list', ': ')}{_('yes') if node.value else _('no')}"
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    by = f" {_('and')} " if node.op == "between" else ", "
    return f"{label} {COMPARED.get(node.op, node.op)} {by.join(_value(node.field, one) for one in values)}"


def _value(field: Field, value: Any) -> str:
    if field.kind != NUMBER:
        return _word(value)
    unit = str(UNITS.get(field.unit, field.unit))
    return f"{value / field.parts:g} {unit}".strip()


def _word(code: str) -> str:
    return str(INSIGHT_WORDS.get(code) or WORDS.get(code, code))  # an app is a channel here, not an identifier
