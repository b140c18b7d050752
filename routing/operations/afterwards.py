"""Putting the record right when news of one call overtook each other. Nothing is reopened and nobody is disturbed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from callcenter.foundation.commands import command
from routing.journal import Journal, lock_agent, lock_call, lock_newest_of, lock_one_of
from routing.models import Call, Reservation
from routing.operations.endings import answers_after_all
from routing.results import CallView
from routing.showing import show_call
from routing.states import CallState, ReservationState

# How a reservation ends when the end is told before the answer, or when nothing could be told for a while: what it was
# taken for then does not matter, the switch says that they talked.
_TOLD_TOO_EARLY = frozenset(
    {ReservationState.TIMEOUT, ReservationState.REJECTED, ReservationState.RESCINDED, ReservationState.CANCELED}
)


@command
def answered_before_leaving(
    *,
    call_id: UUID,
    reservation_id: UUID | None,
    agent_id: int | None,
    talk_s: float,
    at: datetime,
    now: datetime,
    actor: str,
) -> CallView:
    """The hang-up reached us before the answer, but came after it: they did talk, so the call was served, not lost.

    `talk_s` is the talk by the switch's own clock; it ended when we took the caller for gone. Where nobody was held, or
    the call is not abandoned, nothing changes.
    """
    call = lock_call(call_id)
    own = _own(call, reservation_id, agent_id)
    if call.state != CallState.ABANDONED or own is None or own.state not in _TOLD_TOO_EARLY:
        return show_call(call)
    assert call.ended_at is not None
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, own)
    began = max(own.created_at, call.ended_at - timedelta(seconds=max(0.0, talk_s)))
    own.state, own.end_reason = ReservationState.COMPLETED, ""
    own.accepted_at, own.connected_at = own.accepted_at or began, began
    own.talk_ended_at = own.ended_at = call.ended_at
    agent = own.agent
    answers_after_all(journal, agent)
    agent.idle_since = max(filter(None, (agent.idle_since, call.ended_at)))
    journal.tell_reservation(call, own, "reservation.completed")
    call.state, call.end_reason, call.connected_at = CallState.COMPLETED, "", began
    journal.tell_call(call, "call.completed", reservation=own, reported_at=at.isoformat())
    journal.close()
    return show_call(call)


def _own(call: Call, reservation_id: UUID | None, agent_id: int | None) -> Reservation | None:
    """The reservation the answer belongs to: the named one, else the named agent's newest, else the call's only one."""
    if reservation_id is not None:
        return lock_one_of(call, reservation_id)
    if agent_id is None:
        of_call = list(Reservation.objects.filter(call=call).values_list("agent_id", flat=True)[:2])
        agent_id = of_call[0] if len(of_call) == 1 else None
    return None if agent_id is None else lock_newest_of(call, lock_agent(agent_id))
