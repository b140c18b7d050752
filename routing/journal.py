"""Writing rows and the events that tell of them, together: what one command changes, it writes through one Journal.

Rows are locked in one order everywhere: call → reservation → agent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from callcenter.foundation import asking, events, wakeups
from callcenter.foundation.errors import NotFound
from callcenter.foundation.rows import Change, Columns, columns_of, stored
from routing.conditions import GUESTS, HOLDING, LIVE, PRIMARY
from routing.folding import AGENT_FIELDS, CALL_FIELDS, RESERVATION_FIELDS
from routing.models import Agent, Call, Domain, Queue, Reservation
from routing.states import ENDED_RESERVATION, GUEST, HOLDING_RESERVATION, LIVE_RESERVATION, Role

Row = Call | Reservation | Agent


# --- locking --------------------------------------------------------------------------------------------------------
# By hand: every command begins so, and building these statements anew each time costs more than running them.
def _read(shapes: Sequence[Columns], sql: str, values: Sequence[Any]) -> list[list[Any]]:
    """Rows of a join, each as one instance a shape."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchall()
    rows = []
    for values_of_row in found:
        at, row = 0, []
        for shape in shapes:
            row.append(shape.row(values_of_row[at : at + len(shape)]))
            at += len(shape)
        rows.append(row)
    return rows


# The queues of a domain are read once a roster: every change of one draws a new roster version.
_queues: dict[int, tuple[int, dict[int, Queue]]] = {}


def _queues_of(domain: Domain) -> dict[int, Queue]:
    """Shared between commands: read them, never change them."""
    version, queues = _queues.get(domain.pk, (None, {}))
    if version != domain.roster_version:
        queues = {queue.pk: queue for queue in Queue.objects.filter(domain=domain)}
        _queues[domain.pk] = (domain.roster_version, queues)
    return queues


def queue_of(domain: Domain, queue_id: int | None) -> Queue | None:
    """A queue as this (freshly read) domain knows it."""
    if queue_id is None:
        return None
    return _queues_of(domain).get(queue_id) or Queue.objects.get(pk=queue_id)  # made while we waited for a lock


def domain_named(key: str) -> Domain | None:
    shape = columns_of(Domain, "d")
    found = _read([shape], f"SELECT {shape.sql} FROM routing_domain d WHERE d.key = %s", [key])  # noqa: S608
    return found[0][0] if found else None


def queue_named(domain: Domain, key: str) -> Queue | None:
    return next((queue for queue in _queues_of(domain).values() if queue.key == key), None)


def _lock_calls(where: str, *values: Any, skip_locked: bool = False) -> list[Call]:
    """`where` is ours, never input. The domain is read beside the call, which never changes it; the queue after it.

    (A lock that had to wait sees the call's newest row, but joins it with what stood beside the old one.)
    """
    shapes = columns_of(Call, "c"), columns_of(Domain, "d")
    sql = (
        f"SELECT {shapes[0].sql}, {shapes[1].sql} FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id"  # noqa: S608
        f" WHERE {where} ORDER BY c.id FOR NO KEY UPDATE OF c{' SKIP LOCKED' if skip_locked else ''}"
    )
    calls = []
    for call, domain in _read(shapes, sql, values):
        call.domain, call.queue = domain, queue_of(domain, call.queue_id)
        calls.append(call)
    return calls


def _lock_reservations(where: str, *values: Any, order: str = "r.id") -> list[Reservation]:
    """With their agents, locked too; one agent, one instance. `where` and `order` are ours, never input."""
    shapes = columns_of(Reservation, "r"), columns_of(Agent, "a"), columns_of(Domain, "d")
    sql = (
        f"SELECT {shapes[0].sql}, {shapes[1].sql}, {shapes[2].sql} FROM routing_reservation r"  # noqa: S608
        " JOIN routing_agent a ON a.id = r.agent_id JOIN routing_domain d ON d.id = r.domain_id"
        f" WHERE {where} ORDER BY {order} FOR NO KEY UPDATE OF r, a"
    )
    agents: dict[int, Agent] = {}
    reservations = []
    for reservation, agent, domain in _read(shapes, sql, values):
        reservation.domain = agent.domain = domain
        reservation.agent = agents.setdefault(agent.pk, agent)
        reservation.queue = queue_of(domain, reservation.queue_id)
        reservations.append(reservation)
    return reservations


