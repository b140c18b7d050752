"""Keeping what a customer allowed or refused. Proofs stay in the audit log, whatever is said later."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Invalid, NotFound
from customers import news
from customers.identity.models import Customer
from customers.offers.models import Consent

PURPOSES = ("marketing", "profiling", "survey")
CHANNELS = ("voice", "sms", "wechat", "mail", "any")
STATES = ("granted", "refused")


@transaction.atomic
def record(
    *,
    customer_id: UUID,
    purpose: str,
    channel: str,
    state: str,
    proof: str,
    until: datetime | None = None,
    actor: str,
    now: datetime,
) -> bool:
    """Keep one answer and tell it (consent.changed); whether anything changed. Raises NotFound, Invalid.

    A yes needs its proof (a call, a form, a recording): silence is never consent.
    """
    for field, value, known in (
        ("purpose", purpose, PURPOSES),
        ("channel", channel, CHANNELS),
        ("state", state, STATES),
    ):
        if value not in known:
            told = _("{value} is none of {known}.").format(value=value, known=", ".join(known))
            raise Invalid(told, field=f"/{field}")
    if state == "granted" and not proof.strip():
        raise Invalid(_("A consent needs its proof: where and how the customer gave it."), field="/proof")
    if until is not None and until <= now:
        raise Invalid(_("This consent would have ended already."), field="/until")
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."))
    given: dict[str, Any] = {"state": state, "proof": proof.strip()[:160], "until": until}
    key: dict[str, Any] = {"customer_id": customer_id, "purpose": purpose, "channel": channel}
    standing = Consent.objects.select_for_update().filter(**key).first()
    if standing is not None and {name: getattr(standing, name) for name in given} == given:
        return False
    Consent.objects.update_or_create(**key, defaults=given | {"at": now})
    told_of = {"purpose": purpose, "channel": channel, "state": state}
    audit.write(
        actor=actor, action="consent.changed", subject=f"customer:{customer_id}", data=told_of | {"proof": proof.strip()[:160]},
        now=now,
    )  # fmt: skip
    news.tell("consent.changed", data={"customer": str(customer_id), **told_of}, actor=actor, now=now)
    return True
