"""The states of calls, reservations, agents and devices, and which act leads from where to where. Pure."""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    ARRIVED = "arrived"  # known, still in the IVR or on the way
    QUEUED = "queued"  # waits with a place
    RESERVED = "reserved"  # an agent is held for it
    CONNECTED = "connected"  # caller and agent talk
    WRAPPING = "wrapping"  # caller gone, agent finishes
    COMPLETED = "completed"
    ABANDONED = "abandoned"  # caller left before an agent; stage ivr | queue | ring
    DIVERTED = "diverted"
    FAILED = "failed"
    CANCELED = "canceled"


LIVE_CALL = frozenset(
    {CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED, CallState.CONNECTED, CallState.WRAPPING}
)
ENDED_CALL = frozenset(CallState) - LIVE_CALL


class ReservationState(StrEnum):
    PENDING = "pending"  # the agent's phone or desk rings
    ACCEPTED = "accepted"  # taken; bridged once connected_at stands
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    REJECTED = "rejected"  # declined | busy
    TIMEOUT = "timeout"  # missed
    RESCINDED = (
        "rescinded"  # unreachable | failed | desk_unreachable | no_bridge | agent_offline | taken_back | superseded
    )
    CANCELED = "canceled"  # caller_left | diverted


LIVE_RESERVATION = frozenset({ReservationState.PENDING, ReservationState.ACCEPTED, ReservationState.WRAPPING})


class Presence(StrEnum):
    """What the person says. `not_responding` is set by policy only."""

    OFFLINE = "offline"
    BREAK = "break"
    AVAILABLE = "available"
    NOT_RESPONDING = "not_responding"


class Device(StrEnum):
    """What the phone says."""

    UNKNOWN = "unknown"
    IDLE = "idle"
    RINGING = "ringing"
    IN_USE = "in_use"
    DND = "dnd"
    UNREACHABLE = "unreachable"


class ShownState(StrEnum):
    """What everybody sees: the first that holds, in this order."""

    OFFLINE = "offline"
    ON_CALL = "on_call"
    RESERVED = "reserved"
    WRAP_UP = "wrap_up"
    NOT_RESPONDING = "not_responding"
    BREAK = "break"
    AVAILABLE = "available"


class WrapUpMode(StrEnum):
    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"
    TIME_BOXED = "time_boxed"
    TIME_BOXED_NO_EXIT = "time_boxed_no_exit"


class Role(StrEnum):
    """What a reservation is for."""

    PRIMARY = "primary"
    CONSULT = "consult"
    EXTERNAL = "external"
