"""Whether a queue takes a new caller now, where else the caller goes, and what of an earlier wait still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from routing.callbacks import LIVE_CALLBACK
from routing.hours import Hours
from routing.models import Call, Queue
from routing.opening import hours_of

HOPS = 3  # queues a caller is handed on to, at most
REDIAL = timedelta(seconds=60)
_LIVE = [state.value for state in LIVE_CALLBACK]
# By hand: every arriving call asks.
BEFORE = """
SELECT dropped.place_key, dropped.head_start_s, EXISTS (
    SELECT FROM routing_callback WHERE domain_id = %(domain)s AND number = %(number)s AND state = ANY(%(live)s))
FROM (VALUES (0)) AS one LEFT JOIN LATERAL (
    SELECT place_key, head_start_s FROM routing_call
    WHERE domain_id = %(domain)s AND from_e164 = %(number)s AND from_e164 <> '' AND state = 'abandoned'
      AND queue_id = %(queue)s AND ended_at > %(since)s AND ended_at <= %(now)s AND place_key IS NOT NULL
    ORDER BY ended_at DESC LIMIT 1
) AS dropped ON true
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


@dataclass(frozen=True, kw_only=True)
class Before:
    """What this number brings along: seconds waited when cut off just now, and whether we owe it a call."""

    waited_s: int = 0
    is_promised: bool = False


def before(*, call: Call, queue: Queue, now: datetime) -> Before:
    """Of a caller who was cut off from this queue less than a minute ago, or is to be rung back."""
    if not call.from_e164:
        return Before()
    asked: dict[str, Any] = {
        "domain": call.domain_id, "number": call.from_e164, "queue": queue.pk, "since": now - REDIAL, "now": now,
        "live": _LIVE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BEFORE, asked)
        place, head_start_s, is_promised = cursor.fetchone()
    waited_s = 0 if place is None else max(0, int((now - place).total_seconds()) - head_start_s)
    return Before(waited_s=waited_s, is_promised=is_promised)


def _hours(call: Call, queue: Queue) -> Hours:
    return hours_of(queue=queue, version=call.domain.roster_version)
