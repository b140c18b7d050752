"""The states of calls, reservations, agents and devices, and which act leads from where to where. Pure.

Each table below is closed: every state has a cell for every act. A cell is the state that follows, several states of
which the facts choose one, or a verdict: nothing changes, and why. A command that meets CONFLICT is refused (409), an
event that meets STALE is kept and changes nothing, SAME is what already holds.
"""

from __future__ import annotations

from collections.abc import Mapping
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


SENT_OUTSIDE = "sent_outside"  # how a served call ended whose caller the agent sent on to a number

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
    # unreachable | failed | desk_unreachable | no_bridge | agent_offline | taken_back | superseded | agent_silent
    # | caller_silent
    RESCINDED = "rescinded"
    CANCELED = "canceled"  # caller_left | diverted


# The agent is occupied (one per slot) …
LIVE_RESERVATION = frozenset({ReservationState.PENDING, ReservationState.ACCEPTED, ReservationState.WRAPPING})
# … and the call is held (one per call): a transferred call may be held anew while the first agent still wraps up.
HOLDING_RESERVATION = frozenset({ReservationState.PENDING, ReservationState.ACCEPTED})
ENDED_RESERVATION = frozenset(ReservationState) - LIVE_RESERVATION


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
    OPTIONAL = "optional"  # no time limit, a disposition is welcome
    REQUIRED = "required"  # no time limit, no way out without a disposition
    TIME_BOXED = "time_boxed"
    TIME_BOXED_NO_EXIT = "time_boxed_no_exit"


BOXED = frozenset({WrapUpMode.TIME_BOXED, WrapUpMode.TIME_BOXED_NO_EXIT})


class Role(StrEnum):
    """What a reservation is for."""

    PRIMARY = "primary"
    CONSULT = "consult"  # a colleague is asked while the caller is on hold
    CONFERENCE = "conference"  # the colleague hears the caller too
    EXTERNAL = "external"


# Whoever stands beside the agent who serves the call: one at most.
GUEST = frozenset({Role.CONSULT, Role.CONFERENCE})


class Verdict(StrEnum):
    """Cells of the tables where no transition happens."""

    CONFLICT = "conflict"  # 409 with state and version
    GONE = "gone"  # 410 where the time was up, else 409
    STALE = "stale"  # an event too late or out of turn: kept, changes nothing
    SAME = "same"  # what already holds: 200, or a no-op
    WIRE_RULE = "wire_rule"  # what the switch says happened, happened: see operations.bridged
    NEVER = "never"  # cannot be asked in this state
    DEFER = "defer"  # kept as pending presence, applied once after the last work


_S, _R, _V, _P = CallState, ReservationState, Verdict, Presence


class CallAct(StrEnum):
    ENQUEUE = "enqueue"  # or move to another queue
    RESERVE = "reserve"
    RELEASE = "release"  # the reservation ended without a talk
    BRIDGE = "bridge"
    HANG_UP = "hang_up"
    AGENT_LEG_ENDS = "agent_leg_ends"
    TRANSFER = "transfer"
    HAND_TO = "hand_to"  # a named agent, without asking them first
    CONSULT = "consult"  # a colleague is asked; what follows of it stands in GUEST_TABLE
    DIVERT = "divert"
    FAIL = "fail"
    CANCEL = "cancel"
    DIAL = "dial"  # an agent dials the customer, and is held for the call from then on
    WRAP_UP = "wrap_up"  # the agent has finished


CallCell = CallState | Verdict | tuple[CallState, ...]

_AFTER_TALK = (_S.WRAPPING, _S.COMPLETED)  # by the queue's wrap-up mode


def _ended(wrapped_up: Verdict) -> dict[CallAct, CallCell]:
    return {
        CallAct.ENQUEUE: _V.CONFLICT,
        CallAct.RESERVE: _V.CONFLICT,
        CallAct.RELEASE: _V.NEVER,
        CallAct.BRIDGE: _V.STALE,
        CallAct.HANG_UP: _V.STALE,
        CallAct.AGENT_LEG_ENDS: _V.STALE,
        CallAct.TRANSFER: _V.CONFLICT,
        CallAct.HAND_TO: _V.CONFLICT,
        CallAct.CONSULT: _V.CONFLICT,
        CallAct.DIVERT: _V.CONFLICT,
        CallAct.FAIL: _V.STALE,
        CallAct.CANCEL: _V.CONFLICT,
        CallAct.DIAL: _V.CONFLICT,
        CallAct.WRAP_UP: wrapped_up,
    }


