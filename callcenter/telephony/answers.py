"""What the API says about calls, reservations and agents: one function per thing, from a view to JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from callcenter.foundation.models import Event
from callcenter.foundation.phones import far_end
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.naming import agent_id, call_id, reservation_id
from routing.results import PRIORITIES, AgentView, Arrival, CallView, ReservationView, WaitEstimate
from routing.states import CallState, ReservationState, Role
from routing.wait_forecast import spoken_minutes

Json = dict[str, Any]

_PRIORITY_WORDS = {seconds: word for word, seconds in PRIORITIES.items()}
# The plain word for how it ended, the same wherever it is shown.
_CALL_OUTCOME = {
    CallState.WRAPPING: "answered",
    CallState.COMPLETED: "answered",
    CallState.ABANDONED: "abandoned",
    CallState.DIVERTED: "diverted",
    CallState.FAILED: "failed",
    CallState.CANCELED: "canceled",
}
_RESCINDED_OUTCOME = {"unreachable": "unreachable", "desk_unreachable": "unreachable"}
_RESCINDED_OUTCOME |= {"failed": "failed", "no_bridge": "failed"}


def instant(at: datetime | None) -> str | None:
    """RFC 3339, UTC, milliseconds."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def call(view: CallView) -> Json:
    outcome = _CALL_OUTCOME.get(view.state)
    return {
        "id": call_id(view.id),
        "source": view.source,
        "external_id": view.external_id,
        "channel": view.channel,
        "direction": view.direction,
        "state": view.state.value,
        "outcome": "self_service" if view.end_reason == "self_service" else outcome,
        "queue": view.queue,
        "priority": _PRIORITY_WORDS.get(view.head_start_s),
        "head_start_s": view.head_start_s,
        "from": view.from_e164,
        "from_raw": view.from_number,
        "to": view.to_number,
        "language": view.language,
        "match_basis": view.match_basis,
        "attributes": view.attributes,
        "arrived_at": instant(view.arrived_at),
        "enqueued_at": instant(view.enqueued_at),
        "connected_at": instant(view.connected_at),
        "held_since": instant(view.held_since),
        "ended_at": instant(view.ended_at),
        "ended_by": view.ended_by,
        "end_reason": view.end_reason,
        "version": view.version,
    }


def reservation(view: ReservationView) -> Json:
    return {
        "id": reservation_id(view.id),
        "call": call_id(view.call_id),
        "agent": agent_id(view.agent_id),
        "agent_key": view.agent_key,
        "contact": view.contact,
        "ring_s": view.ring_s,
        "role": view.role.value,
        "state": view.state.value,
        "outcome": _reservation_outcome(view),
        "end_reason": view.end_reason,
        "because": view.because,
        "created_at": instant(view.created_at),
        "expires_at": instant(view.expires_at),
        "accepted_at": instant(view.accepted_at),
        "connected_at": instant(view.connected_at),
        "talk_ended_at": instant(view.talk_ended_at),
        "wrap_until": instant(view.wrap_until),
        "wrap_up_mode": view.wrap_up_mode,
        "extensions": view.extensions,
        "disposition": view.disposition,
        "ended_at": instant(view.ended_at),
        "version": view.version,
    }


def _reservation_outcome(view: ReservationView) -> str | None:
    match view.state:
        case ReservationState.REJECTED:
            return "busy" if view.end_reason == "busy" else "rejected"
        case ReservationState.TIMEOUT:
            return "missed"
        case ReservationState.CANCELED:
            return "abandoned"
        case ReservationState.RESCINDED:
            return _RESCINDED_OUTCOME.get(view.end_reason, "rescinded")
        case _ if view.connected_at is not None:
            return "answered"
        case _:
            return None


