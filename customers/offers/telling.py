"""News of offers, campaigns and consents in the event log: for webhooks and the feed. Ids, codes and states only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from callcenter.foundation import events
from callcenter.foundation.domains import own_domain
from callcenter.foundation.events import NewEvent
from customers.reading import rows

# The domains that have ever told anything, found by jumping through the index on domain.
_DOMAINS = """
WITH RECURSIVE known AS (
    (SELECT domain FROM event_log ORDER BY domain LIMIT 1)
    UNION ALL
    SELECT (SELECT domain FROM event_log WHERE domain > known.domain ORDER BY domain LIMIT 1) FROM known
    WHERE known.domain IS NOT NULL
) SELECT domain FROM known WHERE domain IS NOT NULL
"""


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
    """What became of a campaign. Part of the caller's transaction."""
    _everywhere(f"campaign.{act}", {"campaign": campaign_id, **data}, actor=actor, now=now)


def of_customer(type_: str, *, data: dict[str, object], actor: str, now: datetime) -> None:
    """News of one customer, by id. Part of the caller's transaction."""
    _everywhere(type_, data, actor=actor, now=now)


def _everywhere(type_: str, data: dict[str, object], *, actor: str, now: datetime) -> None:
    """Campaigns and customers belong to no domain: each hears of them."""
    domains = {domain for (domain,) in rows(_DOMAINS)} | {own_domain()}
    for domain in sorted(domains):
        events.record(type=type_, now=now, domain=domain, actor=actor, data=data)
