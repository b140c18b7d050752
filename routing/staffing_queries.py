"""A day's staffing of one queue, or of all: the forecast, what it asks of agents, and beside it what came in truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isinf
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid, NotFound
from routing.demand import Expected, Forecast, Real, forecast
from routing.models import Domain, Queue
from routing.opening import hours_of
from routing.staffing_plan import Demand, Line, Total, Wish, added, line, total

FARTHEST_DAYS = 366
NOTHING_USUAL_S = 180.0  # handling time where nobody was ever served


@dataclass(frozen=True, kw_only=True)
class QueueStaffing:
    """One queue of the day."""

    queue: str
    name_en: str
    name_zh: str
    target_s: float
    patience_s: float | None  # None: nobody ever left, so nobody is expected to
    is_own_patience: bool
    total: Total


@dataclass(frozen=True, kw_only=True)
class Row:
    """One interval beside what it brought in truth; None: not over yet, or nothing came."""

    line: Line
    real: Real | None


@dataclass(frozen=True, kw_only=True)
class DayStaffing:
    domain: str
    day: date
    minutes: int
    queue: str  # "" all of the domain
    wish: Wish
    days: tuple[date, ...]  # the forecast is made of; () = no history
    is_like: bool  # days like it, not just the last ones
    is_open: bool  # at any time of the day
    rows: tuple[Row, ...]  # from the first interval in which anybody calls to the last
    total: Total
    queues: tuple[QueueStaffing, ...]  # those asked about


def staffing(*, domain: str, queue: str, day: date, minutes: int, wish: Wish, now: datetime) -> DayStaffing:
    """Raises NotFound (no such queue), Invalid (a day out of reach; agents said of several queues)."""
    place = Domain.objects.get(key=domain)
    queues = list(Queue.objects.select_related("domain").filter(domain=place).order_by("key"))
    if queue:
        queues = [one for one in queues if one.key == queue]
        if not queues:
            raise NotFound(f"There is no queue {queue!r}.")
    if abs((day - now.date()).days) > FARTHEST_DAYS:
        raise Invalid(_("Choose a day within a year of today."), code="invalid_field", field="/day")
    if wish.agents is not None and len(queues) > 1:
        raise Invalid(
            _("Choose a queue to say how many agents are there: of all queues together nobody knows who takes what."),
            code="invalid_field", field="/agents",
        )  # fmt: skip
    found = forecast(domain=place, day=day, minutes=minutes, now=now)
    by_queue = {one.key: _lines(one, found, day, minutes, wish, whole=bool(queue)) for one in queues}
    lines = by_queue[queue] if queue else _together(queues, by_queue, found, wish, minutes)
    rows = [Row(line=one, real=_real(found.real, no, queues)) for no, one in enumerate(lines)]
    span = _worked(rows)
    return DayStaffing(
        domain=domain, day=day, minutes=minutes, queue=queue, wish=wish, days=found.days, is_like=found.is_like,
        is_open=any(one.is_open for one in lines), rows=tuple(rows[span]), total=total(lines[span], minutes=minutes),
        queues=tuple(_queue(one, found, wish, by_queue[one.key][span], minutes) for one in queues),
    )  # fmt: skip


# --- inside -----------------------------------------------------------------------------------------------------------
def _lines(queue: Queue, found: Forecast, day: date, minutes: int, wish: Wish, *, whole: bool) -> list[Line]:
    expected = found.queues.get(queue.pk)
    hours = hours_of(queue=queue, version=queue.domain.roster_version)
    zone = ZoneInfo(settings.TIME_ZONE)
    lines = []
    for no in range(24 * 60 // minutes):
        at = datetime.combine(day, time(0), tzinfo=zone) + timedelta(minutes=minutes * no)
        lines.append(
            line(
                demand=Demand(
                    at=at, is_open=hours.is_open(at) or hours.is_open(at + timedelta(minutes=minutes / 2)),
                    calls=expected.calls.get(no, 0.0) if expected else 0.0, handle_s=_handle_s(expected, no),
                ),
                wish=wish, minutes=minutes, target_s=_target(queue, wish), patience_s=_patience(found, queue, wish),
                whole=whole,
            )
        )  # fmt: skip
    return lines


def _handle_s(expected: Expected | None, no: int) -> float:
    if expected is None:
        return NOTHING_USUAL_S
    return expected.handle_s.get(no, expected.usual_handle_s or NOTHING_USUAL_S)


def _target(queue: Queue, wish: Wish) -> float:
    return wish.target_s if wish.target_s is not None else float(queue.target_s)


def _patience(found: Forecast, queue: Queue, wish: Wish) -> float:
    if wish.patience_s is not None:
        return wish.patience_s
    expected = found.queues.get(queue.pk)
    return expected.patience_s if expected is not None else float("inf")


def _together(
    queues: Sequence[Queue], by_queue: Mapping[str, list[Line]], found: Forecast, wish: Wish, minutes: int
) -> list[Line]:
    """All queues, interval by interval: the strictest target, the mean patience of those who come."""
    if not queues:
        return []
    target_s = min(_target(one, wish) for one in queues)
    calls = {one.key: sum(part.calls for part in by_queue[one.key]) for one in queues}
    hurry = sum(calls[one.key] / _patience(found, one, wish) for one in queues)
    return [
        added(
            several, wish=wish, minutes=minutes, target_s=target_s,
            patience_s=sum(calls.values()) / hurry if hurry else float("inf"),
        )
        for several in zip(*(by_queue[one.key] for one in queues), strict=True)
    ]  # fmt: skip


def _worked(rows: Sequence[Row]) -> slice:
    """From the first interval in which anybody calls to the last."""
    busy = [no for no, row in enumerate(rows) if row.line.calls or row.real is not None]
    return slice(busy[0], busy[-1] + 1) if busy else slice(0)


def _real(real: Mapping[tuple[int, int], Real], no: int, queues: Sequence[Queue]) -> Real | None:
    parts = [real[one.pk, no] for one in queues if (one.pk, no) in real]
    if not parts:
        return None
    return Real(
        calls=sum(one.calls for one in parts), in_time=sum(one.in_time for one in parts),
        judged=sum(one.judged for one in parts),
    )  # fmt: skip


def _queue(queue: Queue, found: Forecast, wish: Wish, lines: Sequence[Line], minutes: int) -> QueueStaffing:
    patience_s = _patience(found, queue, wish)
    expected = found.queues.get(queue.pk)
    return QueueStaffing(
        queue=queue.key, name_en=queue.name_en, name_zh=queue.name_zh, target_s=_target(queue, wish),
        patience_s=None if isinf(patience_s) else patience_s,
        is_own_patience=wish.patience_s is not None or (expected is not None and expected.is_own_patience),
        total=total(lines, minutes=minutes),
    )  # fmt: skip
