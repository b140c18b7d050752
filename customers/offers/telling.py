"""News of offers and campaigns in the event log: for webhooks and the feed. Ids, codes and states only."""

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
    """A campaign belongs to no domain: each hears of it. Part of the caller's transaction."""
    domains = {domain for (domain,) in rows(_DOMAINS)} | {own_domain()}
    for domain in sorted(domains):
        events.record(
            type=f"campaign.{act}", now=now, domain=domain, actor=actor, data={"campaign": campaign_id, **data}
        )  # fmt: skip
