"""Looking somebody up by what leads to them: for whoever may see every customer, only so often, and always on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.accounts import look_up_alarms
from callcenter.accounts.models import User
from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Forbidden, TooMany
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal
from customers.identity import merging
from customers.identity import queries as identity
from customers.results import Found

PER_MINUTE = 30
_ACTION = look_up_alarms.LOOKED_UP


@command
def look_up(*, principal: Principal, kind: str, value: str, scope: str, now: datetime) -> Found:
    """Who is reached by it; the trail says who asked and how many were found, never for what value.

    Raises TooMany after 30 in a minute, counted under the person's own row lock; Forbidden for whoever is no person.
    """
    user = _counted(principal, now)
    found = identity.find(kind=kind, value=value, scope=scope, now=now)
    subject = f"customer:{found.customer_id}" if found.customer_id else ""
    audit.write(
        actor=principal.name, action=_ACTION, subject=subject, now=now,
        data={"kind": kind, "found": len(found.candidates)},
    )  # fmt: skip
    look_up_alarms.consider(who=user, now=now)
    return found


@command
def open_by_id(*, principal: Principal, customer_id: UUID, now: datetime) -> UUID:
    """The customer who has this id now, an old one too: counted and on record like any look-up. Raises NotFound besides."""
    living = merging.living(customer_id=customer_id)
    user = _counted(principal, now)
    audit.write(actor=principal.name, action=look_up_alarms.BY_ID, subject=f"customer:{living}", now=now)
    look_up_alarms.consider(who=user, now=now)
    return living


def _counted(principal: Principal, now: datetime) -> User:
    """The person, their row locked, if they may look somebody up now. Raises TooMany, Forbidden."""
    kind_of_actor, _colon, number = principal.name.partition(":")
    people = User.objects.select_for_update(no_key=True).only("pk")
    user = people.filter(pk=int(number)).first() if kind_of_actor == "user" and number.isdigit() else None
    if user is None:
        raise Forbidden(_("Only a person can look somebody up here."))
    since = now - timedelta(minutes=1)
    recent = AuditEntry.objects.filter(actor=principal.name, action__in=(_ACTION, look_up_alarms.BY_ID), at__gt=since)
    if recent.count() >= PER_MINUTE:
        raise TooMany(
            _("You have looked up %(n)d within a minute. Wait a minute.") % {"n": PER_MINUTE},
            code="lookup_limit", retry_after_s=60,
        )  # fmt: skip
    return user
