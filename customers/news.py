"""News of customers in the event log, for webhooks and the feed: ids, codes and counts, never a value of a person."""

from __future__ import annotations

from datetime import datetime

from callcenter.foundation import events
from callcenter.foundation.domains import own_domain
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


def tell(type_: str, *, data: dict[str, object], actor: str, now: datetime) -> None:
    """What belongs to no domain (customers, segments, imports, campaigns): each hears of it. In the caller's transaction."""
    domains = {domain for (domain,) in rows(_DOMAINS)} | {own_domain()}
    for domain in sorted(domains):
        events.record(type=type_, now=now, domain=domain, actor=actor, data=data)
