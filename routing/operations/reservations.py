"""What an agent does with a call that is held for them: accept, reject, wrap up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from routing.callbacks import DIAL_S
from routing.capacity import Group
from routing.journal import Journal, lock_reservation
from routing.models import Agent, Call, Reservation
from routing.operations import endings, silences
from routing.operations.slots import group_of
from routing.results import ReservationView
from routing.service_clock import EXTENSIONS, WITHDRAWN, extended
from routing.showing import show_reservation
from routing.states import (
    GUEST,
    RESERVATION_TABLE,
    CallState,
    ReservationAct,
    ReservationState,
    Verdict,
    WrapUpMode,
    held,
)


@command
def accept(
    *, reservation_id: UUID, agent_id: int, now: datetime, actor: str, lease_id: UUID | None = None
) -> ReservationView:
    """The agent takes the call; the switch has BRIDGE_S to bring them together. Repeating it is 200.

    Where no phone is involved (chat, mail), accepting is being connected. Raises Gone when the time was up, Conflict
    otherwise (lease_lost, illegal_transition).
    """
    call, reservation = _own(reservation_id, agent_id, lease_id, "accepted")
    cell = _cell(reservation, ReservationAct.ACCEPT)
    if cell is Verdict.SAME:
        return show_reservation(reservation)
    late = reservation.state == ReservationState.PENDING and _time_up(reservation, now)
    if late or cell is not ReservationState.ACCEPTED:
        gone = late or reservation.state == ReservationState.TIMEOUT
        raise endings.refuse_reservation(reservation, "accepted", gone=gone)
    journal = _journal(call, reservation, now, actor)
    moment = journal.moment(reservation.created_at)
    reservation.state, reservation.accepted_at = ReservationState.ACCEPTED, moment
    # Of a callback the customer is yet to be dialled.
    bridge_s = DIAL_S if call.direction == "callback" else settings.BRIDGE_S
    reservation.expires_at = moment + timedelta(seconds=bridge_s)
    at_once, beside = group_of(call.channel, call.domain) is not Group.LIVE, reservation.role in GUEST
    if at_once and not beside:
        _connect_at_once(call, reservation, moment)
    journal.tell_reservation(call, reservation, "reservation.accepted")
    if at_once and beside:
        endings.guest_connected(journal, call, reservation)
    elif at_once:
        journal.tell_call(call, "call.connected", reservation=reservation)
    journal.close()
    return show_reservation(reservation)


def _connect_at_once(call: Call, reservation: Reservation, moment: datetime) -> None:
    reservation.connected_at, reservation.expires_at = moment, None
    reservation.agent.missed_in_row = 0
    call.state, call.connected_at = CallState.CONNECTED, call.connected_at or moment
    silences.begin(reservation, moment)


@command
def reject(
    *,
    reservation_id: UUID,
    agent_id: int,
    reason: str,
    now: datetime,
    actor: str,
    lease_id: UUID | None = None,
) -> ReservationView:
    """The agent lets the call go, `declined` or `busy`; the caller keeps the place. Raises Conflict, Invalid."""
    if reason not in {"declined", "busy"}:
        raise Invalid("A call is rejected as declined or busy.", field="/reason")
    call, reservation = _own(reservation_id, agent_id, lease_id, "rejected")
    if reservation.state == ReservationState.REJECTED and reservation.end_reason == reason:
        return show_reservation(reservation)
    if _cell(reservation, ReservationAct.REJECT) is not ReservationState.REJECTED:
        raise endings.refuse_reservation(reservation, "rejected")
    journal = _journal(call, reservation, now, actor)
    endings.release(journal, call, reservation, state=ReservationState.REJECTED, reason=reason)
    journal.close()
    return show_reservation(reservation)


@command
def rescind(*, reservation_id: UUID, now: datetime, actor: str) -> ReservationView:
    """Whoever rings this agent takes it back before they talk: nobody is blamed, the caller keeps the place.

    Repeating it is 200. Raises Conflict once they talk or it is over.
    """
    call, reservation = lock_reservation(reservation_id)
    if reservation.state == ReservationState.RESCINDED and reservation.end_reason == WITHDRAWN:
        return show_reservation(reservation)
    if _cell(reservation, ReservationAct.RESCIND) is not ReservationState.RESCINDED:
        raise endings.refuse_reservation(reservation, "taken back")
    journal = _journal(call, reservation, now, actor)
    endings.release(journal, call, reservation, state=ReservationState.RESCINDED, reason=WITHDRAWN)
    journal.close()
    return show_reservation(reservation)


def seen(*, reservation_id: UUID, agent_id: int, now: datetime) -> None:
    """The ring card stood in the desk's page. The first time counts."""
    Reservation.objects.filter(pk=reservation_id, agent=agent_id, state=ReservationState.PENDING, seen_at=None).update(
        seen_at=now
    )


