"""Days by region as data: working days, weekends, holidays, and the weekends that are worked. Pure.

A date that a calendar does not know is neither: nobody may be called on it until a notice says what it is, or the
calendar is brought up to date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

WORKDAY, WEEKEND, HOLIDAY = "workday", "weekend", "holiday"
SHIPPED = Path(__file__).resolve().parent / "days"
REACH = 31  # days looked ahead for the next opening

Span = tuple[time, time]  # [from, to) in local time


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What the authorities of a region have published since its calendar was written: days off, and weekends worked."""

    region: str
    marked: Mapping[date, str]  # holiday | workday
    decreed_to: date | None = None  # up to it all moved days are published: what is not named is a plain day


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One region. `marked` holds what differs from the plain week between `first` and `last`."""

    region: str
    zone: ZoneInfo
    first: date
    last: date
    marked: Mapping[date, str] = field(default_factory=dict)
    decreed_to: date = date.max  # after it moved days off are not published yet
    undecided: frozenset[date] = frozenset()  # where such days usually lie

    def day_class(self, day: date) -> str | None:
        """workday | weekend | holiday; None for a day outside what is known, or not decided yet."""
        if not self.first <= day <= self.last or day in self.undecided:
            return None
        plain = WEEKEND if day.weekday() >= 5 else WORKDAY
        return self.marked.get(day, plain)

    def told(self, notice: Notice) -> Calendar:
        """The same calendar, with what a notice of its region says."""
        decreed = notice.decreed_to or date.min
        return replace(
            self,
            last=max(self.last, decreed),
            marked={**self.marked, **notice.marked},
            decreed_to=max(self.decreed_to, decreed),
            undecided=frozenset(day for day in self.undecided if day > decreed and day not in notice.marked),
        )

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def next_midnight(self, at: datetime) -> datetime:
        """When the local day of `at` ends."""
        return datetime.combine(self.local(at).date() + timedelta(days=1), time(), tzinfo=self.zone).astimezone(
            at.tzinfo
        )

    def is_open(self, at: datetime, *, days: frozenset[str], spans: tuple[Span, ...]) -> bool | None:
        """Whether `at` lies in one of `spans` of a day of these classes; None where the day is not known."""
        here = self.local(at)
        known = self.day_class(here.date())
        if known is None:
            return None
        return known in days and any(start <= here.time() < end for start, end in spans)

    def next_opening(self, at: datetime, *, days: frozenset[str], spans: tuple[Span, ...]) -> datetime | None:
        """The first instant from `at` on that is open; None within the next month, or past the calendar's end."""
        if self.is_open(at, days=days, spans=spans):
            return at
        first = self.local(at).date()
        for ahead in range(REACH + 1):
            day = first + timedelta(days=ahead)
            if self.day_class(day) not in days:
                continue
            for start, _end in sorted(spans):
                opening = datetime.combine(day, start, tzinfo=self.zone).astimezone(at.tzinfo)
                if opening > at and self.is_open(opening, days=days, spans=spans):
                    return opening
        return None


@cache
def shipped() -> Mapping[str, Calendar]:
    """The calendars that come with the product, by region."""
    found = (read(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json")))
    return {calendar.region: calendar for calendar in found}


def read(text: str) -> Calendar:
    """One calendar file: {"region", "zone", "first", "last", "holiday": [...], "workday": [...]}. Raises ValueError.

    "decreed_to" and "undecided" stand where a year is not published in full.
    """
    raw = json.loads(text)
    first, last = date.fromisoformat(raw["first"]), date.fromisoformat(raw["last"])
    marked: dict[date, str] = {}
    for kind in (HOLIDAY, WORKDAY):
        for word in raw[kind]:
            day = date.fromisoformat(word)
            if day in marked:
                raise ValueError(f"{raw['region']}: {day} is both a holiday and a working day.")
            if not first <= day <= last:
                raise ValueError(f"{raw['region']}: {day} lies outside {first} to {last}.")
            marked[day] = kind
    return Calendar(
        region=raw["region"],
        zone=ZoneInfo(raw["zone"]),
        first=first,
        last=last,
        marked=marked,
        decreed_to=date.fromisoformat(raw.get("decreed_to", raw["last"])),
        undecided=frozenset(date.fromisoformat(word) for word in raw.get("undecided", ())),
    )
