"""Whether a queue takes a new caller now, where else the caller goes, and what of an earlier wait still counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from routing.hours import Hours
from routing.models import Call, Queue
from routing.opening import hours_of

HOPS = 3  # queues a caller is handed on to, at most
REDIAL = timedelta(seconds=60)
# By hand: every arriving call asks.
DROPPED = """
SELECT place_key, head_start_s FROM routing_call
WHERE domain_id = %s AND from_e164 = %s AND from_e164 <> '' AND state = 'abandoned' AND queue_id = %s
  AND ended_at > %s AND ended_at <= %s AND place_key IS NOT NULL
ORDER BY ended_at DESC LIMIT 1
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


def waited_before(*, call: Call, queue: Queue, now: datetime) -> int:
    """Seconds of wait that a caller brings along who was cut off from this queue less than a minute ago."""
    if not call.from_e164:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(DROPPED, [call.domain_id, call.from_e164, queue.pk, now - REDIAL, now])
        row: tuple[datetime, int] | None = cursor.fetchone()
    if row is None:
        return 0
    place, head_start_s = row
    return max(0, int((now - place).total_seconds()) - head_start_s)


def _hours(call: Call, queue: Queue) -> Hours:
    return hours_of(queue=queue, version=call.domain.roster_version)
