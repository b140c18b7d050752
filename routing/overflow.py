"""When a queue overflows and what is done then, with hysteresis so that nothing flaps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OFF_AT = 0.8  # a rule that began at its limit ends below this share of it
LEAST = timedelta(seconds=60)  # and not before


class Measure(StrEnum):
    """What a rule looks at."""

    WAITING = "waiting"  # callers in line
    LONGEST_WAIT = "longest_wait"  # seconds the first of them has waited
    EXPECTED_P90 = "expected_p90"  # seconds nine of ten newcomers wait at most
    NOBODY_STAFFED = "nobody_staffed"  # no agent who could ever take a call is there; the limit means nothing


class Action(StrEnum):
    """What is done. Those already in line keep their place: only newcomers are sent elsewhere."""

    BORROW = "borrow"  # agents of other teams who reach the required levels may help
    QUEUE = "queue"  # newcomers wait in another queue
    CALLBACK = "callback"  # newcomers are offered to be rung back
    VOICEMAIL = "voicemail"  # newcomers are sent to the mailbox
    MESSAGE = "message"  # newcomers hear a message
    SITE = "site"  # newcomers are handed over to a queue of another domain, on this server or another


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """One rule at work, as the roster knows it."""

    action: Action
    measure: Measure
    limit: int
    to: int | None = None  # queue, of action queue
    message: str = ""  # key of the announcement, of action message
    site: str = ""  # domain/queue, of action site

    @property
    def words(self) -> str:
        """As a decision keeps it."""
        limit = "" if self.measure is Measure.NOBODY_STAFFED else f" >= {self.limit}"
        return f"{self.action}: {self.measure}{limit}"


@dataclass(frozen=True, kw_only=True)
class Load:
    """One queue at this instant."""

    waiting: int
    longest_wait_s: float
    expected_p90_s: float | None  # None unknown
    staffed: int  # agents available who could take a call sooner or later

    def value(self, measure: Measure) -> float | None:
        """As rules compare it; None unknown."""
        match measure:
            case Measure.WAITING:
                return float(self.waiting)
            case Measure.LONGEST_WAIT:
                return self.longest_wait_s
            case Measure.EXPECTED_P90:
                return self.expected_p90_s
            case Measure.NOBODY_STAFFED:
                return float(self.staffed == 0)


def on_since(*, measure: Measure, limit: float, since: datetime | None, load: Load, now: datetime) -> datetime | None:
    """Since when the rule is at work, looked at again: None where it is not. What is unknown begins nothing."""
    value = load.value(measure)
    if measure is Measure.NOBODY_STAFFED:
        limit = 1.0
    if since is None:
        return now if value is not None and value >= limit else None
    if now - since < LEAST or (value is not None and value >= OFF_AT * limit):
        return since
    return None
