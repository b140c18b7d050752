"""What the switch reports about the agent's leg. Events are never refused: what comes too late changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from callcenter.foundation.commands import TryAgain, command
from callcenter.foundation.ids import uuid7
from routing.capacity import Group, group_of_slot
from routing.conditions import GUESTS, HOLDING, LIVE, PRIMARY
from routing.journal import (
    Journal,
    lock_agent,
    lock_call,
    lock_calls,
    lock_concerned,
    lock_guest,
    lock_one_of,
    locked_ahead,
    newest,
)
from routing.models import Agent, Call, Reservation
from routing.operations import endings, silences
from routing.operations.consulting import guest_answers
from routing.operations.slots import free_slot, group_of
from routing.results import CallView
from routing.service_clock import short_talk
from routing.showing import show_call
from routing.states import (
    CALL_TABLE,
    ENDED_RESERVATION,
    GUEST,
    HOLDING_RESERVATION,
    LIVE_RESERVATION,
    CallAct,
    CallState,
    Presence,
    ReservationState,
    Role,
    Verdict,
)

# What became of an attempt, by the switch's plain word.
_ENDS = {
    "missed": (ReservationState.TIMEOUT, "missed"),
    "declined": (ReservationState.REJECTED, "declined"),
    "busy": (ReservationState.REJECTED, "busy"),
    "unreachable": (ReservationState.RESCINDED, "unreachable"),
    "failed": (ReservationState.RESCINDED, "failed"),
}


@command
def bridged(
    *,
    call_id: UUID,
    reservation_id: UUID | None,
    agent_id: int | None,
    at: datetime,
    now: datetime,
    actor: str,
) -> CallView:
    """Caller and agent talk. What the switch says happened, happened (wire rule).

    An ended reservation is reinstated when the call is bridged to nobody; a newer one of the call or of the agent is
    rescinded, `superseded`. A call already talking to somebody else stays so: the later leg is the switch's to drop.
    `at` is the switch's clock and only kept.
    """
    if (lone := _lone(call_id, reservation_id)) is not None:
        call, held = lone
        if CALL_TABLE[CallState(call.state)][CallAct.BRIDGE] in _MAY_CONNECT:
            journal = Journal(domain=call.domain.key, now=now, actor=actor)
            journal.open(call, held, held.agent)
            _connect(journal, call, held, held.agent, at=at)
            journal.close()
        return show_call(call)
    meant = _meant(call_id, reservation_id, agent_id)
    if meant.guest is not None:
        return guest_answers(call_id=call_id, reservation_id=meant.guest, now=now, actor=actor)
    agent_id = meant.agent
    calls = lock_calls([call_id, *meant.occupying])
    call = calls.get(call_id) or lock_call(call_id)
    if agent_id is None or CALL_TABLE[CallState(call.state)][CallAct.BRIDGE] not in _MAY_CONNECT:
        return show_call(call)
    concerned = lock_concerned(calls=calls, call=call, agent_id=agent_id, reservation_id=reservation_id)
    agent = next((one.agent for one in concerned if one.agent_id == agent_id), None) or lock_agent(agent_id)
    if not calls.keys() >= set(_calls_of(agent_id)):
        raise TryAgain("This agent was given another call at the same moment.")
    own = _own(call, concerned, reservation_id, agent_id)
    rivals = [one for one in concerned if one != own and _is_rival(one, call, agent_id)]
    if not _may_take(own) or any(rival.agent_id == agent_id and _talks(rival) for rival in rivals):
        return show_call(call)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, own, agent)
    for rival in rivals:
        _supersede(journal, calls[rival.call_id], rival, for_call=call)
    _connect(journal, call, own, agent, at=at)
    journal.close()
    return show_call(call)


_MAY_CONNECT = frozenset({CallState.CONNECTED, Verdict.WIRE_RULE})


def _lone(call_id: UUID, reservation_id: UUID | None) -> tuple[Call, Reservation] | None:
    """Where all is locked ahead and plain: the named agent alone is held for this call, and for no other."""
    ahead = locked_ahead(call_id)
    if ahead is None or len(ahead.held) != 1:
        return None
    [own] = ahead.held
    if own.pk != reservation_id or own.role != Role.PRIMARY:
        return None
    return (ahead.call, own) if ahead.occupying.get(own.agent_id) == {call_id} else None


# With the calls that occupy this agent now: they are locked too, in order, before any of them changes. One statement for
# each way to ask: the server keeps a plan for a plain question and plans a general one anew each time.
_OCCUPYING = f"ARRAY(SELECT call_id FROM routing_reservation WHERE agent_id = {{agent}} AND {LIVE})"  # noqa: S608
_OF = "SELECT r.agent_id, r.role, " + _OCCUPYING.format(agent="r.agent_id") + " FROM routing_reservation r WHERE"  # noqa: S608
_NAMED = f"{_OF} r.call_id = %s AND r.id = %s"
_HELD = f"{_OF} r.call_id = %s AND r.{PRIMARY} AND r.{HOLDING}"
_GUEST = f"SELECT id FROM routing_reservation WHERE call_id = %s AND {GUESTS} AND agent_id = %s AND {HOLDING}"  # noqa: S608
_AGENT = "SELECT " + _OCCUPYING.format(agent="%s")


@dataclass(frozen=True, kw_only=True)
class _Meant:
    """Whom the switch speaks of: a colleague asked on this call, or an agent and the calls that occupy this one now."""

    guest: UUID | None = None  # the colleague's reservation, open or over
    agent: int | None = None
    occupying: Sequence[UUID] = ()


def _meant(call_id: UUID, reservation_id: UUID | None, agent_id: int | None) -> _Meant:
    """By the reservation it names, else by whom it names, else by whom the call holds."""
    if reservation_id is not None and (row := _one(_NAMED, call_id, reservation_id)) is not None:
        agent, role, occupying = row
        return _Meant(guest=reservation_id) if role in GUEST else _Meant(agent=agent, occupying=occupying)
    if agent_id is not None:
        guest = _one(_GUEST, call_id, agent_id) if reservation_id is None else None
        return _Meant(guest=guest[0]) if guest else _Meant(agent=agent_id, occupying=_calls_of(agent_id))
    held = _one(_HELD, call_id) if reservation_id is None else None
    return _Meant(agent=held[0], occupying=held[2]) if held else _Meant()


def _one(sql: str, *values: Any) -> tuple[Any, ...] | None:
    """`sql` is one of ours, never input."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _calls_of(agent_id: int) -> list[UUID]:
    found = _one(_AGENT, agent_id)
    assert found is not None
    return list(found[0])


