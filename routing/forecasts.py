"""Expected waits of a domain's queues, made from its last calls and kept for some seconds in each process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from callcenter.foundation.errors import NotFound
from routing.journal import domain_named, queue_named
from routing.models import Domain, Queue
from routing.opening import hours_of
from routing.results import WaitEstimate
from routing.roster import roster
from routing.wait_forecast import Forecaster, Staffing, Wait, forecaster

KEPT = timedelta(seconds=15)
NEWEST = 400  # ended waits of a queue that are looked at
SPAN = timedelta(hours=24)
SHARES = timedelta(hours=2)
AT_ONCE_S = 1.0  # an agent was held within this: never in the line

# Bounded whatever the history: of the domain's last 20,000 calls those of this queue. Who was given an agent at once
# says nothing about waiting.
HISTORY = """
SELECT w.entered, w.left_at, w.served FROM (
    SELECT EXTRACT(EPOCH FROM c.enqueued_at)::float8 AS entered, c.connected_at IS NOT NULL AS served,
           EXTRACT(EPOCH FROM COALESCE(c.connected_at, c.ended_at))::float8 AS left_at,
           (SELECT EXTRACT(EPOCH FROM min(r.created_at) - c.enqueued_at) FROM routing_reservation r
            WHERE r.call_id = c.id) AS held_after
    FROM (SELECT * FROM routing_call WHERE domain_id = %(domain)s AND arrived_at > %(since)s
          ORDER BY arrived_at DESC LIMIT 20000) c
    WHERE c.queue_id = %(queue)s AND c.enqueued_at IS NOT NULL
      AND (c.state IN ('queued', 'reserved') OR c.connected_at IS NOT NULL OR c.state = 'abandoned')
    LIMIT %(newest)s
) w WHERE w.held_after IS NULL OR w.held_after > %(at_once)s
"""
# Agents who are available, each by the share of their last two hours that this queue had; who is new counts by queues.
STAFFING = """
SELECT COALESCE(sum(share), 0)::float8, (
    SELECT avg(EXTRACT(EPOCH FROM r.ended_at - r.connected_at))::float8 FROM routing_reservation r
    WHERE r.agent_id = ANY(%(able)s) AND r.created_at > %(shares)s AND r.queue_id = %(queue)s
      AND r.role = 'primary' AND r.connected_at IS NOT NULL AND r.ended_at IS NOT NULL)
FROM (
    SELECT COALESCE(
        (SELECT avg((r.queue_id = %(queue)s)::int) FROM routing_reservation r
         WHERE r.agent_id = a.id AND r.created_at > %(shares)s AND r.connected_at IS NOT NULL),
        1.0 / GREATEST((SELECT count(*) FROM routing_queue_members m WHERE m.agent_id = a.id), 1)) AS share
    FROM routing_agent a
    WHERE a.id = ANY(%(able)s) AND a.presence = 'available' AND a.lease_expires_at > %(now)s
) worked
"""
LINE = """
SELECT queue_id, count(*), EXTRACT(EPOCH FROM %(now)s - min(enqueued_at))::float8
FROM routing_call WHERE domain_id = %(domain)s AND state = 'queued' GROUP BY queue_id
"""


@dataclass(frozen=True, kw_only=True)
class _Kept:
    made_at: datetime
    roster: int
    forecaster: Forecaster | None
    reason: str


_kept: dict[int, _Kept] = {}


def queue_estimate(*, domain: str, queue: str, now: datetime) -> WaitEstimate:
    """For a caller who would enter this queue now. Raises NotFound."""
    home = domain_named(domain)
    if home is None:
        raise NotFound(f"There is no domain {domain!r}.")
    return _for_newcomer(home, _queue(home, queue), _line(home.pk, now), now)


def _line(domain_id: int, now: datetime) -> dict[int, tuple[int, float]]:
    """Queue → how many wait, and how long the first of them has."""
    return {queue: (count, first) for queue, count, first in _rows(LINE, {"now": now, "domain": domain_id})}


def _for_newcomer(home: Domain, queue: Queue, line: dict[int, tuple[int, float]], now: datetime) -> WaitEstimate:
    ahead, head_s = line.get(queue.pk, (0, None))
    kept = _forecaster(home, queue, now)
    if kept.forecaster is None:
        return WaitEstimate(ahead=ahead, reason=kept.reason)
    said = kept.forecaster.newcomer(ahead=ahead, head_s=head_s)
    return WaitEstimate(ahead=ahead, p50_s=said.p50_s, p90_s=said.p90_s, method=said.method, n=said.n)


def place_estimate(*, home: Domain, queue: str, position: int, now: datetime) -> WaitEstimate:
    """What is left for a caller at this place in a line of this (freshly read) domain, 1 = next. Raises NotFound."""
    kept = _forecaster(home, _queue(home, queue), now)
    if kept.forecaster is None:
        return WaitEstimate(ahead=position - 1, reason=kept.reason)
    said = kept.forecaster.at_place(ahead=position - 1)
    return WaitEstimate(ahead=position - 1, p50_s=said.p50_s, p90_s=said.p90_s, method=said.method, n=said.n)


def queue_estimates(*, domain: str, now: datetime) -> dict[str, WaitEstimate]:
    """Every queue of the domain by key."""
    queues = list(Queue.objects.select_related("domain").filter(domain__key=domain))
    line = _line(queues[0].domain_id, now) if queues else {}
    return {queue.key: _for_newcomer(queue.domain, queue, line, now) for queue in queues}


def _queue(home: Domain, key: str) -> Queue:
    found = queue_named(home, key)
    if found is None:
        raise NotFound(f"There is no queue {key!r}.")
    return found


def _forecaster(home: Domain, queue: Queue, now: datetime) -> _Kept:
    version = home.roster_version
    kept = _kept.get(queue.pk)
    if kept is None or kept.roster != version or not kept.made_at <= now < kept.made_at + KEPT:
        kept = _kept[queue.pk] = _make(queue, version, now)
    return kept


def _make(queue: Queue, version: int, now: datetime) -> _Kept:
    if not queue.is_open or not hours_of(queue=queue, version=version).is_open(now):
        return _Kept(made_at=now, roster=version, forecaster=None, reason="closed")
    staffing = _staffing(queue, version, now)
    if staffing.agents <= 0:
        return _Kept(made_at=now, roster=version, forecaster=None, reason="nobody_staffed")
    made = forecaster(history=_history(queue, now), staffing=staffing)
    reason = "" if made is not None else "too_few_answers"
    return _Kept(made_at=now, roster=version, forecaster=made, reason=reason)


def _history(queue: Queue, now: datetime) -> list[Wait]:
    asked = {
        "domain": queue.domain_id, "queue": queue.pk, "since": now - SPAN, "newest": NEWEST, "at_once": AT_ONCE_S,
    }  # fmt: skip
    return [Wait(entered=row[0], left=row[1], served=row[2]) for row in _rows(HISTORY, asked)]


def _staffing(queue: Queue, version: int, now: datetime) -> Staffing:
    able = sorted(roster(domain_id=queue.domain_id, version=version).queues[queue.pk].reach)
    asked = {"able": able, "queue": queue.pk, "shares": now - SHARES, "now": now}
    [(agents, handle_s)] = _rows(STAFFING, asked)
    return Staffing(agents=agents, handle_s=handle_s or 0.0)


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
