"""The review queue as a data steward sees it: two parties side by side, all values masked, and why they may be one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import Conflict, NotFound
from customers.identity import sealed
from customers.identity.ledger import Decision, Proposal
from customers.identity.models import Customer, Identifier

_SHOWN = 6  # identifiers of one party
_CLOSED = (Customer.Status.ERASED, Customer.Status.RESTRICTED)


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two. `identifiers` are (kind, masked, also at the other one)."""

    id: UUID
    masked_name: str
    region: str
    source: str
    since: date | None
    created_at: datetime
    identifiers: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One pair that waits. `evidence` is [{"field", "agreement", "bits"}], the strongest first."""

    id: int
    a: Side
    b: Side
    same_name: bool
    bits: float
    why: str
    evidence: list[dict[str, Any]]
    state: str
    at: datetime
    decided_by: str
    decided_at: datetime | None

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.a, self.b


@dataclass(frozen=True, kw_only=True)
class PastMerge:
    """A merge that stands and can be undone."""

    survivor: UUID
    absorbed: UUID
    masked_name: str
    masked_was: str  # of whoever lives on in the other
    actor: str
    reason: str
    evidence: list[dict[str, Any]]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Two who were declared not the same, or taken apart: no run and no click makes them one until somebody lifts it."""

    one: UUID
    other: UUID
    masked_names: tuple[str, str]
    actor: str
    reason: str
    at: datetime


def waiting() -> dict[str, int]:
    """Open pairs by why a person must look."""
    told = _open_pairs().values_list("why").annotate(many=Count("pk"))
    return {str(why): int(many) for why, many in told.order_by("why")}


def queue(*, why: str = "", most: int = 20, after: tuple[float, int] | None = None) -> list[Case]:
    """The strongest open pairs, of one reason where one is asked for, those that come `after` (bits, id) of another.

    Two statements, however many there are.
    """
    open_ = _open_pairs().filter(**({"why": why} if why else {}))
    if after is not None:
        bits, last = after
        open_ = open_.filter(Q(bits__lt=bits) | Q(bits=bits, id__gt=last))
    return _cases(list(open_.select_related("a", "b").order_by("-bits", "id")[:most]))


def case_of(*, proposal_id: int) -> Case:
    """One pair in whatever state, as long as both may be looked at. Raises NotFound."""
    found = Proposal.objects.filter(pk=proposal_id).exclude(a__status__in=_CLOSED).exclude(b__status__in=_CLOSED)
    row = found.select_related("a", "b").first()
    if row is None:
        raise NotFound(_("There is no such pair."))
    return _cases([row])[0]


def _open_pairs() -> QuerySet[Proposal]:
    """What waits, and both of whom are still there to be looked at."""
    live = (Customer.Status.ACTIVE, Customer.Status.PROVISIONAL)
    return Proposal.objects.filter(state=Proposal.State.OPEN, a__status__in=live, b__status__in=live)


def _cases(found: list[Proposal]) -> list[Case]:
    held: dict[UUID, list[tuple[str, str]]] = {}
    parties = {party for row in found for party in (row.a_id, row.b_id)}
    own = Identifier.objects.filter(customer__in=parties, valid_to__isnull=True).order_by("kind", "id")
    for customer, kind, value, box in own.values_list("customer", "kind", "value", "sealed"):
        held.setdefault(customer, []).append((kind, sealed.clear(kind, value, box)))
    return [_case(row, held) for row in found]


def past_merges(*, most: int = 20) -> list[PastMerge]:
    """Merges that stand, newest first."""
    return [_past(row) for row in _standing().order_by("-pk")[:most]]


def parts_of(*, customer_id: UUID) -> list[PastMerge]:
    """Who has become one with this customer, those too who came along with another; a statement for each such step."""
    found: list[Decision] = []
    into = [customer_id]
    while into:
        step = list(_standing().filter(survivor__in=into).order_by("-pk"))
        found += step
        into = [row.absorbed_id for row in step]
    return [_past(row) for row in found]


def apart(*, most: int = 20) -> list[Apart]:
    """Who is kept apart, newest first."""
    rows = Decision.objects.filter(kind=Decision.Kind.CANNOT_LINK, closed_at__isnull=True)
    return [
        Apart(
            one=row.survivor_id, other=row.absorbed_id, actor=row.actor, reason=row.reason, at=row.at,
            masked_names=(masks.person(row.survivor.name), masks.person(row.absorbed.name)),
        )
        for row in rows.select_related("survivor", "absorbed").order_by("-pk")[:most]
    ]  # fmt: skip


def open_pair(*, proposal_id: int) -> tuple[UUID, UUID]:
    """The two parties of a pair that nobody has decided on, locked until the decision stands.

    Raises NotFound, Conflict with who was first and what they said.
    """
    found = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(_("There is no such pair."))
    if found.state not in {Proposal.State.OPEN, Proposal.State.LATER}:
        raise Conflict(
            _("This pair was decided on meanwhile. Nothing was changed."), code="already_decided", state=found.state,
            by=found.decided_by, at=found.decided_at.isoformat() if found.decided_at else None,
        )  # fmt: skip
    return found.a_id, found.b_id


def put_off(*, proposal_id: int, actor: str, now: datetime) -> None:
    """Not decided today: out of the queue, and back with the next run that still sees the pair."""
    Proposal.objects.filter(pk=proposal_id).update(state=Proposal.State.LATER, decided_by=actor, decided_at=now)


def _standing() -> QuerySet[Decision]:
    merges = Decision.objects.filter(kind=Decision.Kind.MERGE, closed_at__isnull=True)
    return merges.select_related("survivor", "absorbed")


def _past(row: Decision) -> PastMerge:
    return PastMerge(
        survivor=row.survivor_id, absorbed=row.absorbed_id, masked_name=masks.person(row.survivor.name),
        masked_was=masks.person(row.absorbed.name), actor=row.actor, reason=row.reason, evidence=row.evidence, at=row.at,
    )  # fmt: skip


def _case(row: Proposal, held: dict[UUID, list[tuple[str, str]]]) -> Case:
    ours, theirs = held.get(row.a_id, []), held.get(row.b_id, [])
    return Case(
        id=row.pk,
        a=_side(row.a, ours, theirs),
        b=_side(row.b, theirs, ours),
        same_name=bool(row.a.name) and row.a.name == row.b.name,
        bits=row.bits,
        why=row.why,
        evidence=row.evidence,
        state=row.state,
        at=row.at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _side(party: Customer, own: list[tuple[str, str]], other: Iterable[tuple[str, str]]) -> Side:
    there = set(other)
    return Side(
        id=party.pk,
        masked_name=masks.person(party.name),
        region=party.region,
        source=party.source,
        since=party.since,
        created_at=party.created_at,
        identifiers=tuple(
            (kind, masks.identifier(kind=kind, value=value), (kind, value) in there) for kind, value in own[:_SHOWN]
        ),
    )
