"""Writing rows and the events that tell of them, together: what one command changes, it writes through one Journal.

Rows are locked in one order everywhere: call → reservation → agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import models, transaction

from callcenter.foundation import events, wakeups
from callcenter.foundation.errors import NotFound
from routing.folding import AGENT_FIELDS, CALL_FIELDS, RESERVATION_FIELDS
from routing.models import Agent, Call, Domain, Queue, Reservation
from routing.states import ENDED_RESERVATION, HOLDING_RESERVATION, LIVE_RESERVATION, Role

Row = Call | Reservation | Agent


# --- locking --------------------------------------------------------------------------------------------------------
def lock_call(call_id: UUID) -> Call:
    """The call, held until the transaction ends. Raises NotFound."""
    # By hand: every command begins so, and building the statement anew each time costs more than running it. What is
    # beside the call is read after the lock came.
    found = next(iter(Call.objects.raw("SELECT * FROM routing_call WHERE id = %s FOR NO KEY UPDATE", [call_id])), None)
    if found is None:
        raise NotFound("There is no such call.")
    found.domain = Domain.objects.raw("SELECT * FROM routing_domain WHERE id = %s", [found.domain_id])[0]
    if found.queue_id is not None:
        found.queue = Queue.objects.raw("SELECT * FROM routing_queue WHERE id = %s", [found.queue_id])[0]
    return found


def lock_calls(call_ids: Iterable[UUID]) -> dict[UUID, Call]:
    """Several calls, in order of their ids, so that two commands never wait for each other in a circle."""
    return {call.pk: _whole(call) for call in _calls().filter(pk__in=set(call_ids)).order_by("pk")}


def claim_call(call_id: UUID, *, token: int | None) -> Call | None:
    """The call if nobody else is just changing it and, for a dispatcher, if its lease still stands. Never waits."""
    free = Call.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    free = free.select_related("domain", "queue").filter(pk=call_id)
    call = (free if token is None else free.filter(domain__lease_token=token)).first()
    return None if call is None else _whole(call)


def claim_agent(agent_id: int, *, token: int | None) -> Agent | None:
    """The agent, likewise."""
    free = Agent.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    free = free.select_related("domain", "team").filter(pk=agent_id)
    return (free if token is None else free.filter(domain__lease_token=token)).first()


def lock_reservations(reservation_ids: Iterable[UUID]) -> list[Reservation]:
    """Reservations of locked calls, with their agents locked too."""
    return list(_locking().filter(pk__in=list(reservation_ids)).order_by("pk"))


def lock_reservation(reservation_id: UUID) -> tuple[Call, Reservation]:
    """A reservation with its call and its agent, held in the room's order. Raises NotFound."""
    call = _calls().filter(pk=Reservation.objects.filter(pk=reservation_id).values("call_id")[:1]).first()
    if call is None:
        raise NotFound("There is no such reservation.")
    return _whole(call), _reservations(call).get(pk=reservation_id)


def lock_holding(call: Call) -> Reservation | None:
    """The reservation that holds an agent for this (locked) call, with its agent locked too."""
    return _reservations(call).filter(state__in=HOLDING_RESERVATION, role=Role.PRIMARY).first()


def lock_one_of(call: Call, reservation_id: UUID | None) -> Reservation | None:
    """The named reservation of this (locked) call; without a name the one that holds an agent."""
    if reservation_id is None:
        return lock_holding(call)
    return _reservations(call).filter(pk=reservation_id).first()


def lock_newest_of(call: Call, agent: Agent) -> Reservation | None:
    """The agent's newest reservation for this (locked) call, however it stands."""
    return _reservations(call).filter(agent=agent, role=Role.PRIMARY).order_by("-created_at", "-pk").first()


def lock_rivals(*, calls: Iterable[UUID], call: Call, agent_id: int) -> list[Reservation]:
    """Whatever holds this call or occupies this agent now, on these (locked) calls; agents locked too."""
    occupied = models.Q(agent=agent_id, state__in=LIVE_RESERVATION, call__in=list(calls))
    holding = models.Q(call=call, state__in=HOLDING_RESERVATION, role=Role.PRIMARY)
    return list(_locking().filter(occupied | holding).order_by("pk"))