_LIVE, _HOLDING = f"r.{LIVE}", f"r.{HOLDING} AND r.{PRIMARY}"
_GUEST = f"r.{HOLDING} AND r.{GUESTS}"


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A locked call with whoever was held for it, agents locked too, and the calls that occupied these agents then."""

    call: Call
    reservations: Sequence[Reservation]
    occupying: dict[int, set[UUID]]  # by agent

    @property
    def held(self) -> list[Reservation]:
        """Whoever is still held for it."""
        return [one for one in self.reservations if one.state in HOLDING_RESERVATION]


# What one transaction has locked ahead of its commands. These change the very instances, which so stay as the rows are.
_ahead: ContextVar[dict[UUID, Locked] | None] = ContextVar("locked ahead", default=None)


_OCCUPIED = (
    "SELECT jsonb_agg(jsonb_build_array(agent_id, call_id)) FROM routing_reservation"  # noqa: S608
    f" WHERE agent_id = {asking.any_of('bigint', 'agents')} AND {LIVE}"
)


@contextmanager
def locking_ahead(
    *, source: str, external_ids: Collection[str], besides: Sequence[str] = ()
) -> Iterator[tuple[list[Locked], Sequence[Any]]]:
    """Lock these calls and who is held for them in three statements, for the commands of this transaction.

    `besides` are questions of others about `calls`, as `foundation.asking` takes them, with their answers in turn.
    In the room's order: calls by their ids, then reservations with their agents. Who locks several calls or an agent
    by itself in between finds everything as the database has it: from there on nothing that was read ahead counts.
    """
    calls = _lock_calls(f"c.source = %s AND c.external_id = {asking.any_of('text')}", source, list(external_ids))
    held = (
        _lock_reservations(f"r.call_id = {asking.any_of('uuid')} AND r.{HOLDING}", [call.pk for call in calls])
        if calls
        else []
    )
    agents = list({one.agent_id for one in held})
    live, *answers = asking.together(_OCCUPIED, *besides, agents=agents, calls=[call.pk for call in calls])
    occupied: dict[int, set[UUID]] = {}
    for agent_id, call_id in json.loads(live or "[]"):
        occupied.setdefault(agent_id, set()).add(UUID(call_id))
    locked = [
        Locked(call=call, reservations=[one for one in held if one.call_id == call.pk], occupying=occupied)
        for call in calls
    ]
    token = _ahead.set({one.call.pk: one for one in locked})
    try:
        yield locked, answers
    finally:
        _ahead.reset(token)


def locked_ahead(call_id: UUID) -> Locked | None:
    """The call as it was locked ahead; None where it was not, or where it may stand otherwise by now."""
    ahead = _ahead.get()
    return ahead.get(call_id) if ahead else None


def _forget_ahead() -> None:
    if ahead := _ahead.get():
        ahead.clear()


def lock_call(call_id: UUID) -> Call:
    """The call, held until the transaction ends. Raises NotFound."""
    _forget_ahead()
    found = _lock_calls("c.id = %s", call_id)
    if not found:
        raise NotFound("There is no such call.")
    return found[0]


def lock_calls(call_ids: Iterable[UUID]) -> dict[UUID, Call]:
    """Several calls, in order of their ids, so that two commands never wait for each other in a circle."""
    _forget_ahead()
    return {call.pk: call for call in _lock_calls(f"c.id = {asking.any_of('uuid')}", list(set(call_ids)))}


def claim_call(call_id: UUID, *, token: int | None) -> Call | None:
    """The call if nobody else is just changing it and, for a dispatcher, if its lease still stands. Never waits."""
    if token is None:
        found = _lock_calls("c.id = %s", call_id, skip_locked=True)
    else:
        found = _lock_calls("c.id = %s AND d.lease_token = %s", call_id, token, skip_locked=True)
    return found[0] if found else None


def claim_agent(agent_id: int, *, token: int | None) -> Agent | None:
    """The agent, likewise."""
    free = Agent.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    free = free.select_related("domain", "team").filter(pk=agent_id)
    return (free if token is None else free.filter(domain__lease_token=token)).first()


def lock_reservations(reservation_ids: Iterable[UUID]) -> list[Reservation]:
    """Reservations of locked calls, with their agents locked too."""
    return _lock_reservations(f"r.id = {asking.any_of('uuid')}", list(reservation_ids))


def lock_reservation(reservation_id: UUID) -> tuple[Call, Reservation]:
    """A reservation with its call and its agent, held in the room's order. Raises NotFound."""
    calls = _lock_calls("c.id = (SELECT r.call_id FROM routing_reservation r WHERE r.id = %s)", reservation_id)
    if not calls:
        raise NotFound("There is no such reservation.")
    [reservation] = _lock_reservations("r.id = %s", reservation_id)
    return calls[0], reservation


