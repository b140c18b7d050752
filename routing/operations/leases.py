"""The dispatcher's right to work a domain. It only saves work: safety rests on constraints and conditional writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, F, Q, Value, When
from django.utils.timezone import localdate

from routing.models import Domain

LEASE_S = 3
RENEW_S = 1


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Held by one dispatcher. The token grows with each new holder and stands in every write of the dispatcher."""

    domain_id: int
    key: str
    token: int


def take_lease(*, domain: str, holder: str, now: datetime) -> Lease | None:
    """Become the domain's dispatcher for LEASE_S, if nobody is. None while another one lives."""
    until = now + timedelta(seconds=LEASE_S)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_holder=holder)
    same = When(lease_holder=holder, lease_until__gt=now, then=F("lease_token"))
    taken = Domain.objects.filter(free, key=domain, moving__in=("", "closing")).update(
        lease_token=Case(same, default=F("lease_token") + Value(1)), lease_holder=holder, lease_until=until
    )
    if not taken:
        return None
    home = Domain.objects.filter(key=domain, lease_holder=holder).first()
    return None if home is None else Lease(domain_id=home.pk, key=home.key, token=home.lease_token)


def renew_lease(*, lease: Lease, now: datetime) -> bool:
    """LEASE_S more. False when another dispatcher has taken over."""
    mine = Domain.objects.filter(pk=lease.domain_id, lease_token=lease.token)
    return bool(mine.update(lease_until=now + timedelta(seconds=LEASE_S)))


_TURN_DAY = """
UPDATE routing_domain SET skills_day = %(day)s, roster_version = nextval('routing_roster_version')
WHERE id = %(domain)s AND lease_token = %(token)s AND skills_day IS DISTINCT FROM %(day)s
"""


def turn_day(*, lease: Lease, now: datetime) -> bool:
    """On the first look of a day every process reads the roster anew: skills may have begun or lapsed."""
    values: dict[str, Any] = {"day": localdate(now), "domain": lease.domain_id, "token": lease.token}
    with connection.cursor() as cursor:
        cursor.execute(_TURN_DAY, values)
        return bool(cursor.rowcount)


def release_lease(*, lease: Lease, now: datetime) -> None:
    """Let the next dispatcher in at once."""
    Domain.objects.filter(pk=lease.domain_id, lease_token=lease.token).update(lease_until=now)
