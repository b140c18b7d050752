"""Closed months come in by the file: use and bills, each month once; a later file corrects it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.utils import timezone

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from customers.catalogue.models import UsageMonth
from customers.catalogue.reading import TariffRefused
from customers.catalogue.usage_rows import UsageRow, missing_between, read_usage
from customers.identity.normalise import normalise
from customers.reading import rows

BATCH = 5_000
MOST_FAULTS = 100  # told one by one; beyond them they are counted
_WHO = """
SELECT own.value, min(own.customer_id::text)::uuid FROM customers_identifier AS own
JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'
WHERE own.kind = 'phone' AND own.scope = '' AND own.value = ANY (%(numbers)s) AND own.valid_to IS NULL
GROUP BY own.value HAVING count(DISTINCT own.customer_id) = 1
"""
_KNOWN = "SELECT customer_id, month FROM customers_usagemonth WHERE customer_id = ANY (%(customers)s::uuid[])"
_FIELDS = ("voice_s", "messages", "data_kb", "bill_fen", "full", "sums", "lines")


@dataclass(frozen=True, kw_only=True)
class Metered:
    """What a file brought: read = stored + unplaced + refused."""

    read: int = 0
    stored: int = 0
    unplaced: int = 0  # no single customer has the number
    refused: int = 0
    faults: tuple[str, ...] = ()  # sentences with row and place
    gaps: int = 0  # customers of the file between whose months one is missing: no saving is promised over a gap


@command
def take(*, lines: Iterable[str], actor: str, now: datetime) -> Metered:
    """Store months, one JSON object a line. What cannot be right is told with its row; all other rows are stored."""
    today, done, number = timezone.localdate(now), Metered(), 0
    several = iter(lines)
    while batch := list(islice(several, BATCH)):
        good: list[UsageRow] = []
        faults: list[str] = []
        for line in batch:
            number += 1
            if not line.strip():
                continue
            try:
                good.append(read_usage(json.loads(line), today=today))
            except TariffRefused as why:
                faults.append(f"Row {number}: {why}")
            except ValueError as why:
                faults.append(f"Row {number}: no JSON ({why}).")
        stored, gaps = _store(good)
        done = Metered(
            read=done.read + len(good) + len(faults), stored=done.stored + stored,
            unplaced=done.unplaced + len(good) - stored, refused=done.refused + len(faults),
            faults=(*done.faults, *faults)[:MOST_FAULTS], gaps=done.gaps + gaps,
        )  # fmt: skip
    counts = {"read": done.read, "stored": done.stored, "unplaced": done.unplaced, "refused": done.refused}
    audit.write(actor=actor, action="usage.taken", subject="usage", data=counts, now=now)
    return done


def _store(told: Sequence[UsageRow]) -> tuple[int, int]:
    """How many found their customer, and how many customers have a gap afterwards."""
    spelled = [replace(row, number=normalise(kind="phone", value=row.number) or "") for row in told]
    who: dict[str, UUID] = dict(rows(_WHO, numbers=sorted({row.number for row in spelled if row.number})))
    placed = [(who[row.number], row) for row in spelled if row.number in who]
    newest = {(customer, row.month): row for customer, row in placed}  # a month told twice: the later row counts
    UsageMonth.objects.bulk_create(
        [
            UsageMonth(customer_id=customer, month=month, **{name: getattr(row, name) for name in _FIELDS})
            for (customer, month), row in newest.items()
        ],
        update_conflicts=True, unique_fields=["customer", "month"], update_fields=list(_FIELDS), batch_size=1_000,
    )  # fmt: skip
    known: dict[UUID, list[date]] = {}
    for customer, month in rows(_KNOWN, customers=sorted({str(customer) for customer, _month in newest})):
        known.setdefault(customer, []).append(month)
    return len(placed), sum(bool(missing_between(months)) for months in known.values())