def lock_holding(call: Call) -> Reservation | None:
    """The reservation that holds an agent for this (locked) call, with its agent locked too."""
    found = _lock_reservations(f"r.call_id = %s AND {_HOLDING}", call.pk)
    return found[0] if found else None


def lock_guest(call: Call) -> Reservation | None:
    """The reservation of the colleague beside this (locked) call's agent, with that colleague locked too."""
    found = _lock_reservations(f"r.call_id = %s AND {_GUEST}", call.pk)
    return found[0] if found else None


def lock_party(call: Call) -> tuple[Reservation | None, Reservation | None]:
    """Who holds this (locked) call and the colleague beside them, in one statement, both agents locked too."""
    return party_of(_lock_reservations(f"r.call_id = %s AND r.{HOLDING}", call.pk))


def party_of(found: Sequence[Reservation]) -> tuple[Reservation | None, Reservation | None]:
    """Who holds a call, and the colleague beside them, among those who are held for it."""
    primary = next((one for one in found if one.role == Role.PRIMARY), None)
    return primary, next((one for one in found if one.role in GUEST), None)


def lock_one_of(call: Call, reservation_id: UUID | None) -> Reservation | None:
    """The named reservation of this (locked) call; without a name the one that holds an agent."""
    if reservation_id is None:
        return lock_holding(call)
    found = _lock_reservations("r.id = %s AND r.call_id = %s", reservation_id, call.pk)
    return found[0] if found else None


def lock_newest_of(call: Call, agent: Agent) -> Reservation | None:
    """The agent's newest reservation for this (locked) call, however it stands."""
    found = _lock_reservations("r.call_id = %s AND r.agent_id = %s AND r.role = 'primary'", call.pk, agent.pk)
    return newest(found)


def newest(reservations: Iterable[Reservation]) -> Reservation | None:
    return max(reservations, key=lambda one: (one.created_at, one.pk), default=None)


def lock_concerned(
    *, calls: Iterable[UUID], call: Call, agent_id: int, reservation_id: UUID | None
) -> list[Reservation]:
    """What a leg between this call and this agent touches, on these (locked) calls; agents locked too.

    The named reservation, the agent's own of this call, and whatever holds this call or occupies this agent now.
    """
    return _lock_reservations(
        f"r.call_id = {asking.any_of('uuid')} AND (r.call_id = %s AND (r.id = %s OR r.agent_id = %s AND r.role = 'primary')"
        f" OR r.agent_id = %s AND {_LIVE} OR r.call_id = %s AND {_HOLDING})",
        list(calls), call.pk, reservation_id, agent_id, agent_id, call.pk,
    )  # fmt: skip