def _own(
    call: Call, concerned: Sequence[Reservation], reservation_id: UUID | None, agent_id: int
) -> Reservation | None:
    """The reservation that this leg belongs to: the named one, else the agent's newest for this call."""
    named = next((one for one in concerned if one.pk == reservation_id), None)
    return named or newest(
        one for one in concerned if (one.call_id, one.agent_id, one.role) == (call.pk, agent_id, Role.PRIMARY)
    )


def _is_rival(held: Reservation, call: Call, agent_id: int) -> bool:
    """Whether it occupies this agent, or holds another agent for this call."""
    if held.agent_id == agent_id:
        takes_all = group_of(call.channel, call.domain) is Group.LIVE and group_of_slot(held.slot) is Group.LIVE
        return takes_all and held.state in LIVE_RESERVATION
    return held.call_id == call.pk and held.state in HOLDING_RESERVATION and held.role == Role.PRIMARY


def _may_take(own: Reservation | None) -> bool:
    """A leg of a reservation that has already served this call is news of the past."""
    return own is None or own.state not in {ReservationState.WRAPPING, ReservationState.COMPLETED}


def _talks(reservation: Reservation) -> bool:
    return reservation.state == ReservationState.ACCEPTED and reservation.connected_at is not None


def _supersede(journal: Journal, call: Call, rival: Reservation, *, for_call: Call) -> None:
    """The wire has decided otherwise: this newer reservation makes room, without blame."""
    journal.open(call, rival)
    if rival.state == ReservationState.WRAPPING:
        endings.finish(journal, call, rival, disposition="timeout", settle=False)
        return
    if rival.role in GUEST:
        endings.dismiss(journal, call, rival, reason="superseded", settle=False)
        return
    same_call = call.pk == for_call.pk
    endings.end_unserved(journal, call, rival, state=ReservationState.RESCINDED, reason="superseded", settle=same_call)
    if not same_call:
        endings.back_to_queue(journal, call, reservation=rival)


