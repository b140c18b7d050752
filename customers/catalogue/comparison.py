"""A against B on one customer's own use: the sheet that shows why one plan suits better, or that it depends.

Works for a need given in words as well (a UsageMonth of minutes and GB): without history there are no odds, and the
sheet promises nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from customers.catalogue.claims import Refusal, month_after, source_refusal
from customers.catalogue.compiled import CompiledTariff
from customers.catalogue.forward_test import Transitions, bills_under, mean_use, scenarios
from customers.catalogue.rating import Plan, RatedBill, compiled, rate, rate_months
from customers.catalogue.terms import SERVICES, Tariff
from customers.catalogue.usage import MAX_UNITS, NotRatable, SumKey, UsageMonth

SURE = 0.8  # odds of not being dearer from which one plan may be said to suit better
# Break-even is looked for up to this many times the present use, and told in whole units.
REACH, STEPS = 8, 64
WHOLE_UNIT = {"voice": 60, "messages": 1, "data": 1024}


@dataclass(frozen=True, kw_only=True)
class Side:
    """One plan on the customer's months."""

    code: str
    names: Mapping[str, str]
    bills: tuple[RatedBill, ...]
    months_without_overage: int
    unused: Mapping[str, Fraction]  # share of each bucket left over, by bucket id
    throttled_months: int
    contract_months: int
    penalty_on_leaving: int  # in the first month of the new term, fen
    rights_lost: frozenset[str]  # those of the other plan that this one has not
    quality: Mapping[str, int]

    @property
    def totals(self) -> tuple[int, ...]:
        return tuple(bill.total for bill in self.bills)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """From `units` of `service` on (everything else as it is), the plan `cheaper` is the cheaper one."""

    service: str
    units: int
    cheaper: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The comparison. `verdict` is the code of the plan that suits better, or "" where it is close."""

    a: Side
    b: Side
    p_a_dearer: float | None  # None: no history, or too few customers to learn from
    p_b_dearer: float | None
    break_even: tuple[BreakEven, ...]
    worse_rows: Mapping[str, tuple[str, ...]]  # by plan code: rows in which it is worse than the other
    greyed: tuple[Refusal, ...]  # why a rival's side stands grey and nothing is concluded
    verdict: str

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What a close call hangs on: the uses with a break-even, then the rows where both have something."""
        if self.verdict:
            return ()
        rows = [row for code in (self.a.code, self.b.code) for row in self.worse_rows[code]]
        return tuple(dict.fromkeys([point.service for point in self.break_even] + rows))


def compare(
    a: Plan, b: Plan, *, months: Sequence[UsageMonth], today: date, pool: Transitions | None = None
) -> Sheet:  # fmt: skip
    """Both plans on `months` (oldest first; one month of words will do). Raises NotRatable, also for two currencies."""
    one, two = compiled(a), compiled(b)
    if one.tariff.currency != two.tariff.currency:
        raise NotRatable(
            "{code} is billed in {currency}, {other} in {currency2}.",
            code=one.code,
            currency=one.tariff.currency,
            other=two.code,
            currency2=two.tariff.currency,
        )
    sides = _side(one, two.tariff, months), _side(two, one.tariff, months)
    odds = _odds(one, two, months, pool, today)
    worse = {one.code: _worse(*sides), two.code: _worse(sides[1], sides[0])}
    greyed = tuple(why for plan in (one, two) if (why := source_refusal(plan.tariff, today)))
    return Sheet(
        a=sides[0],
        b=sides[1],
        p_a_dearer=odds[0] if odds else None,
        p_b_dearer=odds[1] if odds else None,
        break_even=tuple(_break_even(one, two, months)),
        worse_rows=worse,
        greyed=greyed,
        verdict="" if greyed or odds is None else _verdict(one.code, two.code, odds, worse),
    )


def _side(plan: CompiledTariff, other: Tariff, months: Sequence[UsageMonth]) -> Side:
    bills = rate_months(months, plan)
    given = {name: sum(bill.given[name] for bill in bills) for name in bills[0].given}
    return Side(
        code=plan.code,
        names=plan.tariff.names,
        bills=bills,
        months_without_overage=sum(bill.overage == 0 for bill in bills),
        unused={
            name: Fraction(sum(bill.left[name] for bill in bills), units) for name, units in given.items() if units
        },
        throttled_months=sum(bool(bill.throttled_from) for bill in bills),
        contract_months=plan.tariff.contract.months,
        penalty_on_leaving=plan.tariff.contract.penalty(fee=plan.tariff.fee, months_served=0),
        rights_lost=other.rights - plan.tariff.rights,
        quality=plan.tariff.quality,
    )


