"""The hall, while caller and agent are together: rung, answered, held, moved on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import customers.identity.operations
import routing.operations
import routing.queries
from callcenter.foundation.commands import command
from callcenter.foundation.phones import far_end
from callcenter.hall.ending import remember
from callcenter.hall.inbound import facts_of
from routing.results import CallView, ReservationView
from routing.states import CallState


def agent_accepts(
    *, reservation_id: UUID, agent_id: int, lease_id: UUID | None, actor: str, now: datetime
) -> ReservationView:
    """The agent takes the call; the switch bridges next. 410 when the time was up, 409 when somebody was first."""
    return routing.operations.accept(
        reservation_id=reservation_id, agent_id=agent_id, lease_id=lease_id, now=now, actor=actor
    )


@command
def agent_rejects(
    *, reservation_id: UUID, agent_id: int, reason: str, lease_id: UUID | None, actor: str, now: datetime
) -> ReservationView:
    """The agent declines; the caller keeps the place and the next agent is sought at once."""
    reservation = routing.operations.reject(
        reservation_id=reservation_id, agent_id=agent_id, reason=reason, lease_id=lease_id, now=now, actor=actor
    )
    routing.operations.assign_waiting(domain=reservation.domain, now=now, actor=actor, only_call=reservation.call_id)
    return reservation


def ring_withdrawn(*, reservation_id: UUID, actor: str, now: datetime) -> ReservationView:
    """Whoever rings this agent takes it back; the caller keeps the place and the next agent is sought at once."""
    reservation = routing.operations.rescind(reservation_id=reservation_id, now=now, actor=actor)
    routing.operations.assign_waiting(domain=reservation.domain, now=now, actor=actor, only_call=reservation.call_id)
    return reservation


def agent_leg_bridged(
    *, call_id: UUID, reservation_id: UUID | None, agent_id: int | None, at: datetime, actor: str, now: datetime
) -> CallView:
    """Caller and agent talk: the switch says so, so it is so (wire rule)."""
    return routing.operations.bridged(
        call_id=call_id, reservation_id=reservation_id, agent_id=agent_id, at=at, now=now, actor=actor
    )


@command
def agent_leg_failed(*, call_id: UUID, reservation_id: UUID | None, reason: str, actor: str, now: datetime) -> CallView:
    """The agent's phone did not answer. Blame only where due; the caller keeps the place."""
    call = routing.operations.leg_failed(
        call_id=call_id, reservation_id=reservation_id, reason=reason, now=now, actor=actor
    )
    if call.state == CallState.QUEUED:
        routing.operations.assign_waiting(domain=call.domain, now=now, actor=actor, only_call=call_id, queue=call.queue)
        call = routing.queries.call(call_id=call_id)
    return call


def agent_leg_ended(
    *, call_id: UUID, reservation_id: UUID | None, by: str, actor: str, now: datetime, on_purpose: bool = False
) -> CallView:
    """The agent's side of the talk is over; `on_purpose` where the agent said so at the desk: the switch is told."""
    call = routing.operations.leg_ended(
        call_id=call_id, reservation_id=reservation_id, by=by, now=now, actor=actor, on_purpose=on_purpose
    )
    remember(call=call, now=now)
    return call


def call_held(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    return routing.operations.hold(call_id=call_id, now=now, actor=actor)


def call_resumed(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    return routing.operations.resume(call_id=call_id, now=now, actor=actor)


@command
def call_transferred(*, call_id: UUID, queue: str, actor: str, now: datetime) -> CallView:
    """Blind transfer to a queue: the first agent wraps up, the caller waits on with the place kept."""
    call = routing.operations.transfer_to_queue(call_id=call_id, queue=queue, now=now, actor=actor)
    routing.operations.assign_waiting(domain=call.domain, now=now, actor=actor, only_call=call_id, queue=call.queue)
    return routing.queries.call(call_id=call_id)


@command
def customer_chosen(*, call_id: UUID, customer_id: UUID | None, actor: str, now: datetime) -> CallView:
    """The agent says who this is; None means "not this person", and a fresh provisional customer stands in."""
    call = routing.queries.call(call_id=call_id)
    chosen = customer_id or customers.identity.operations.create_provisional(
        call_id=call_id, kind="phone", value=far_end(call), language=call.language, now=now
    )
    return routing.operations.relink_customer(
        call_id=call_id,
        customer_id=chosen,
        match_basis="chosen" if customer_id else "new",
        facts=facts_of(call_id=call_id, customer_id=chosen, language=call.language, now=now),
        now=now,
        actor=actor,
    )
