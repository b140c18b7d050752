"""One plan over a chunk of customers at once: the arithmetic of `rating`, in place on columns.

A chunk is small enough to stay in the processor's cache; `bulk` cuts and loops. Every array is int64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from customers.catalogue.compiled import Charge, CompiledTariff, Step, Target
from customers.catalogue.terms import Mode, Tier
from customers.catalogue.usage import Int64, SumKey

CarryColumns = Mapping[str, Int64]  # units carried in, by bucket id


class Chunk:
    """The stored sums of some customers, and what several plans need of them, found once."""

    def __init__(self, sums: Mapping[SumKey, Int64], size: int) -> None:
        self.size = size
        self._sums = sums
        self._zeros = np.zeros(size, np.int64)
        self._rounded: dict[tuple[SumKey, int], Int64] = {}
        self._blocks: dict[tuple[SumKey, int, int], Int64] = {}
        self.scratch = tuple(np.empty(size, np.int64) for _ in range(3))

    def units(self, key: SumKey, month_block: int) -> Int64:
        """Units in base units, the month's sum rounded up to `month_block`; not to be written to."""
        if month_block == 1:
            return self._sums.get(key, self._zeros)
        found = self._rounded.get((key, month_block))
        if found is None:
            found = ceil_blocks(self.units(key, 1).copy(), month_block)
            found *= month_block
            self._rounded[key, month_block] = found
        return found

    def blocks(self, key: SumKey, month_block: int, block: int) -> Int64:
        """Begun blocks of `block`; many plans share one price block, so they share the division."""
        if block == 1:
            return self.units(key, month_block)
        found = self._blocks.get((key, month_block, block))
        if found is None:
            found = ceil_blocks(self.units(key, month_block).copy(), block)
            self._blocks[key, month_block, block] = found
        return found

    def rows(self, picked: Int64) -> Chunk:
        return Chunk({key: column[picked] for key, column in self._sums.items()}, len(picked))


def ceil_blocks(units: Int64, block: int) -> Int64:
    """Begun blocks, in place."""
    if block > 1:
        units += block - 1
        floor_blocks(units, block)
    return units


def floor_blocks(units: Int64, block: int) -> Int64:
    """Whole blocks, in place; a power of two is a shift, a third of a division's time."""
    if block & (block - 1) == 0:
        units >>= block.bit_length() - 1
    else:
        units //= block
    return units


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A charge whose allowances compete with nothing else: each column less its own, the sum less the shared."""

    charge: Charge
    amount: int  # of the common pockets' own units
    amounts: tuple[int, ...]  # of each column's
    old: tuple[tuple[str, ...], ...]  # buckets of which units are carried in, by column …
    common_old: tuple[str, ...]  # … and for all


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a plan is rated in bulk: charges by themselves where possible, the rest step by step."""

    pools: tuple[Pool, ...]
    entangled: tuple[Charge, ...]
    steps: tuple[tuple[Step, ...], ...]  # of the entangled part, in every order
    columns: tuple[int, ...]  # of the entangled part
    amounts: tuple[int, ...]  # each pocket's own units; 0 where it holds what was carried in


@lru_cache(maxsize=4096)
def layout(plan: CompiledTariff) -> Layout:
    pools, entangled = [], []
    for charge in plan.charges:
        pool = _pool(plan, charge)
        if pool is None:
            entangled.append(charge)
        else:
            pools.append(pool)
    columns = _entangled_columns(plan, entangled)
    steps = tuple(tuple(step for step in order if _touches(plan, step, columns)) for order in plan.orders)
    steps = tuple(dict.fromkeys(steps)) if entangled else ()
    return Layout(
        pools=tuple(pools),
        entangled=tuple(entangled),
        steps=steps,
        columns=tuple(sorted(columns)),
        amounts=_amounts(plan),
    )


def _pool(plan: CompiledTariff, charge: Charge) -> Pool | None:
    mine = set(charge.columns)
    touched = {column for target in plan.targets for column in target.columns}
    if plan.source is not None:
        touched |= set(plan.pockets[plan.source].columns)
    if mine & touched:
        return None
    own: dict[int, list[int]] = {column: [] for column in charge.columns}
    common: list[int] = []
    for index, pocket in enumerate(plan.pockets):
        serves = set(pocket.columns)
        if not serves & mine:
            continue
        if serves == mine and (len(mine) > 1 or common):
            common.append(index)
        elif len(serves) == 1 and not common:
            own[pocket.columns[0]].append(index)
        else:
            return None
    amounts = _amounts(plan)
    return Pool(
        charge=charge,
        amount=sum(amounts[index] for index in common),
        amounts=tuple(sum(amounts[index] for index in own[column]) for column in charge.columns),
        old=tuple(_carried_of(plan, own[column]) for column in charge.columns),
        common_old=_carried_of(plan, common),
    )


def _amounts(plan: CompiledTariff) -> tuple[int, ...]:
    return tuple(0 if pocket.carried else pocket.bucket.units() for pocket in plan.pockets)


def _carried_of(plan: CompiledTariff, pockets: list[int]) -> tuple[str, ...]:
    return tuple(plan.pockets[index].bucket.id for index in pockets if plan.pockets[index].carried)