def agent(view: AgentView) -> Json:
    return {
        "id": agent_id(view.id),
        "key": view.key,
        "name_en": view.name_en,
        "name_zh": view.name_zh,
        "team": view.team,
        "contact": view.contact,
        "state": view.shown.value,
        "state_since": instant(view.shown_since),
        "presence": view.presence.value,
        "reason": view.reason,
        "presence_since": instant(view.presence_since),
        "pending_presence": view.pending_presence or None,
        "pending_reason": view.pending_reason,
        "device": view.device.value,
        "idle_since": instant(view.idle_since),
        "lease_expires_at": instant(view.lease_expires_at),
        "missed_in_row": view.missed_in_row,
        "version": view.version,
    }


def standing(arrival: Arrival) -> Json:
    """A call, the agent held for it, and what the switch is to do next."""
    held = arrival.reservation
    waiting = arrival.call.state == CallState.QUEUED
    body: Json = {
        "call": call(arrival.call),
        "reservation": reservation(held) if held else None,
        "instruction": instruction(held, dial=dial(arrival.call, held)) if held else None,
    }
    if arrival.guest is not None:
        body["guest"] = reservation(arrival.guest)
    if waiting:
        body |= {"position": arrival.position, "offers": list(arrival.offers)} | wait_estimate(arrival.estimate)
    return body


def wait_estimate(found: WaitEstimate | None) -> Json:
    """P50 and P90 of the wait that is left, or null and why."""
    if found is None or found.p50_s is None or found.p90_s is None:
        return {"wait_estimate": None, "reason": found.reason if found is not None else "too_few_answers"}
    return {
        "wait_estimate": {
            "p50_s": found.p50_s,
            "p90_s": found.p90_s,
            "say_minutes": spoken_minutes(found.p50_s),
            "say_at_most_minutes": spoken_minutes(found.p90_s),
            "method": found.method,
            "n": found.n,
        },
        "reason": "",
    }


def dial(view: CallView, held: ReservationView) -> str:
    """The customer's number, E.164: of a callback to be dialled once the agent has answered, of a call that this agent
    dials now. "" where nobody is to be dialled."""
    if held.dialled:
        return far_end(view)
    return view.from_e164 if view.direction == "callback" and view.connected_at is None else ""


def instruction(held: ReservationView, *, dial: str = "") -> Json | None:
    """Ring this agent now; of a call the agent has dialled, ring the customer, or whom `dialled_by` says first.

    None once that has been answered.
    """
    if held.connected_at is not None or held.state not in {ReservationState.PENDING, ReservationState.ACCEPTED}:
        return None
    headers = {"X-Zhiyin-Call": call_id(held.call_id), "X-Zhiyin-Reservation": reservation_id(held.id)}
    kind = "dial" if held.dialled else "route"
    who = {"dialled_by": "switch" if held.rung_by else "agent"} if held.dialled else {}
    return {
        "kind": "consult" if held.role == Role.CONSULT else kind,
        "reservation": reservation_id(held.id),
        "agent": agent_id(held.agent_id),
        "contact": held.contact,
        "ring_s": held.ring_s if held.rung_by or not held.dialled else _far_end_rings_s(held),
        "headers": headers,
        "expires_at": instant(held.expires_at),
    } | ({"dial": dial} | who if dial else {})


def _far_end_rings_s(held: ReservationView) -> int:
    """So long may the customer's phone ring."""
    return round((held.expires_at - held.created_at).total_seconds()) if held.expires_at else held.ring_s


def event(row: Event) -> Json:
    """One event of the log, as the feed and a call's timeline show it."""
    return {
        "id": f"evt_{row.pk}",
        "type": row.type,
        "at": instant(row.at),
        "call": call_id(row.call) if row.call else None,
        "sequence": row.seq_in_call,
        "reservation": reservation_id(row.reservation) if row.reservation else None,
        "agent": agent_id(row.agent) if row.agent else None,
        "actor": row.actor,
        "data": row.data,
    }


def evidence(row: InboundEvent) -> Json:
    """What the switch sent, as it sent it, and what became of it."""
    return {
        "type": row.type,
        "result": row.result,
        "code": row.code,
        "received_at": instant(row.received_at),
        "raw": row.raw,
    }


def lease(key: UUID | None) -> str | None:
    return str(key) if key else None
