"""What a month of so much use would cost on terms that nobody has saved yet. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from customers.catalogue.accounts import NATIONAL
from customers.catalogue.rating import RatedBill, rate
from customers.catalogue.rating import compiled as compile_plan
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import UsageMonth

GB = 1024 * 1024  # KB


def month_bill(terms: Mapping[str, Any], *, minutes: int, messages: int, gigabytes: Fraction) -> RatedBill:
    """The bill of one month of national use, calls ended on whole minutes. Raises TariffRefused, NotRatable."""
    tariff = parse_tariff(terms, code="new", names={"en": "new"})
    used = {"voice": minutes * 60, "messages": messages, "data": int(gigabytes * GB)}
    columns = compile_plan(tariff).columns
    sums = {column.key: used[column.key.service] if column.key.scope == NATIONAL else 0 for column in columns}
    return rate(UsageMonth(sums=sums), tariff)