def _entangled_columns(plan: CompiledTariff, charges: list[Charge]) -> set[int]:
    """The charges' columns and all that compete with them for a pocket or for conversion."""
    columns = {column for charge in charges for column in charge.columns}
    groups = [set(pocket.columns) for pocket in plan.pockets]
    if plan.source is not None:
        groups.append({c for target in plan.targets for c in target.columns} | set(plan.pockets[plan.source].columns))
    grown = True
    while grown and columns:
        grown = False
        for group in groups:
            if group & columns and not group <= columns:
                columns, grown = columns | group, True
    return columns


def _touches(plan: CompiledTariff, step: Step, columns: set[int]) -> bool:
    if step.pocket is not None:
        return bool(set(plan.pockets[step.pocket].columns) & columns)
    return step.target is not None and bool(set(plan.targets[step.target].columns) & columns)


def totals_into(plan: CompiledTariff, chunk: Chunk, out: Int64, carry: CarryColumns, month: str | None) -> None:
    """The plan's bills for the chunk, fen, into `out`."""
    shape = layout(plan)
    out.fill(plan.tariff.fee)
    for pool in shape.pools:
        blocks = _pool_blocks(plan, pool, chunk, carry)
        out += _price(pool.charge, blocks, chunk.scratch[1], chunk.scratch[2])
    if shape.entangled:
        out += _entangled(plan, shape, chunk, carry)
    _discount(plan, out, chunk.scratch[0], month)


