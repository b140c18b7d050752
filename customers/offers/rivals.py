"""Rivals' plans on a customer's own months, by the engine that rates ours. An old or broken sheet says nothing.

Of coverage and quality nothing is said: nobody here has measured them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from customers.catalogue.keeping import RivalOffering
from customers.catalogue.rating import rate
from customers.catalogue.reading import TariffRefused
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import NotRatable, UsageMonth
from customers.results import RivalBill

MOST = 5


def on_use(usages: Sequence[UsageMonth], *, now: int, today: date) -> tuple[RivalBill, ...]:
    """The cheapest first, then those that say nothing. `now` is what the months cost with us, fen. One statement."""
    found = [_bill(row, usages, now, today) for row in RivalOffering.objects.order_by("operator", "code")]
    known = [one for one in found if one.total_fen is not None]
    cheapest = sorted(known, key=lambda one: (-one.cheaper_fen, one.operator))[:MOST]
    return (*cheapest, *[one for one in found if one.total_fen is None][: MOST - len(cheapest)])


def _bill(row: RivalOffering, usages: Sequence[UsageMonth], now: int, today: date) -> RivalBill:
    total = None
    if today < row.expires_on:
        try:
            tariff = parse_tariff(row.tariff, code=row.code, names={"en": row.name_en, "zh": row.name_zh})
            total = sum(rate(usage, tariff).total for usage in usages) if tariff.currency == "CNY" else None
        except (NotRatable, TariffRefused):
            total = None
    return RivalBill(
        operator=row.operator, name_en=row.name_en, name_zh=row.name_zh, total_fen=total,
        cheaper_fen=now - total if total is not None else 0, source=row.source, seen_on=row.seen_on,
        is_fresh=today < row.expires_on,
    )  # fmt: skip
