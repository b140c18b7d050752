"""How a held agent is let go, in every way a reservation can end. Shared by the commands; opens no transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from callcenter.foundation.errors import Conflict, Gone
from routing.journal import Journal, lock_guest, works
from routing.models import Agent, Call, Reservation
from routing.service_clock import consequence, idle_after_break, wrap_up_box
from routing.states import (
    ENDED_CALL,
    GUEST,
    LIVE_RESERVATION,
    CallState,
    Presence,
    ReservationState,
    Role,
    WrapUpMode,
)

_EVENT = {
    ReservationState.REJECTED: "reservation.rejected",
    ReservationState.TIMEOUT: "reservation.timeout",
    ReservationState.RESCINDED: "reservation.rescinded",
    ReservationState.CANCELED: "reservation.canceled",
}
# Of a call that never had a queue.
WRAP_UP_S = 60
MISS_LIMIT = 2


def refuse(call: Call, what: str) -> Conflict:
    """409 with what an honest client needs to go on."""
    return Conflict(f"A call that is {call.state} cannot be {what}.", state=str(call.state), version=call.version)


def refuse_reservation(reservation: Reservation, what: str, *, gone: bool = False) -> Conflict | Gone:
    facts: dict[str, Any] = {
        "state": str(reservation.state),
        "end_reason": reservation.end_reason,
        "version": reservation.version,
    }
    if gone:
        return Gone("The time to answer this call was up.", **facts)
    return Conflict(f"A reservation that is {reservation.state} cannot be {what}.", **facts)


# --- a reservation that came to nothing -----------------------------------------------------------------------------
def end_unserved(
    journal: Journal,
    call: Call,
    reservation: Reservation,
    *,
    state: ReservationState,
    reason: str,
    settle: bool = True,
) -> None:
    """Let the agent go: nobody was served, the idle clock is kept; blame and rest by the reason.

    `settle` False: the agent is taken for other work in the same command, nothing pending applies yet.
    """
    journal.open(call, reservation)
    agent, moment = reservation.agent, journal.moment(reservation.created_at)
    reservation.state, reservation.end_reason = state, reason
    reservation.ended_at, reservation.expires_at = moment, None
    means = consequence(reason)
    if means.blamed:
        agent.missed_in_row += 1
    if means.blocked_s:
        agent.blocked_until = moment + timedelta(seconds=means.blocked_s)
    journal.tell_reservation(call, reservation, _EVENT[state])
    if settle:
        limit = reservation.queue.miss_limit if reservation.queue is not None else MISS_LIMIT
        _free(journal, agent, besides=reservation, missed_out=means.blamed and agent.missed_in_row >= limit)


def check_waits(call: Call, what: str) -> None:
    """Raises Conflict where nobody waits at the far end: an agent has dialled, and is held while it rings there."""
    if call.state == CallState.RESERVED and call.enqueued_at is None:
        raise refuse(call, what)


def back_to_queue(journal: Journal, call: Call, *, reservation: Reservation | None, type: str = "call.queued") -> None:
    """The caller waits on, at the same place."""
    journal.open(call)
    call.state = CallState.QUEUED
    call.held_since = None
    journal.tell_call(call, type, reservation=reservation)
    journal.wake_dispatcher()


def release(
    journal: Journal,
    call: Call,
    reservation: Reservation,
    *,
    state: ReservationState,
    reason: str,
    why: str = "not_answered",
    settle: bool = True,
) -> None:
    """The reservation comes to nothing and the call goes back to its place; of a colleague asked, it talks on.

    A call that this agent dialled has no place: it has failed, and `why` says what was heard of the far end.
    """
    end_unserved(journal, call, reservation, state=state, reason=reason, settle=settle)
    if reservation.role in GUEST:
        return
    if call.enqueued_at is None:
        end_call(journal, call, state=CallState.FAILED, by="network", reason=why, reservation=reservation)
    else:
        back_to_queue(journal, call, reservation=reservation)


# --- the colleague beside -------------------------------------------------------------------------------------------
def guest_connected(journal: Journal, call: Call, guest: Reservation) -> None:
    """The two agents talk with each other."""
    journal.open(call, guest)
    guest.connected_at, guest.expires_at = journal.moment(guest.accepted_at), None
    guest.agent.missed_in_row = 0
    journal.tell_reservation(call, guest, "reservation.connected")


def dismiss(journal: Journal, call: Call, guest: Reservation, *, reason: str, settle: bool = True) -> None:
    """The colleague goes, without wrap-up: whoever was asked has nothing to write; `reason` where nobody answered."""
    journal.open(call, guest)
    if guest.connected_at is not None:
        guest.talk_ended_at = journal.moment(guest.connected_at)
        finish(journal, call, guest, disposition="", settle=settle)
        return
    state = ReservationState.CANCELED if reason in _CANCELS else ReservationState.RESCINDED
    end_unserved(journal, call, guest, state=state, reason=reason, settle=settle)


_CANCELS = frozenset({"caller_left", "diverted"})


def dismiss_any(journal: Journal, call: Call, *, reason: str) -> None:
    """Whoever stands beside the agent of this (locked) call goes."""
    if (guest := lock_guest(call)) is not None:
        dismiss(journal, call, guest, reason=reason)


def promote(journal: Journal, call: Call, first: Reservation, guest: Reservation) -> None:
    """The colleague serves the caller from here on. The first row is opened, so written, first: one holds the call."""
    journal.open(call, first, guest)
    end_talk(journal, call, first)
    guest.role, call.held_since = Role.PRIMARY, None
    guest.spoke_by, guest.silent_at = first.spoke_by, first.silent_at  # of a written conversation: whose turn it is
    journal.tell_reservation(call, guest, "reservation.promoted")
    journal.tell_call(call, "call.handed_over", reservation=guest)


# --- a reservation that served --------------------------------------------------------------------------------------
def end_talk(journal: Journal, call: Call, reservation: Reservation) -> bool:
    """The talk is over: the wrap-up begins, or is skipped where the mode is none. True if it began."""
    journal.open(call, reservation)
    moment = journal.moment(reservation.connected_at)
    reservation.talk_ended_at, reservation.expires_at = moment, None
    queue = reservation.queue
    mode = queue.wrap_up_mode if queue is not None else WrapUpMode.TIME_BOXED
    if mode == WrapUpMode.NONE:
        finish(journal, call, reservation, disposition="")
        return False
    reservation.state = ReservationState.WRAPPING
    reservation.wrap_until = wrap_up_box(
        mode=mode, talk_ended_at=moment, wrap_up_s=queue.wrap_up_s if queue is not None else WRAP_UP_S
    )
    reservation.expires_at = reservation.wrap_until
    journal.tell_reservation(call, reservation, "reservation.wrapping")
    return True


def finish(journal: Journal, call: Call, reservation: Reservation, *, disposition: str, settle: bool = True) -> None:
    """All work of this reservation is done: the idle clock starts anew. A call that only waited for it is complete."""
    journal.open(call, reservation)
    agent, moment = reservation.agent, journal.moment(reservation.talk_ended_at)
    reservation.state, reservation.disposition = ReservationState.COMPLETED, disposition
    reservation.ended_at, reservation.expires_at = moment, None
    agent.idle_since = moment
    journal.tell_reservation(call, reservation, "reservation.completed")
    if call.state == CallState.WRAPPING and not _others_live(call, reservation):
        call.state = CallState.COMPLETED
        journal.tell_call(call, "call.completed", reservation=reservation)
    if settle:
        _free(journal, agent, besides=reservation)


def end_call_after_talk(
    journal: Journal, call: Call, reservation: Reservation | None, *, guest: Reservation | None, by: str
) -> None:
    """Caller and agent have parted: the call wraps up, or is complete where nothing is left to do."""
    journal.open(call, reservation)
    if guest is not None:
        dismiss(journal, call, guest, reason="caller_left")
    call.ended_at, call.ended_by, call.held_since = journal.moment(call.connected_at), by, None
    wrapping = reservation is not None and end_talk(journal, call, reservation)
    call.state = CallState.WRAPPING if wrapping else CallState.COMPLETED
    journal.tell_call(call, "call.wrapping" if wrapping else "call.completed", reservation=reservation)


def end_call(
    journal: Journal, call: Call, *, state: CallState, by: str, reason: str, reservation: Reservation | None = None
) -> None:
    """The call is over without anybody having been served."""
    assert state in ENDED_CALL
    journal.open(call)
    call.state, call.end_reason, call.ended_by = state, reason, by
    call.ended_at = journal.moment(call.arrived_at)
    journal.tell_call(call, f"call.{state}", reservation=reservation)


# --- the agent, when work ends --------------------------------------------------------------------------------------
def _free(journal: Journal, agent: Agent, *, besides: Reservation, missed_out: bool = False) -> None:
    """After the last work: apply what was pending, once; or take an agent who does not respond out of the line."""
    if (agent.pending_presence or missed_out) and not works(agent, besides=besides.pk):
        apply_pending(journal, agent, missed_out=missed_out)
    if agent.presence == Presence.AVAILABLE:
        journal.wake_dispatcher()


def apply_pending(journal: Journal, agent: Agent, *, missed_out: bool = False) -> None:
    """What the person asked for during the work; else, after too many misses, out of the line."""
    if agent.pending_presence:
        move_presence(journal, agent, presence=agent.pending_presence, reason=agent.pending_reason)
        journal.tell_agent(agent, "agent.presence_changed")
    elif missed_out and agent.presence == Presence.AVAILABLE:
        move_presence(journal, agent, presence=Presence.NOT_RESPONDING, reason="missed")
        journal.tell_agent(agent, "agent.not_responding")


def answers_after_all(journal: Journal, agent: Agent) -> None:
    """The agent did answer, though the news may have come late: no miss stands, and who was out of the line is back."""
    agent.missed_in_row = 0
    if agent.presence == Presence.NOT_RESPONDING:
        move_presence(journal, agent, presence=Presence.AVAILABLE, reason="")
        journal.tell_agent(agent, "agent.presence_changed")
        journal.wake_dispatcher()


def move_presence(journal: Journal, agent: Agent, *, presence: str, reason: str) -> None:
    """Change what the person says. Time away stops the idle clock and keeps it."""
    journal.open(agent)
    now = journal.moment(agent.presence_since)
    if agent.presence != Presence.AVAILABLE and (agent.idle_since or presence == Presence.AVAILABLE):
        agent.idle_since = idle_after_break(idle_since=agent.idle_since, away_since=agent.presence_since, now=now)
    if agent.presence == Presence.NOT_RESPONDING and presence == Presence.AVAILABLE:
        agent.missed_in_row = 0
    agent.pending_presence = agent.pending_reason = ""
    agent.presence, agent.reason, agent.presence_since = presence, reason, now
    if presence == Presence.OFFLINE:
        agent.lease_id = agent.lease_expires_at = None


def _others_live(call: Call, reservation: Reservation) -> bool:
    return Reservation.objects.filter(call=call, state__in=LIVE_RESERVATION).exclude(pk=reservation.pk).exists()
