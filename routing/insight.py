"""What strategies beyond longest idle ask for: facts of callers, yesterday's agent, the last two hours' work.

Read in the same tick, and only for queues that ask. A floor of plain queues reads nothing here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from routing.facts import caller_types
from routing.matching import AgentTerms, CallerTerms, Insight, Roster, Strategy, WaitingCall
from routing.matching.rules import NEEDS_WORKLOAD
from routing.score_tables import Usable, usable
from routing.scoring.blocks import is_on

WORKLOAD = timedelta(hours=2)

CALLERS = "SELECT id, facts, language, customer_id, arrived_at FROM routing_call WHERE id = ANY(%(calls)s)"

# The agent who last talked with the customer and finished it, the latest first.
STICKY = """
SELECT DISTINCT ON (c.customer_id) c.customer_id, r.agent_id, r.connected_at
FROM routing_call c JOIN routing_reservation r ON r.call_id = c.id
WHERE c.customer_id = ANY(%(customers)s) AND c.arrived_at > %(since)s AND c.state = 'completed'
  AND r.role = 'primary' AND r.connected_at IS NOT NULL
ORDER BY c.customer_id, r.connected_at DESC
"""

EXCLUDED = "SELECT customer, agent_id FROM routing_excludedpair WHERE customer = ANY(%(customers)s)"

# Seconds with callers and in wrap-up, from two hours ago or the first ring since, whichever is later: whoever came an
# hour ago is judged by that hour.
WORKLOADS = """
SELECT agent_id,
       sum(EXTRACT(EPOCH FROM COALESCE(ended_at, %(now)s) - GREATEST(connected_at, %(since)s)))::float8
           / GREATEST(EXTRACT(EPOCH FROM %(now)s - GREATEST(min(created_at), %(since)s)), 1)::float8,
       count(*), EXTRACT(EPOCH FROM %(now)s - GREATEST(min(created_at), %(since)s))::float8
FROM routing_reservation
WHERE agent_id IN (SELECT id FROM routing_agent WHERE domain_id = %(domain)s AND presence = 'available')
  AND created_at > %(reach)s AND connected_at IS NOT NULL AND COALESCE(ended_at, %(now)s) > %(since)s
GROUP BY agent_id
"""
REACH = timedelta(hours=6)  # reservations begun longer ago are over

# How many who stand behind a waiting caller were given an agent meanwhile.
SKIPS = """
SELECT w.id, count(DISTINCT c.id)
FROM routing_call w
JOIN routing_reservation r ON r.queue_id = w.queue_id AND r.created_at > w.enqueued_at AND r.role = 'primary'
JOIN routing_call c ON c.id = r.call_id AND c.place_key > w.place_key
    AND c.state IN ('reserved', 'connected', 'wrapping', 'completed')
