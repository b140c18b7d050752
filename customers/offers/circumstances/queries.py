"""What stands now, for the page and the API; numbers masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callcenter.foundation import masks
from customers.offers.circumstances.models import Circumstance

MOST = 200


@dataclass(frozen=True, kw_only=True)
class CircumstanceView:
    id: int
    kind: str
    customer_id: UUID | None
    customer: str  # masked
    number: str  # masked
    region: str
    source: str
    since: datetime
    expires_at: datetime
    author: str


def standing(*, now: datetime) -> tuple[CircumstanceView, ...]:
    """The newest first, at most 200."""
    rows = (
        Circumstance.objects.filter(ended_at=None, expires_at__gt=now)
        .select_related("customer")
        .order_by("-since", "-id")
    )
    return tuple(
        CircumstanceView(
            id=row.pk, kind=row.kind, customer_id=row.customer_id,
            customer=masks.person(row.customer.name) if row.customer else "",
            number=masks.phone(row.number) if row.number else "", region=row.region, source=row.source, since=row.since,
            expires_at=row.expires_at, author=row.author,
        )
        for row in rows[:MOST]
    )  # fmt: skip