def lock_agent(agent_id: int) -> Agent:
    """Raises NotFound."""
    found = (
        Agent.objects.select_for_update(no_key=True, of=("self",))
        .select_related("domain", "team")
        .filter(pk=agent_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such agent.")
    return found


def _calls() -> models.QuerySet[Call]:
    return Call.objects.select_for_update(no_key=True, of=("self",)).select_related("domain", "queue")


def _whole(call: Call) -> Call:
    """The call with the queue it is in now.

    A lock that had to wait sees the call's newest row, but joins it with the queue it had before: PostgreSQL then
    answers no queue at all.
    """
    if call.queue_id is not None and call.queue is None:
        call.queue = Queue.objects.get(pk=call.queue_id)
    return call


def _reservations(call: Call) -> models.QuerySet[Reservation]:
    return _locking().filter(call=call)


def _locking() -> models.QuerySet[Reservation]:
    return Reservation.objects.select_for_update(no_key=True, of=("self", "agent")).select_related(
        "agent__team", "agent__domain", "queue", "domain"
    )


def works(agent: Agent, *, besides: UUID) -> bool:
    """Whether the agent has live work, apart from this reservation."""
    return Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION).exclude(pk=besides).exists()


# --- writing --------------------------------------------------------------------------------------------------------
class Journal:
    """The rows one command touches and what it tells. `close()` writes the rows, then the events in order."""

    def __init__(self, *, domain: str, now: datetime, actor: str) -> None:
        self.domain, self.now, self.actor = domain, now, actor
        self._first: dict[Row, dict[str, Any]] = {}  # rows as they were found
        self._told: dict[Row, dict[str, Any]] = {}  # and as the last event left them
        self._new: list[Reservation] = []
        self._events: list[dict[str, Any]] = []
        self._wake = False

    def open(self, *rows: Row | None) -> None:
        """Remember how locked rows stand, before the command changes them. A reservation brings its agent."""
        for row in rows:
            if row is None or row in self._first:
                continue
            self._first[row] = _columns(row)
            self._told[row] = folded(row)
            if isinstance(row, Reservation):
                self.open(row.agent)

    def add(self, reservation: Reservation) -> None:
        """A reservation that this command makes."""
        self._new.append(reservation)
        self.open(reservation.agent)

    def moment(self, *earliest: datetime | None) -> datetime:
        """`now`, but never before what already happened: the command may have waited for a lock."""
        return max([self.now, *(instant for instant in earliest if instant is not None)])

    def wake_dispatcher(self) -> None:
        """An agent turned free or a call waits: somebody should look again, after commit."""
        self._wake = True

    def tell_call(self, call: Call, type: str, *, reservation: Reservation | None = None, **more: Any) -> None:
        """What it changed of the reservation on the way stands in `reservation_after`, of its agent in `agent_after`."""
        call.version += 1
        data = self._delta(call, always=("state", "queue", "version")) | more
        if reservation is not None:
            data |= self._aside("reservation_after", reservation) | self._aside("agent_after", reservation.agent)
        self._tell(type, call, reservation, data)

    def tell_reservation(self, call: Call, reservation: Reservation, type: str, **more: Any) -> None:
        """Reservation events belong to the call's sequence; what happened to the agent stands in `agent_after`."""
        call.version += 1
        if reservation in self._first:
            reservation.version += 1
        data = self._delta(reservation, always=("state", "agent", "version")) | more
        self._tell(type, call, reservation, data | self._aside("agent_after", reservation.agent))

    def tell_agent(self, agent: Agent, type: str, **more: Any) -> None:
        agent.version += 1
        data = self._delta(agent, always=("presence", "version")) | more
        self._events.append({"type": type, "agent": agent.pk, "data": data})

    def close(self) -> None:
        # What ends is written first: it gives up the slot that something else in this command may take.
        for row in sorted(self._first, key=_ends, reverse=True):
            found, stands = self._first[row], _columns(row)
            changed = [name for name, value in stands.items() if found[name] != value]
            if changed:
                row.save(update_fields=changed)
        for reservation in self._new:
            reservation.save(force_insert=True)
        for event in self._events:
            events.record(now=self.now, domain=self.domain, actor=self.actor, **event)
        if self._wake:
            transaction.on_commit(wakeups.wake_dispatcher)

    def _tell(self, type: str, call: Call, reservation: Reservation | None, data: dict[str, Any]) -> None:
        event = {"type": type, "call": call.pk, "seq_in_call": call.version, "data": data}
        if reservation is not None:
            event |= {"reservation": reservation.pk, "agent": reservation.agent_id}
        self._events.append(event)

    def _aside(self, name: str, row: Reservation | Agent) -> dict[str, Any]:
        if row not in self._told or self._told[row] == folded(row):
            return {}
        row.version += 1
        return {name: self._delta(row, always=("version",))}

    def _delta(self, row: Row, always: tuple[str, ...]) -> dict[str, Any]:
        """What this row changed since it was last told, as it stands in an event."""
        before, after = self._told.get(row, {}), folded(row)
        self._told[row] = after
        return {name: value for name, value in after.items() if name in always or before.get(name, ...) != value}


def _ends(row: Row) -> bool:
    return isinstance(row, Reservation) and row.state in ENDED_RESERVATION


def _columns(row: Row) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def folded(row: Row) -> dict[str, Any]:
    """A row as its events tell it. A call or reservation needs its queue loaded."""
    return {name: _json(row, name) for name in _FOLDED[type(row)]}


_FOLDED: dict[type[models.Model], tuple[str, ...]] = {
    Call: CALL_FIELDS,
    Reservation: RESERVATION_FIELDS,
    Agent: AGENT_FIELDS,
}


def _json(row: Row, name: str) -> Any:
    """One field as events carry it: the queue by its key, agents and customers by id, instants as ISO 8601."""
    if name == "queue":
        queue = getattr(row, "queue", None)
        return None if queue is None else queue.key
    value = getattr(row, f"{name}_id" if name in {"agent", "customer"} else name)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | StrEnum) else value
