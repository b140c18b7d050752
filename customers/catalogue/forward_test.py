"""What next month may look like: how usage really moved for customers like this one, tried on their plan and another.

Three months cheaper is no promise: on measured months one claim in ten was dearer in the next. So both plans are
rated under 200 next months taken from other customers, all services moving together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.catalogue.bulk import NOT_RATABLE, rate_block
from customers.catalogue.compiled import CompiledTariff, CompiledTariffs
from customers.catalogue.rating import CarriedIn
from customers.catalogue.terms import SERVICES
from customers.catalogue.usage import MAX_UNITS, RAW, Int64, SumKey, UsageBlock, UsageMonth

NEAREST = 200
FEWEST = 100  # transitions below which nothing is said
WIDEN = 1.25  # exponent: the future moves more than the past of a few hundred neighbours shows

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """Months that followed three full ones, of other customers, all ended before the claim.

    Two arrays, transitions × (voice s, messages, data KB): the mean of three months, and the month after.
    """

    before: Float
    after: Float

    def __len__(self) -> int:
        return len(self.before)


def mean_use(months: Sequence[UsageMonth]) -> dict[SumKey, float]:
    """The mean of each sum."""
    keys = dict.fromkeys(key for month in months for key in month.sums)
    return {key: sum(month.sums.get(key, 0) for month in months) / len(months) for key in keys}


def by_service(mean: Mapping[SumKey, float]) -> Float:
    """Voice seconds, messages and KB, over all scopes, of the sums as used."""
    return np.array(
        [sum(units for key, units in mean.items() if key.service == name and key.rounding == RAW) for name in SERVICES]
    )


def scenarios(mean: Mapping[SumKey, float], pool: Transitions) -> UsageBlock | None:
    """Next months of one customer, one a row; None if fewer than 100 transitions are known."""
    if len(pool) < FEWEST:
        return None
    here, there = _place(by_service(mean)[None]), _place(pool.before)
    distance = np.abs(there - here).sum(axis=1)
    near = np.argsort(distance, kind="stable")[:NEAREST]
    before, after = pool.before[near], pool.after[near]
    moved = np.divide(after, before, out=np.ones_like(after), where=before > 0) ** WIDEN
    return UsageBlock(sums={key: _moved(key, units, moved) for key, units in mean.items()})


def bills_under(
    scenario: UsageBlock, plan: CompiledTariff, *, month: str | None = None, carry_in: CarriedIn | None = None
) -> Int64 | None:
    """The plan's bill in each scenario, fen, with the discounts that run in `month`; None where it cannot be rated."""
    keys = tuple(column.key for column in plan.columns)
    carried = {
        (plan.code, bucket): np.full(scenario.size, sum(units), np.int64) for bucket, units in (carry_in or {}).items()
    }
    usage = UsageBlock(sums=scenario.sums, month=month)
    bills = rate_block(usage, CompiledTariffs(plans=(plan,), keys=keys), carry_in=carried)[:, 0]
    return None if (bills == NOT_RATABLE).any() else bills


def _place(use: Float) -> Float:
    """Where a customer stands: log minutes and log MB."""
    return np.log1p(np.stack([use[:, 0] / 60, use[:, 2] / 1024], axis=1))


def _moved(key: SumKey, units: float, moved: Float) -> Int64:
    block = 1 if key.rounding == RAW else int(key.rounding.split(":")[1])
    factor = moved[:, SERVICES.index(key.service)]
    whole = np.rint(units * factor / block) * block
    found: Int64 = np.minimum(whole, MAX_UNITS // block * block).astype(np.int64)
    return found
