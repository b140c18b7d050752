"""When queues are open, kept in the process by roster version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from routing.hours import HOLIDAY, Closure, Hours, Span
from routing.models import CalendarDay, Queue
from routing.models import Closure as ClosureRow

_kept: dict[int, tuple[int, dict[int, Hours]]] = {}  # domain → roster version, hours by queue


def hours_of(*, queue: Queue, version: int) -> Hours:
    """A queue's opening times, kept in the process by roster version. Needs `domain`."""
    kept = _kept.get(queue.domain_id)
    if kept is None or kept[0] != version:
        kept = _kept[queue.domain_id] = (version, {})
    if queue.pk not in kept[1]:
        kept[1][queue.pk] = _load(queue)
    return kept[1][queue.pk]


def _load(queue: Queue) -> Hours:
    weekly: dict[int, list[Span]] = {}
    for span in queue.hours.all():
        weekly.setdefault(span.weekday, []).append((span.opens, span.closes))
    closures = ClosureRow.objects.filter(Q(queue=queue) | Q(queue__isnull=True), domain=queue.domain_id)
    return Hours(
        zone=ZoneInfo(queue.zone or settings.TIME_ZONE),
        weekly=weekly,
        days=_days(queue) if weekly else {},
        closures=[Closure(starts=one.starts_at, ends=one.ends_at) for one in closures],
        last_admission=timedelta(minutes=queue.last_admission_min),
    )


def _days(queue: Queue) -> Mapping[date, int]:
    marked = CalendarDay.objects.filter(domain=queue.domain_id).values_list("day", "worked_as")
    return {day: HOLIDAY if worked_as is None else worked_as for day, worked_as in marked}
