"""News of offers, campaigns and consents in the event log: for webhooks and the feed. Ids, codes and states only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from callcenter.foundation import events
from callcenter.foundation.domains import own_domain
from callcenter.foundation.events import NewEvent
from customers import news
from customers.reading import rows


def of_offers(type_: str, told: Sequence[tuple[UUID, dict[str, object]]], *, actor: str, now: datetime) -> None:
    """One event for each offer, told where its call was: (call, ids and states). Part of the caller's transaction."""
    if not told:
        return
    found = rows(
        "SELECT DISTINCT ON (call) call, domain FROM event_log WHERE call = ANY (%(calls)s) ORDER BY call, seq_in_call",
        calls=[call for call, _data in told],
    )
    where = dict(found)
    for domain in sorted({where.get(call, own_domain()) for call, _data in told}):
        here: Iterable[NewEvent] = (
            {"type": type_, "data": {"call": f"c_{call.hex}", **data}}
            for call, data in told
            if where.get(call, own_domain()) == domain
        )
        events.record_all(list(here), now=now, domain=domain, actor=actor)


def of_campaign(act: str, *, campaign_id: int, data: dict[str, object], actor: str, now: datetime) -> None:
    """A campaign belongs to no domain: each hears of it. Part of the caller's transaction."""
    news.tell(f"campaign.{act}", data={"campaign": campaign_id, **data}, actor=actor, now=now)
