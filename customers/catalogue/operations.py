"""Writing what the catalogue keeps: the pool that promises are tried on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from customers.catalogue.accounts import pool_rows
from customers.catalogue.models import UsagePool
from customers.reading import rows

MOST_CUSTOMERS = 1_500  # whose months are taken: 200 neighbours are found among a few thousand
MONTHS_BACK = 7  # a changing season is not lost, and no promise rests on last year's prices
KEPT = timedelta(days=14)

# Full months of customers drawn by their id's hash, so that tomorrow's pool is nearly today's.
_MONTHS = """
SELECT customer_id, month, voice_s, messages, data_kb FROM customers_usagemonth
WHERE "full" AND month >= %(since)s AND customer_id IN (
    SELECT customer_id FROM customers_usagemonth WHERE "full" AND month = %(last)s
    ORDER BY hashint8(('x' || right(replace(customer_id::text, '-', ''), 16))::bit(64)::bigint) LIMIT %(limit)s)
ORDER BY customer_id, month
"""


@transaction.atomic
def build_pool(*, now: datetime) -> int:
    """Write tonight's pool of months that followed three full ones; answers how many. Old pools go.

    Only months that have ended are read, so no claim made from it sees its own future.
    """
    first = timezone.localdate(now).replace(day=1)
    last = (first - timedelta(days=1)).replace(day=1)
    since = (first - timedelta(days=31 * MONTHS_BACK)).replace(day=1)
    found = pool_rows(
        (str(who), *rest) for who, *rest in rows(_MONTHS, since=since, last=last, limit=MOST_CUSTOMERS)
    )  # fmt: skip
    UsagePool.objects.filter(made_at__lt=now - KEPT).delete()
    UsagePool.objects.update_or_create(made_at=now, defaults={"rows": found})
    return len(found)