def _connect(journal: Journal, call: Call, own: Reservation | None, agent: Agent, *, at: datetime) -> None:
    """Put caller and agent together, on the reservation there is, was, or has to be made."""
    moment = journal.moment(call.arrived_at, own.created_at if own is not None else None)
    endings.answers_after_all(journal, agent)
    if own is None:
        own = _direct(journal, call, agent, moment)
        journal.tell_reservation(call, own, "reservation.created")
    else:
        was = own.state
        own.state, own.end_reason, own.ended_at, own.expires_at = ReservationState.ACCEPTED, "", None, None
        own.accepted_at, own.connected_at = own.accepted_at or moment, moment
        if was in ENDED_RESERVATION:
            journal.tell_reservation(call, own, "reservation.reinstated")
        elif was == ReservationState.PENDING:
            journal.tell_reservation(call, own, "reservation.accepted")
    silences.begin(own, moment)
    call.state, call.connected_at = CallState.CONNECTED, call.connected_at or moment
    journal.tell_call(call, "call.connected", reservation=own, reported_at=at.isoformat())


def _direct(journal: Journal, call: Call, agent: Agent, moment: datetime) -> Reservation:
    """A reservation for a leg that came about without us: a direct call, or an agent the switch chose."""
    made = Reservation(
        id=uuid7(), domain=call.domain, call=call, agent=agent, queue=call.queue, state=ReservationState.ACCEPTED,
        slot=free_slot(agent, group_of(call.channel, call.domain)), because={"rule": "wire"},
        created_at=moment, accepted_at=moment, connected_at=moment,
    )  # fmt: skip
    journal.add(made)
    return made


# --- the leg comes to nothing ---------------------------------------------------------------------------------------
@command
def leg_failed(*, call_id: UUID, reservation_id: UUID | None, reason: str, now: datetime, actor: str) -> CallView:
    """The agent's phone did not answer: missed, declined, busy, unreachable or failed. The caller keeps the place.

    Only a miss is blamed, and only where the agent had not already accepted at the desk.
    """
    call = lock_call(call_id)
    held = lock_one_of(call, reservation_id)
    if held is not None and held.end_reason == "missed" and reason != "missed":
        _was_no_miss(call, held, now=now, actor=actor)
    if held is None or held.state not in HOLDING_RESERVATION or _talks(held):
        return show_call(call)
    state, end_reason = _ENDS.get(reason, _ENDS["failed"])
    why = end_reason
    if held.state == ReservationState.ACCEPTED and state != ReservationState.RESCINDED:
        state, end_reason = ReservationState.RESCINDED, "no_bridge"
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, held)
    endings.release(journal, call, held, state=state, reason=end_reason, why=why)
    journal.close()
    return show_call(call)


def _was_no_miss(call: Call, held: Reservation, *, now: datetime, actor: str) -> None:
    """We had given the ring up as missed; the switch says, late, that it came to nothing in another way."""
    if not held.agent.missed_in_row:
        return
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(held.agent)
    was_out_of_line = held.agent.presence == Presence.NOT_RESPONDING
    endings.answers_after_all(journal, held.agent)
    if not was_out_of_line:
        journal.tell_agent(held.agent, "agent.presence_changed")
    journal.close()


@command
def leg_ended(
    *, call_id: UUID, reservation_id: UUID | None, by: str, now: datetime, actor: str, on_purpose: bool = False
) -> CallView:
    """The agent's side of the talk is over, by the agent or the network.

    Gone within 3 s with the caller still there, nobody was served: the caller is back at the old place, unless the agent
    ended it `on_purpose`, at the desk. A colleague who was asked and has answered takes over, as on every telephone.
    """
    call = lock_call(call_id)
    held = lock_one_of(call, reservation_id)
    if held is None or held.state != ReservationState.ACCEPTED:
        return show_call(call)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, held)
    beside = lock_guest(call) if held.role == Role.PRIMARY else None
    if held.role in GUEST:
        endings.dismiss(journal, call, held, reason="no_bridge")
    elif held.connected_at is None:
        endings.release(journal, call, held, state=ReservationState.RESCINDED, reason="no_bridge")
    elif beside is not None and beside.connected_at is not None:
        endings.promote(journal, call, held, beside)
    elif call.state == CallState.CONNECTED and not on_purpose and short_talk(connected_at=held.connected_at, now=now):
        _undo_talk(journal, call, held)
    elif call.state == CallState.CONNECTED:
        endings.end_call_after_talk(journal, call, held, guest=beside, by=by)
    journal.close()
    return show_call(call)


def _undo_talk(journal: Journal, call: Call, held: Reservation) -> None:
    endings.dismiss_any(journal, call, reason="taken_back")
    if call.connected_at == held.connected_at:
        call.connected_at = None  # nobody has served this caller yet
    endings.release(journal, call, held, state=ReservationState.RESCINDED, reason="no_bridge", why="no_bridge")
