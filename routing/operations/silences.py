"""Written conversations that lie still: whose turn it is, and giving them up. Opens no transaction but for a message."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from callcenter.foundation.commands import command
from routing.capacity import Group, group_of_slot
from routing.journal import Journal, lock_call, lock_guest, lock_holding
from routing.models import Call, Reservation
from routing.operations import endings
from routing.silence import OnSilence, Patience, Speaker, runs_out
from routing.states import CallState, ReservationState

REASONS = {Speaker.CALLER: "agent_silent", Speaker.AGENT: "caller_silent"}  # by who spoke last


def begin(reservation: Reservation, moment: datetime) -> None:
    """The conversation begins with the customer's wish: it is the agent's turn. Voices are heard by the line."""
    if group_of_slot(reservation.slot) is Group.MESSAGING:
        reservation.spoke_by, reservation.silent_at = "", None
        _spoken(reservation, Speaker.CALLER, moment)


@command
def message(*, call_id: UUID, by: Speaker, now: datetime) -> bool:
    """Somebody wrote. No event: what is said is the gateway's. False where nobody serves the conversation."""
    call = lock_call(call_id)
    held = lock_holding(call) if call.state == CallState.CONNECTED else None
    if held is None or group_of_slot(held.slot) is not Group.MESSAGING:
        return False
    _spoken(held, by, now)
    Reservation.objects.filter(pk=held.pk).update(spoke_by=held.spoke_by, silent_at=held.silent_at)
    return True


def give_up(journal: Journal, call: Call, reservation: Reservation) -> None:
    """Nobody took the turn in time: back to the queue at the old place, or closed, as the queue says."""
    silent, queue = Speaker(reservation.spoke_by), reservation.queue
    asked = (queue.on_agent_silence if silent is Speaker.CALLER else queue.on_customer_silence) if queue else ""
    if asked == OnSilence.QUEUE and call.enqueued_at is not None:
        endings.dismiss_any(journal, call, reason="taken_back")
        endings.release(journal, call, reservation, state=ReservationState.RESCINDED, reason=REASONS[silent])
        return
    call.end_reason = REASONS[silent]
    endings.end_call_after_talk(journal, call, reservation, guest=lock_guest(call), by="system")


def _spoken(reservation: Reservation, by: Speaker, at: datetime) -> None:
    queue = reservation.queue
    patience = Patience(agent_s=queue.agent_silence_s, customer_s=queue.customer_silence_s) if queue else Patience()
    reservation.silent_at = runs_out(
        patience=patience, spoke_by=by, before_by=reservation.spoke_by, before=reservation.silent_at, at=at
    )
    reservation.spoke_by = by
