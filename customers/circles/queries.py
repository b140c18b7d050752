"""Circles for the pages: who belongs, why, whom to begin with, and what one customer's page may say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import NotFound
from customers.circles.models import Circle, CircleMember, CircleRun
from customers.identity.ledger import Proposal

MOST = 100


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member as the page shows them: name masked, no number; ranks 0 … 1 among all placed customers."""

    customer_id: UUID
    masked_name: str
    region: str
    level: str
    lifecycle: str
    circle: int
    role: str
    begins: int | None
    standing: float
    value_rank: float
    influence_rank: float
    core_rank: float
    spread_rank: float
    reach: float
    neighbours: int
    neighbours_leaving: float

    @property
    def four_ranks(self) -> tuple[float, float, float, float]:
        return self.value_rank, self.influence_rank, self.core_rank, self.spread_rank


@dataclass(frozen=True, kw_only=True)
class Row:
    """A circle in the list, with its seed and its key person where there is one."""

    circle: Circle
    seed: Person | None
    key: Person | None
    leaving: float  # mean of the members' share of ties that lead to people who leave


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Two customers that may be one who changed the number; `shared` people both talk with. Masked."""

    proposal: int
    one: tuple[UUID, str]
    other: tuple[UUID, str]
    shared: int | None
    at: datetime


def last_run() -> CircleRun | None:
    """The newest look at the calls; None before the first."""
    return CircleRun.objects.order_by("-at").first()


def circles(*, most: int = MOST) -> list[Row]:
    """The circles worth most, with seed and key person. Two statements."""
    found = list(Circle.objects.filter(gone_at=None).order_by("-value_fen", "pk")[:most])
    people: dict[int, list[Person]] = {one.pk: [] for one in found}
    for person in _people(CircleMember.objects.filter(circle__in=people)):
        people[person.circle].append(person)
    return [_row(one, people[one.pk]) for one in found]


def circle(*, circle_id: int) -> tuple[Circle, list[Person]]:
    """One circle and its customers, the highest standing first. Raises NotFound."""
    found = Circle.objects.filter(pk=circle_id, gone_at=None).first()
    if found is None:
        raise NotFound(_("There is no such circle now."))
    return found, _people(found.members.order_by("-standing", "pk"))


def beginners() -> list[Person]:
    """With whom to begin, the best first; all of them may be asked."""
    return _people(CircleMember.objects.filter(begins__isnull=False).order_by("begins"))


def changed_numbers(*, most: int = 20) -> list[Changed]:
    """Changed numbers that wait for a person, the likeliest first."""
    open_ = Proposal.objects.filter(state=Proposal.State.OPEN, why="renumbered").select_related("a", "b")
    return [
        Changed(
            proposal=row.pk,
            one=(row.a_id, masks.person(row.a.name)),
            other=(row.b_id, masks.person(row.b.name)),
            shared=next((told.get("shared") for told in row.evidence), None),
            at=row.at,
        )
        for row in open_.order_by("-bits", "pk")[:most]
    ]


def of(*, customer_id: UUID) -> CircleMember | None:
    """A customer's place in a circle: for their page, where neighbours are counts and never names."""
    return CircleMember.objects.filter(customer=customer_id).select_related("circle").first()


def _row(one: Circle, people: list[Person]) -> Row:
    by_role = {person.role: person for person in people}
    mean = sum(person.neighbours_leaving for person in people) / len(people) if people else 0.0
    return Row(circle=one, seed=by_role.get("seed"), key=by_role.get("key"), leaving=mean)


def _people(members: QuerySet[CircleMember]) -> list[Person]:
    told = members.select_related("customer")
    shown = ("role", "begins", "standing", "value_rank", "influence_rank", "core_rank", "spread_rank", "reach",
             "neighbours", "neighbours_leaving")  # fmt: skip
    return [
        Person(
            customer_id=row.customer_id, masked_name=masks.person(row.customer.name), region=row.customer.region,
            level=row.customer.level, lifecycle=row.customer.lifecycle, circle=row.circle_id,
            **{name: getattr(row, name) for name in shown},
        )
        for row in told
    ]  # fmt: skip
