"""Asking the knowledge base: its questions, and who is like a customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.bilingual import spoken
from callcenter.foundation.errors import NotFound
from callcenter.foundation.numbers import whole
from customers.insight.facts import Facts
from customers.knowledge import likeness
from customers.knowledge.models import SavedQuestion
from customers.knowledge.questions import SHIPPED, Question
from customers.models import Customer
from customers.segments import counting
from customers.segments.compilers import Dialect

MOST = 50
_OF_PRODUCTS = 5


@dataclass(frozen=True, kw_only=True)
class Alike:
    """One who is like the customer asked about. `distance` in deviations, 0 = the same; the name is masked."""

    customer_id: UUID
    masked_name: str
    distance: float
    facts: Facts


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """The customer's own facts, the nearest, and what these hold that the customer does not, with how many of them do."""

    own: Facts
    nearest: tuple[Alike, ...]
    held_by_them: tuple[tuple[str, int], ...]
    as_of: datetime | None


def alike(*, customer_id: UUID, now: datetime, most: int = 20) -> Likeness:
    """Who is most like this customer. Raises NotFound where nothing is computed of them."""
    own = Facts.objects.filter(customer=customer_id).first()
    if own is None:
        raise NotFound(_("Nothing is computed about this customer: there is nothing to compare."))

    def sql(dialect: Dialect, now: datetime) -> tuple[str, dict[str, Any]]:
        names = {name: dialect.parameter.format(name=name) for name in ("who", "most")}
        return likeness.statement(table=dialect.facts, **names), {"who": customer_id, "most": min(max(most, 1), MOST)}

    found, as_of, _engine = counting.asked(sql, now)
    near: list[tuple[Any, float]] = [(who, float(distance)) for who, distance in found]
    ids = [UUID(str(who)) for who, _distance in near]
    facts = {row.customer_id: row for row in Facts.objects.filter(customer__in=ids)}
    # what the mirror said at night is asked again: who was erased or restricted since is not shown
    names = dict(Customer.objects.filter(pk__in=ids, status="active").values_list("pk", "name"))
    nearest = tuple(
        Alike(customer_id=who, masked_name=masks.person(names[who]), distance=distance, facts=facts[who])
        for who, (_same, distance) in zip(ids, near, strict=True)
        if who in names and who in facts
    )
    held = Counter(code for one in nearest for code in one.facts.products if code not in own.products)
    return Likeness(own=own, nearest=nearest, held_by_them=tuple(held.most_common(_OF_PRODUCTS)), as_of=as_of)


def questions() -> list[SavedQuestion]:
    """Those that people kept, by name."""
    return list(SavedQuestion.objects.filter(archived_at__isnull=True).order_by("name"))


def question(*, key: str) -> Question:
    """A shipped question by its key, a kept one by `q7`. Raises NotFound."""
    shipped = next((one for one in SHIPPED if one.key == key), None)
    if shipped is not None:
        return shipped
    number, kept = whole(key.removeprefix("q")), None
    if number is not None:
        kept = SavedQuestion.objects.filter(pk=number, archived_at__isnull=True).first()
    if kept is None:
        raise NotFound(_("There is no such question."))
    return as_question(kept)


def as_question(kept: SavedQuestion) -> Question:
    """A kept question as the shipped ones are, its name in each language where it was written in both."""
    en, zh = (spoken(kept.name, language=language) for language in ("en", "zh-hans"))
    return Question(key=kept.key, en=en, zh=zh, tree=kept.tree)
