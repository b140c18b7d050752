"""What a day is expected to bring: calls and handling time of each queue by interval, from earlier days like it.

Like a day are those of the same weekday (a make-up day 调休 is worked as another one; holidays are left out), up to six,
newer ones counting more. Where there is none yet, the last days with calls stand in. Work counts that takes a whole
person (voice, video), however it came; whoever was diverted before an agent asked for none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil, inf
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from routing.capacity import Group
from routing.models import CalendarDay, Domain
from routing.roster import roster

WEEKS = 6
FADING = 0.8  # what a day weighs against the like day a week later
SAMPLE = 20_000  # calls whose handling is read
SHRINK = 20  # calls of the whole day that steady an interval's handling time
FEWEST_LEFT = 20  # callers who left, for a queue's own patience
OVER = timedelta(hours=1)  # in the menus at most, before a queue is entered

CALLS = """
SELECT w.no, c.queue_id,
       floor(EXTRACT(EPOCH FROM c.enqueued_at AT TIME ZONE %(zone)s - w.since AT TIME ZONE %(zone)s) / %(bucket)s)::int,
       count(*), count(*) FILTER (WHERE l.gone),
       sum(EXTRACT(EPOCH FROM COALESCE(c.connected_at, c.ended_at, %(now)s) - c.enqueued_at))::float8,
       count(*) FILTER (WHERE l.in_time), count(*) FILTER (WHERE c.connected_at IS NOT NULL OR l.gone AND NOT l.early)
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) WITH ORDINALITY AS w(since, until, no)
JOIN routing_call c ON c.arrived_at >= w.since - %(over)s AND c.arrived_at < w.until
JOIN routing_queue q ON q.id = c.queue_id
CROSS JOIN LATERAL (
    SELECT c.connected_at IS NULL AND c.state = 'abandoned' AS gone,
           COALESCE(c.connected_at <= c.enqueued_at + make_interval(secs => q.target_s), FALSE) AS in_time,
           COALESCE(c.ended_at <= c.enqueued_at + make_interval(secs => q.target_s), FALSE) AS early) l
WHERE c.domain_id = %(domain)s AND c.enqueued_at >= w.since AND c.enqueued_at < w.until AND c.channel = ANY(%(channels)s)
  AND (c.connected_at IS NOT NULL OR c.state IN ('queued', 'reserved', 'abandoned'))
GROUP BY 1, 2, 3
"""
HANDLED = """
SELECT c.queue_id,
       floor(EXTRACT(EPOCH FROM c.enqueued_at AT TIME ZONE %(zone)s - w.since AT TIME ZONE %(zone)s) / %(bucket)s)::int,
       count(DISTINCT c.id), sum(EXTRACT(EPOCH FROM r.ended_at - r.connected_at))::float8
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS w(since, until)
JOIN routing_call c ON c.arrived_at >= w.since - %(over)s AND c.arrived_at < w.until
JOIN routing_reservation r ON r.call_id = c.id AND r.role = 'primary'
WHERE c.domain_id = %(domain)s AND c.enqueued_at >= w.since AND c.enqueued_at < w.until AND c.channel = ANY(%(channels)s)
  AND r.connected_at IS NOT NULL AND r.ended_at IS NOT NULL AND abs(hashtext(c.id::text)) %% %(every)s = 0
GROUP BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Real:
    """What one interval brought in truth, so far."""

    calls: int
    in_time: int
    judged: int  # answered, or left after the target

    @property
    def level(self) -> float | None:
        return self.in_time / self.judged if self.judged else None


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One queue on one day, by interval number from midnight."""

    calls: Mapping[int, float]
    handle_s: Mapping[int, float]
    usual_handle_s: float | None  # of the day; None: nobody was served
    patience_s: float  # mean, censored by service; inf: nobody ever left
    is_own_patience: bool  # else that of the whole floor


@dataclass(frozen=True, kw_only=True)
class Forecast:
    days: tuple[date, ...]  # it is made of, newest first; () = no history
    is_like: bool  # days like it, not just the last ones
    queues: Mapping[int, Expected]
    real: Mapping[tuple[int, int], Real]  # of the day itself: (queue, interval)


def forecast(*, domain: Domain, day: date, minutes: int, now: datetime) -> Forecast:
    """Looks at no call of the day itself, nor of a later one: past days show what would have been said before them."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    last = min(day, today)
    reader = _Reader(domain=domain, minutes=minutes, zone=zone, now=now)
    days, is_like = _days_like(domain, day, last), True
    calls = reader.calls(days)
    if not calls:
        days, is_like = [last - timedelta(days=back) for back in range(1, 8)], False
        calls = reader.calls(days)
    held = sorted({days[row[0] - 1] for row in calls}, reverse=True)
    return Forecast(
        days=tuple(held), is_like=is_like, queues=_expected(calls, reader.handled(held, len(held) and _count(calls)), days),
        real={(row[1], row[2]): Real(calls=row[3], in_time=row[6], judged=row[7]) for row in reader.calls([day])}
        if day <= today else {},
    )  # fmt: skip