CALL_TABLE: Mapping[CallState, Mapping[CallAct, CallCell]] = {
    _S.ARRIVED: {
        CallAct.ENQUEUE: _S.QUEUED,
        CallAct.RESERVE: _V.CONFLICT,
        CallAct.RELEASE: _V.NEVER,
        CallAct.BRIDGE: _S.CONNECTED,  # a direct call
        CallAct.HANG_UP: (_S.ABANDONED, _S.COMPLETED),  # completed: served by the IVR itself
        CallAct.AGENT_LEG_ENDS: _V.NEVER,
        CallAct.TRANSFER: _V.CONFLICT,
        CallAct.HAND_TO: _V.CONFLICT,
        CallAct.CONSULT: _V.CONFLICT,
        CallAct.DIVERT: _S.DIVERTED,
        CallAct.FAIL: _S.FAILED,
        CallAct.CANCEL: _S.CANCELED,
        CallAct.DIAL: _S.RESERVED,
        CallAct.WRAP_UP: _V.CONFLICT,
    },
    _S.QUEUED: {
        CallAct.ENQUEUE: _S.QUEUED,  # same place
        CallAct.RESERVE: _S.RESERVED,
        CallAct.RELEASE: _V.NEVER,
        CallAct.BRIDGE: _V.WIRE_RULE,
        CallAct.HANG_UP: _S.ABANDONED,
        CallAct.AGENT_LEG_ENDS: _V.STALE,
        CallAct.TRANSFER: _S.QUEUED,
        CallAct.HAND_TO: _V.CONFLICT,
        CallAct.CONSULT: _V.CONFLICT,
        CallAct.DIVERT: _S.DIVERTED,
        CallAct.FAIL: _S.FAILED,
        CallAct.CANCEL: _S.CANCELED,
        CallAct.DIAL: _V.CONFLICT,
        CallAct.WRAP_UP: _V.CONFLICT,
    },
    _S.RESERVED: {
        CallAct.ENQUEUE: _S.QUEUED,  # the reservation is rescinded
        CallAct.RESERVE: _V.CONFLICT,
        CallAct.RELEASE: _S.QUEUED,  # same place; failed where the agent dialled: nobody waits
        CallAct.BRIDGE: _S.CONNECTED,
        CallAct.HANG_UP: _S.ABANDONED,  # the reservation is canceled
        CallAct.AGENT_LEG_ENDS: _S.QUEUED,  # same place
        CallAct.TRANSFER: _S.QUEUED,
        CallAct.HAND_TO: _V.CONFLICT,
        CallAct.CONSULT: _V.CONFLICT,
        CallAct.DIVERT: _S.DIVERTED,
        CallAct.FAIL: _S.FAILED,
        CallAct.CANCEL: _S.CANCELED,
        CallAct.DIAL: _V.CONFLICT,
        CallAct.WRAP_UP: _V.CONFLICT,
    },
    _S.CONNECTED: {
        CallAct.ENQUEUE: _V.CONFLICT,  # a transfer is meant
        CallAct.RESERVE: _V.CONFLICT,  # role consult alone may, and does not pass through here
        CallAct.RELEASE: _V.NEVER,
        CallAct.BRIDGE: _V.SAME,
        CallAct.HANG_UP: _AFTER_TALK,
        CallAct.AGENT_LEG_ENDS: (_S.QUEUED, *_AFTER_TALK),  # queued: gone within 3 s, the caller still there
        CallAct.TRANSFER: _S.QUEUED,
        CallAct.HAND_TO: _S.RESERVED,
        CallAct.CONSULT: _S.CONNECTED,
        CallAct.DIVERT: _V.CONFLICT,
        CallAct.FAIL: _AFTER_TALK,  # ended_by network
        CallAct.CANCEL: _V.CONFLICT,
        CallAct.DIAL: _V.CONFLICT,
        CallAct.WRAP_UP: _V.CONFLICT,
    },
    _S.WRAPPING: {
        CallAct.ENQUEUE: _V.CONFLICT,
        CallAct.RESERVE: _V.CONFLICT,
        CallAct.RELEASE: _V.NEVER,
        CallAct.BRIDGE: _V.STALE,
        CallAct.HANG_UP: _V.SAME,
        CallAct.AGENT_LEG_ENDS: _V.SAME,
        CallAct.TRANSFER: _V.CONFLICT,
        CallAct.HAND_TO: _V.CONFLICT,
        CallAct.CONSULT: _V.CONFLICT,
        CallAct.DIVERT: _V.CONFLICT,
        CallAct.FAIL: _V.SAME,
        CallAct.CANCEL: _V.CONFLICT,
        CallAct.DIAL: _V.CONFLICT,
        CallAct.WRAP_UP: _S.COMPLETED,
    },
    _S.COMPLETED: _ended(wrapped_up=_V.SAME),
    _S.ABANDONED: _ended(wrapped_up=_V.CONFLICT),
    _S.DIVERTED: _ended(wrapped_up=_V.CONFLICT),
    _S.FAILED: _ended(wrapped_up=_V.CONFLICT),
    _S.CANCELED: _ended(wrapped_up=_V.CONFLICT),
}


