"""Money that moved besides the monthly bill, as the customer's page shows it."""

from __future__ import annotations

from uuid import UUID

from customers.insight.facts import Transaction

MOST = 12


def recent_transactions(*, customer_id: UUID) -> list[Transaction]:
    """The newest first. One statement."""
    return list(Transaction.objects.filter(customer=customer_id).order_by("-at", "-pk")[:MOST])
