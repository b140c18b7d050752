"""Reading the event log as a feed: by published number alone, never by id or time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min

from callcenter.foundation.models import Event


@dataclass(frozen=True, kw_only=True)
class FeedEvent:
    """One published event. Ids, codes and states only; never a name, a number or free text."""

    seq: int  # 1, 2, 3 … gapless over the whole feed
    id: int  # stable identity of the event, for de-duplication
    type: str  # past-tense, dotted: call.queued
    at: datetime  # when it happened, by the database's clock
    domain: str
    call: UUID | None
    seq_in_call: int | None  # gapless per call
    agent: int | None
    reservation: UUID | None
    actor: str
    data: dict[str, Any]


def read(
    *,
    after: int,
    limit: int = 500,
    types: Collection[str] = (),
    domain: str = "",
    agent: int | None = None,
    until: int | None = None,
) -> list[FeedEvent]:
    """Published events with `after < seq ≤ until`, oldest first. Empty `types`, `domain` or no `agent` mean all."""
    rows = Event.objects.filter(feed_seq__gt=after)
    if types:
        rows = rows.filter(type__in=types)
    if domain:
        rows = rows.filter(domain=domain)
    if agent is not None:
        rows = rows.filter(agent=agent)
    if until is not None:
        rows = rows.filter(feed_seq__lte=until)
    fields = ("feed_seq", "id", "type", "at", "domain", "call", "seq_in_call", "agent", "reservation", "actor", "data")
    return [
        FeedEvent(
            seq=seq,
            id=pk,
            type=kind,
            at=at,
            domain=where,
            call=call,
            seq_in_call=seq_in_call,
            agent=who,
            reservation=reservation,
            actor=actor,
            data=data,
        )
        for seq, pk, kind, at, where, call, seq_in_call, who, reservation, actor, data in rows.order_by(
            "feed_seq"
        ).values_list(*fields)[:limit]
    ]


def newest() -> int:
    """The last published number; 0 before the first event."""
    return Event.objects.aggregate(n=Max("feed_seq"))["n"] or 0


def oldest() -> int:
    """The first number that can still be read; 0 before the first event. A cursor below `oldest() - 1` has expired."""
    return Event.objects.aggregate(n=Min("feed_seq"))["n"] or 0


def is_behind(*, seconds: float) -> bool:
    """True if a committed event has waited longer than this to be published: the relay is away, readers are blind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM event_log WHERE feed_seq IS NULL"
            " AND at < clock_timestamp() - make_interval(secs => %s))",
            [seconds],
        )
        return bool(cursor.fetchone()[0])
