"""What became of a yes: ordered, kept for thirty days, or undone. Found in the holdings, every night."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from customers.offers import telling
from customers.reading import rows

KEPT_AFTER = timedelta(days=30)
ORDERED_WITHIN = timedelta(days=14)  # a yes that has become no order by then was none
RIPE = KEPT_AFTER + ORDERED_WITHIN  # a no is known at once, a yes kept only then


def kept_sql(*, customer: str, at: str, offering: str = "") -> str:
    """The one success of an offer, in SQL for both sides of a comparison: something new of the customer's within a
    fortnight of `at`, still held. Of one product where `offering` names its column. Asks for `within` days; judged for
    what is 44 days old.
    """
    of = f" AND held.offering_id = {offering}" if offering else ""
    return (
        f"EXISTS (SELECT FROM customers_holding AS held WHERE held.customer_id = {customer}{of} "
        f"AND held.since >= {at}::date AND held.since <= {at}::date + %(within)s AND held.status <> 'ended')"
    )


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
RETURNING target.state, target.id, target.call, target.customer_id, target.rule, (
    SELECT code FROM customers_offering AS offering WHERE offering.id = target.offering_id)
"""  # noqa: S608  no value of anybody's is part of the text


@transaction.atomic
def label(*, now: datetime) -> int:
    """Gives each yes its outcome as far as it is known and tells it (offer.ordered, offer.kept, offer.undone).

    Answers how many changed. Repeating it changes nothing.
    """
    changed = rows(
        _LABEL, now=now, today=timezone.localdate(now), kept_days=KEPT_AFTER.days, ordered_within=str(ORDERED_WITHIN)
    )  # fmt: skip
    for state in sorted({one[0] for one in changed}):
        told: list[tuple[UUID, dict[str, object]]] = [
            (call, {"offer": offer, "customer": str(customer), "rule": rule, "offering": code, "state": state})
            for became, offer, call, customer, rule, code in changed
            if became == state
        ]
        telling.of_offers(f"offer.{state}", told, actor="labels", now=now)
    return len(changed)
