"""When a queue takes new callers: weekly hours, holidays, make-up working days (调休) and closures. Pure.

A closure stands over everything; a day marked in the calendar over the weekday: a holiday is closed, a make-up day has
the hours of another weekday. Hours are wall-clock times of the queue's own zone, so daylight saving moves them as it
moves everybody's clocks. A queue without hours is always open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

HOLIDAY = -1  # in `days`: no hours at all
LOOK_AHEAD_DAYS = 30
MIDNIGHT = time(0, 0)


class AtClosing(StrEnum):
    """What becomes of those who still wait when a queue's hours end."""

    SERVE = "serve"  # everybody in line is served
    TELL = "tell"  # told that we have closed: diverted, `closed`
    CALLBACK = "callback"  # promised a callback at the next opening, in order; told where none can be promised


class WrittenAtClosing(StrEnum):
    """The same of those who wait in writing: nobody is rung who asked to be written to."""

    SERVE = "serve"
    TELL = "tell"
    PROMISE = "promise"  # they keep their place and are told when they are answered: at the next opening


Span = tuple[time, time]  # opens, closes; closes at 00:00 means the end of the day


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Nobody is taken from `starts` until `ends`, whatever the hours say."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Hours:
    """One queue's opening times."""

    zone: ZoneInfo
    weekly: Mapping[int, Sequence[Span]] = field(default_factory=dict)  # 0 = Monday
    days: Mapping[date, int] = field(default_factory=dict)  # holiday → HOLIDAY, make-up day → weekday it is worked as
    closures: Sequence[Closure] = ()
    last_admission: timedelta = timedelta(0)  # before closing

    def is_open(self, at: datetime) -> bool:
        """Whether a new caller is taken at this instant."""
        if any(closure.starts <= at < closure.ends for closure in self.closures):
            return False
        if not self.weekly:
            return True
        today = at.astimezone(self.zone).date()
        # Yesterday's hours may run past midnight only by the day's end, never beyond; two days are enough to look at.
        return any(opens <= at < closes - self.last_admission for opens, closes in self._spans(today))

    def works(self, at: datetime) -> bool:
        """Whether those in line are served at this instant: the last admission concerns newcomers alone."""
        return replace(self, last_admission=timedelta(0)).is_open(at)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first instant from `at` on when callers are taken; None within thirty days."""
        if self.is_open(at):
            return at
        today = at.astimezone(self.zone).date()
        starts = [closure.ends for closure in self.closures if closure.ends > at]
        for ahead in range(LOOK_AHEAD_DAYS + 1):
            starts += [opens for opens, _ in self._spans(today + timedelta(days=ahead)) if opens > at]
        return min((start for start in starts if self.is_open(start)), default=None)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The day's hours as instants. A wall-clock time that does not exist that day means the moment clocks jump."""
        worked_as = self.days.get(day, day.weekday())
        if worked_as == HOLIDAY:
            return []
        return [
            (self._instant(day, opens), self._instant(day if closes != MIDNIGHT else day + timedelta(days=1), closes))
            for opens, closes in self.weekly.get(worked_as, ())
        ]

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone)
