"""Who still waits in a queue whose hours are over, where the queue says something else than to serve them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from routing.hours import AtClosing
from routing.models import Call, Queue
from routing.opening import hours_of
from routing.states import CallState

ROUND = 200  # callers one round sends home


@dataclass(frozen=True, kw_only=True)
class AfterClosing:
    """One caller who waits although the queue has closed."""

    call_id: UUID
    at_closing: AtClosing
    opens_at: datetime | None  # the queue's next opening; None within thirty days


def after_closing(*, now: datetime) -> list[AfterClosing]:
    """In order of their places, queue by queue. Callbacks that stand in line are put off by the rules of contact."""
    found: list[AfterClosing] = []
    for queue in Queue.objects.select_related("domain").exclude(at_closing=AtClosing.SERVE).order_by("pk"):
        hours = hours_of(queue=queue, version=queue.domain.roster_version)
        if hours.works(now):
            continue
        waiting = Call.objects.filter(domain=queue.domain_id, queue=queue, state=CallState.QUEUED)
        waiting = waiting.exclude(direction="callback").order_by("place_key", "enqueued_at", "pk")
        opens_at = hours.next_opening(now)
        found += [
            AfterClosing(call_id=call, at_closing=AtClosing(queue.at_closing), opens_at=opens_at)
            for call in waiting.values_list("pk", flat=True)[:ROUND]
        ]
    return found
