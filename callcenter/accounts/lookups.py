"""Looking somebody up by what leads to them: for whoever may see every customer, only so often, and always on record."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from callcenter.accounts.models import User
from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Forbidden, TooMany
from callcenter.foundation.models import AuditEntry
from callcenter.foundation.principal import Principal
from customers.identity import queries as identity
from customers.results import Found

PER_MINUTE = 30
_ACTION = "customer.looked_up"


@command
def look_up(*, principal: Principal, kind: str, value: str, scope: str, now: datetime) -> Found:
    """Who is reached by it; the trail says who asked and how many were found, never for what value.

    Raises TooMany after 30 in a minute, counted under the person's own row lock; Forbidden for whoever is no person.
    """
    kind_of_actor, _colon, number = principal.name.partition(":")
    people = User.objects.select_for_update(no_key=True).only("pk")
    if kind_of_actor != "user" or not number.isdigit() or people.filter(pk=int(number)).first() is None:
        raise Forbidden(_("Only a person can look somebody up here."))
    since = now - timedelta(minutes=1)
    if AuditEntry.objects.filter(actor=principal.name, action=_ACTION, at__gt=since).count() >= PER_MINUTE:
        raise TooMany(
            _("You have looked up %(n)d within a minute. Wait a minute.") % {"n": PER_MINUTE},
            code="lookup_limit", retry_after_s=60,
        )  # fmt: skip
    found = identity.find(kind=kind, value=value, scope=scope, now=now)
    subject = f"customer:{found.customer_id}" if found.customer_id else ""
    audit.write(
        actor=principal.name, action=_ACTION, subject=subject, now=now,
        data={"kind": kind, "found": len(found.candidates)},
    )  # fmt: skip
    return found
