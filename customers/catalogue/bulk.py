"""A million customers on a hundred plans: the same fen as `rating.rate`, from monthly sums, chunk by chunk.

The whole customers × plans matrix of a million is never held: `cheapest` keeps the best few of each customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.catalogue.block_plans import Chunk, totals_into
from customers.catalogue.compiled import CompiledTariff, CompiledTariffs
from customers.catalogue.rating import missing_sum
from customers.catalogue.usage import Int64, NotRatable, SumKey, UsageBlock

CHUNK = 16_000  # customers; a plan's columns of this length stay in a core's cache
NOT_RATABLE = 2**62  # stands in a cell where `rate` would raise NotRatable
_WORST = 2**49  # above every bill; a plan's number still fits beside it
_PLAN_BITS = 13

# Units carried in, by plan code and bucket id.
CarriedInColumns = Mapping[tuple[str, str], Int64]


@dataclass(frozen=True, kw_only=True)
class Best:
    """The cheapest plans of each customer, best first; equal bills stand in the plans' order."""

    plans: NDArray[np.int64]  # customers × k, positions in the tariffs; -1 where no plan can be rated
    fen: Int64  # customers × k


def rate_block(
    usage: UsageBlock, tariffs: CompiledTariffs, *, carry_in: CarriedInColumns | None = None
) -> Int64:  # fmt: skip
    """Full months' bills, fen: int64[customers × plans], NOT_RATABLE where a bill cannot be found.

    8 bytes a cell: hand in blocks, or use `cheapest`. A plan with conversion is rated at its dearest order.
    """
    totals = np.empty((len(tariffs), usage.size), np.int64)
    for start, stop, row, total in _totals(usage, tariffs, carry_in or {}):
        totals[row, start:stop] = total
    return totals.T


def cheapest(
    usage: UsageBlock, tariffs: CompiledTariffs, *, k: int = 5, carry_in: CarriedInColumns | None = None
) -> Best:
    """The `k` cheapest plans of each customer."""
    if not 1 <= k <= len(tariffs) <= 1 << _PLAN_BITS:
        raise NotRatable("{k} best of {n} plans cannot be kept.", k=k, n=len(tariffs))
    best = np.full((k, usage.size), (_WORST + 1) << _PLAN_BITS, np.int64)
    for start, stop, row, total in _totals(usage, tariffs, carry_in or {}):
        # The plan's number beside the sum: the smaller of two is the cheaper plan, and the earlier one of equals.
        np.minimum(total, _WORST, out=total)
        total <<= _PLAN_BITS
        total |= row
        _keep(best[:, start:stop], total)
    fen = best >> _PLAN_BITS
    plans = np.where(fen >= _WORST, -1, best & ((1 << _PLAN_BITS) - 1))
    return Best(plans=plans.T, fen=np.where(fen >= _WORST, NOT_RATABLE, fen).T)


def not_ratable(usage: UsageBlock, tariffs: CompiledTariffs) -> dict[str, str]:
    """Plans for which a sum is not stored yet, by code, each with the sentence to show."""
    return {plan.code: why for plan in tariffs.plans if (why := _missing(usage.sums, plan))}


def _keep(best: Int64, found: Int64) -> None:
    """Sorts `found` into the best so far, in place; few customers change, so only they are moved."""
    if len(best) == 1:
        np.minimum(best[0], found, out=best[0])
        return
    rows = np.flatnonzero(found < best[-1])
    moving = found[rows]
    for place in best:
        standing = place[rows]
        place[rows] = np.minimum(standing, moving)
        moving = np.maximum(standing, moving)


def _totals(
    usage: UsageBlock, tariffs: CompiledTariffs, carry_in: CarriedInColumns
) -> Iterator[tuple[int, int, int, Int64]]:
    """start, stop, plan and the bills between; the array is overwritten by the next."""
    absent = [bool(_missing(usage.sums, plan)) for plan in tariffs.plans]
    room = np.empty(min(CHUNK, usage.size), np.int64)
    for start in range(0, usage.size, CHUNK):
        stop = min(start + CHUNK, usage.size)
        sums = usage.part(start, stop)
        chunk = Chunk(sums, stop - start)
        unpriced = _used(sums, tariffs)
        for row, plan in enumerate(tariffs.plans):
            total = room[: stop - start]
            if absent[row]:
                total.fill(NOT_RATABLE)
            else:
                totals_into(plan, chunk, total, _carried(plan, carry_in, slice(start, stop)), usage.month)
                for use, rows in unpriced.items():
                    if use not in plan.uses:
                        total[rows] = NOT_RATABLE
            yield start, stop, row, total


def _carried(plan: CompiledTariff, carry_in: CarriedInColumns, rows: slice) -> dict[str, Int64]:
    """The plan's carried-in columns, no more than it allows."""
    return {
        carry.bucket: np.minimum(carry_in[plan.code, carry.bucket][rows], carry.cap)
        for carry in plan.tariff.carry
        if (plan.code, carry.bucket) in carry_in
    }


def _missing(sums: Mapping[SumKey, Int64], plan: CompiledTariff) -> str:
    stored = {(key.service, key.scope) for key in sums}
    for column in plan.columns:
        if column.key not in sums and column.use in stored:
            return str(missing_sum(plan, column.key.rounding, column.service, column.scope))
    return ""


def _used(sums: Mapping[SumKey, Int64], tariffs: CompiledTariffs) -> dict[tuple[str, str], Int64]:
    """Customers who made a use that some plan has no price for, by position."""
    priced = frozenset.intersection(*(plan.uses for plan in tariffs.plans))
    found: dict[tuple[str, str], Int64] = {}
    for key, column in sums.items():
        use = (key.service, key.scope)
        if use not in priced and use not in found:
            found[use] = np.flatnonzero(column)
    return found
