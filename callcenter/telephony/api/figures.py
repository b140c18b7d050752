"""A queue in figures: those of the wallboard, computed in the same place."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.utils.timezone import get_default_timezone

import routing.queries
from callcenter.foundation.clock import db_now
from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from routing import reporting
from routing.queue_figures import FIGURES, Components

LATELY = timedelta(minutes=30)
_OF_QUEUES = tuple(code for code in FIGURES if code != "in_ivr")  # who is in the menus is in no queue yet


class QueueStats(ApiView):
    scope = "queues:read"

    @operation("queue_stats")
    def get(self, request: object, queue: str) -> HttpResponse:
        domain, now = self.principal.domain, db_now()
        line = next((one for one in routing.queries.queue_line(domain=domain, now=now) if one.queue == queue), None)
        if line is None:
            raise naming.nothing(queue)
        zone = get_default_timezone()
        midnight = datetime.combine(now.astimezone(zone).date(), time.min, tzinfo=zone)
        return answer(
            {
                "queue": queue,
                "at": answers.instant(now),
                "free_agents": line.free,
                "today": _window(domain, queue, since=midnight, now=now),
                "lately": _window(domain, queue, since=now - LATELY, now=now),
            }
        )


def _window(domain: str, queue: str, *, since: datetime, now: datetime) -> Json:
    sums = next(day.sums for day in reporting.day(domain=domain, since=since, until=now) if day.queue == queue)
    wait = reporting.waiting_now(domain=domain).get(queue)
    components = Components(
        day=sums,
        waiting=wait.calls if wait else 0,
        longest_wait_s=max(0.0, (now - wait.since).total_seconds()) if wait else None,
    )
    shown: Json = {"since": answers.instant(since)}
    for code in _OF_QUEUES:
        value, n = FIGURES[code](components)
        shown[code] = {"value": value, "n": n}
    return shown
