"""Which questions of the knowledge base a customer answers: for the agent who serves them, by what is known of them alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from customers.insight.facts import Facts
from customers.knowledge.blanks import Tree, blanks, filled
from customers.knowledge.queries import as_question, questions
from customers.knowledge.questions import SHIPPED
from customers.segments.fields import FIELDS, NUMBER, TEXT
from customers.segments.grammar import BadTree, Node, Some, parse
from customers.segments.standing import held_by

ASKED = 40  # questions at most
MOST = 4  # shown


@dataclass(frozen=True, kw_only=True)
class Said:
    """One fact a question asks for, as it is of this customer."""

    label_en: str
    label_zh: str
    value: float | int
    unit: str  # days | yuan | GB | min | % | ""


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """A question this customer answers, with their own values in its blanks."""

    name_en: str
    name_zh: str
    facts: tuple[Said, ...]


def fitting(*, customer_id: UUID, now: datetime) -> tuple[Fitting, ...]:
    """The questions that fit; none of whom nothing is computed (they object, are restricted, or new). Two or three statements.

    What names a place or the like is asked with the customer's own; whoever is related to somebody is not asked here.
    """
    own = Facts.objects.filter(customer=customer_id).first()
    if own is None:
        return ()
    kept = [as_question(one) for one in questions()]
    asked = [(one, _theirs(one.tree, own)) for one in [*SHIPPED, *kept][:ASKED]]
    held = held_by(own, [_parsed(tree) for _one, tree in asked], now=now)
    fits = [one for (one, _tree), is_theirs in zip(asked, held, strict=True) if is_theirs]
    return tuple(Fitting(name_en=one.en, name_zh=one.zh, facts=_said(one.tree, own)) for one in fits[:MOST])


def _parsed(tree: Tree) -> Node:
    try:
        return parse(tree)
    except BadTree:  # kept before a field was renamed: it fits nobody, and hides no other
        return Some(parts=())


def _theirs(tree: Tree, own: Facts) -> Tree:
    """The condition with the customer's own words in its free blanks, as the region."""
    answers = {
        blank.place: [str(told)]
        for blank in blanks(tree)
        if blank.field in FIELDS and FIELDS[blank.field].kind == TEXT and blank.op == "=" and not blank.choices
        if (told := getattr(own, blank.field))
    }
    return filled(tree, answers)


def _said(tree: Tree, own: Facts) -> tuple[Said, ...]:
    """The customer's own number in each blank that asks for one."""
    found: dict[str, Said] = {}
    for blank in blanks(tree):
        field = FIELDS.get(blank.field)
        if field is None or field.kind != NUMBER or blank.part != "value":
            continue
        told: Any = getattr(own, field.key)
        if told is not None:
            shown = round(float(told) / field.parts, 0 if field.unit == "%" else 2)
            value = int(shown) if shown == int(shown) else shown
            found[field.key] = Said(label_en=field.en, label_zh=field.zh, value=value, unit=field.unit)
    return tuple(found.values())
