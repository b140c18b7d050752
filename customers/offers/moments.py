"""Is this a moment to sell? A state of the call, not a timer. Pure."""

from __future__ import annotations

from enum import StrEnum


class Moment(StrEnum):
    OPEN = "open"
    NOT_YET = "not_yet"  # something must be put right first
    CLOSED = "closed"  # for this call: the customer has said no


# Reasons of a call in which something must be put right, or the customer is about to go.
UNEASY = frozenset({"complaint", "broadband_fault", "broadband_speed", "cancel_service", "leave"})
# Reasons that are themselves a wish to buy: answering them is no pitch.
BUYING = frozenset({"buy_data", "broadband_new", "change_plan", "roaming", "services"})
# Reasons that ask for less: the cheaper plan is never held back from these.
ASKS_FOR_LESS = frozenset({"change_plan", "cancel_service", "leave"})


def moment(*, intent: str, refused_in_call: bool, unsettled: bool = False) -> Moment:
    """Of a call with this reason ("" = unknown), after what has been said in it.

    `unsettled`: something stands open with the customer, as an outage, a complaint or a bill that is overdue.
    """
    if refused_in_call:
        return Moment.CLOSED
    return Moment.NOT_YET if unsettled or intent in UNEASY else Moment.OPEN