WHERE w.id = ANY(%(calls)s)
GROUP BY w.id
"""


# Agents who ring for, talk with or wrap up the callers of these queues.
HELD = """
SELECT queue_id, count(DISTINCT agent_id) FROM routing_reservation
WHERE queue_id = ANY(%(queues)s) AND state IN ('pending', 'accepted', 'wrapping') GROUP BY queue_id
"""


def insight(*, roster: Roster, waiting: Sequence[WaitingCall], now: datetime) -> Insight | None:
    """Everything the queues of these callers ask for; None where all of them go by longest idle alone."""
    asking = [call for call in waiting if asks(roster, call.queue)]
    held = _held(roster, waiting)
    if not asking:
        return Insight(held=held) if held is not None else None
    rows = _rows(CALLERS, calls=[call.id for call in asking])
    known = {call: (json.loads(facts), *rest) for call, facts, *rest in rows}
    customers = sorted({facts[2] for facts in known.values() if facts[2] is not None})
    sticky = _sticky(roster, asking, known, now) if customers else {}
    excluded = _excluded(customers) if roster.excludes and customers else {}
    skips = _skips(roster, asking)
    learned = usable(queues={call.queue for call in asking if _is_paired(roster, call.queue)}, now=now)
    queue_of = {call.id: call.queue for call in asking}
    callers = {
        call: _terms(
            facts,
            language,
            sticky=sticky.get(call, {}),
            excluded=excluded.get(customer, frozenset()),
            skips=skips.get(call, 0),
            by_rules=_by_rules(roster, learned, queue_of[call], facts, arrived_at),
        )
        for call, (facts, language, customer, arrived_at) in known.items()
    }
    return Insight(callers=callers, agents=_workloads(roster, asking, now), pairs=learned.pairs, held=held or {})


def _held(roster: Roster, waiting: Sequence[WaitingCall]) -> dict[int, int] | None:
    """Agents with the callers of each emergency queue; None where nobody waits in one."""
    lanes = sorted(
        {call.queue for call in waiting if call.queue in roster.queues and roster.queues[call.queue].emergency_share}
    )
    return dict(_rows(HELD, queues=lanes)) if lanes else None


def _is_paired(roster: Roster, queue: int) -> bool:
    return roster.queues[queue].strategy is Strategy.PAIRED


def _by_rules(roster: Roster, learned: Usable, queue: int, facts: dict[str, Any], arrived_at: datetime) -> str:
    """Why this caller goes by plain rules; "" where they may be paired, or the queue never pairs."""
    if not _is_paired(roster, queue):
        return ""
    if facts.get("refuses_automation"):
        return "refused"
    if not _in_on_block(roster, queue, arrived_at):
        return "off_block"
    return learned.troubles.get(queue, "")


def _in_on_block(roster: Roster, queue: int, arrived_at: datetime) -> bool:
    return is_on(at=arrived_at, queue=roster.queues[queue].key, zone=ZoneInfo(settings.TIME_ZONE))


def asks(roster: Roster, queue: int) -> bool:
    """Whether matching for this queue looks at more than who is free and idle longest."""
    rule = roster.queues.get(queue)
    return rule is not None and (
        not rule.is_plain or roster.excludes or rule.sticky_days > 0 or roster.occupancy_cap > 0
    )


def _terms(
    facts: dict[str, Any],
    language: str,
    *,
    sticky: dict[int, float],
    excluded: frozenset[int],
    skips: int,
    by_rules: str,
) -> CallerTerms:
    return CallerTerms(
        types=caller_types(facts),
        language=str(facts.get("language") or language),
        products=facts.get("products") or {},
        sticky=sticky,
        excluded=excluded,
        skips=skips,
        paired=not by_rules,
        by_rules=by_rules,
    )


def _sticky(
    roster: Roster, asking: Sequence[WaitingCall], known: dict[UUID, tuple[Any, ...]], now: datetime
) -> dict[UUID, dict[int, float]]:
    """Call → the agent of last time, where the queue remembers that long."""
    days = {call.id: roster.queues[call.queue].sticky_days for call in asking}
    whose = {call: known[call][2] for call in known if days[call] and known[call][2] is not None}
    if not whose:
        return {}
    since = now - timedelta(days=max(days.values()))
    last = {row[0]: row[1:] for row in _rows(STICKY, customers=sorted(set(whose.values())), since=since)}
    return {
        call: {last[customer][0]: 1.0}
        for call, customer in whose.items()
        if customer in last and last[customer][1] > now - timedelta(days=days[call])
    }


def _excluded(customers: list[UUID]) -> dict[UUID, frozenset[int]]:
    apart: dict[UUID, set[int]] = defaultdict(set)
    for customer, agent in _rows(EXCLUDED, customers=customers):
        apart[customer].add(agent)
    return {customer: frozenset(agents) for customer, agents in apart.items()}


def _skips(roster: Roster, asking: Sequence[WaitingCall]) -> dict[UUID, int]:
    paired = [call.id for call in asking if _is_paired(roster, call.queue)]
    return dict(_rows(SKIPS, calls=paired)) if paired else {}


def _workloads(roster: Roster, asking: Sequence[WaitingCall], now: datetime) -> dict[int, AgentTerms]:
    if not roster.occupancy_cap and not any(roster.queues[call.queue].strategy in NEEDS_WORKLOAD for call in asking):
        return {}
    rows = _rows(WORKLOADS, domain=roster.domain_id, now=now, since=now - WORKLOAD, reach=now - REACH)
    return {
        agent: AgentTerms(occupancy=max(0.0, min(share, 1.0)), recent=count, known_s=known)
        for agent, share, count, known in rows
    }


def _rows(statement: str, **values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
