"""Many plans over a few months of one customer: the same fen as `bulk`, plans of one shape rated together. Pure.

`bulk` goes plan by plan over many customers; at a desk there is one customer and a shelf of plans, so the plans stand
as rows here. What has a shape of its own (conversion, carry-over, tiers, discounts) still goes through `bulk`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from customers.catalogue.block_plans import layout
from customers.catalogue.bulk import NOT_RATABLE, rate_block
from customers.catalogue.compiled import CompiledTariff, CompiledTariffs
from customers.catalogue.usage import Int64, UsageBlock

_NO_CAP = 2**60


@dataclass(frozen=True, kw_only=True)
class _Priced:
    """One column that all plans of a shape charge for, with each plan's figures."""

    position: int  # of the column
    block: int
    amounts: Int64
    num: Int64
    den: Int64
    cap: Int64


@dataclass(frozen=True, kw_only=True)
class _Shape:
    first: CompiledTariff  # names the columns of all
    places: Int64
    fees: Int64
    priced: tuple[_Priced, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rack:
    """Plans ready for one customer."""

    plans: tuple[CompiledTariff, ...]
    shapes: tuple[_Shape, ...]
    others: tuple[int, ...]

    def totals(self, usage: UsageBlock) -> Int64:
        """Months × plans, fen; NOT_RATABLE where a sum is not stored or a use has no price."""
        found = np.empty((usage.size, len(self.plans)), np.int64)
        for shape in self.shapes:
            found[:, shape.places] = _totals(shape, usage)
        if self.others:
            plans = tuple(self.plans[place] for place in self.others)
            keys = dict.fromkeys(column.key for plan in plans for column in plan.columns)
            found[:, self.others] = rate_block(usage, CompiledTariffs(plans=plans, keys=tuple(keys)))
        return found


def rack_of(plans: Sequence[CompiledTariff]) -> Rack:
    """Sorts plans by shape."""
    together: dict[object, list[int]] = {}
    others = []
    for place, plan in enumerate(plans):
        shape = _shape(plan)
        if shape is None:
            others.append(place)
        else:
            together.setdefault(shape, []).append(place)
    shapes = tuple(_stacked([plans[place] for place in places], places) for places in together.values())
    return Rack(plans=tuple(plans), shapes=shapes, others=tuple(others))


def _shape(plan: CompiledTariff) -> object | None:
    """What plans must share to be rated together; None for a plan that is not plain."""
    found = layout(plan)
    plain = not found.entangled and not plan.tariff.discounts and not any(pocket.carried for pocket in plan.pockets)
    pools = found.pools
    single = all(len(pool.charge.columns) == 1 and len(pool.charge.over.tiers) == 1 for pool in pools)
    if not plain or not single:
        return None
    return plan.columns, tuple((pool.charge.columns, pool.charge.over.block) for pool in pools)


def _stacked(plans: Sequence[CompiledTariff], places: Sequence[int]) -> _Shape:
    layouts = [layout(plan) for plan in plans]
    priced = []
    for number, pool in enumerate(layouts[0].pools):
        own = [one.pools[number] for one in layouts]
        overs = [one.charge.over for one in own]
        priced.append(
            _Priced(
                position=pool.charge.columns[0],
                block=pool.charge.over.block,
                amounts=_row(one.amounts[0] + one.amount for one in own),
                num=_row(over.tiers[0].num for over in overs),
                den=_row(over.tiers[0].den for over in overs),
                cap=_row(_NO_CAP if over.cap is None else over.cap for over in overs),
            )
        )
    return _Shape(
        first=plans[0],
        places=_row(places),
        fees=_row(plan.tariff.fee for plan in plans),
        priced=tuple(priced),
    )


def _totals(shape: _Shape, usage: UsageBlock) -> Int64:
    whole = np.empty((usage.size, len(shape.fees)), np.int64)
    whole[:] = shape.fees
    columns = shape.first.columns
    stored = {(key.service, key.scope) for key in usage.sums}
    if any(column.use in stored and column.key not in usage.sums for column in columns):
        whole[:] = NOT_RATABLE
        return whole
    for one in shape.priced:
        column = columns[one.position]
        units = usage.sums.get(column.key)
        if units is None:
            continue
        if column.month_block > 1:
            units = -(-units // column.month_block) * column.month_block
        blocks = -(-np.maximum(units[:, None] - one.amounts, 0) // one.block)
        whole += np.minimum((2 * blocks * one.num + one.den) // (2 * one.den), one.cap)
    uses = shape.first.uses
    for key, units in usage.sums.items():
        if (key.service, key.scope) not in uses:
            whole[units > 0] = NOT_RATABLE
    return whole


def _row(values: Iterable[int]) -> Int64:
    return np.array(list(values), np.int64)