def _worse(side: Side, other: Side) -> tuple[str, ...]:
    """Rows without money in which `side` is the worse one; a quality that only one names is not compared."""
    found = [row for row, value in side.quality.items() if value < other.quality.get(row, value)]
    if side.throttled_months > other.throttled_months:
        found.append("throttle")
    if side.contract_months > other.contract_months:
        found.append("contract")
    if side.rights_lost:
        found.append("rights")
    return tuple(found)


def _odds(
    one: CompiledTariff, two: CompiledTariff, months: Sequence[UsageMonth], pool: Transitions | None, today: date
) -> tuple[float, float] | None:
    """P(A dearer), P(B dearer) next month; equal bills make neither."""
    scenario = scenarios(mean_use(months), pool) if pool is not None else None
    if scenario is None:
        return None
    bills = [bills_under(scenario, plan, month=month_after(today)) for plan in (one, two)]
    if bills[0] is None or bills[1] is None:
        return None
    return float((bills[0] > bills[1]).mean()), float((bills[1] > bills[0]).mean())


def _verdict(a: str, b: str, odds: tuple[float, float], worse: Mapping[str, tuple[str, ...]]) -> str:
    """The plan that suits better. Where both pass, as with equal bills, the one less often dearer; else nobody."""
    passes = [code for code, dearer in zip((a, b), odds, strict=True) if 1 - dearer >= SURE and not worse[code]]
    if len(passes) == 2:
        return "" if odds[0] == odds[1] else (a if odds[0] < odds[1] else b)
    return passes[0] if passes else ""


def _break_even(one: CompiledTariff, two: CompiledTariff, months: Sequence[UsageMonth]) -> list[BreakEven]:
    """Where the cheaper plan changes as one service is used more or less, everything else at its mean."""
    mean = {key: round(units) for key, units in mean_use(months).items()}
    found = []
    for service in SERVICES:
        top = max((units for key, units in mean.items() if key.service == service), default=0)
        if not top:
            continue

        def gap(units: int, service: str = service, top: int = top) -> int:
            usage = UsageMonth(sums=_scaled(mean, service, units, top))
            return rate(usage, one).total - rate(usage, two).total

        for units in _changes(gap, _reach(service, top, one, two), WHOLE_UNIT[service]):
            cheaper = one.code if gap(units) < 0 else two.code
            # Told of all the service's use, while the largest sum was moved.
            found.append(BreakEven(service=service, units=_whole_use(mean, service, units, top), cheaper=cheaper))
    return found


def _reach(service: str, top: int, *plans: CompiledTariff) -> int:
    """Far past the present use, and past what either plan gives."""
    given = [sum(b.units() for b in plan.tariff.buckets if b.service == service) for plan in plans]
    return min(max(top * REACH, 2 * max(given)), MAX_UNITS)


def _scaled(mean: Mapping[SumKey, int], service: str, units: int, top: int) -> dict[SumKey, int]:
    """The mean month with its largest sum of `service` at `units`, the others of the service in proportion."""
    scaled = {}
    for key, value in mean.items():
        block = int(key.rounding.split(":")[1]) if ":" in key.rounding else 1
        moved = -(-value * units // top // block) * block if key.service == service else value
        scaled[key] = min(moved, MAX_UNITS // block * block)
    return scaled


def _whole_use(mean: Mapping[SumKey, int], service: str, units: int, top: int) -> int:
    whole = sum(value for key, value in mean.items() if key.service == service and ":" not in key.rounding)
    return whole * units // top if whole else units


def _changes(gap: Callable[[int], int], reach: int, unit: int) -> list[int]:
    """Whole units from which `gap` has another sign, by bisection between the steps of a ladder."""
    found = []
    rungs = sorted({reach * step // STEPS // unit * unit for step in range(STEPS + 1)})
    last, sign = rungs[0], _sign(gap(rungs[0]))
    for rung in rungs[1:]:
        now = _sign(gap(rung))
        if now and sign and now != sign:
            low, high = last, rung
            while high - low > unit:
                middle = (low + high) // 2 // unit * unit
                low, high = (middle, high) if _sign(gap(middle)) != now else (low, middle)
            found.append(high)
        if now:
            last, sign = rung, now
    return found


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
