"""Points of two who were one and come apart: what was spent meanwhile is shared, first in, first out, by whose they were.

The ledger is only ever added to: what the kept customer's entries say too much and the restored one's too little is put
right by a pair of flagged corrections. What cannot be covered is given by a flagged correction: nobody is below nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from customers.insight import lots, points
from customers.insight.lots import Movement
from customers.insight.membership_models import PointsEntry

SPLIT = "unmerge_split"
SHORT = "unmerge_short"


def last_of(*, customers: Iterable[UUID]) -> int:
    """The youngest entry of any of these, 0 without one."""
    return int(PointsEntry.objects.filter(customer__in=list(customers)).aggregate(last=Max("pk"))["last"] or 0)


def part(*, kept: UUID, restored: UUID, last: int, ref: str, actor: str, now: datetime) -> None:
    """Share what came since entry `last` between two whose own entries stand with them again.

    `ref` names this parting among all of them.
    """
    _follow(kept=kept, restored=restored)
    mine, theirs = _movements(kept), _movements(restored)
    before = [one for one in mine if one.id <= last or _takes_back_before(one, last)]
    known = {one.id for one in before}
    owed = lots.split(kept=before, returned=theirs, since=[one for one in mine if one.id not in known])
    if owed:
        _correct(kept, owed, SPLIT, f"{ref}:kept", actor, now)
        _correct(restored, -owed, SPLIT, f"{ref}:restored", actor, now)
    for party in (kept, restored):
        short = -points.balance(customer_id=party)
        if short > 0:
            _correct(party, short, SHORT, f"{ref}:short:{party}", actor, now)


def _follow(*, kept: UUID, restored: UUID) -> None:
    """What takes back an entry goes with it."""
    own = [
        lots.reversal_of(entry) for entry in PointsEntry.objects.filter(customer=restored).values_list("pk", flat=True)
    ]
    PointsEntry.objects.filter(customer=kept, kind=PointsEntry.Kind.REVERSE, ref__in=own).update(customer=restored)


def _takes_back_before(one: Movement, last: int) -> bool:
    entry = lots.reversed_by(one.ref) if one.kind == lots.REVERSE else None
    return entry is not None and entry <= last


def _movements(customer: UUID) -> list[Movement]:
    rows = PointsEntry.objects.filter(customer=customer).order_by("pk")
    return [Movement(**row) for row in rows.values("id", "kind", "points", "expires_at", "ref")]


def _correct(customer: UUID, amount: int, reason: str, ref: str, actor: str, now: datetime) -> None:
    PointsEntry.objects.create(
        kind=PointsEntry.Kind.ADJUST, customer_id=customer, origin=customer, points=amount, qualifying=False, at=now,
        ref=ref, reason=reason, actor=actor,
    )  # fmt: skip
