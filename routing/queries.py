"""Everything others may read about calls, reservations and agents. Primary only: these decide routing and rights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min, Q

from callcenter.foundation import asking
from callcenter.foundation.errors import NotFound
from callcenter.foundation.models import Event
from routing import viewing
from routing.conditions import GUESTS, HOLDING, PRIMARY
from routing.models import Agent, Call, Domain, Queue, Reservation
from routing.results import AgentView, CallView, Look, QueueCard, QueueLine, ReservationView
from routing.roster import roster
from routing.showing import show_agent, show_call, show_reservation
from routing.states import (
    HOLDING_RESERVATION,
    LIVE_CALL,
    LIVE_RESERVATION,
    CallState,
    ReservationState,
    Role,
)

WRAP_UP_RIGHT_S = 600  # how long a wrap-up keeps the right to see the customer
PAGE = 200

_calls = Call.objects.select_related("domain", "queue")
_reservations = Reservation.objects.select_related("domain", "agent", "queue")
_agents = Agent.objects.select_related("domain", "team")


# --- calls ----------------------------------------------------------------------------------------------------------
def call(*, call_id: UUID) -> CallView:
    """Raises NotFound."""
    found = _call_view("WHERE c.id = %s", call_id)
    if found is None:
        raise NotFound("There is no such call.")
    return found


def call_by_external(*, source: str, external_id: str) -> CallView | None:
    return _call_view("WHERE c.source = %s AND c.external_id = %s", source, external_id)


def calls_by_external(*, source: str, external_ids: Collection[str]) -> list[CallView]:
    """Several calls at once by the switch's names; who is not known is left out."""
    return viewing.calls(f"WHERE c.source = %s AND c.external_id = {asking.any_of('text')}", source, list(external_ids))


# Our id of a call by the switch's name, for who asks more at once (`foundation.asking`).
CALL_ID = "SELECT id FROM routing_call WHERE source = %(source)s AND external_id = %(external_id)s"


def call_id(*, source: str, external_id: str) -> UUID | None:
    """Our id of a call by the switch's name."""
    [found] = asking.together(CALL_ID, source=source, external_id=external_id)
    return cast("UUID | None", found)