class Held(StrEnum):
    """Rows of the reservation's table: its state, with `accepted` told apart by whether the two already talk."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    BRIDGED = "bridged"
    WRAPPING = "wrapping"
    ENDED = "ended"


def held(state: ReservationState | str, bridged: bool) -> Held:
    """The table's row of a reservation."""
    if state in ENDED_RESERVATION:
        return Held.ENDED
    if state == ReservationState.ACCEPTED and bridged:
        return Held.BRIDGED
    return Held(str(state))


class ReservationAct(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    TIME_UP = "time_up"
    RESCIND = "rescind"
    CALLER_GONE = "caller_gone"
    BRIDGE = "bridge"
    TALK_ENDS = "talk_ends"
    COMPLETE = "complete"
    EXTEND = "extend"


ReservationCell = ReservationState | Verdict | tuple[ReservationState, ...]

_TALKED = (_R.WRAPPING, _R.COMPLETED)  # completed where the wrap-up mode is none

RESERVATION_TABLE: Mapping[Held, Mapping[ReservationAct, ReservationCell]] = {
    Held.PENDING: {
        ReservationAct.ACCEPT: _R.ACCEPTED,
        ReservationAct.REJECT: _R.REJECTED,
        ReservationAct.TIME_UP: _R.TIMEOUT,  # missed
        ReservationAct.RESCIND: _R.RESCINDED,
        ReservationAct.CALLER_GONE: _R.CANCELED,
        ReservationAct.BRIDGE: _R.ACCEPTED,
        ReservationAct.TALK_ENDS: _V.STALE,
        ReservationAct.COMPLETE: _V.CONFLICT,
        ReservationAct.EXTEND: _V.CONFLICT,
    },
    Held.ACCEPTED: {
        ReservationAct.ACCEPT: _V.SAME,
        ReservationAct.REJECT: _V.CONFLICT,
        ReservationAct.TIME_UP: _R.RESCINDED,  # no_bridge
        ReservationAct.RESCIND: _R.RESCINDED,
        ReservationAct.CALLER_GONE: _R.CANCELED,
        ReservationAct.BRIDGE: _R.ACCEPTED,
        ReservationAct.TALK_ENDS: _R.RESCINDED,  # no_bridge
        ReservationAct.COMPLETE: _V.CONFLICT,
        ReservationAct.EXTEND: _V.CONFLICT,
    },
    Held.BRIDGED: {
        ReservationAct.ACCEPT: _V.SAME,
        ReservationAct.REJECT: _V.CONFLICT,
        ReservationAct.TIME_UP: _V.SAME,  # a talk has no such time; written conversations that lie still: routing.silence
        ReservationAct.RESCIND: _V.CONFLICT,
        ReservationAct.CALLER_GONE: _TALKED,
        ReservationAct.BRIDGE: _V.SAME,
        ReservationAct.TALK_ENDS: _TALKED,
        ReservationAct.COMPLETE: _V.CONFLICT,
        ReservationAct.EXTEND: _V.CONFLICT,
    },
    Held.WRAPPING: {
        ReservationAct.ACCEPT: _V.CONFLICT,
        ReservationAct.REJECT: _V.CONFLICT,
        ReservationAct.TIME_UP: _R.COMPLETED,  # disposition timeout
        ReservationAct.RESCIND: _V.CONFLICT,
        ReservationAct.CALLER_GONE: _V.SAME,
        ReservationAct.BRIDGE: _V.STALE,
        ReservationAct.TALK_ENDS: _V.SAME,
        ReservationAct.COMPLETE: _R.COMPLETED,
        ReservationAct.EXTEND: _R.WRAPPING,  # + 60 s, counted
    },
    Held.ENDED: {
        ReservationAct.ACCEPT: _V.GONE,
        ReservationAct.REJECT: _V.CONFLICT,
        ReservationAct.TIME_UP: _V.SAME,
        ReservationAct.RESCIND: _V.CONFLICT,
        ReservationAct.CALLER_GONE: _V.SAME,
        ReservationAct.BRIDGE: _V.WIRE_RULE,
        ReservationAct.TALK_ENDS: _V.STALE,
        ReservationAct.COMPLETE: _V.SAME,  # where completed alike, else 409
        ReservationAct.EXTEND: _V.CONFLICT,
    },
}


class Guest(StrEnum):
    """Rows of the guest's table: the colleague an agent asks, beside the talk with the caller."""

    NOBODY = "nobody"
    RUNG = "rung"  # the phone rings, or has been taken and is not through yet
    ASKED = "asked"  # the two agents talk, the caller is on hold
    JOINED = "joined"  # all three talk


def guest(role: Role | str, *, bridged: bool) -> Guest:
    """The row of a live reservation beside the primary one."""
    if not bridged:
        return Guest.RUNG
    return Guest.JOINED if role == Role.CONFERENCE else Guest.ASKED


class GuestAct(StrEnum):
    """What is done with the colleague while caller and first agent are connected."""

    ASK = "ask"
    ANSWER = "answer"  # the switch joins the two agents
    JOIN = "join"  # the caller comes in
    HAND_OVER = "hand_over"  # the colleague serves the caller from here on
    END = "end"  # the first agent takes the caller back
    LEAVE = "leave"  # the colleague goes, or never came
    FIRST_LEAVES = "first_leaves"  # the first agent hangs up
    CALLER_GONE = "caller_gone"


GuestCell = Guest | Verdict | Role

_G = Guest

# PRIMARY: the colleague is the call's agent now, the first one wraps up.
GUEST_TABLE: Mapping[Guest, Mapping[GuestAct, GuestCell]] = {
    _G.NOBODY: {
        GuestAct.ASK: _G.RUNG,
        GuestAct.ANSWER: _V.STALE,
        GuestAct.JOIN: _V.CONFLICT,
        GuestAct.HAND_OVER: _V.CONFLICT,
        GuestAct.END: _V.SAME,
        GuestAct.LEAVE: _V.STALE,
        GuestAct.FIRST_LEAVES: _G.NOBODY,
        GuestAct.CALLER_GONE: _G.NOBODY,
    },
    _G.RUNG: {
        GuestAct.ASK: _V.CONFLICT,  # SAME for the same colleague
        GuestAct.ANSWER: _G.ASKED,
        GuestAct.JOIN: _V.CONFLICT,
        GuestAct.HAND_OVER: _V.CONFLICT,
        GuestAct.END: _G.NOBODY,
        GuestAct.LEAVE: _G.NOBODY,  # the caller stays on hold until taken back
        GuestAct.FIRST_LEAVES: _G.NOBODY,
        GuestAct.CALLER_GONE: _G.NOBODY,
    },
    _G.ASKED: {
        GuestAct.ASK: _V.CONFLICT,
        GuestAct.ANSWER: _V.SAME,
        GuestAct.JOIN: _G.JOINED,
        GuestAct.HAND_OVER: Role.PRIMARY,
        GuestAct.END: _G.NOBODY,
        GuestAct.LEAVE: _G.NOBODY,
        GuestAct.FIRST_LEAVES: Role.PRIMARY,  # hanging up after asking is handing over, as on every telephone
        GuestAct.CALLER_GONE: _G.NOBODY,
    },
    _G.JOINED: {
        GuestAct.ASK: _V.CONFLICT,
        GuestAct.ANSWER: _V.SAME,
        GuestAct.JOIN: _V.SAME,
        GuestAct.HAND_OVER: Role.PRIMARY,
        GuestAct.END: _G.NOBODY,
        GuestAct.LEAVE: _G.NOBODY,
        GuestAct.FIRST_LEAVES: Role.PRIMARY,
        GuestAct.CALLER_GONE: _G.NOBODY,
    },
}


class PresenceAct(StrEnum):
    SIGN_IN = "sign_in"
    AVAILABLE = "available"
    BREAK = "break"
    SIGN_OUT = "sign_out"
    LEASE_LOST = "lease_lost"
    MISS_LIMIT = "miss_limit"


PresenceCell = Presence | Verdict


class Standing(StrEnum):
    """Rows of the presence table: what the person said, with `available` told apart by open work."""

    OFFLINE = "offline"
    BREAK = "break"
    FREE = "available"
    WORKING = "working"
    NOT_RESPONDING = "not_responding"


def standing(presence: Presence | str, working: bool) -> Standing:
    """The table's row of an agent. Whoever has work open and is signed in counts as working, whatever was said."""
    if presence != Presence.OFFLINE and working:
        return Standing.WORKING
    return Standing(str(presence))


# SIGN_IN on a living sign-in is a take-over: the presence stays, the lease changes hands.
PRESENCE_TABLE: Mapping[Standing, Mapping[PresenceAct, PresenceCell]] = {
    Standing.OFFLINE: {
        PresenceAct.SIGN_IN: _P.BREAK,  # reason starting
        PresenceAct.AVAILABLE: _V.CONFLICT,  # not_signed_in
        PresenceAct.BREAK: _V.CONFLICT,
        PresenceAct.SIGN_OUT: _V.SAME,
        PresenceAct.LEASE_LOST: _V.SAME,
        PresenceAct.MISS_LIMIT: _V.NEVER,
    },
    Standing.BREAK: {
        PresenceAct.SIGN_IN: _V.SAME,
        PresenceAct.AVAILABLE: _P.AVAILABLE,  # 409 device_not_ready where the phone says so
        PresenceAct.BREAK: _P.BREAK,  # new reason
        PresenceAct.SIGN_OUT: _P.OFFLINE,
        PresenceAct.LEASE_LOST: _P.OFFLINE,
        PresenceAct.MISS_LIMIT: _V.NEVER,
    },
    Standing.FREE: {
        PresenceAct.SIGN_IN: _V.SAME,
        PresenceAct.AVAILABLE: _V.SAME,
        PresenceAct.BREAK: _P.BREAK,
        PresenceAct.SIGN_OUT: _P.OFFLINE,
        PresenceAct.LEASE_LOST: _P.OFFLINE,
        PresenceAct.MISS_LIMIT: _P.NOT_RESPONDING,
    },
    Standing.WORKING: {
        PresenceAct.SIGN_IN: _V.SAME,
        PresenceAct.AVAILABLE: _P.AVAILABLE,  # drops what was pending
        PresenceAct.BREAK: _V.DEFER,
        PresenceAct.SIGN_OUT: _V.DEFER,
        PresenceAct.LEASE_LOST: _V.DEFER,  # the talk goes on, offline at its end
        PresenceAct.MISS_LIMIT: _V.DEFER,
    },
    Standing.NOT_RESPONDING: {
        PresenceAct.SIGN_IN: _V.SAME,
        PresenceAct.AVAILABLE: _P.AVAILABLE,
        PresenceAct.BREAK: _P.BREAK,
        PresenceAct.SIGN_OUT: _P.OFFLINE,
        PresenceAct.LEASE_LOST: _P.OFFLINE,
        PresenceAct.MISS_LIMIT: _V.SAME,
    },
}


def shown_state(presence: Presence | str, *, talking: bool, held_for_call: bool, wrapping: bool) -> ShownState:
    """What everybody sees of an agent: offline, then the work, then what the person said."""
    if presence == Presence.OFFLINE:
        return ShownState.OFFLINE
    if talking:
        return ShownState.ON_CALL
    if held_for_call:
        return ShownState.RESERVED
    if wrapping:
        return ShownState.WRAP_UP
    return ShownState(str(presence))