def _days_like(domain: Domain, day: date, last: date) -> list[date]:
    marked: dict[date, int | None] = dict(
        CalendarDay.objects.filter(domain=domain, day__range=(last - timedelta(days=70), day)).values_list("day", "worked_as")
    )  # fmt: skip
    weekday = day.weekday() if marked.get(day) is None else marked[day] or 0
    earlier = (last - timedelta(days=back) for back in range(1, 7 * WEEKS + 8))
    like = [one for one in earlier if one.weekday() == weekday and one not in marked]
    return like[:WEEKS]


def _count(calls: Sequence[tuple[Any, ...]]) -> int:
    return sum(row[3] for row in calls)


def _expected(
    calls: Sequence[tuple[Any, ...]], handled: Sequence[tuple[Any, ...]], days: Sequence[date]
) -> dict[int, Expected]:
    newest = max((days[row[0] - 1] for row in calls), default=None)
    weight = {
        no: FADING ** ((newest - days[no - 1]).days / 7) for no in {row[0] for row in calls} if newest is not None
    }
    whole = sum(weight.values())
    sums: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    left, waited = defaultdict[int, int](int), defaultdict[int, float](float)
    for no, queue, interval, count, gone, wait, *_ in calls:
        sums[queue][interval] += weight[no] * count / whole
        left[queue] += gone
        waited[queue] += wait
    usual, by_interval = _handling(handled)
    everybody = sum(waited.values()) / sum(left.values()) if sum(left.values()) else inf
    return {
        queue: Expected(
            calls=found,
            handle_s=by_interval.get(queue, {}),
            usual_handle_s=usual.get(queue),
            patience_s=max(1.0, waited[queue] / left[queue] if left[queue] >= FEWEST_LEFT else everybody),
            is_own_patience=left[queue] >= FEWEST_LEFT,
        )
        for queue, found in sums.items()
    }


def _handling(handled: Sequence[tuple[Any, ...]]) -> tuple[dict[int, float], dict[int, dict[int, float]]]:
    """Mean seconds by queue, and by queue and interval; an interval of few calls is drawn to its day."""
    seconds, calls = defaultdict[int, float](float), defaultdict[int, int](int)
    for queue, _, count, total in handled:
        seconds[queue] += total
        calls[queue] += count
    usual = {queue: max(1.0, seconds[queue] / calls[queue]) for queue in seconds}
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for queue, interval, count, total in handled:
        found[queue][interval] = (total + SHRINK * usual[queue]) / (count + SHRINK)
    return usual, found


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Statements over whole days of a domain."""

    domain: Domain
    minutes: int
    zone: ZoneInfo
    now: datetime

    def calls(self, days: Sequence[date]) -> list[tuple[Any, ...]]:
        """Day number from 1, queue, interval, calls, left, seconds waited, answered in time, judged."""
        return self._rows(CALLS, days, 1)

    def handled(self, days: Sequence[date], calls: int) -> list[tuple[Any, ...]]:
        """Queue, interval, calls, seconds: of all calls, or of an even sample of many."""
        return self._rows(HANDLED, days, max(1, ceil(calls / SAMPLE)))

    def _rows(self, statement: str, days: Sequence[date], every: int) -> list[tuple[Any, ...]]:
        capacity = roster(domain_id=self.domain.pk, version=self.domain.roster_version).capacity
        midnights = [datetime.combine(day, time(0), tzinfo=self.zone) for day in days]
        values: dict[str, Any] = {
            "domain": self.domain.pk, "zone": self.zone.key, "bucket": 60 * self.minutes, "now": self.now, "over": OVER,
            "starts": midnights, "every": every,
            "ends": [datetime.combine(day + timedelta(days=1), time(0), tzinfo=self.zone) for day in days],
            "channels": [channel for channel, group in capacity.channels.items() if group == Group.LIVE],
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
