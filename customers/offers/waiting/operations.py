"""Keeping an offer for a customer's own visit, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from customers.catalogue.models import Offering
from customers.identity.models import Customer
from customers.offers.waiting.models import WaitingOffer

KEPT_FOR = timedelta(days=30)
SURFACES = ("call", "app", "web", "shop", "ivr", "bill")


@command
def keep(
    *,
    customer_id: UUID,
    offering_code: str,
    origin: str,
    because: str = "",
    campaign_id: int | None = None,
    expires_at: datetime | None = None,
    now: datetime,
) -> int:
    """Let an offer wait for the customer; one that waits already waits longer. Answers its id. Raises NotFound, Invalid."""
    offering = Offering.objects.filter(code=offering_code).first()
    if offering is None:
        raise NotFound(_("There is no such product."))
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."))
    until = expires_at or now + KEPT_FOR
    if until <= now:
        raise Invalid(_("An offer waits until a later day."), field="/expires_at")
    made = WaitingOffer(
        customer_id=customer_id, offering=offering, origin=origin, because=because, campaign=campaign_id, at=now,
        expires_at=until,
    )  # fmt: skip
    WaitingOffer.objects.bulk_create([made], ignore_conflicts=True)
    row = WaitingOffer.objects.select_for_update().get(customer=customer_id, offering=offering, closed_at=None)
    if row.expires_at < until:
        row.expires_at = until
        row.save(update_fields=["expires_at"])
    return row.pk


@command
def told(*, waiting_id: int, customer_id: UUID, on: str, now: datetime) -> None:
    """It was put before the customer on a surface; the first time stands. Raises NotFound, Invalid."""
    if on not in SURFACES:
        raise Invalid(_("A waiting offer is told on one of {known}.").format(known=", ".join(SURFACES)), field="/on")
    row = WaitingOffer.objects.select_for_update().filter(pk=waiting_id, customer=customer_id, closed_at=None).first()
    if row is None:
        raise NotFound(_("No such offer waits for this customer."))
    if row.told_at is None:
        row.state, row.told_at, row.told_on = WaitingOffer.State.TOLD, now, on
        row.save(update_fields=["state", "told_at", "told_on"])


def told_in_call(*, customer_id: UUID, codes: Sequence[str], now: datetime) -> None:
    """These stand on an agent's screen."""
    if codes:
        WaitingOffer.objects.filter(
            customer=customer_id, offering__code__in=codes, closed_at=None, told_at=None
        ).update(state=WaitingOffer.State.TOLD, told_at=now, told_on="call")


def answered(*, customer_id: UUID, offering_id: int, accepted: bool, now: datetime) -> None:
    """The customer said yes or no to this product, wherever: it waits no more."""
    WaitingOffer.objects.filter(customer=customer_id, offering=offering_id, closed_at=None).update(
        state=WaitingOffer.State.TAKEN if accepted else WaitingOffer.State.REFUSED, closed_at=now
    )
