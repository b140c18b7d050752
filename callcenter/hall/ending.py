"""The hall, way out: the call is over, and what it was about stands on the customer's timeline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import customers.offers.operations
import customers.timeline.operations
import ivr.intake.operations
import ivr.paths.operations
import routing.operations
import routing.queries
from callcenter.foundation.commands import command
from callcenter.foundation.phones import far_end
from routing.results import CallView, ReservationView
from routing.states import CallState


@command
def caller_hung_up(
    *, call_id: UUID, by: str = "caller", stage: str = "", had_menus: bool = True, actor: str, now: datetime
) -> CallView:
    """The caller is gone: abandoned where nobody had answered, wrapping where somebody had. Late news change nothing.

    `stage` says how the wait ended where it is more than where the caller stood; `had_menus` is False where it is known
    that there were none.
    """
    call = routing.operations.hang_up(call_id=call_id, by=by, stage_hint=stage, now=now, actor=actor)
    came_through_menus = had_menus and ivr.intake.operations.close(call_id=call_id, outcome="hangup", at=now)
    remember(call=call, now=now, came_through_menus=came_through_menus)
    return call


@command
def call_canceled(*, call_id: UUID, actor: str, now: datetime, by: str = "system") -> CallView:
    """The call is taken back before anybody talked; an agent held for it is free at once.

    `by` system (the switch, or whoever wished for the call) or agent, at the desk: the switch is told.
    """
    call = routing.operations.cancel(call_id=call_id, now=now, actor=actor, by=by)
    ivr.intake.operations.close(call_id=call_id, outcome="system", at=now)
    return call


@command
def call_wrapped_up(
    *,
    reservation_id: UUID,
    agent_id: int,
    disposition: str,
    note: str = "",
    do_not_contact: bool = False,
    next_presence: str = "",
    lease_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> ReservationView:
    """The agent has finished: what it was about stands on the customer's timeline, and the agent is free again.

    `next_presence` is "" (stay as pending or before), "available" or "break". A wish not to be contacted is stored
    before the agent can take another call.
    """
    reservation = routing.queries.reservation(reservation_id=reservation_id)
    call = routing.queries.call(call_id=reservation.call_id)
    if do_not_contact:
        customers.offers.operations.suppress(
            customer_id=call.customer_id, number=far_end(call), source="wrap_up", now=now
        )
    reservation = routing.operations.complete(
        reservation_id=reservation_id,
        agent_id=agent_id,
        disposition=disposition,
        lease_id=lease_id,
        now=now,
        actor=actor,
    )
    if next_presence:  # after `complete`, for locks are taken in the order call, reservation, agent
        routing.operations.set_presence(
            agent_id=agent_id, presence=next_presence, reason="", lease_id=lease_id, now=now, actor=actor
        )
    call = routing.queries.call(call_id=call.id)
    remember(call=call, now=now, disposition=disposition, note=note, agent_id=agent_id)
    return reservation


@command
def answer_came_late(
    *,
    call_id: UUID,
    reservation_id: UUID | None,
    agent_id: int | None,
    talk_s: float,
    at: datetime,
    actor: str,
    now: datetime,
) -> CallView:
    """News of the answer was overtaken by the hang-up: the call was served, not lost, and the record says so."""
    call = routing.operations.answered_before_leaving(
        call_id=call_id,
        reservation_id=reservation_id,
        agent_id=agent_id,
        talk_s=talk_s,
        at=at,
        now=now,
        actor=actor,
    )
    remember(call=call, now=now)
    return call


@command
def note_left(*, call_id: UUID, note: str, now: datetime) -> None:
    """What an agent had noted of a call that is over stands on the customer's timeline, though nobody saved a wrap-up."""
    remember(call=routing.queries.call(call_id=call_id), now=now, note=note, came_through_menus=False)


def remember(
    *,
    call: CallView,
    now: datetime,
    disposition: str = "",
    note: str = "",
    agent_id: int | None = None,
    came_through_menus: bool = True,
) -> None:
    """Put the contact on the customer's timeline, once per call; wrap-up completes the row that the end began."""
    if came_through_menus:
        _settle_path(call=call, final=disposition, agent_id=agent_id, now=now)
    if call.customer_id is None:
        return
    customers.timeline.operations.record(
        customer_id=call.customer_id,
        at=call.arrived_at,
        channel=call.channel,
        kind="call",
        direction="in" if call.direction == "in" else "out",  # a promise kept goes out, too
        code=disposition or str(call.facts.get("intent", "")),
        # Who was talked with was served, however long the wrap-up takes; its own end adds words, not another outcome.
        outcome="completed" if call.state == CallState.WRAPPING else call.state.value,
        ref=call.id,
        agent=agent_id,
        note=note,
        data={"queue": call.queue or ""},
    )


def _settle_path(*, call: CallView, final: str, agent_id: int | None, now: datetime) -> None:
    """What the path of this call led to, frozen with it: who called, where it went, how long it took, what it was."""
    answered, gone = call.connected_at, call.ended_at or now
    ivr.paths.operations.settle(
        call_id=call.id,
        customer_id=call.customer_id,
        tags=[str(tag) for tag in cast("Sequence[object]", call.facts.get("tags", ()))],
        queue=call.queue or "",
        agent_id=agent_id,
        wait_s=((answered or gone) - call.enqueued_at).total_seconds() if call.enqueued_at else 0,
        handle_s=(now - answered).total_seconds() if answered else 0,
        final=final,
        now=now,
    )
