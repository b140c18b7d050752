"""State from events: the log alone tells how a call, a reservation or an agent stands. Pure.

An event's data carries the fields it changed, by the names below, and always state (or presence) and version. Folding
is therefore laying one over the other, in order: of a call by `seq_in_call`, of an agent by event id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

CALL_FIELDS = (
    "state", "queue", "enqueued_at", "head_start_s", "place_key", "connected_at", "held_since", "ended_at",
    "ended_by", "end_reason", "customer", "match_basis", "version",
)  # fmt: skip
RESERVATION_FIELDS = (
    "agent", "slot", "role", "queue", "state", "end_reason", "created_at", "expires_at", "accepted_at",
    "connected_at", "talk_ended_at", "wrap_until", "extensions", "disposition", "ended_at", "version",
)  # fmt: skip
AGENT_FIELDS = (
    "presence", "reason", "presence_since", "pending_presence", "pending_reason", "device", "idle_since",
    "missed_in_row", "blocked_until", "version",
)  # fmt: skip

# What a row says before its first event.
CALL_AT_FIRST: dict[str, Any] = dict.fromkeys(CALL_FIELDS) | {
    "state": "arrived", "head_start_s": 0, "ended_by": "", "end_reason": "", "match_basis": "", "version": 0,
}  # fmt: skip
RESERVATION_AT_FIRST: dict[str, Any] = dict.fromkeys(RESERVATION_FIELDS) | {
    "slot": 0, "role": "primary", "state": "pending", "end_reason": "", "extensions": 0, "disposition": "", "version": 1,
}  # fmt: skip
AGENT_AT_FIRST: dict[str, Any] = dict.fromkeys(AGENT_FIELDS) | {
    "presence": "offline", "reason": "", "pending_presence": "", "pending_reason": "", "device": "unknown",
    "missed_in_row": 0, "version": 0,
}  # fmt: skip


class Told(NamedTuple):
    """One event as folding needs it."""

    type: str
    reservation: UUID | None
    agent: int | None
    data: Mapping[str, Any]


def fold_call(events: Iterable[Told]) -> tuple[dict[str, Any], dict[UUID, dict[str, Any]]]:
    """The call and its reservations after these events of one call, in order."""
    call, reservations = dict(CALL_AT_FIRST), dict[UUID, dict[str, Any]]()
    for seq, event in enumerate(events, start=1):
        if event.type.startswith("reservation.") and event.reservation is not None:
            row = reservations.setdefault(event.reservation, dict(RESERVATION_AT_FIRST))
            row.update(_only(event.data, RESERVATION_FIELDS))
        else:
            call.update(_only(event.data, CALL_FIELDS))
            if event.reservation in reservations:
                aside = event.data.get("reservation_after", {})
                reservations[event.reservation].update(_only(aside, RESERVATION_FIELDS))
        call["version"] = seq
    return call, reservations


def fold_agent(events: Iterable[Told]) -> dict[str, Any]:
    """The agent after these events that name them, in order. Work events carry what they changed as `agent_after`."""
    agent = dict(AGENT_AT_FIRST)
    for event in events:
        data = event.data if event.type.startswith("agent.") else event.data.get("agent_after", {})
        agent.update(_only(data, AGENT_FIELDS))
    return agent


def _only(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}
