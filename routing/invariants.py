"""What must hold at every instant, asked of the database: each rule finds the rows that break it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from callcenter.foundation.models import Event
from routing.folding import Told, fold_agent, fold_call
from routing.journal import folded
from routing.models import Agent, Call, Reservation

GRACE_S = 2  # how long after its lease a row may wait for the sweeper

# Each statement returns (what, detail) of the rows that break its rule.
RULES: dict[str, str] = {
    "a call holds at most one agent": """
        SELECT call_id::text, count(*)::text FROM routing_reservation
        WHERE state IN ('pending', 'accepted') AND role = 'primary' GROUP BY call_id HAVING count(*) > 1""",
    "an agent's slot holds at most one call": """
        SELECT agent_id || '/' || slot, count(*)::text FROM routing_reservation
        WHERE state IN ('pending', 'accepted', 'wrapping') GROUP BY agent_id, slot HAVING count(*) > 1""",
    "a reserved call holds one agent who is rung or has accepted": """
        SELECT c.id::text, count(r.id)::text FROM routing_call c LEFT JOIN routing_reservation r
            ON r.call_id = c.id AND r.role = 'primary' AND r.connected_at IS NULL
            AND r.state IN ('pending', 'accepted')
        WHERE c.state = 'reserved' GROUP BY c.id HAVING count(r.id) <> 1""",
    "a connected call holds one agent who talks": """
        SELECT c.id::text, count(r.id)::text FROM routing_call c LEFT JOIN routing_reservation r
            ON r.call_id = c.id AND r.role = 'primary' AND r.state = 'accepted' AND r.connected_at IS NOT NULL
        WHERE c.state = 'connected' GROUP BY c.id HAVING count(r.id) <> 1""",
    "a wrapping call waits for an agent who wraps up": """
        SELECT c.id::text, 'nobody wraps up' FROM routing_call c
        WHERE c.state = 'wrapping' AND NOT EXISTS (SELECT FROM routing_reservation r
            WHERE r.call_id = c.id AND r.state = 'wrapping')""",
    "an agent is held only for a call that is reserved or connected": """
        SELECT r.id::text, c.state FROM routing_reservation r JOIN routing_call c ON c.id = r.call_id
        WHERE r.role = 'primary' AND (r.state = 'pending' AND c.state <> 'reserved'
            OR r.state = 'accepted' AND c.state NOT IN ('reserved', 'connected'))""",
    "a colleague is beside only where caller and agent talk, and one at most": """
        SELECT r.id::text, c.state FROM routing_reservation r JOIN routing_call c ON c.id = r.call_id
        WHERE r.role IN ('consult', 'conference') AND r.state IN ('pending', 'accepted', 'wrapping')
          AND (c.state <> 'connected' OR EXISTS (SELECT FROM routing_reservation o WHERE o.call_id = r.call_id
               AND o.id <> r.id AND o.role IN ('consult', 'conference') AND o.state IN ('pending', 'accepted')))""",
    "nobody is held past the lease": """
        SELECT id::text, expires_at::text FROM routing_reservation
        WHERE state IN ('pending', 'accepted', 'wrapping') AND expires_at < %(late)s""",
    "a present agent's lease is watched": """
        SELECT id::text, lease_expires_at::text FROM routing_agent WHERE lease_expires_at < %(late)s""",
    "a call's events are numbered without a gap, and its version is the last": """
        SELECT c.id::text, c.version || ' <> ' || count(e.id) || ', last ' || coalesce(max(e.seq_in_call), 0)
        FROM routing_call c LEFT JOIN event_log e ON e.call = c.id
        WHERE c.version > 0 GROUP BY c.id
        HAVING c.version <> count(e.id) OR c.version <> coalesce(max(e.seq_in_call), 0)""",
}


class Broken(NamedTuple):
    """One row that breaks a rule."""

    rule: str
    what: str
    detail: str


def broken(*, now: datetime, newest: int = 10_000) -> list[Broken]:
    """All rows that break a rule at `now`; of calls, the `newest` are also folded from their events."""
    found: list[Broken] = []
    with connection.cursor() as cursor:
        for rule, statement in RULES.items():
            cursor.execute(statement, {"late": now - timedelta(seconds=GRACE_S)})
            found += [Broken(rule, *row) for row in cursor.fetchall()]
    return found + list(_unlike_their_events(newest))


def _unlike_their_events(newest: int) -> Iterator[Broken]:
    """State and events are two tellings of one thing."""
    calls = {call.pk: call for call in Call.objects.select_related("queue").order_by("-arrived_at")[:newest]}
    told: dict[UUID, list[Told]] = defaultdict(list)
    events = Event.objects.filter(call__in=list(calls)).order_by("call", "seq_in_call")
    for of, *rest in events.values_list("call", "type", "reservation", "agent", "data").iterator():
        if of is not None:
            told[of].append(Told(*rest))
    for pk, call in calls.items():
        if call.version:
            yield from _call_unlike(call, told[pk])
    for agent in Agent.objects.filter(version__gt=0):
        by = Event.objects.filter(agent=agent.pk).order_by("id")
        fold = fold_agent(Told(*row) for row in by.values_list("type", "reservation", "agent", "data"))
        yield from _differs("an agent stands as the events tell", f"a_{agent.pk}", folded(agent), fold)


def _call_unlike(call: Call, events: list[Told]) -> Iterator[Broken]:
    fold, reservations = fold_call(events)
    yield from _differs("a call stands as the events tell", str(call), folded(call), fold)
    for row in Reservation.objects.select_related("queue").filter(call=call.pk):
        yield from _differs(
            "a reservation stands as the events tell", str(row), folded(row), reservations.get(row.pk, {})
        )


def _differs(rule: str, what: str, stands: dict[str, Any], told: dict[str, Any]) -> Iterator[Broken]:
    for name, value in stands.items():
        if not _alike(value, told.get(name)):
            yield Broken(rule, what, f"{name}: {value!r}, told {told.get(name)!r}")


def _alike(one: Any, other: Any) -> bool:
    """Instants are compared as instants: the database and Python write them a little differently."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and "T" in one and "T" in other:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    return False
