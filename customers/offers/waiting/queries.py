"""What waits for a customer, for shops, apps and voice menus: only where it may be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q

from customers.offers.waiting.models import WaitingOffer


@dataclass(frozen=True, kw_only=True)
class WaitingView:
    id: int
    customer_id: UUID
    offering_code: str
    name_en: str
    name_zh: str
    fee_fen: int
    origin: str
    because: str
    state: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class WaitingSum:
    """Offers of one product from one origin: how many wait and what became of the others. Counts alone, nobody is named."""

    name_en: str
    name_zh: str
    origin: str  # later | campaign | api
    because: str  # the rule that barred the contact
    open: int
    told: int  # of those open: put before the customer at least once
    taken: int
    refused: int
    lapsed: int
    next_end: datetime | None  # of those open


def sums(*, since: datetime, now: datetime) -> tuple[WaitingSum, ...]:
    """What waits now, and what was kept waiting since."""
    is_open = Q(closed_at=None, expires_at__gt=now)
    found = (
        WaitingOffer.objects.filter(is_open | Q(at__gt=since))
        .values("offering__name_en", "offering__name_zh", "origin", "because")
        .annotate(
            open=Count("id", filter=is_open), told=Count("id", filter=is_open & Q(told_at__isnull=False)),
            taken=Count("id", filter=Q(state="taken")), refused=Count("id", filter=Q(state="refused")),
            lapsed=Count("id", filter=Q(closed_at=None, expires_at__lte=now)), next_end=Min("expires_at", filter=is_open),
        )
        .order_by("-open", "offering__name_en", "origin", "because")
    )  # fmt: skip
    return tuple(
        WaitingSum(
            name_en=row["offering__name_en"], name_zh=row["offering__name_zh"], origin=row["origin"],
            because=row["because"], open=row["open"], told=row["told"], taken=row["taken"], refused=row["refused"],
            lapsed=row["lapsed"], next_end=row["next_end"],
        )
        for row in found
    )  # fmt: skip


def waiting(*, customer_id: UUID, now: datetime) -> tuple[WaitingView, ...]:
    """Open and not run out, the oldest first."""
    rows = WaitingOffer.objects.filter(customer=customer_id, closed_at=None, expires_at__gt=now)
    return tuple(_view(row) for row in rows.select_related("offering").order_by("at", "id"))


def one(*, waiting_id: int) -> WaitingView | None:
    """Any of them, also closed ones."""
    row = WaitingOffer.objects.select_related("offering").filter(pk=waiting_id).first()
    return _view(row) if row else None


def _view(row: WaitingOffer) -> WaitingView:
    return WaitingView(
        id=row.pk, customer_id=row.customer_id, offering_code=row.offering.code, name_en=row.offering.name_en,
        name_zh=row.offering.name_zh, fee_fen=row.offering.fee_fen, origin=row.origin, because=row.because,
        state=row.state, at=row.at, expires_at=row.expires_at,
    )  # fmt: skip
