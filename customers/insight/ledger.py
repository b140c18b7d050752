"""The points and the levels of one customer as they came about, for the 360 page and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from customers.insight import lots as lots_of
from customers.insight.lots import UNMERGE, Lot, Movement, lots
from customers.insight.membership_models import LevelTerm, PointsEntry

MOST = 20


def entries(*, customer_id: UUID, most: int = MOST) -> list[PointsEntry]:
    """Movements of points, newest first. One statement."""
    return list(PointsEntry.objects.filter(customer=customer_id).order_by("-at", "-pk")[:most])


def terms(*, customer_id: UUID, most: int = MOST) -> list[LevelTerm]:
    """Levels held, newest first. One statement."""
    return list(LevelTerm.objects.filter(customer=customer_id).order_by("-since", "-pk")[:most])


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What can be spent now, and what of it runs out when, the next first."""

    balance: int
    lots: tuple[Lot, ...]


def purse(*, customer_id: UUID, now: datetime) -> Purse:
    """The points of one customer; what has run out since the last night is left out. One statement."""
    rows = PointsEntry.objects.filter(customer=customer_id).values("id", "kind", "points", "expires_at", "ref")
    told = [Movement(**row) for row in rows]
    held = lots(told)
    late = sum(lot.left for lot in held if lot.expires_at <= now)
    live = tuple(lot for lot in held if lot.expires_at > now)
    return Purse(balance=sum(one.points for one in told) - late, lots=live)


def reversible(*, entries: Iterable[PointsEntry], now: datetime) -> frozenset[int]:
    """Which of these a person may still take back. One statement."""
    told = list(entries)
    refs = [lots_of.reversal_of(one.pk) for one in told]
    back = set(PointsEntry.objects.filter(kind=PointsEntry.Kind.REVERSE, ref__in=refs).values_list("ref", flat=True))
    fixed = {PointsEntry.Kind.REVERSE, PointsEntry.Kind.EXPIRE}
    return frozenset(
        one.pk
        for one in told
        if one.kind not in fixed
        and lots_of.reversal_of(one.pk) not in back
        and not one.ref.startswith(UNMERGE)
        and (one.expires_at is None or one.expires_at > now)
    )
