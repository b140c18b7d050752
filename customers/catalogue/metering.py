"""What months of use leave open: customers between whose months one is missing."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from customers.catalogue.usage_rows import missing_between
from customers.reading import rows

_MONTHS = """
SELECT month.customer_id, month.month FROM customers_usagemonth AS month
WHERE month.customer_id IN (SELECT customer_id FROM customers_factnote WHERE job = %(job)s)
"""


def gaps(*, job: int) -> int:
    """Of how many customers whom an import wrote of a month is missing in between: no saving is promised over a gap."""
    known: dict[UUID, list[date]] = {}
    for customer, month in rows(_MONTHS, job=job):
        known.setdefault(customer, []).append(month)
    return sum(bool(missing_between(months)) for months in known.values())
