"""What one look of the dispatcher finds: who could serve, and who waits for it. Reads alone, and without locks.

Hundreds of agents and callers are read many times a second, so rows come in PostgreSQL's binary form, which costs half
as much to take apart, and instants of agents come as numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import connection
from psycopg.pq import Format

from routing.capacity import SPAN
from routing.conditions import LIVE
from routing.matching import AgentNow, Roster, WaitingCall
from routing.roster import roster
from routing.service_clock import DECLINED_S, TRIED_S
from routing.states import Presence

PER_QUEUE = 50  # callers looked at per queue and tick; the rest stand behind them anyway

# The domain, and every piece of live work with the slot it takes. Read before the agents: whoever is let go in between
# is seen at the next look with the idle clock they then have.
WORK = f"""
SELECT d.id, d.roster_version, w.agents, w.slots
FROM routing_domain d CROSS JOIN (
    SELECT array_agg(agent_id) AS agents, array_agg(slot) AS slots FROM routing_reservation
    WHERE {LIVE}
) w
WHERE d.key = %s
"""  # noqa: S608

# Everybody who is signed in.
AGENTS = """
SELECT id, presence, date_part('epoch', lease_expires_at), device, date_part('epoch', device_at),
       date_part('epoch', blocked_until), date_part('epoch', idle_since)
FROM routing_agent WHERE domain_id = %s AND presence <> 'offline'
"""

# Who let this very call go, and who of them has just said no.
TRIED = """CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(r.agent_id), '{}') AS tried,
           coalesce(array_agg(r.agent_id) FILTER (WHERE r.end_reason = 'declined' AND r.ended_at > %(declined)s), '{}')
               AS declined
    FROM routing_reservation r WHERE r.call_id = c.id AND r.ended_at > %(since)s
) t"""

# The first callers of each queue that somebody free could serve: a queue nobody can serve hides nobody else.
WAITING = f"""
SELECT c.id, c.queue_id, c.channel, c.place_key, c.enqueued_at, c.version, t.tried, t.declined
FROM unnest(%(queues)s::bigint[]) AS served(queue)
CROSS JOIN LATERAL (
    SELECT id, queue_id, channel, place_key, enqueued_at, version FROM routing_call
    WHERE domain_id = %(domain)s AND queue_id = served.queue AND state = 'queued'
    ORDER BY place_key, enqueued_at, id LIMIT %(limit)s
) c
{TRIED}
"""  # noqa: S608


class Floor(NamedTuple):
    """Everybody who is signed in, and what their queues ask for."""

    agents: list[AgentNow]
    roster: Roster


Work = tuple[bool, int, int]  # a live call; open conversations; open forms and mails
IDLE: Work = False, 0, 0
TALKS: Work = True, 0, 0


_agent = partial(
    tuple.__new__, AgentNow
)  # a row as an agent, without the checks of `_make`: they cost more than the rest


def floor_of(domain: str) -> Floor | None:
    """None where nobody is signed in, or there is no such domain."""
    found = _read(WORK, [domain])
    if not found:
        return None
    [(domain_id, version, busy, slots)] = found
    work = at_work(zip(busy or (), slots or (), strict=True))
    agents = [_agent(row + work.get(row[0], IDLE)) for row in _read(AGENTS, [domain_id])]
    return Floor(agents=agents, roster=roster(domain_id=domain_id, version=version)) if agents else None


def at_work(taken: Iterable[tuple[int, int]]) -> dict[int, Work]:
    """Agent → open work, from (agent, slot) pairs."""
    work: dict[int, Work] = {}
    for agent, slot in taken:
        if slot < SPAN and agent not in work:
            work[agent] = TALKS
            continue
        live, messaging, deferred = work.get(agent, IDLE)
        work[agent] = live or slot < SPAN, messaging + (SPAN <= slot < 2 * SPAN), deferred + (slot >= 2 * SPAN)
    return work


def waiting_for(floor: Floor, now: datetime) -> list[WaitingCall]:
    """The first callers of each queue that somebody here and free could serve."""
    queues = _served(floor, now)
    if not queues:
        return []
    values = {"queues": queues, "domain": floor.roster.domain_id, "limit": PER_QUEUE, **resting(now)}
    return [WaitingCall._make(row) for row in _read(WAITING, values)]


def resting(now: datetime) -> dict[str, datetime]:
    """Since when having let a call go, or having said no to it, still counts."""
    return {"since": now - timedelta(seconds=TRIED_S), "declined": now - timedelta(seconds=DECLINED_S)}


def _served(floor: Floor, now: datetime) -> list[int]:
    """Queues that somebody who is free could serve."""
    free = free_ones(floor.agents, now)
    return [rule.id for rule in floor.roster.queues.values() if not free.isdisjoint(rule.reach)]


def free_ones(agents: Iterable[AgentNow], now: datetime) -> set[int]:
    """Who is there and without live work: nobody else can be held for anybody."""
    instant = now.timestamp()
    return {
        agent.id
        for agent in agents
        if not agent.busy and agent.presence == Presence.AVAILABLE and (agent.lease_expires_at or 0) > instant
    }


def _read(statement: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.cursor.format = Format.BINARY
        cursor.execute(statement, values)
        rows: list[Any] = cursor.fetchall()
    return rows
