"""The on/off record of paired queues, read from the calls themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from routing.matching import Strategy
from routing.models import Queue, ScoreTable
from routing.scoring.blocks import is_on
from routing.scoring.proof import DayPair, Proof, prove

REPEAT = timedelta(days=7)
REACH = timedelta(days=120)

# Calls of a queue by half hour of arrival: [calls, sum of waits, left, served with an outcome known, resolved].
BLOCKS = """
SELECT date_bin('30 minutes', c.arrived_at, 'epoch'), count(*),
       sum(EXTRACT(EPOCH FROM COALESCE(c.connected_at, c.ended_at, %(now)s) - c.enqueued_at))::float8,
       count(*) FILTER (WHERE c.state = 'abandoned'),
       count(*) FILTER (WHERE k.known),
       count(*) FILTER (WHERE k.known AND NOT EXISTS (
           SELECT FROM routing_call n WHERE n.customer_id = c.customer_id AND n.arrived_at > c.arrived_at
           AND n.arrived_at <= c.arrived_at + %(repeat)s))
FROM routing_call c CROSS JOIN LATERAL (
    SELECT c.state = 'completed' AND c.customer_id IS NOT NULL AND c.arrived_at <= %(now)s - %(repeat)s AS known) k
WHERE c.domain_id = %(domain)s AND c.queue_id = %(queue)s AND c.enqueued_at IS NOT NULL
  AND c.arrived_at > %(since)s AND c.arrived_at <= %(now)s
GROUP BY 1
"""


@dataclass(frozen=True, kw_only=True)
class PairingReport:
    """One paired queue: what is learned, whether it is on now, and on against off since the first table."""

    queue: str
    name_en: str
    name_zh: str
    card: dict[str, Any]  # of the newest table; empty if there is none
    is_fresh: bool
    is_on_now: bool
    resolved: Proof
    wait_s: Proof
    left: Proof


def reports(*, domain: str, now: datetime) -> tuple[PairingReport, ...]:
    """Every paired queue of the domain, by key."""
    paired = Queue.objects.filter(domain__key=domain, strategy=Strategy.PAIRED).order_by("key")
    return tuple(_report(queue, now) for queue in paired)


def _report(queue: Queue, now: datetime) -> PairingReport:
    tables = ScoreTable.objects.filter(queue=queue).order_by("made_at")
    first, newest = tables.first(), tables.last()
    resolved, wait_s, left = _sides(queue, since=first.made_at, now=now) if first else ([], [], [])
    zone = ZoneInfo(settings.TIME_ZONE)
    return PairingReport(
        queue=queue.key,
        name_en=queue.name_en,
        name_zh=queue.name_zh,
        card=newest.card if newest is not None else {},
        is_fresh=newest is not None and newest.made_at > now - REPEAT,
        is_on_now=is_on(at=now, queue=queue.key, zone=zone),
        resolved=prove(resolved),
        wait_s=prove(wait_s),
        left=prove(left),
    )


def _sides(queue: Queue, *, since: datetime, now: datetime) -> tuple[list[DayPair], list[DayPair], list[DayPair]]:
    """Day pairs of resolved, wait and left."""
    zone = ZoneInfo(settings.TIME_ZONE)
    sums: dict[tuple[date, bool], list[float]] = defaultdict(lambda: [0.0] * 5)
    for block, *row in _blocks(queue, max(since, now - REACH), now):
        side = sums[block.astimezone(zone).date(), is_on(at=block, queue=queue.key, zone=zone)]
        for at, value in enumerate(row):
            side[at] += float(value or 0)
    days = sorted({day for day, _ in sums})

    def pairs(value: int, calls: int) -> list[DayPair]:
        on, off = ([sums[day, side] for day in days] for side in (True, False))
        return [
            DayPair(on=one[value], on_calls=int(one[calls]), off=other[value], off_calls=int(other[calls]))
            for one, other in zip(on, off, strict=True)
        ]

    return pairs(4, 3), pairs(1, 0), pairs(2, 0)


def _blocks(queue: Queue, since: datetime, now: datetime) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "domain": queue.domain_id, "queue": queue.pk, "since": since, "now": now, "repeat": REPEAT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS, values)
        return list(cursor.fetchall())
