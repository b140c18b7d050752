"""What became of a yes: ordered, kept for thirty days, or undone. Found in the holdings, every night."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

KEPT_AFTER = timedelta(days=30)
ORDERED_WITHIN = timedelta(days=14)  # a yes that has become no order by then was none

# The customer's own holding of the offered product, begun on the day of the yes or later.
_HELD = """
    SELECT held.since, held.status, held.since + %(kept_days)s <= %(today)s AS ripe
    FROM customers_holding AS held
    WHERE held.customer_id = offer.customer_id AND held.offering_id = offer.offering_id
      AND held.since >= offer.decided_at::date
    ORDER BY held.since DESC LIMIT 1
"""

_LABEL = f"""
UPDATE customers_offer AS target
SET state = found.becomes, labelled_at = CASE WHEN found.becomes IN ('kept', 'undone') THEN %(now)s::timestamptz END
FROM (
    SELECT offer.id, offer.state, CASE
        WHEN held.since IS NULL AND offer.decided_at + %(ordered_within)s::interval <= %(now)s THEN 'undone'
        WHEN held.since IS NULL THEN offer.state
        WHEN held.status = 'ended' THEN 'undone'
        WHEN held.ripe THEN 'kept'
        ELSE 'ordered' END AS becomes
    FROM customers_offer AS offer LEFT JOIN LATERAL ({_HELD}) AS held ON true
    WHERE offer.state IN ('accepted', 'ordered') AND offer.offering_id IS NOT NULL AND offer.decided_at <= %(now)s
) AS found
WHERE target.id = found.id AND found.becomes <> found.state
"""  # noqa: S608  no value of anybody's is part of the text


@transaction.atomic
def label(*, now: datetime) -> int:
    """Gives each yes its outcome as far as it is known; answers how many changed. Repeating it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LABEL,
            {
                "now": now,
                "today": now.date(),
                "kept_days": KEPT_AFTER.days,
                "ordered_within": str(ORDERED_WITHIN),
            },
        )
        return int(cursor.rowcount)
