"""Bringing callers and agents together: read without locks, match, and write the pairs in one statement.

A pair whose call or agent moved between the look and the write drops out, and is looked at again next time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from callcenter.foundation import events, wakeups
from callcenter.foundation.asking import any_of
from callcenter.foundation.commands import statement
from callcenter.foundation.ids import uuid7
from routing.capacity import FIRST_SLOT
from routing.insight import asks, insight
from routing.matching import AgentNow, Match, QueueRule, Roster, WaitingCall, best_matches
from routing.operations.leases import Lease
from routing.queries import look
from routing.results import CallView, ReservationView
from routing.roster import last_read, roster
from routing.scene import TRIED, Floor, floor_of, free_ones, resting, waiting_for
from routing.service_clock import ring_lease
from routing.states import CallState, ReservationState, Role

# An agent as they stand. Instants come as numbers: five hundred of them as datetimes would cost more than everything else
# in a tick.
_STANDS = """a.id, a.presence, EXTRACT(EPOCH FROM a.lease_expires_at)::float8, a.device,
       EXTRACT(EPOCH FROM a.device_at)::float8, EXTRACT(EPOCH FROM a.blocked_until)::float8,
       EXTRACT(EPOCH FROM a.idle_since)::float8, COALESCE(r.live, false), COALESCE(r.messaging, 0),
       COALESCE(r.deferred, 0)"""
_AT_WORK = """(
    SELECT agent_id, bool_or(slot < 10) AS live, count(*) FILTER (WHERE slot BETWEEN 10 AND 19) AS messaging,
           count(*) FILTER (WHERE slot >= 20) AS deferred
    FROM routing_reservation WHERE state IN ('pending', 'accepted', 'wrapping') GROUP BY agent_id
) r ON r.agent_id = a.id"""

# One caller in line, with the roster's version, whether anybody stands ahead in whichever queue, whether anybody else
# waits at all, and how some agents stand.
OWN = f"""
SELECT d.id, d.roster_version, EXISTS (
           SELECT FROM routing_call o WHERE o.domain_id = c.domain_id AND o.state = 'queued'
             AND (o.place_key, o.enqueued_at, o.id) < (c.place_key, c.enqueued_at, c.id)),
       EXISTS (SELECT FROM routing_call o WHERE o.domain_id = c.domain_id AND o.state = 'queued' AND o.id <> c.id),
       (SELECT json_agg(json_build_array({_STANDS}))::text FROM routing_agent a LEFT JOIN {_AT_WORK}
        WHERE a.id = {any_of("bigint", "agents")} AND a.presence <> 'offline'),
       c.id, c.queue_id, c.channel, c.place_key, c.enqueued_at, c.version, t.tried, t.declined
FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id {TRIED}
WHERE c.id = %(call)s AND c.state = 'queued'
"""  # noqa: S608

# Calls are locked first, then agents, both without waiting; what another transaction holds or has changed drops out.
# The fence refuses a dispatcher whose lease was taken over; `one_live_reservation_per_slot` refuses everything else.
COMMIT = """
WITH pair AS (
    SELECT * FROM jsonb_to_recordset(%(pairs)s::jsonb)
        AS p(call uuid, call_version bigint, agent bigint, id uuid, expires_at timestamptz, because jsonb,
             slot int, slots int, live int, messaging int, deferred int)
), fence AS (
    SELECT key FROM routing_domain
    WHERE id = %(domain)s AND (%(token)s::bigint IS NULL OR lease_token = %(token)s)
), held_call AS (
    SELECT c.id, c.queue_id FROM routing_call c JOIN pair p ON p.call = c.id
    WHERE c.state = 'queued' AND c.version = p.call_version AND EXISTS (SELECT FROM fence)
    FOR NO KEY UPDATE OF c SKIP LOCKED
), held_agent AS (
    SELECT a.id, a.key, a.contact, p.call FROM routing_agent a
    JOIN pair p ON p.agent = a.id JOIN held_call h ON h.id = p.call
    WHERE a.presence = 'available' AND a.lease_expires_at > %(now)s
      AND (a.blocked_until IS NULL OR a.blocked_until <= %(now)s)
      AND (SELECT count(*) FILTER (WHERE r.slot < 10) <= p.live
                  AND count(*) FILTER (WHERE r.slot BETWEEN 10 AND 19) <= p.messaging
                  AND count(*) FILTER (WHERE r.slot >= 20) <= p.deferred
           FROM routing_reservation r WHERE r.agent_id = a.id AND r.state IN ('pending', 'accepted', 'wrapping'))
    FOR NO KEY UPDATE OF a SKIP LOCKED
), made AS (
    INSERT INTO routing_reservation (id, domain_id, call_id, agent_id, queue_id, slot, role, state, end_reason,
                                     because, created_at, expires_at, spoke_by, extensions, disposition, version)
    SELECT p.id, %(domain)s, p.call, p.agent, h.queue_id, CASE WHEN p.slots = 1 THEN p.slot ELSE (
               SELECT min(s) FROM generate_series(p.slot, p.slot + p.slots - 1) s WHERE NOT EXISTS (
                   SELECT FROM routing_reservation r
                   WHERE r.agent_id = p.agent AND r.slot = s AND r.state IN ('pending', 'accepted', 'wrapping')
               )) END, 'primary', 'pending', '',
           p.because, %(now)s, p.expires_at, '', 0, '', 1
    FROM pair p JOIN held_call h ON h.id = p.call JOIN held_agent f ON f.call = p.call AND f.id = p.agent
    ON CONFLICT DO NOTHING
    RETURNING id, call_id, agent_id, queue_id, slot, created_at, expires_at
), moved AS (
    UPDATE routing_call c SET state = 'reserved', version = c.version + 2 FROM made m WHERE c.id = m.call_id
    RETURNING c.id, c.version
), told AS (
    INSERT INTO event_log (type, at, domain, call, seq_in_call, agent, reservation, actor, data)
    SELECT e.type, %(now)s, (SELECT key FROM fence), m.call_id, e.seq, m.agent_id, m.id, %(actor)s, e.data
    FROM made m JOIN moved v ON v.id = m.call_id JOIN routing_queue q ON q.id = m.queue_id
    CROSS JOIN LATERAL (VALUES
        ('reservation.created', v.version - 1, jsonb_build_object(
            'state', 'pending', 'agent', m.agent_id, 'queue', q.key, 'version', 1,
            'slot', m.slot, 'created_at', m.created_at, 'expires_at', m.expires_at)),
        ('call.reserved', v.version, jsonb_build_object('state', 'reserved', 'queue', q.key, 'version', v.version))
    ) AS e(type, seq, data)
    ORDER BY m.id, e.seq
)
SELECT m.id, f.key, f.contact FROM made m JOIN held_agent f ON f.id = m.agent_id
"""


class _Scene(NamedTuple):
    """What one look finds: who could serve, and who waits for it."""

    floor: Floor | None
    waiting: list[WaitingCall]
    is_alone: bool = False  # nobody else waits, whoever could serve them


def assign_waiting(
    *,
    domain: str,
    now: datetime,
    actor: str = "dispatcher",
    only_call: UUID | None = None,
    queue: str | None = None,
    lease: Lease | None = None,
) -> list[ReservationView]:
    """Hold an agent for each waiting caller who can be served now, oldest place first.

    `only_call` tries for that caller alone, behind everybody who stands ahead: losing a race is not an error, the
    dispatcher looks again. Its `queue`, where it is known, spares the look at the whole floor. With a lease, a
    dispatcher that was replaced meanwhile writes nothing.
    """
    own = _nobody_ahead(only_call, domain, queue, now) if only_call is not None and queue is not None else None
    floor, waiting, is_alone = own or _whole(domain, only_call, now)
    if floor is None:
        return []
    matches = best_matches(
        calls=waiting,
        agents=floor.agents,
        roster=floor.roster,
        now=now,
        insight=insight(roster=floor.roster, waiting=waiting, now=now),
    )
    if only_call is not None:
        matches = [match for match in matches if match.call.id == only_call]
    if not matches:
        return []
    held = _commit(matches, floor.roster, now=now, actor=actor, lease=lease)
    if held and (is_alone or (only_call is None and len(held) == len(matches))):
        wakeups.spare_dispatcher()
    return held


def serve_next(*, domain: str, now: datetime, actor: str) -> list[ReservationView]:
    """Agents whom this transaction has set free are held for who waits, so that the dispatcher need not look for it."""
    if not look(domain=domain).waiting:
        wakeups.spare_dispatcher()
        return []
    return assign_waiting(domain=domain, now=now, actor=actor)


def reserved(call: CallView) -> CallView:
    """A queued call as assignment leaves it, without reading it back."""
    return replace(call, state=CallState.RESERVED, version=call.version + 2)


def _nobody_ahead(call_id: UUID, domain: str, queue: str, now: datetime) -> _Scene | None:
    """One caller whom nobody precedes, in a queue that weighs nothing but idle time: only their own agents matter.

    None where there is more to weigh. On a floor that keeps up this is every arrival; on one that does not, nobody is
    free, and whoever stands ahead need not be read to know it.
    """
    known = last_read(domain=domain)
    row = _own(call_id, _rule(known, queue), now)
    if row is not None and (known is None or row[:2] != (known.domain_id, known.version)):
        known = roster(domain_id=row[0], version=row[1])  # who can serve this queue has changed: others are asked for
        row = _own(call_id, _rule(known, queue), now)
    if row is None:
        return _Scene(None, [])
    (version, ahead, others, standing), own = row[1:5], WaitingCall._make(row[5:])
    rule = _rule(known, queue)
    if known is None or rule is None or (version, own.queue) != (known.version, rule.id):
        return None
    agents = [AgentNow._make(agent) for agent in json.loads(standing or "[]")]
    if not free_ones(agents, now):
        return _Scene(None, [])
    lanes = any(one.emergency_share for one in known.queues.values())
    if ahead or (others and lanes) or rule.emergency_share or asks(known, own.queue):
        return None
    return _Scene(Floor(agents=agents, roster=known), [own], is_alone=not others)


def _rule(known: Roster | None, queue: str) -> QueueRule | None:
    return next((rule for rule in known.queues.values() if rule.key == queue), None) if known else None


def _own(call_id: UUID, rule: QueueRule | None, now: datetime) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"call": call_id, "agents": list(rule.reach) if rule else [], **resting(now)})
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _whole(domain: str, only_call: UUID | None, now: datetime) -> _Scene:
    floor = floor_of(domain)
    if floor is None:
        return _Scene(None, [])
    waiting = waiting_for(floor, now)
    return _Scene(floor, waiting if only_call is None else _up_to(waiting, only_call, floor.roster))


def _up_to(waiting: Sequence[WaitingCall], call_id: UUID, roster: Roster) -> list[WaitingCall]:
    """This caller, those ahead, and emergencies. Nobody, if the caller is not among the first of the queue."""
    own = next((call for call in waiting if call.id == call_id), None)
    if own is None:
        return []
    return [call for call in waiting if call.place <= own.place or roster.queues[call.queue].emergency_share]


@statement
def _commit(
    matches: Sequence[Match], roster: Roster, *, now: datetime, actor: str, lease: Lease | None
) -> list[ReservationView]:
    pairs = {uuid7(): match for match in matches}
    values: dict[str, Any] = {
        "pairs": json.dumps([_pair(made, match, roster, now) for made, match in pairs.items()]),
        "domain": roster.domain_id,
        "token": lease.token if lease is not None else None,
        "now": now,
        "actor": actor,
    }
    with connection.cursor() as cursor:
        cursor.execute(COMMIT, values)
        made = cursor.fetchall()
    if made:
        events.wake_relay_after_commit()
    return [
        _view(row, pairs[row], roster, agent_key=key, contact=contact, now=now) for row, key, contact in sorted(made)
    ]


def _pair(made: UUID, match: Match, roster: Roster, now: datetime) -> dict[str, object]:
    can = roster.capacity
    group = can.group(match.call.channel)
    live, messaging, deferred = can.most_open(match.agent, group)
    return {
        "slot": FIRST_SLOT[group],
        "slots": can.slots(match.agent, group),
        "live": live,
        "messaging": messaging,
        "deferred": deferred,
        "id": str(made),
        "call": str(match.call.id),
        "call_version": match.call.version,
        "agent": match.agent,
        "expires_at": _expiry(match, roster, now).isoformat(),
        "because": match.because,
    }


def _expiry(match: Match, roster: Roster, now: datetime) -> datetime:
    return ring_lease(now=now, ring_s=roster.queues[match.call.queue].ring_s, grace_s=settings.RING_GRACE_S)


def _view(made: UUID, match: Match, roster: Roster, *, agent_key: str, contact: str, now: datetime) -> ReservationView:
    """What was just written, without reading it back."""
    rule = roster.queues[match.call.queue]
    return ReservationView(
        id=made,
        call_id=match.call.id,
        domain=roster.domain,
        agent_id=match.agent,
        agent_key=agent_key,
        contact=contact,
        ring_s=rule.ring_s,
        role=Role.PRIMARY,
        state=ReservationState.PENDING,
        end_reason="",
        because=match.because,
        created_at=now,
        expires_at=_expiry(match, roster, now),
        accepted_at=None,
        connected_at=None,
        talk_ended_at=None,
        wrap_until=None,
        wrap_up_mode=rule.wrap_up_mode,
        extensions=0,
        disposition="",
        ended_at=None,
        version=1,
    )