@command
def complete(
    *,
    reservation_id: UUID,
    agent_id: int,
    disposition: str,
    now: datetime,
    actor: str,
    lease_id: UUID | None = None,
) -> ReservationView:
    """The wrap-up is saved; the agent is free, or whatever they asked for meanwhile. Repeating it alike is 200.

    In a box without early exit the disposition is kept and the box runs on. Raises Conflict, Invalid
    (disposition_required).
    """
    call, reservation = _own(reservation_id, agent_id, lease_id, "completed")
    cell = _cell(reservation, ReservationAct.COMPLETE)
    alike = reservation.state == ReservationState.COMPLETED and reservation.disposition == disposition
    if cell is Verdict.SAME and alike:
        return show_reservation(reservation)
    if cell is not ReservationState.COMPLETED:
        raise endings.refuse_reservation(reservation, "completed")
    mode = _mode(reservation)
    if mode == WrapUpMode.REQUIRED and not disposition:
        raise Invalid("Choose how the call ended.", code="disposition_required", field="/disposition")
    journal = _journal(call, reservation, now, actor)
    if mode == WrapUpMode.TIME_BOXED_NO_EXIT and not _time_up(reservation, now):
        if reservation.disposition != disposition:
            reservation.disposition = disposition
            journal.tell_reservation(call, reservation, "reservation.wrapping")
    else:
        endings.finish(journal, call, reservation, disposition=disposition)
    journal.close()
    return show_reservation(reservation)


@command
def extend(*, reservation_id: UUID, agent_id: int, now: datetime, actor: str) -> ReservationView:
    """60 s more to wrap up, once. Raises Conflict."""
    call, reservation = _own(reservation_id, agent_id, None, "extended")
    if _cell(reservation, ReservationAct.EXTEND) is not ReservationState.WRAPPING:
        raise endings.refuse_reservation(reservation, "extended")
    if reservation.wrap_until is None:
        raise Conflict("This wrap-up has no time limit.", code="no_time_limit", version=reservation.version)
    if reservation.extensions >= EXTENSIONS:
        raise Conflict("This wrap-up was already extended.", code="already_extended", version=reservation.version)
    journal = _journal(call, reservation, now, actor)
    reservation.wrap_until = reservation.expires_at = extended(reservation.wrap_until)
    reservation.extensions += 1
    journal.tell_reservation(call, reservation, "reservation.extended")
    journal.close()
    return show_reservation(reservation)


# --- shared ---------------------------------------------------------------------------------------------------------
def _own(reservation_id: UUID, agent_id: int, lease_id: UUID | None, what: str) -> tuple[Call, Reservation]:
    """The reservation, locked, if it is this agent's and this desk is the agent's active one. Raises Conflict."""
    call, reservation = lock_reservation(reservation_id)
    if reservation.agent_id != agent_id:
        raise endings.refuse_reservation(reservation, f"{what} by another agent")
    if lease_id is not None:
        check_lease(reservation.agent, lease_id)
    return call, reservation


def check_lease(agent: Agent, lease_id: UUID) -> None:
    """Raises Conflict(lease_lost) if another desk has taken over, or nobody is signed in."""
    if agent.lease_id != lease_id:
        raise Conflict("Another desk has taken over.", code="lease_lost", presence=str(agent.presence))


def _cell(reservation: Reservation, act: ReservationAct) -> object:
    row = held(reservation.state, reservation.connected_at is not None)
    return RESERVATION_TABLE[row][act]


def _mode(reservation: Reservation) -> str:
    return reservation.queue.wrap_up_mode if reservation.queue is not None else WrapUpMode.TIME_BOXED


def _time_up(reservation: Reservation, now: datetime) -> bool:
    return reservation.expires_at is not None and reservation.expires_at <= now


def _journal(call: Call, reservation: Reservation, now: datetime, actor: str) -> Journal:
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, reservation)
    return journal