def _pool_blocks(plan: CompiledTariff, pool: Pool, chunk: Chunk, carry: CarryColumns) -> Int64:
    """Blocks past the allowances, in the chunk's first scratch column."""
    left, part = chunk.scratch[0], chunk.scratch[1]
    block = pool.charge.over.block
    columns = [plan.columns[index] for index in pool.charge.columns]
    if len(columns) == 1 and not pool.old[0] and pool.amounts[0] % block == 0:
        # ceil((u - a) / b) = ceil(u / b) - a / b: the division is shared with other plans.
        blocks = chunk.blocks(columns[0].key, columns[0].month_block, block)
        np.subtract(blocks, pool.amounts[0] // block, out=left)
        return np.maximum(left, 0, out=left)
    for position, column in enumerate(columns):
        units = chunk.units(column.key, column.month_block)
        _less(units, pool.amounts[position], pool.old[position], carry, part if position else left)
        if position:
            left += part
    if pool.amount or pool.common_old:
        _less(left, pool.amount, pool.common_old, carry, left)
    return ceil_blocks(left, block)


def _less(units: Int64, amount: int, old: tuple[str, ...], carry: CarryColumns, out: Int64) -> None:
    """Units past what the month gives and what was carried in."""
    np.subtract(units, amount, out=out)
    for bucket in old:
        if bucket in carry:
            out -= carry[bucket]
    np.maximum(out, 0, out=out)


# --- price --------------------------------------------------------------------------------------------------------


def _price(charge: Charge, blocks: Int64, spare: Int64, more: Int64) -> Int64:
    """Fen for `blocks`; `blocks` is overwritten, `spare` and `more` are scratch."""
    over = charge.over
    if len(over.tiers) == 1:
        fen = _half_up(blocks, over.tiers[0])
    elif over.mode is Mode.VOLUME:
        fen = _volume(charge, blocks, spare, more)
    else:
        fen = _graduated(charge, blocks, spare, more)
    return fen if over.cap is None else np.minimum(fen, over.cap, out=fen)


def _half_up(blocks: Int64, tier: Tier) -> Int64:
    """blocks × num ÷ den in place, half-up."""
    num, den = tier.num, tier.den
    if den > 1:
        # An even denominator needs no doubling: (xn + d/2) // d is the same.
        factor = 1 if den % 2 == 0 else 2
        if num * factor != 1:
            blocks *= num * factor
        blocks += den * factor // 2
        floor_blocks(blocks, den * factor)
    elif num != 1:
        blocks *= num
    return blocks


def _graduated(charge: Charge, blocks: Int64, spare: Int64, total: Int64) -> Int64:
    """Each tier is rounded by itself, as it is one line of the bill."""
    tiers, block = charge.over.tiers, charge.over.block
    if all(tier.den == 1 for tier in tiers):
        np.multiply(blocks, tiers[0].num, out=total)
        for before, tier in pairwise(tiers):
            np.subtract(blocks, tier.start // block, out=spare)
            np.maximum(spare, 0, out=spare)
            spare *= tier.num - before.num
            total += spare
        return total
    np.minimum(blocks, (tiers[0].end or 0) // block, out=total)
    _half_up(total, tiers[0])
    for tier in tiers[1:]:
        np.subtract(blocks, tier.start // block, out=spare)
        np.maximum(spare, 0, out=spare)
        if tier.end is not None:
            np.minimum(spare, (tier.end - tier.start) // block, out=spare)
        total += _half_up(spare, tier)
    return total


def _volume(charge: Charge, blocks: Int64, spare: Int64, total: Int64) -> Int64:
    np.copyto(total, blocks)
    _half_up(total, charge.over.tiers[0])
    for tier in charge.over.tiers[1:]:
        np.copyto(spare, blocks)
        np.copyto(total, _half_up(spare, tier), where=blocks > tier.start // charge.over.block)
    return total


# --- what competes ------------------------------------------------------------------------------------------------


def _entangled(plan: CompiledTariff, shape: Layout, chunk: Chunk, carry: CarryColumns) -> Int64:
    """The entangled charges in the declared order; where an order could matter, the dearest."""
    fen, open_rows = _in_order(plan, shape, shape.steps[0], chunk, carry)
    if len(shape.steps) > 1 and open_rows is not None and open_rows.any():
        rows = np.flatnonzero(open_rows)
        few = chunk.rows(rows)
        few_carry = {bucket: column[rows] for bucket, column in carry.items()}
        dearest = fen[rows]
        for steps in shape.steps[1:]:
            np.maximum(dearest, _in_order(plan, shape, steps, few, few_carry)[0], out=dearest)
        fen[rows] = dearest
    return fen


def _in_order(
    plan: CompiledTariff, shape: Layout, steps: tuple[Step, ...], chunk: Chunk, carry: CarryColumns
) -> tuple[Int64, np.typing.NDArray[np.bool_] | None]:
    """Fen, and the rows in which a conversion got less than it wanted.

    In the declared order every own use is served first. Where all conversions were then served in full, the source
    held enough for everyone, and no order differs.
    """
    need = {
        index: chunk.units(plan.columns[index].key, plan.columns[index].month_block).copy() for index in shape.columns
    }
    held: Int64 | None = None
    short: np.typing.NDArray[np.bool_] | None = None
    for step in steps:
        if step.target is not None and plan.source is not None:
            if held is None:
                held = np.full(chunk.size, layout(plan).amounts[plan.source], np.int64)
            unmet = _convert(plan.targets[step.target], need, held)
            short = unmet if short is None else short | unmet
        elif step.pocket is not None:
            held = _draw(plan, step.pocket, need, held, chunk, carry)
    total = np.zeros(chunk.size, np.int64)
    for charge in shape.entangled:
        blocks = need[charge.columns[0]]
        for column in charge.columns[1:]:
            blocks += need[column]
        total += _price(charge, ceil_blocks(blocks, charge.over.block), chunk.scratch[1], chunk.scratch[2])
    return total, short


def _draw(
    plan: CompiledTariff, index: int, need: dict[int, Int64], held: Int64 | None, chunk: Chunk, carry: CarryColumns
) -> Int64 | None:
    """Draws on a pocket; what the source of a conversion holds afterwards is handed back, others are forgotten."""
    pocket = plan.pockets[index]
    is_source = index == plan.source
    amount: Int64 | int = carry.get(pocket.bucket.id, 0) if pocket.carried else layout(plan).amounts[index]
    if is_source and held is not None:
        amount = held
    *earlier, last = pocket.columns
    if not earlier and not is_source:
        np.subtract(need[last], amount, out=need[last])
        np.maximum(need[last], 0, out=need[last])
        return held
    left: Int64 = np.empty(chunk.size, np.int64)
    left[:] = amount
    taken = chunk.scratch[0]
    for column in pocket.columns:
        np.minimum(need[column], left, out=taken)
        need[column] -= taken
        left -= taken
    return left if is_source else held


def _convert(target: Target, need: dict[int, Int64], held: Int64) -> np.typing.NDArray[np.bool_]:
    terms = target.terms
    wanted = need[target.columns[0]].copy()
    for column in target.columns[1:]:
        wanted += need[column]
    ceil_blocks(wanted, terms.get)
    np.minimum(wanted, terms.cap // terms.get, out=wanted)
    lots = floor_blocks(held.copy(), terms.give)
    np.minimum(wanted, lots, out=lots)
    unmet = wanted > lots
    held -= np.multiply(lots, terms.give, out=wanted)
    serves = lots if terms.get == 1 else np.multiply(lots, terms.get, out=lots)
    for column in target.columns:
        taken = np.minimum(need[column], serves, out=wanted)
        need[column] -= taken
        serves -= taken
    return unmet


# --- discounts ----------------------------------------------------------------------------------------------------


def _discount(plan: CompiledTariff, out: Int64, spare: Int64, month: str | None) -> None:
    fee: Int64 | int = plan.tariff.fee  # what is left of it; an array once a discount of the total came before
    for discount in plan.tariff.discounts:
        if not discount.runs_in(month):
            continue
        if discount.on == "fee" and isinstance(fee, int):
            off = min(fee, discount.fen or 0) if discount.percent is None else (2 * fee * discount.percent + 100) // 200
            fee -= off
            out -= off
            continue
        np.copyto(spare, out if discount.on == "total" else fee)
        if discount.percent is None:
            np.minimum(spare, discount.fen or 0, out=spare)
        else:
            spare *= discount.percent
            spare += 50
            spare //= 100
        out -= spare
        fee = np.minimum(out, fee - spare if discount.on == "fee" else fee)
