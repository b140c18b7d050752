"""Switches that have fallen silent while calls of theirs live, and are heard again.

Judged are those that otherwise give a sign every few moments: they ask what to do, take what is pushed, or list their
calls. Of one that only reports what happens, a quiet minute says nothing: its callers may simply talk.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

import routing.queries
from callcenter.foundation import events
from callcenter.foundation.models import Heartbeat
from callcenter.telephony.models import InboundEvent, Trunk
from routing.operations import SWITCH

ASKS_WITHIN = timedelta(seconds=45)  # the longest poll, and time to ask again
LISTS_WITHIN = timedelta(seconds=150)  # a list a minute; one may be lost
_REGULAR = timedelta(hours=1)  # who gave no such sign for so long gives none regularly


def look(*, now: datetime) -> int:
    """Tell of switches that are late since, and of late ones that are back (`trunk.late`, `trunk.back`). How many."""
    trunks = list(Trunk.objects.order_by("key"))
    asked = last_asked(trunks)
    told = 0
    for trunk in trunks:
        since = silent_since(trunk, asked.get(trunk.group), now)
        if since is None:
            told += _tell(trunk, None, now) if trunk.late_since is not None and _is_heard(trunk, asked, now) else 0
        elif trunk.late_since is None and _has_calls(trunk):
            told += _tell(trunk, since, now)
    return told


def last_asked(trunks: list[Trunk]) -> Mapping[str, datetime]:
    """By source: when its switch asked or was told last."""
    names = {f"{SWITCH}:{trunk.group}": trunk.group for trunk in trunks}
    found = Heartbeat.objects.filter(process__in=list(names)).values_list("process", "at")
    return {names[process]: at for process, at in found}


def silent_since(trunk: Trunk, asked: datetime | None, now: datetime) -> datetime | None:
    """Its last sign of life, where the next one is overdue; None where none is, or none was to be expected."""
    signs = [
        (at, within)
        for at, within in ((asked, ASKS_WITHIN), (trunk.listed_at, LISTS_WITHIN))
        if at is not None and now - at <= _REGULAR
    ]
    if not signs or any(now - at <= within for at, within in signs):
        return None
    reported = _last_report(trunk.group)
    if reported is not None and now - reported <= ASKS_WITHIN:
        return None
    return max(at for at, _ in signs)


def _is_heard(trunk: Trunk, asked: Mapping[str, datetime], now: datetime) -> bool:
    """Whether any sign came after it fell silent: who is not judged any more, for an hour has passed, is not back."""
    signs = (asked.get(trunk.group), trunk.listed_at, _last_report(trunk.group))
    return any(at is not None and trunk.late_since is not None and at > trunk.late_since for at in signs)


def _last_report(source: str) -> datetime | None:
    rows = InboundEvent.objects.filter(source=source).order_by("-id")
    return rows.values_list("received_at", flat=True).first()


def _has_calls(trunk: Trunk) -> bool:
    return routing.queries.has_live_calls(domain=trunk.domain, source=trunk.group)


@transaction.atomic
def _tell(trunk: Trunk, late_since: datetime | None, now: datetime) -> bool:
    """Once, whoever looks at the same moment."""
    row = Trunk.objects.filter(pk=trunk.pk, late_since=trunk.late_since)
    if not row.update(late_since=late_since):
        return False
    since = late_since or trunk.late_since
    assert since is not None
    events.record(
        type="trunk.late" if late_since is not None else "trunk.back",
        domain=trunk.domain,
        actor="watch",
        now=now,
        data={"trunk": trunk.key, "silent_since": since.isoformat(), "silent_s": round((now - since).total_seconds())},
    )
    return True
