"""Showing one masked value in clear: only to who serves the customer, only so often, and never without its audit row."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from prometheus_client import Counter

from callcenter.accounts import look_up_alarms
from callcenter.accounts.models import Reveal, User
from callcenter.foundation import audit
from callcenter.foundation.errors import Forbidden, Invalid, NotFound, TooMany
from callcenter.foundation.principal import Principal, Role
from customers.identity import queries as identity
from routing import queries as routing

PER_HOUR = 30
SHOWN_S = 30  # the page masks the value again after this

_WITHOUT_CALL = frozenset({Role.SUPERVISOR, Role.ADMIN})
_FIELD = re.compile(r"name|identifier:[0-9]{1,18}")
_REVEALS = Counter("zhiyin_reveals_total", "Masked values shown in clear")


def reveal(
    *, principal: Principal, customer_id: UUID, field: str, purpose: str, call_id: UUID | None, now: datetime
) -> str:
    """The value in clear: `field` is "name" or "identifier:<id>", `purpose` what the person says it is needed for.

    An agent must serve the customer; supervisors and administrators need no call, and are counted and audited alike.
    Raises NotFound where an agent does not serve the customer (as if there were none), TooMany after 30 in an hour,
    Invalid for another field or no purpose. The rows are committed before the value is read, unless the caller has a
    transaction open: then before the caller commits, and nothing leaves the server earlier.
    """
    field, purpose = field.strip(), purpose.strip()
    if not _FIELD.fullmatch(field):
        raise Invalid(_("Only a name or an identifier can be revealed."), field="/field")
    if not purpose or len(purpose) > 120:
        raise Invalid(_("Say in at most 120 characters what you need the value for."), field="/purpose")
    serving = _serving(principal, customer_id, field, now)
    try:
        with transaction.atomic():
            _write(principal, customer_id, field, purpose, call_id or serving, now)
    except TooMany:
        _deny(principal, customer_id, field, now)
        raise
    _REVEALS.inc()
    return identity.reveal_value(customer_id=customer_id, field=field)


def _serving(principal: Principal, customer_id: UUID, field: str, now: datetime) -> UUID | None:
    """The call through which the person serves this customer, None for whose role needs none; refusals are audited."""
    if principal.role in _WITHOUT_CALL:
        return None
    serving = None
    if principal.agent_id is not None:
        serving = routing.serves(agent_id=principal.agent_id, customer_id=customer_id, now=now)
    if serving is None:
        _deny(principal, customer_id, field, now)
        raise NotFound(_("You are not serving this customer."))
    return serving


def _deny(principal: Principal, customer_id: UUID, field: str, now: datetime) -> None:
    subject = f"customer:{customer_id}"
    audit.write(actor=principal.name, action="customer.reveal_denied", subject=subject, data={"field": field}, now=now)


def _write(
    principal: Principal, customer_id: UUID, field: str, purpose: str, call_id: UUID | None, now: datetime
) -> None:
    """The limit is counted under the person's own row lock, so that parallel requests cannot pass it together."""
    user = User.objects.select_for_update(no_key=True).only("pk").filter(pk=_user_id(principal)).first()
    if user is None:
        raise Forbidden(_("Only a person can be shown a masked value."))
    recent = Reveal.objects.filter(user=user, at__gt=now - timedelta(hours=1)).order_by("at")
    times = list(recent.values_list("at", flat=True))
    if len(times) >= PER_HOUR:
        wait = times[-PER_HOUR] + timedelta(hours=1) - now
        raise TooMany(
            _("You have looked at %(count)d values within an hour; the next is possible in %(minutes)d minutes.")
            % {"count": PER_HOUR, "minutes": int(wait.total_seconds() // 60) + 1},
            code="reveal_limit",
            retry_after_s=int(wait.total_seconds()) + 1,
        )
    subject = f"customer:{customer_id}"
    Reveal.objects.create(at=now, user=user, subject=subject, field=field, purpose=purpose, call=call_id)
    audit.write(
        actor=principal.name,
        action="customer.revealed",
        subject=subject,
        purpose=purpose,
        call=call_id,
        data={"field": field},
        now=now,
    )
    if call_id is None:
        look_up_alarms.consider(who=user, now=now)


def _user_id(principal: Principal) -> int:
    """0, which is nobody, for keys and processes."""
    kind, _colon, number = principal.name.partition(":")
    return int(number) if kind == "user" and number.isdigit() else 0
