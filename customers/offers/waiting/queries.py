"""What waits for a customer, for shops, apps and voice menus: only where it may be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

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
