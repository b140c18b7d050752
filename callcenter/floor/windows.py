"""Which stretch of time a page speaks of: read from its address, in the site's zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

LONGEST_DAYS = 92


@dataclass(frozen=True, kw_only=True)
class Window:
    """[since, until), and how the address says it again."""

    since: datetime
    until: datetime
    first: date  # site dates, both included
    last: date
    name: str  # "" whole days | 30m

    @property
    def query(self) -> dict[str, str]:
        if self.name:
            return {"window": self.name}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def read_window(asked: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Window:
    """Today in the site's zone unless `from` and `to` (dates) or `window=30m` say otherwise. Nonsense means today."""
    today = now.astimezone(zone).date()
    if asked.get("window") == "30m":
        return Window(since=now - timedelta(minutes=30), until=now, first=today, last=today, name="30m")
    first = _date(asked.get("from", ""), otherwise=today)
    last = _date(asked.get("to", ""), otherwise=max(first, today) if not asked.get("from") else first)
    first, last = min(first, last), max(first, last)
    first = max(first, last - timedelta(days=LONGEST_DAYS - 1))
    return Window(
        since=_midnight(first, zone), until=_midnight(last + timedelta(days=1), zone), first=first, last=last, name=""
    )


def _date(text: str, *, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
