"""A colleague beside the talk: asked while the caller is on hold, brought in, or given the caller for good.

The colleague has a reservation of their own (role consult, then conference), which is why they see the customer and
why nobody else reaches them meanwhile. Of such guests a call has one at most; the database says so too.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from routing.capacity import Group
from routing.journal import Journal, lock_call, lock_guest, lock_holding
from routing.models import Agent, Call, Queue, Reservation
from routing.operations import endings
from routing.operations.calls import take_place
from routing.operations.named import free_agent, slot_for
from routing.operations.slots import group_of
from routing.results import CallView, ReservationView
from routing.service_clock import ring_lease
from routing.showing import show_call, show_reservation
from routing.states import (
    CALL_TABLE,
    GUEST_TABLE,
    SENT_OUTSIDE,
    CallAct,
    CallState,
    Guest,
    GuestAct,
    ReservationState,
    Role,
    Verdict,
    guest,
)


# --- asked, brought in, taken over ----------------------------------------------------------------------------------
@command
def consult(*, call_id: UUID, agent_id: int, now: datetime, actor: str) -> ReservationView:
    """Ask a colleague: the caller is put on hold and the colleague is rung. Asking the same one again is 200.

    Raises Conflict (illegal_transition, consult_open, agent_not_free), Invalid (the agent's own), NotFound.
    """
    call, first, beside = _lock(call_id, CallAct.CONSULT, "discussed with a colleague")
    if beside is not None:
        if beside.agent_id == agent_id:
            return show_reservation(beside)
        raise Conflict(_("A colleague is being asked already. End that first."), code="consult_open")
    agent = _colleague(call, first, agent_id, now)
    journal = _journal(call, first, now, actor)
    if group_of(call.channel, call.domain) is Group.LIVE and call.held_since is None:
        call.held_since = journal.moment(call.connected_at)
        journal.tell_call(call, "call.held", reservation=first)
    made = _rung(journal, call, agent, queue=call.queue, role=Role.CONSULT, by=first.agent_id)
    journal.close()
    return show_reservation(made)


@command
def join(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """All three talk. Raises Conflict (illegal_transition, consult_not_answered)."""
    call, first, beside = _lock(call_id, CallAct.CONSULT, "made a conference")
    cell = GUEST_TABLE[_stage(beside)][GuestAct.JOIN]
    if cell is Guest.JOINED and beside is not None:
        journal = _journal(call, first, now, actor)
        journal.open(beside)
        beside.role, call.held_since = Role.CONFERENCE, None
        journal.tell_reservation(call, beside, "reservation.joined")
        journal.tell_call(call, "call.joined", reservation=beside)
        journal.close()
    elif cell is not Verdict.SAME:
        raise _not_answered(call)
    return show_call(call)


@command
def hand_over(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """The attended transfer: the colleague who was asked serves the caller, the first agent wraps up.

    Raises Conflict (illegal_transition, consult_not_answered).
    """
    call, first, beside = _lock(call_id, CallAct.CONSULT, "handed over")
    if beside is None or GUEST_TABLE[_stage(beside)][GuestAct.HAND_OVER] is not Role.PRIMARY:
        raise _not_answered(call)
    journal = _journal(call, first, now, actor)
    endings.promote(journal, call, first, beside)
    journal.close()
    return show_call(call)


@command
def end_consult(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """The first agent lets the colleague go and is with the caller again. Where nobody was asked, nothing changes.

    Raises Conflict.
    """
    call, first, beside = _lock(call_id, CallAct.CONSULT, "taken back")
    if beside is not None:
        journal = _journal(call, first, now, actor)
        endings.dismiss(journal, call, beside, reason="taken_back")
        if call.held_since is not None:
            call.held_since = None
            journal.tell_call(call, "call.resumed", reservation=first)
        journal.close()
    return show_call(call)


@command
def guest_answers(*, call_id: UUID, reservation_id: UUID, now: datetime, actor: str) -> CallView:
    """The switch has joined the two agents. Late or repeated news change nothing."""
    call = lock_call(call_id)
    beside = lock_guest(call)
    if beside is None or beside.pk != reservation_id or beside.connected_at is not None:
        return show_call(call)
    journal = _journal(call, beside, now, actor)
    if beside.state == ReservationState.PENDING:
        beside.state, beside.accepted_at = ReservationState.ACCEPTED, journal.moment(beside.created_at)
        journal.tell_reservation(call, beside, "reservation.accepted")
    endings.guest_connected(journal, call, beside)
    journal.close()
    return show_call(call)


# --- given to a colleague unasked -----------------------------------------------------------------------------------
@command
def transfer_to_agent(*, call_id: UUID, agent_id: int, now: datetime, actor: str) -> CallView:
    """Send the caller to a named colleague; the first agent wraps up. Not answered, the caller waits at the old place.

    Raises Conflict (illegal_transition, agent_not_free), Invalid (the agent's own; queue_needed), NotFound.
    """
    call, first, beside = _lock(call_id, CallAct.HAND_TO, "transferred to an agent")
    if beside is not None and beside.agent_id == agent_id:
        raise Conflict(_("This colleague is being asked already: hand over, or end that first."), code="consult_open")
    agent = _colleague(call, first, agent_id, now)
    queue = call.queue or Queue.objects.filter(members=agent).order_by("key").first()
    if queue is None:
        raise Invalid(_("Nobody would take the caller if this agent does not answer."), code="queue_needed")
    journal = _journal(call, first, now, actor)
    if beside is not None:
        endings.dismiss(journal, call, beside, reason="diverted")
    if call.enqueued_at is None:
        take_place(journal, call, queue, head_start_s=0)
    endings.end_talk(journal, call, first)
    call.state, call.held_since = CallState.RESERVED, None
    journal.tell_call(call, "call.transferred", reservation=first)
    _rung(journal, call, agent, queue=queue, role=Role.PRIMARY, by=first.agent_id)
    journal.close()
    return show_call(call)


@command
def send_outside(*, call_id: UUID, number: str, now: datetime, actor: str) -> CallView:
    """The caller goes on to a number outside; the agent wraps up, the switch hears `drop` with `to`.

    Raises Conflict (illegal_transition; consult_open while a colleague is beside).
    """
    call, first, beside = _lock(call_id, CallAct.HAND_TO, "sent to another number")
    if beside is not None:
        raise Conflict(_("A colleague is being asked already. End that first."), code="consult_open")
    journal = _journal(call, first, now, actor)
    call.attributes, call.end_reason = {**call.attributes, "sent_to": number}, SENT_OUTSIDE
    endings.end_call_after_talk(journal, call, first, guest=None, by="agent")
    journal.close()
    return show_call(call)


# --- shared ---------------------------------------------------------------------------------------------------------
def _lock(call_id: UUID, act: CallAct, what: str) -> tuple[Call, Reservation, Reservation | None]:
    """The connected call with its agent and the colleague beside, all held. Raises Conflict."""
    call = lock_call(call_id)
    first = lock_holding(call)
    if isinstance(CALL_TABLE[CallState(call.state)][act], Verdict) or first is None:
        raise endings.refuse(call, what)
    return call, first, lock_guest(call)


def _stage(beside: Reservation | None) -> Guest:
    return Guest.NOBODY if beside is None else guest(beside.role, bridged=beside.connected_at is not None)


def _colleague(call: Call, first: Reservation, agent_id: int, now: datetime) -> Agent:
    if first.agent_id == agent_id:
        raise Invalid(_("This agent serves the caller already. Choose somebody else."), field="/agent")
    return free_agent(call=call, agent_id=agent_id, now=now)


def _not_answered(call: Call) -> Conflict:
    return Conflict(
        _("No colleague has answered yet."), code="consult_not_answered", state=str(call.state), version=call.version
    )


def _rung(journal: Journal, call: Call, agent: Agent, *, queue: Queue | None, role: Role, by: int) -> Reservation:
    """The colleague is held for this call and rung."""
    moment = journal.moment(call.connected_at)
    made = Reservation(
        domain=call.domain,
        call=call,
        agent=agent,
        queue=queue,
        slot=slot_for(call=call, agent=agent),
        role=role,
        because={"rule": "asked", "mode": "asked", "queue": queue.key if queue is not None else "", "by": by},
        created_at=moment,
        expires_at=ring_lease(
            now=moment, ring_s=queue.ring_s if queue is not None else settings.RING_S, grace_s=settings.RING_GRACE_S
        ),
    )
    journal.add(made)
    journal.tell_reservation(call, made, "reservation.created")
    return made


def _journal(call: Call, reservation: Reservation, now: datetime, actor: str) -> Journal:
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, reservation)
    return journal
