"""Rows as the frozen values that leave the room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from routing.capacity import Group, group_of_slot
from routing.models import Agent, Call, Reservation
from routing.results import AgentView, CallView, ReservationView
from routing.states import (
    CallState,
    Device,
    Presence,
    ReservationState,
    Role,
    ShownState,
    WrapUpMode,
    shown_state,
)


def show_call(call: Call) -> CallView:
    """Needs `domain` and `queue` loaded."""
    return CallView(
        id=call.pk,
        domain=call.domain.key,
        source=call.source,
        external_id=call.external_id,
        channel=call.channel,
        direction=call.direction,
        state=CallState(call.state),
        queue=call.queue.key if call.queue is not None else None,
        from_number=call.from_number,
        from_e164=call.from_e164,
        to_number=call.to_number,
        language=call.language,
        attributes=call.attributes,
        facts=call.facts,
        customer_id=call.customer_id,
        match_basis=call.match_basis,
        arrived_at=call.arrived_at,
        enqueued_at=call.enqueued_at,
        place_key=call.place_key,
        head_start_s=call.head_start_s,
        connected_at=call.connected_at,
        held_since=call.held_since,
        ended_at=call.ended_at,
        ended_by=call.ended_by,
        end_reason=call.end_reason,
        version=call.version,
    )


def show_reservation(reservation: Reservation) -> ReservationView:
    """Needs `domain`, `agent` and `queue` loaded."""
    queue = reservation.queue
    return ReservationView(
        id=reservation.pk,
        call_id=reservation.call_id,
        domain=reservation.domain.key,
        agent_id=reservation.agent_id,
        agent_key=reservation.agent.key,
        contact=reservation.agent.contact,
        ring_s=queue.ring_s if queue is not None else settings.RING_S,
        role=Role(reservation.role),
        state=ReservationState(reservation.state),
        end_reason=reservation.end_reason,
        because=reservation.because,
        created_at=reservation.created_at,
        expires_at=reservation.expires_at,
        accepted_at=reservation.accepted_at,
        connected_at=reservation.connected_at,
        talk_ended_at=reservation.talk_ended_at,
        wrap_until=reservation.wrap_until,
        wrap_up_mode=queue.wrap_up_mode if queue is not None else WrapUpMode.TIME_BOXED,
        extensions=reservation.extensions,
        disposition=reservation.disposition,
        ended_at=reservation.ended_at,
        version=reservation.version,
        written=group_of_slot(reservation.slot) is Group.MESSAGING,
        spoke_by=reservation.spoke_by,
        silent_at=reservation.silent_at,
    )


def show_agent(agent: Agent, work: Iterable[Reservation]) -> AgentView:
    """Needs `domain` and `team` loaded; `work` is the agent's live reservations."""
    shown, since = _shown(agent, list(work))
    return AgentView(
        id=agent.pk,
        key=agent.key,
        domain=agent.domain.key,
        name_en=agent.name_en,
        name_zh=agent.name_zh,
        team=agent.team.key if agent.team is not None else "",
        contact=agent.contact,
        presence=Presence(agent.presence),
        reason=agent.reason,
        presence_since=agent.presence_since,
        pending_presence=agent.pending_presence,
        pending_reason=agent.pending_reason,
        lease_id=agent.lease_id,
        lease_expires_at=agent.lease_expires_at,
        device=Device(agent.device),
        idle_since=agent.idle_since,
        missed_in_row=agent.missed_in_row,
        shown=shown,
        shown_since=since,
        version=agent.version,
    )


def _shown(agent: Agent, work: list[Reservation]) -> tuple[ShownState, datetime | None]:
    """The state everybody sees, and since when."""
    talking = next((r for r in work if r.state == ReservationState.ACCEPTED and r.connected_at), None)
    ringing = next((r for r in work if r.state in {"pending", "accepted"} and not r.connected_at), None)
    wrapping = next((r for r in work if r.state == ReservationState.WRAPPING), None)
    state = shown_state(agent.presence, talking=bool(talking), held_for_call=bool(ringing), wrapping=bool(wrapping))
    since = agent.presence_since
    if state == ShownState.ON_CALL and talking:
        since = talking.connected_at
    elif state == ShownState.RESERVED and ringing:
        since = ringing.created_at
    elif state == ShownState.WRAP_UP and wrapping:
        since = wrapping.talk_ended_at
    elif state == ShownState.AVAILABLE and agent.idle_since and since:
        since = max(since, agent.idle_since)
    return state, since
