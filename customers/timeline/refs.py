"""Which calls stand on a customer's timeline."""

from __future__ import annotations

from uuid import UUID

from customers.timeline.kinds import CALL
from customers.timeline.models import Interaction


def calls_of(*, customer_id: UUID) -> list[UUID]:
    """The ids of a customer's calls, newest first."""
    told = Interaction.objects.filter(customer=customer_id, kind=CALL, ref__isnull=False).order_by("-at", "-id")
    return [ref for ref in told.values_list("ref", flat=True) if ref is not None]
