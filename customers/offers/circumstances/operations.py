"""Noting circumstances and ending them: by the systems that know, or by a supervisor."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from customers.identity import normalise
from customers.identity.models import Customer
from customers.offers.circumstances.models import Circumstance

LONGEST = timedelta(days=366)  # nothing stands for ever without somebody saying so again


@command
def note(
    *,
    kind: str,
    customer_id: UUID | None = None,
    number: str = "",
    region: str = "",
    source: str,
    external_id: str = "",
    since: datetime | None = None,
    expires_at: datetime,
    actor: str,
    now: datetime,
) -> int:
    """Keep a circumstance and answer its id; the same `external_id` of a source again corrects it.

    Raises Invalid with the field, NotFound for an unknown customer.
    """
    since = since or now
    spelled = normalise.normalise(kind="phone", value=number) if number.strip() else ""
    _check(kind, customer_id, number, spelled, region, since, expires_at, now)
    fields = {
        "kind": kind, "customer_id": customer_id, "number": spelled, "region": region.strip(), "since": since,
        "expires_at": expires_at, "ended_at": None, "author": actor,
    }  # fmt: skip
    if external_id:
        row, _new = Circumstance.objects.update_or_create(source=source, external_id=external_id, defaults=fields)
    else:
        row = Circumstance.objects.create(source=source, **fields)
    audit.write(
        actor=actor, action="circumstance.noted", subject=f"circumstance:{row.pk}", data={"kind": kind}, now=now
    )  # fmt: skip
    return row.pk


@command
def end(*, circumstance_id: int, actor: str, now: datetime) -> None:
    """It is over. Repeating it changes nothing. Raises NotFound."""
    row = Circumstance.objects.select_for_update(of=("self",)).filter(pk=circumstance_id).first()
    if row is None:
        raise NotFound(_("There is no such circumstance."))
    if row.ended_at is None:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        audit.write(actor=actor, action="circumstance.ended", subject=f"circumstance:{row.pk}", now=now)


def _check(
    kind: str,
    customer_id: UUID | None,
    number: str,
    spelled: str,
    region: str,
    since: datetime,
    expires_at: datetime,
    now: datetime,
) -> None:
    if kind not in Circumstance.Kind.values:
        known = ", ".join(Circumstance.Kind.values)
        raise Invalid(_("The kind is one of {known}.").format(known=known), field="/kind")
    if number.strip() and not spelled:
        raise Invalid(_("This is no telephone number that can be reached."), field="/number")
    if customer_id is None and not spelled and not region.strip():
        raise Invalid(_("Say whom it is about: a customer, a number or a region."), field="/customer")
    if region.strip() and kind != Circumstance.Kind.OUTAGE:
        raise Invalid(_("Only an outage is about a region."), field="/region")
    if not since < expires_at <= now + LONGEST or expires_at <= now:
        raise Invalid(_("Say until when it counts: later than now, within a year."), field="/expires_at")
    if customer_id is not None and not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."))
