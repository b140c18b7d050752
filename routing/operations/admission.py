"""Whether a queue takes a new caller now, where else the caller goes, and what of an earlier wait still counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from callcenter.foundation.rows import columns_of
from routing.callbacks import LIVE_CALLBACK
from routing.conditions import one_of
from routing.hours import Hours
from routing.models import Call, Domain, Queue
from routing.opening import hours_of

HOPS = 3  # queues a caller is handed on to, at most
REDIAL = timedelta(seconds=60)
# By hand: every arriving call asks.
_BEFORE = """
SELECT {home}, EXISTS (
    SELECT FROM routing_callback WHERE domain_id = d.id AND number = %(number)s AND number <> '' AND {live}
), (
    SELECT json_agg(json_build_array(queue_id, place_key, head_start_s) ORDER BY ended_at DESC) FROM routing_call
    WHERE domain_id = d.id AND from_e164 = %(number)s AND from_e164 <> '' AND state = 'abandoned'
      AND ended_at > %(since)s AND ended_at <= %(now)s AND place_key IS NOT NULL
)::text
FROM routing_domain d WHERE d.key = %(domain)s
"""


def admitted(*, call: Call, target: Queue, now: datetime) -> Queue | None:
    """The queue that takes the caller: the target, or the first open one that it hands callers to while closed."""
    seen: set[int] = set()
    queue: Queue | None = target
    while queue is not None and queue.pk not in seen and len(seen) <= HOPS:
        if is_taking(call=call, queue=queue, now=now):
            return queue
        seen.add(queue.pk)
        queue = queue.closed_to
    return None


def is_taking(*, call: Call, queue: Queue, now: datetime) -> bool:
    """Whether this queue takes a new caller now."""
    return queue.is_open and _hours(call, queue).is_open(now)


@dataclass(frozen=True)
class Before:
    """What a number brings along: whether we owe it a call, and where it was cut off less than a minute ago."""

    is_promised: bool = False
    cut_off: Sequence[tuple[int, datetime, int]] = ()  # queue, place, seconds of head start; the last one first

    def waited_s(self, *, queue: Queue, now: datetime) -> int:
        """Seconds waited in this queue when cut off."""
        place, head_start_s = next(((place, s) for cut, place, s in self.cut_off if cut == queue.pk), (now, 0))
        return max(0, int((now - place).total_seconds()) - head_start_s)


def before(*, domain: str, number: str, now: datetime) -> tuple[Domain | None, Before]:
    """A domain, read afresh, and what this number (E.164; "" where it is withheld) brings along to it."""
    home = columns_of(Domain, "d")
    asked: dict[str, Any] = {"domain": domain, "number": number, "since": now - REDIAL, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE.format(home=home.sql, live=one_of("state", LIVE_CALLBACK)), asked)
        found = cursor.fetchone()
    if found is None:
        return None, Before()
    *columns, is_promised, waited = found
    cut_off = [(queue, datetime.fromisoformat(place), s) for queue, place, s in json.loads(waited or "[]")]
    return home.row(columns), Before(is_promised, cut_off)


def _hours(call: Call, queue: Queue) -> Hours:
    return hours_of(queue=queue, version=call.domain.roster_version)