def call_ids(*, source: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """Our ids of several calls by the switch's names; who is not known is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, id FROM routing_call WHERE source = %s AND external_id = ANY(string_to_array(%s, chr(30)))",
            [source, "\x1e".join(external_ids)],  # a list of thousands costs its driver more than the database
        )
        return dict(cursor.fetchall())


def _call_view(where: str, *values: Any) -> CallView | None:
    return next(iter(viewing.calls(where, *values)), None)


def live_calls(*, domain: str, limit: int = PAGE) -> list[CallView]:
    """Calls that are not over, oldest first."""
    live = _calls.filter(domain__key=domain, state__in=LIVE_CALL).order_by("arrived_at", "pk")
    return [show_call(found) for found in live[:limit]]


def has_live_calls(*, domain: str, source: str) -> bool:
    """Whether any call of this switch is not over; promises to ring back that nobody has kept yet have no line there."""
    live = Call.objects.filter(domain__key=domain, source=source, state__in=LIVE_CALL)
    return live.exclude(direction="callback", connected_at=None).exists()


def calls(*, call_ids: Collection[UUID]) -> dict[UUID, CallView]:
    """Several calls at once; who is not known is left out."""
    return {found.id: found for found in viewing.calls(f"WHERE c.id = {asking.any_of('uuid')}", list(set(call_ids)))}


def events_of(*, call_id: UUID) -> list[Event]:
    """All that happened to this call, in order."""
    return list(Event.objects.filter(call=call_id).order_by("seq_in_call"))


# --- reservations ---------------------------------------------------------------------------------------------------
def reservation(*, reservation_id: UUID) -> ReservationView:
    """Raises NotFound."""
    for found in viewing.reservations("WHERE r.id = %s", reservation_id):
        return found
    raise NotFound("There is no such reservation.")


def call_of_reservation(*, reservation_id: UUID) -> UUID:
    """Whose call an agent is held for. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT call_id FROM routing_reservation WHERE id = %s", [reservation_id])
        row: tuple[UUID] | None = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such reservation.")
    return row[0]


def calls_of_reservations(*, reservation_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose calls agents are held for; what is not known is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, call_id FROM routing_reservation WHERE id = {asking.any_of('uuid')}",  # noqa: S608
            [list(reservation_ids)],
        )
        return dict(cursor.fetchall())


def reservations(
    *,
    domain: str,
    agent_id: int | None = None,
    states: Collection[str] | None = None,
    since: datetime | None = None,
    limit: int = 50,
) -> list[ReservationView]:
    """Newest first; `since` looks at when they were made."""
    rows = _reservations.filter(domain__key=domain)
    if agent_id is not None:
        rows = rows.filter(agent=agent_id)
    if states is not None:
        rows = rows.filter(state__in=list(states))
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    return [show_reservation(row) for row in rows.order_by("-created_at", "-pk")[:limit]]


def reservations_by_id(*, reservation_ids: Collection[UUID]) -> dict[UUID, ReservationView]:
    """Several reservations at once; who is not known is left out."""
    found = viewing.reservations(f"WHERE r.id = {asking.any_of('uuid')}", list(set(reservation_ids)))
    return {view.id: view for view in found}


def to_be_rung(*, domain: str, source: str, limit: int = PAGE) -> list[ReservationView]:
    """Agents held for calls of this switch whom it has yet to join with callers or colleagues, oldest first."""
    rows = _reservations.filter(
        domain__key=domain, call__source=source, state__in=HOLDING_RESERVATION, connected_at__isnull=True
    )
    rows = rows.filter(role__in=[Role.PRIMARY, Role.CONSULT])
    return [show_reservation(row) for row in rows.order_by("created_at", "pk")[:limit]]


def to_be_dialled(*, call_ids: Collection[UUID]) -> set[UUID]:
    """Of these calls those whose agent and customer the switch is yet to bring together, at somebody else's wish."""
    if not call_ids:
        return set()
    rows = _reservations.filter(call__in=call_ids, state__in=HOLDING_RESERVATION, connected_at__isnull=True)
    return {view.call_id for view in map(show_reservation, rows) if view.rung_by}


def live_reservation_of_call(*, call_id: UUID) -> ReservationView | None:
    """The reservation that holds an agent for this call, rung, accepted or talking."""
    found = viewing.reservations(f"WHERE r.call_id = %s AND r.{HOLDING} AND r.{PRIMARY}", call_id)
    return next(iter(found), None)


def guest_of_call(*, call_id: UUID) -> ReservationView | None:
    """The colleague who is asked on this call, or was brought in."""
    found = viewing.reservations(f"WHERE r.call_id = %s AND r.{HOLDING} AND r.{GUESTS}", call_id)
    return next(iter(found), None)


def open_work(*, agent_id: int) -> list[ReservationView]:
    """What rings, talks or wraps up with this agent now."""
    rows = _reservations.filter(agent=agent_id, state__in=LIVE_RESERVATION).order_by("created_at")
    return [show_reservation(row) for row in rows]


def serves(*, agent_id: int, customer_id: UUID, now: datetime) -> UUID | None:
    """The call that gives this agent the right to see this customer: an own open assignment, or a fresh wrap-up."""
    fresh = Q(state=ReservationState.WRAPPING, talk_ended_at__gt=now - timedelta(seconds=WRAP_UP_RIGHT_S))
    open_now = Q(state__in=HOLDING_RESERVATION) | fresh
    held = Reservation.objects.filter(open_now, agent=agent_id, call__customer=customer_id)
    return held.order_by("-created_at").values_list("call_id", flat=True).first()


# --- agents ---------------------------------------------------------------------------------------------------------
def agent(*, agent_id: int) -> AgentView:
    """Raises NotFound."""
    return _one_agent(Q(pk=agent_id))


def agent_by_key(*, domain: str, key: str) -> AgentView:
    """By staff number. Raises NotFound."""
    return _one_agent(Q(domain__key=domain, key=key))


def members_of(*, queue_id: int) -> list[Agent]:
    """A queue's agents, by key."""
    return list(Agent.objects.filter(queues=queue_id).order_by("key"))


def agents(*, domain: str, limit: int | None = None) -> list[AgentView]:
    """Everybody of the domain, by key."""
    rows = list(_agents.filter(domain__key=domain).order_by("key")[:limit])
    work: dict[int, list[Reservation]] = defaultdict(list)
    for row in Reservation.objects.filter(domain__key=domain, state__in=LIVE_RESERVATION):
        work[row.agent_id].append(row)
    return [show_agent(row, work[row.pk]) for row in rows]


def _one_agent(which: Q) -> AgentView:
    row = _agents.filter(which).first()
    if row is None:
        raise NotFound("There is no such agent.")
    return show_agent(row, Reservation.objects.filter(agent=row, state__in=LIVE_RESERVATION))


# --- the dispatcher's look --------------------------------------------------------------------------------------------
_LOOK = """
SELECT clock_timestamp(),
       EXISTS (SELECT FROM routing_call c WHERE c.domain_id = d.id AND c.state = 'queued'),
       EXISTS (SELECT FROM routing_reservation r WHERE r.domain_id = d.id AND r.expires_at <= statement_timestamp()
               AND r.state IN ('pending', 'accepted', 'wrapping'))
       OR EXISTS (SELECT FROM routing_reservation r WHERE r.domain_id = d.id AND r.silent_at <= statement_timestamp()
                  AND r.state = 'accepted')
       OR EXISTS (SELECT FROM routing_agent a WHERE a.domain_id = d.id AND a.lease_expires_at <= statement_timestamp())
FROM routing_domain d WHERE d.key = %s
"""


def look(*, domain: str) -> Look:
    """The instant by the database, and whether there is anything to do: what an idle tick costs. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, [domain])
        row: tuple[datetime, bool, bool] | None = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no routing domain {domain!r}.")
    return Look(now=row[0], waiting=row[1], due=row[2])


# --- the floor ------------------------------------------------------------------------------------------------------
_FREE = """
SELECT a.id FROM routing_agent a JOIN routing_domain d ON d.id = a.domain_id
WHERE d.key = %(domain)s AND a.presence = 'available' AND a.lease_expires_at > %(now)s
  AND (a.blocked_until IS NULL OR a.blocked_until <= %(now)s)
  AND NOT EXISTS (SELECT FROM routing_reservation r
                  WHERE r.agent_id = a.id AND r.state IN ('pending', 'accepted', 'wrapping'))
"""


def queue_line(*, domain: str, now: datetime) -> list[QueueLine]:
    """Every queue of the domain: who waits, how long, and how many could take a call at once."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"domain": domain, "now": now})
        here = {agent for (agent,) in cursor.fetchall()}
    home = Domain.objects.filter(key=domain).values_list("pk", "roster_version").first()
    rules = roster(domain_id=home[0], version=home[1]).queues if home is not None else {}
    free = {queue: len(here & rule.qualified) for queue, rule in rules.items()}
    waiting = Call.objects.filter(domain__key=domain, state=CallState.QUEUED).values_list("queue_id")
    line = {queue: (count, since) for queue, count, since in waiting.annotate(Count("pk"), Min("enqueued_at"))}
    return [
        QueueLine(
            queue=queue.key,
            name_en=queue.name_en,
            name_zh=queue.name_zh,
            target_s=queue.target_s,
            waiting=line.get(queue.pk, (0, None))[0],
            longest_wait_s=_seconds(line.get(queue.pk, (0, None))[1], now),
            free=free.get(queue.pk, 0),
        )
        for queue in Queue.objects.filter(domain__key=domain).order_by("key")
    ]


def queues_of(*, agent_id: int) -> frozenset[str]:
    """Keys of the queues whose callers may reach this agent."""
    return frozenset(Queue.objects.filter(members=agent_id).values_list("key", flat=True))


def queue_card(*, domain: str, key: str) -> QueueCard | None:
    """One queue's names and whether it takes new callers."""
    found = Queue.objects.filter(domain__key=domain, key=key).values("key", "name_en", "name_zh", "is_open").first()
    return QueueCard(**found) if found else None


def queue_names(*, domain: str, key: str) -> tuple[str, str]:
    """A queue's names (en, zh); its key twice where there is no such queue."""
    found = Queue.objects.filter(domain__key=domain, key=key).values_list("name_en", "name_zh").first()
    return found or (key, key)


def _seconds(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())
