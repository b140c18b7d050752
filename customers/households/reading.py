"""What people share, out of the tables; and the review queue as a person sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from callcenter.foundation import masks
from customers.households.models import GroupProposal
from customers.households.rules import SIGNALS
from customers.identity.models import Relationship

SHOWN = 12  # members of a large group


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of the people; `inside` where they belong to the group already."""

    id: UUID
    masked_name: str
    region: str
    birth_year: int | None
    role: str
    inside: bool


@dataclass(frozen=True, kw_only=True)
class Case:
    """One proposal with its people, `more` of them not shown; `group` is set where it would grow one that exists."""

    id: int
    kind: str
    because: tuple[tuple[str, int], ...]
    members: tuple[Member, ...]
    more: int
    group: UUID | None
    surname: str


def told(*, now: datetime) -> Iterator[tuple[str, str, UUID]]:
    """Signal, what is shared, who: only what two or more share."""
    values = {"now": now, "today": timezone.localdate(now)}
    for signal in SIGNALS:
        with connection.cursor() as cursor:
            cursor.execute(_SHARED.format(query=signal.query), values)
            while rows := cursor.fetchmany(5_000):
                yield from ((signal.code, what, customer) for what, customer in rows)


_SHARED = """
WITH said (what, customer) AS MATERIALIZED ({query})
SELECT DISTINCT what, customer FROM said
WHERE what IN (SELECT what FROM said GROUP BY what HAVING count(DISTINCT customer) > 1)
"""


def waiting() -> dict[str, int]:
    """Open proposals by kind."""
    counts: dict[str, int] = {}
    for kind in GroupProposal.objects.filter(state=GroupProposal.State.OPEN).values_list("kind", flat=True):
        counts[kind] = counts.get(kind, 0) + 1
    return counts


def queue(*, kind: str = "", most: int = 20) -> list[Case]:
    """The strongest open proposals. Three statements, however many there are."""
    found = GroupProposal.objects.filter(state=GroupProposal.State.OPEN).order_by("-strength", "id")
    rows = list((found.filter(kind=kind) if kind else found).prefetch_related("candidates__customer")[:most])
    groups = {row.group_id for row in rows if row.group_id}
    inside = set(Relationship.objects.filter(b__in=groups, valid_to__isnull=True).values_list("a", "b"))
    return [_case(row, inside) for row in rows]


def decided(*, most: int = 10) -> list[GroupProposal]:
    """What people said of proposals lately, newest first. One statement."""
    told = GroupProposal.objects.filter(state__in=(GroupProposal.State.ACCEPTED, GroupProposal.State.DISMISSED))
    return list(told.order_by("-decided_at", "-pk")[:most])


def _case(row: GroupProposal, inside: set[tuple[Any, Any]]) -> Case:
    people = sorted(row.candidates.all(), key=lambda one: (one.role != "head", one.pk))
    surnames = [one.customer.name[0] for one in people if "一" <= one.customer.name[:1] <= "鿿"]
    return Case(
        id=row.pk, kind=row.kind, because=tuple(row.because.items()), more=max(0, len(people) - SHOWN),
        group=row.group_id, surname=max(surnames, key=surnames.count, default=""),
        members=tuple(
            Member(
                id=one.customer_id, masked_name=masks.person(one.customer.name), region=one.customer.region,
                birth_year=one.customer.birth_year, role=one.role, inside=(one.customer_id, row.group_id) in inside,
            )
            for one in people[:SHOWN]
        ),
    )  # fmt: skip
