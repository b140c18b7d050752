"""Who belongs with whom and how: who pays and who uses, the home, the campus, the enterprise, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from callcenter.foundation import masks
from customers.identity.models import Customer, Relationship

MOST = 30


@dataclass(frozen=True, kw_only=True)
class Relation:
    """One tie of a customer. `is_theirs`: the customer is `role` of the other party; else the other is theirs."""

    id: int
    other: UUID
    masked_name: str
    kind: str  # of the other party
    role: str
    is_theirs: bool
    since: date | None
    until: date | None
    ended: bool


def relations(*, customer_id: UUID, today: date) -> list[Relation]:
    """Every tie, those of the past last. One statement; names of others are masked, of the erased left out."""
    rows = (
        Relationship.objects.filter(Q(a=customer_id) | Q(b=customer_id))
        .exclude(Q(a__status=Customer.Status.ERASED) | Q(b__status=Customer.Status.ERASED))
        .select_related("a", "b")
        .order_by("pk")[:MOST]
    )
    told = [_relation(row, customer_id, today) for row in rows]
    return sorted(told, key=lambda one: one.ended)


def _relation(row: Relationship, customer_id: UUID, today: date) -> Relation:
    is_theirs = row.a_id == customer_id
    other = row.b if is_theirs else row.a
    return Relation(
        id=row.pk, other=other.pk, masked_name=masks.person(other.name), kind=other.kind, role=row.role, is_theirs=is_theirs,
        since=row.valid_from, until=row.valid_to, ended=row.valid_to is not None and row.valid_to <= today,
    )  # fmt: skip
