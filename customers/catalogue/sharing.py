"""One plan for several lines, as a family's: a fee once, allowances of a share group drawn on by all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from customers.catalogue.compiled import CompiledTariff, Step
from customers.catalogue.rating import (
    Line,
    Plan,
    Spent,
    compiled,
    discount_lines,
    fee_line,
    filled,
    needs,
    spend,
    throttle_line,
    throttled_from,
    use_lines,
)
from customers.catalogue.usage import NotRatable, UsageMonth

MOST_LINES = 6  # every order of so many lines is tried


@dataclass(frozen=True, kw_only=True)
class GroupBill:
    """A month of a group, fen; `lines` are the group's own, `members` each line's."""

    code: str
    lines: tuple[Line, ...]  # fee and discounts
    members: Mapping[str, tuple[Line, ...]]
    left: Mapping[str, int]  # shared buckets' unused units, by bucket id
    bounded: bool  # it matters who came first, which sums do not tell: this is the dearest order

    @property
    def total(self) -> int:
        return sum(line.fen for lines in (self.lines, *self.members.values()) for line in lines)


def rate_group(
    usages: Mapping[str, UsageMonth], tariff: Plan, *, active_days: tuple[int, int] | None = None
) -> GroupBill:  # fmt: skip
    """The group's bill; `usages` by line. Buckets without a share group belong to each line by itself.

    Raises NotRatable for no line, more than six, or what `rating.rate` refuses.
    """
    if not 1 <= len(usages) <= MOST_LINES:
        raise NotRatable("{n} lines cannot be rated as one group; one to {most} can.", n=len(usages), most=MOST_LINES)
    plan = compiled(tariff)
    months = {usage.month for usage in usages.values()}
    if len(months) > 1:
        raise NotRatable("The lines of a group are rated for one month.")
    need = {name: needs(usage, plan) for name, usage in usages.items()}
    full = filled(plan, active_days, {carry.bucket: () for carry in plan.tariff.carry})
    bills = [
        _in_turn(plan, turn, order, need, full, active_days, next(iter(months)))
        for order in plan.orders
        for turn in permutations(need)
    ]
    dearest = max(bills, key=lambda bill: bill.total)
    bounded = any(bill.total != dearest.total for bill in bills)
    return GroupBill(**{**dearest.__dict__, "bounded": bounded})


def _in_turn(
    plan: CompiledTariff,
    turn: tuple[str, ...],
    order: tuple[Step, ...],
    need: Mapping[str, list[int]],
    full: list[int],
    active_days: tuple[int, int] | None,
    month: str | None,
) -> GroupBill:
    """Each line served after the other; the next finds what was left of the shared buckets."""
    pool = list(full)
    members: dict[str, tuple[Line, ...]] = {}
    for name in turn:
        spent = spend(plan, order, list(need[name]), pool)
        members[name] = tuple(_member_lines(plan, spent))
        pool = [
            spent.left[index] if pocket.bucket.share_group else full[index] for index, pocket in enumerate(plan.pockets)
        ]
    own = [fee_line(plan.tariff, active_days)]
    own += discount_lines(plan.tariff, [*own, *(line for lines in members.values() for line in lines)], month)
    shared = {pocket.bucket.id: pool[index] for index, pocket in enumerate(plan.pockets) if pocket.bucket.share_group}
    return GroupBill(code=plan.code, lines=tuple(own), members=members, left=shared, bounded=False)


def _member_lines(plan: CompiledTariff, spent: Spent) -> list[Line]:
    slower = throttled_from(plan, spent)
    return [*use_lines(plan, spent), *(throttle_line(service, units) for service, units in slower.items())]
