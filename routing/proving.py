"""The on/off record of paired queues, read from the calls themselves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, pstdev
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from routing.matching import Strategy
from routing.models import Queue, ScoreTable
from routing.score_tables import examine
from routing.scoring.blocks import is_on
from routing.scoring.proof import DayPair, Proof, prove

REPEAT = timedelta(days=7)
REACH = timedelta(days=120)

# Calls of a queue by half hour of arrival:
# [calls, sum of waits, left, served with an outcome known, resolved, wrapped up, complained].
BLOCKS = """
SELECT date_bin('30 minutes', c.arrived_at, 'epoch'), count(*),
       sum(EXTRACT(EPOCH FROM COALESCE(c.connected_at, c.ended_at, %(now)s) - c.enqueued_at))::float8,
       count(*) FILTER (WHERE c.state = 'abandoned'),
       count(*) FILTER (WHERE k.known),
       count(*) FILTER (WHERE k.known AND NOT EXISTS (
           SELECT FROM routing_call n WHERE n.customer_id = c.customer_id AND n.arrived_at > c.arrived_at
           AND n.arrived_at <= c.arrived_at + %(repeat)s)),
       count(*) FILTER (WHERE w.told <> ''),
       count(*) FILTER (WHERE w.told = ANY(%(complaints)s))
FROM routing_call c CROSS JOIN LATERAL (
    SELECT c.state = 'completed' AND c.customer_id IS NOT NULL AND c.arrived_at <= %(now)s - %(repeat)s AS known) k
LEFT JOIN LATERAL (
    SELECT COALESCE(max(disposition), '') AS told FROM routing_reservation r
    WHERE r.call_id = c.id AND r.role = 'primary' AND r.connected_at IS NOT NULL) w ON TRUE
WHERE c.domain_id = %(domain)s AND c.queue_id = %(queue)s AND c.enqueued_at IS NOT NULL
  AND c.arrived_at > %(since)s AND c.arrived_at <= %(now)s
GROUP BY 1
"""

# Seconds with callers by agent and half hour in which the work began.
WORK = """
SELECT date_bin('30 minutes', r.connected_at, 'epoch'), r.agent_id,
       sum(EXTRACT(EPOCH FROM COALESCE(r.ended_at, %(now)s) - r.connected_at))::float8
FROM routing_reservation r
WHERE r.domain_id = %(domain)s AND r.queue_id = %(queue)s AND r.role = 'primary'
  AND r.connected_at > %(since)s AND r.connected_at <= %(now)s
GROUP BY 1, 2
"""


# How callers of a queue were given agents lately, and why not by value.
DECIDED = """
SELECT COALESCE(because->>'mode', 'rules'), COALESCE(because->>'fallback', ''), count(*)
FROM routing_reservation
WHERE domain_id = %(domain)s AND queue_id = %(queue)s AND role = 'primary' AND because ? 'mode'
  AND created_at > %(lately)s AND created_at <= %(now)s
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
LATELY = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Decisions of one kind."""

    mode: str  # rules | sticky | paired | explore
    fallback: str  # why not by value; "" it was
    count: int


@dataclass(frozen=True, kw_only=True)
class PairingReport:
    """One paired queue: what is learned, whether it is on now, and on against off since the first table."""

    queue: str
    name_en: str
    name_zh: str
    card: dict[str, Any]  # of the newest table; empty if there is none
    is_on_now: bool
    resolved: Proof
    wait_s: Proof
    left: Proof
    complaints: Proof  # of wrapped up calls, the share that were complaints
    unevenness: Proof  # spread of work over agents within a day: standard deviation ÷ mean
    decided: tuple[Decided, ...]  # in the last 24 hours, most frequent first
    trouble: str = ""  # why it goes by rules just now; "" nothing

    @property
    def breached(self) -> tuple[str, ...]:
        """Guardrails that are worse when on, beyond their interval."""
        guards = {"wait": self.wait_s, "left": self.left, "complaints": self.complaints, "unevenness": self.unevenness}
        return tuple(name for name, proof in guards.items() if proof.verdict == "more")


def reports(*, domain: str, now: datetime) -> tuple[PairingReport, ...]:
    """Every paired queue of the domain, by key."""
    paired = Queue.objects.filter(domain__key=domain, strategy=Strategy.PAIRED).order_by("key")
    return tuple(_report(queue, now) for queue in paired)


def _report(queue: Queue, now: datetime) -> PairingReport:
    tables = ScoreTable.objects.filter(queue=queue).order_by("made_at")
    first, newest = tables.first(), tables.last()
    since = max(first.made_at, now - REACH) if first else now
    resolved, wait_s, left, complaints = _sides(queue, since=since, now=now) if first else ([], [], [], [])
    zone = ZoneInfo(settings.TIME_ZONE)
    return PairingReport(
        queue=queue.key,
        name_en=queue.name_en,
        name_zh=queue.name_zh,
        card=newest.card if newest is not None else {},
        is_on_now=is_on(at=now, queue=queue.key, zone=zone),
        resolved=prove(resolved),
        wait_s=prove(wait_s),
        left=prove(left),
        complaints=prove(complaints),
        unevenness=prove(_unevenness(queue, since=since, now=now) if first else []),
        decided=tuple(
            Decided(mode=mode, fallback=fallback, count=count)
            for mode, fallback, count in _rows(DECIDED, queue, since, now)
        ),
        trouble=examine(queue=queue.pk, now=now)[1],
    )


def _sides(queue: Queue, *, since: datetime, now: datetime) -> tuple[list[DayPair], ...]:
    """Day pairs of resolved, wait, left and complaints."""
    zone = ZoneInfo(settings.TIME_ZONE)
    sums: dict[tuple[date, bool], list[float]] = defaultdict(lambda: [0.0] * 7)
    for block, *row in _rows(BLOCKS, queue, since, now):
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

    return pairs(4, 3), pairs(1, 0), pairs(2, 0), pairs(6, 5)


def _unevenness(queue: Queue, *, since: datetime, now: datetime) -> list[DayPair]:
    """How unevenly work fell on agents, a day's on blocks beside its off blocks. Agents who worked in both."""
    zone = ZoneInfo(settings.TIME_ZONE)
    work: dict[tuple[date, bool], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for block, agent, seconds in _rows(WORK, queue, since, now):
        side = is_on(at=block, queue=queue.key, zone=zone)
        work[block.astimezone(zone).date(), side][agent] += float(seconds or 0)
    found = []
    for day in sorted({day for day, _ in work}):
        on, off = work[day, True], work[day, False]
        both = sorted(set(on) & set(off))
        if len(both) > 1:
            sides = (_spread([side[agent] for agent in both]) for side in (on, off))
            found.append(DayPair(on=next(sides), on_calls=1, off=next(sides), off_calls=1))
    return found


def _spread(seconds: list[float]) -> float:
    return pstdev(seconds) / fmean(seconds) if fmean(seconds) > 0 else 0.0


def _rows(statement: str, queue: Queue, since: datetime, now: datetime) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "domain": queue.domain_id, "queue": queue.pk, "since": since, "now": now, "repeat": REPEAT,
        "lately": now - LATELY,
        "complaints": settings.ROUTING_COMPLAINT_DISPOSITIONS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
