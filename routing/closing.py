"""Who still waits in a queue whose hours are over, where the queue says something else than to serve them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from callcenter.foundation.models import Event
from routing.capacity import Group
from routing.hours import AtClosing, WrittenAtClosing
from routing.models import Call, Queue
from routing.opening import hours_of
from routing.roster import roster
from routing.states import CallState

ROUND = 200  # callers one round sends home


@dataclass(frozen=True, kw_only=True)
class AfterClosing:
    """One caller who waits although the queue has closed."""

    call_id: UUID
    at_closing: AtClosing | WrittenAtClosing
    opens_at: datetime | None  # the queue's next opening; None within thirty days


def after_closing(*, now: datetime) -> list[AfterClosing]:
    """In order of their places, queue by queue. Callbacks that stand in line are put off by the rules of contact."""
    found: list[AfterClosing] = []
    everybody = Q(at_closing=AtClosing.SERVE, at_closing_written=WrittenAtClosing.SERVE)
    for queue in Queue.objects.select_related("domain").exclude(everybody).order_by("pk"):
        hours = hours_of(queue=queue, version=queue.domain.roster_version)
        if hours.works(now):
            continue
        opens_at = hours.next_opening(now)
        groups = roster(domain_id=queue.domain_id, version=queue.domain.roster_version).capacity.channels
        spoken = [channel for channel, group in groups.items() if group is Group.LIVE]
        waiting = Call.objects.filter(domain=queue.domain_id, queue=queue, state=CallState.QUEUED)
        waiting = waiting.exclude(direction="callback").order_by("place_key", "enqueued_at", "pk")
        said: list[tuple[QuerySet[Call], AtClosing | WrittenAtClosing]] = [
            (waiting.filter(channel__in=spoken), AtClosing(queue.at_closing)),
            (
                waiting.exclude(channel__in=spoken).exclude(_promised(opens_at)),
                WrittenAtClosing(queue.at_closing_written),
            ),
        ]
        found += [
            AfterClosing(call_id=call, at_closing=word, opens_at=opens_at)
            for calls, word in said
            if word not in {AtClosing.SERVE, WrittenAtClosing.SERVE}
            for call in calls.values_list("pk", flat=True)[:ROUND]
        ]
    return found


def _promised(opens_at: datetime | None) -> Exists:
    """Those who know already."""
    at = opens_at.isoformat() if opens_at is not None else None
    return Exists(Event.objects.filter(call=OuterRef("pk"), type="call.answer_promised", data__opens_at=at))
