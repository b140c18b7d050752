"""Consents as they stand."""

from __future__ import annotations

from uuid import UUID

from customers.offers.models import Consent


def of_customer(*, customer_id: UUID) -> list[Consent]:
    """By purpose and channel; what is not there is unknown, and unknown means no."""
    return list(Consent.objects.filter(customer=customer_id).order_by("purpose", "channel"))
