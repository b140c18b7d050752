"""From the tables to the path store: each day is read once and kept until one of its calls changes; a window joins days."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from ivr.paths.packing import unpack
from ivr.paths.store import CallRow, Mask, Names, PathStore, build, joined

KEPT_WINDOWS, KEPT_DAYS = 4, 400  # in memory
ONE_DAY = timedelta(days=1)


class Stamp(NamedTuple):
    """What tells a day that has changed from one that has not."""

    day: date
    calls: int
    revisions: int
    starts: int


class Loaded(NamedTuple):
    """The closed sessions of some UTC days, and how many each has: a row of the store numbers a call inside its day."""

    stamps: tuple[Stamp, ...]
    store: PathStore

    def day_of(self, place: int) -> date:
        """The day of the call that stands here in the store."""
        ends = np.cumsum([one.calls for one in self.stamps])
        return self.stamps[int(np.searchsorted(ends, place, side="right"))].day


_days: OrderedDict[Stamp, PathStore] = OrderedDict()
_windows: OrderedDict[tuple[Stamp, ...], Loaded] = OrderedDict()
_callers = Names()
_lock = Lock()

# Answered by the index session_closed alone.
_STAMPS = """
SELECT (started_at AT TIME ZONE 'UTC')::date AS day, count(*), sum(revision),
       bit_xor(timestamp_hash(started_at AT TIME ZONE 'UTC'))
  FROM ivr_session
 WHERE ended_at IS NOT NULL AND started_at >= %(since)s AND started_at < %(until)s
 GROUP BY day ORDER BY day
"""
_ROWS = """
SELECT row_number() OVER (ORDER BY s.started_at, s.call) - 1, (extract(epoch FROM s.started_at) * 1000)::bigint,
       (extract(epoch FROM s.ended_at - s.started_at) * 1000)::int, s.outcome, s.path,
       coalesce(w.key || '/' || v.number, ''), s.entry, coalesce(f.queue, ''), s.reason, coalesce(f.final, ''),
       coalesce(f.wait_s, 0), coalesce(f.handle_s, 0), f.caller, coalesce(f.tags, '[]'::jsonb)
  FROM ivr_session AS s
  LEFT JOIN ivr_callfacts AS f ON f.call = s.call
  LEFT JOIN ivr_flowversion AS v ON v.id = s.flow_version_id
  LEFT JOIN ivr_flow AS w ON w.id = v.flow_id
 WHERE s.ended_at IS NOT NULL AND s.started_at >= %(since)s AND s.started_at < %(until)s
"""
_CALLS = """
SELECT call FROM (
  SELECT call, row_number() OVER (ORDER BY started_at, call) - 1 AS place FROM ivr_session
   WHERE ended_at IS NOT NULL AND started_at >= %(since)s AND started_at < %(until)s
) AS ordered WHERE place = ANY(%(places)s) ORDER BY place
"""


def store_of(*, since: datetime, until: datetime) -> Loaded:
    """The closed sessions of every UTC day that [since, until) touches."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS, {"since": _day(since), "until": _day(until - timedelta(microseconds=1)) + ONE_DAY})
        stamps = tuple(Stamp(day, calls, int(revisions), starts) for day, calls, revisions, starts in cursor.fetchall())
    with _lock:
        found = _windows.get(stamps)
        if found is None:
            found = Loaded(stamps, joined([_of_day(stamp) for stamp in stamps] or [build(())]))
        _keep(_windows, stamps, found, KEPT_WINDOWS)
    return found


def forget() -> None:
    """Let go of everything kept: for tests, whose databases differ where their stamps do not."""
    with _lock:
        _days.clear()
        _windows.clear()


def caller_numbers(store: PathStore) -> NDArray[np.int64]:
    """The number that a person's calls share in the tables, call by call; −1 unknown. A store's own are this process's."""
    with _lock:
        known = np.array([*_callers.codes, -1], np.int64)
    found: NDArray[np.int64] = known[store.caller]
    return found


def of_callers(store: PathStore, callers: Collection[int]) -> Mask:
    """The calls of these people, by the number that their calls share in the tables."""
    with _lock:
        codes = [_callers.codes[one] for one in callers if one in _callers.codes]
    found: Mask = np.isin(store.caller, codes)
    return found


def _keep(kept: OrderedDict[Any, Any], name: Any, value: Any, most: int) -> None:
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > most:
        kept.popitem(last=False)


def _of_day(stamp: Stamp) -> PathStore:
    found = _days.get(stamp)
    if found is None:
        with connection.cursor() as cursor:
            begin = datetime(stamp.day.year, stamp.day.month, stamp.day.day, tzinfo=UTC)
            cursor.execute(_ROWS, {"since": begin, "until": begin + ONE_DAY})
            found = build((_row(row) for row in cursor.fetchall()), _callers)
    _keep(_days, stamp, found, KEPT_DAYS)
    return found


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _row(row: tuple[Any, ...]) -> CallRow:
    number, start, span, outcome, path, version, entry, queue, chosen, final, wait_s, handle_s, caller, tags = row
    return CallRow(
        number, start, max(0, span), outcome, unpack(_read(path)), version, entry, queue, chosen, final, wait_s, handle_s,
        caller, frozenset(_read(tags)),
    )  # fmt: skip


def _read(value: Any) -> Any:
    """jsonb as Django's connections hand it over: text."""
    return json.loads(value) if isinstance(value, str) else value


def calls_at(loaded: Loaded, places: list[int]) -> list[Any]:
    """The UUIDs of calls by their places in the store, in the order asked."""
    by_day: dict[date, list[int]] = {}
    for place in places:
        by_day.setdefault(loaded.day_of(place), []).append(place)
    found: dict[int, Any] = {}
    with connection.cursor() as cursor:
        for day, some in by_day.items():
            begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
            rows = sorted((int(loaded.store.row[place]), place) for place in some)
            cursor.execute(_CALLS, {"since": begin, "until": begin + ONE_DAY, "places": [row for row, _ in rows]})
            found |= {place: call for (_, place), (call,) in zip(rows, cursor.fetchall(), strict=False)}
    return [found[place] for place in places if place in found]
