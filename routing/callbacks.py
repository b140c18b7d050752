"""Callbacks that keep the place: what may follow what, when the next try is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from routing.states import CallState, ReservationState, Verdict

TRIES = 3
AGAIN = (timedelta(minutes=10), timedelta(hours=1))  # after the first and the second try
WINDOW = timedelta(hours=24)  # a promise not kept by then is broken, and reported so
OFFER_P90_S = 120  # a caller who will wait longer is offered to be rung back
DIAL_S = 60  # the agent has accepted: so long may the customer's phone ring


class CallbackState(StrEnum):
    """As it is stored. What an open one does just now is told by its call: see `shown`."""

    SCHEDULED = "scheduled"
    OPEN = "open"  # its call stands in the queue, rings, dials or talks
    COMPLETED = "completed"
    EXHAUSTED = "exhausted"  # tries or window used up
    CANCELED = "canceled"


LIVE_CALLBACK = frozenset({CallbackState.SCHEDULED, CallbackState.OPEN})


class CallbackAct(StrEnum):
    OPEN = "open"  # its time has come
    SERVED = "served"
    UNANSWERED = "unanswered"  # the try came to nothing
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"  # another time suits better


Cell = CallbackState | Verdict | tuple[CallbackState, ...]
_S, _V = CallbackState, Verdict


def _ended(cancel: Verdict) -> dict[CallbackAct, Cell]:
    return {
        CallbackAct.OPEN: _V.STALE,
        CallbackAct.SERVED: _V.STALE,
        CallbackAct.UNANSWERED: _V.STALE,
        CallbackAct.CANCEL: cancel,
        CallbackAct.RESCHEDULE: _V.CONFLICT,
    }


CALLBACK_TABLE: Mapping[CallbackState, Mapping[CallbackAct, Cell]] = {
    _S.SCHEDULED: {
        CallbackAct.OPEN: _S.OPEN,
        CallbackAct.SERVED: _V.STALE,
        CallbackAct.UNANSWERED: _V.STALE,
        CallbackAct.CANCEL: _S.CANCELED,
        CallbackAct.RESCHEDULE: _S.SCHEDULED,
    },
    _S.OPEN: {
        CallbackAct.OPEN: _V.SAME,
        CallbackAct.SERVED: _S.COMPLETED,
        CallbackAct.UNANSWERED: (_S.SCHEDULED, _S.EXHAUSTED),
        CallbackAct.CANCEL: _S.CANCELED,  # 409 once the two talk
        CallbackAct.RESCHEDULE: _S.SCHEDULED,  # 409 once an agent is held for it
    },
    _S.COMPLETED: _ended(_V.CONFLICT),
    _S.EXHAUSTED: _ended(_V.CONFLICT),
    _S.CANCELED: _ended(_V.SAME),
}


def next_try(*, tries: int, now: datetime, until: datetime) -> datetime | None:
    """When to try again after so many tries; None where the promise can no longer be kept."""
    if tries >= TRIES:
        return None
    due = now + AGAIN[min(tries, len(AGAIN)) - 1]
    return due if due < until else None


class Kept(StrEnum):
    """What has become of a promise, as supervisors count it."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELED = "canceled"


KEPT: Mapping[Kept, frozenset[CallbackState]] = {
    Kept.OPEN: LIVE_CALLBACK,
    Kept.KEPT: frozenset({_S.COMPLETED}),
    Kept.BROKEN: frozenset({_S.EXHAUSTED}),
    Kept.CANCELED: frozenset({_S.CANCELED}),
}


def shown(*, state: CallbackState, call: CallState | None, held: ReservationState | None) -> str:
    """What everybody sees: scheduled, queued, reserved, dialing, connected, completed, exhausted or canceled."""
    if state is not CallbackState.OPEN or call is None:
        return str(state)
    if call in {CallState.CONNECTED, CallState.WRAPPING}:
        return "connected"
    if call == CallState.RESERVED:
        return "dialing" if held == ReservationState.ACCEPTED else "reserved"
    return "completed" if call == CallState.COMPLETED else "queued"