def lock_agent(agent_id: int) -> Agent:
    """Raises NotFound."""
    _forget_ahead()
    found = (
        Agent.objects.select_for_update(no_key=True, of=("self",))
        .select_related("domain", "team")
        .filter(pk=agent_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such agent.")
    return found


def works(agent: Agent, *, besides: UUID) -> bool:
    """Whether the agent has live work, apart from this reservation."""
    return Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION).exclude(pk=besides).exists()


# --- writing --------------------------------------------------------------------------------------------------------
class Journal:
    """The rows one command touches and what it tells. `close()` writes the rows, then the events in order."""

    def __init__(self, *, domain: str, now: datetime, actor: str) -> None:
        self.domain, self.now, self.actor = domain, now, actor
        self._first: dict[Row, list[Any]] = {}  # rows as they were found, column by column
        self._told: dict[Row, list[Any]] = {}  # and as the last event left them, field by field
        self._new: list[models.Model] = []
        self._events: list[events.NewEvent] = []
        self._wake = False

    def open(self, *rows: Row | None) -> None:
        """Remember how locked rows stand, before the command changes them. A reservation brings its agent."""
        for row in rows:
            if row is None or row in self._first:
                continue
            self._first[row] = _columns(row)
            self._told[row] = _tellable(row)
            if isinstance(row, Reservation):
                self.open(row.agent)

    def written(self, row: Row) -> None:
        """The command has brought this row to the database itself, as it stands."""
        self._first[row] = _columns(row)

    def close_with(self, row: Row, made: Change) -> bool:
        """As `close`, for the row that this command makes: False, and nothing written, where it was there already.

        `made` inserts it as it stands, or nothing, and returns what it has inserted.
        """
        self.written(row)
        if not self._events or self._new or self._changes():
            with connection.cursor() as cursor:
                cursor.execute(*made)
                if cursor.rowcount == 0:
                    return False
            self.close()
            return True
        is_new = events.record_with(made, self._events, now=self.now, domain=self.domain, actor=self.actor)
        if is_new and self._wake:
            transaction.on_commit(wakeups.wake_dispatcher)
        return is_new

    def add(self, reservation: Reservation) -> None:
        """A reservation that this command makes."""
        self._new.append(reservation)
        self.open(reservation.agent)

    def keep(self, row: models.Model) -> None:
        """A row besides calls, reservations and agents that this command makes."""
        self._new.append(row)

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
        changes = self._changes()
        # Rows of different tables ask for no order among them: they are written with the events, in one statement.
        has_order = bool(self._new) or len({type(row) for row in changes}) < len(changes)
        beside = [] if has_order or not self._events else list(changes.values())
        if not beside:
            for sql, values in changes.values():
                with connection.cursor() as cursor:
                    cursor.execute(sql, values)
        for row_made in self._new:
            row_made.save(force_insert=True)
        events.record_all(self._events, now=self.now, domain=self.domain, actor=self.actor, beside=beside)
        if self._wake:
            transaction.on_commit(wakeups.wake_dispatcher)

    def _changes(self) -> dict[Row, Change]:
        """What is to be written of the rows. What ends comes first: it gives up the slot that another may take."""
        changes = {}
        for row in sorted(self._first, key=_ends, reverse=True):
            pairs = zip(_fields(type(row)), self._first[row], _columns(row), strict=True)
            if changed := [field for field, found, stands in pairs if found != stands]:
                changes[row] = _change(row, changed)
        return changes

    def _tell(self, type: str, call: Call, reservation: Reservation | None, data: dict[str, Any]) -> None:
        event: events.NewEvent = {"type": type, "call": call.pk, "seq_in_call": call.version, "data": data}
        if reservation is not None:
            event["reservation"], event["agent"] = reservation.pk, reservation.agent_id
        self._events.append(event)

    def _aside(self, name: str, row: Reservation | Agent) -> dict[str, Any]:
        if row not in self._told or self._told[row] == _tellable(row):
            return {}
        row.version += 1
        return {name: self._delta(row, always=("version",))}

    def _delta(self, row: Row, always: tuple[str, ...]) -> dict[str, Any]:
        """What this row changed since it was last told, as it stands in an event."""
        after = _tellable(row)
        before, self._told[row] = self._told.get(row), after
        names = _FOLDED[type(row)]
        return {
            name: _as_json(after[place])
            for place, name in enumerate(names)
            if before is None or name in always or before[place] != after[place]
        }


def _change(row: Row, fields: Sequence[models.Field[Any, Any]]) -> Change:
    """Brings these columns of a locked row to the database."""
    marks = ", ".join(f'"{field.column}" = %s' for field in fields)
    return f"UPDATE {row._meta.db_table} SET {marks} WHERE id = %s", [*stored(row, fields), row.pk]  # noqa: S608


def _ends(row: Row) -> bool:
    return isinstance(row, Reservation) and row.state in ENDED_RESERVATION


@cache
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(model._meta.concrete_fields)


@cache
def _reader_of_columns(model: type[models.Model]) -> Callable[[Row], tuple[Any, ...]]:
    return attrgetter(*(field.attname for field in _fields(model)))


def _columns(row: Row) -> list[Any]:
    """In the order of its fields. Several times in every command: a name looked up by hand each time would cost more."""
    return list(_reader_of_columns(type(row))(row))


def folded(row: Row) -> dict[str, Any]:
    """A row as its events tell it. A call or reservation needs its queue loaded."""
    return {name: _as_json(value) for name, value in zip(_FOLDED[type(row)], _tellable(row), strict=True)}


_FOLDED: dict[type[models.Model], tuple[str, ...]] = {
    Call: CALL_FIELDS,
    Reservation: RESERVATION_FIELDS,
    Agent: AGENT_FIELDS,
}


@cache
def _reader_of_told(model: type[models.Model]) -> Callable[[Row], tuple[Any, ...]]:
    named = {"agent": "agent_id", "customer": "customer_id"}
    return attrgetter(*(named.get(name, name) for name in _FOLDED[model]))


def _tellable(row: Row) -> list[Any]:
    """What events tell of a row, in the order of its names there; values as the row has them."""
    return list(_reader_of_told(type(row))(row))


def _as_json(value: Any) -> Any:
    """One field as events carry it: the queue by its key, agents and customers by id, instants as ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Queue):
        return value.key
    return str(value) if isinstance(value, UUID | StrEnum) else value
