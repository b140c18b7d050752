"""One customer's bill on one plan: exact, with every line explained. `bulk` gives the same totals for many at once.

Steps: fee and allowances for the days active → carried-over units → buckets in order → conversion → overage by
block, tier and cap → discounts in order → the total is the sum of the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from customers.catalogue.compiled import Charge, CompiledTariff, Step, Target, compile_tariff
from customers.catalogue.explanations import Amount, sentence
from customers.catalogue.terms import Discount, Tariff, Tier, half_up
from customers.catalogue.usage import NotRatable, UsageMonth

# Carried-in units by bucket id, the youngest first: (from last month, from the month before that, …).
CarriedIn = Mapping[str, Sequence[int]]
Plan = Tariff | CompiledTariff


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a bill; lines without money tell where the allowance went."""

    kind: str  # a key of explanations.SENTENCES
    fen: int = 0
    service: str = ""
    units: int = 0  # base units
    facts: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def charge(self) -> str:
        """The line of a real bill it belongs to: fee, voice, messages, data or discount."""
        return {"fee": "fee", "fee_part": "fee"}.get(self.kind) or self.service or "discount"

    def because(self, language: str = "en") -> str:
        return sentence(self.kind, self.facts, language)


@dataclass(frozen=True, kw_only=True)
class RatedBill:
    """A month on a plan."""

    code: str
    currency: str
    lines: tuple[Line, ...]
    left: Mapping[str, int]  # this month's own units unused, by bucket id
    given: Mapping[str, int]  # this month's own units, by bucket id
    carry_out: Mapping[str, tuple[int, ...]]  # what next month's `carry_in` is
    throttled_from: Mapping[str, int]  # service → units served at full speed, where more were wanted
    bounded: bool  # monthly sums leave the order open and it matters: this is the dearest order

    @property
    def total(self) -> int:
        """Fen; the sum of the lines by definition."""
        return sum(line.fen for line in self.lines)

    @property
    def overage(self) -> int:
        return sum(line.fen for line in self.lines if line.kind in ("overage", "cap"))


def rate(
    usage: UsageMonth, tariff: Plan, *, active_days: tuple[int, int] | None = None, carry_in: CarriedIn | None = None
) -> RatedBill:
    """The month's bill, fen. `active_days` = (days active, days of the month) of a partial month; None = all of it.

    Raises NotRatable if a sum that the plan needs is not stored, or the plan has no price for a use that was made.
    """
    plan = compiled(tariff)
    need = needs(usage, plan)
    cohorts = _cohorts(plan, carry_in)
    runs = [spend(plan, order, list(need), filled(plan, active_days, cohorts)) for order in plan.orders]
    bills = [_bill(plan, run, usage.month, active_days, cohorts) for run in runs]
    dearest = max(bills, key=lambda bill: bill.total)
    return _marked(dearest, bounded=any(bill.total != dearest.total for bill in bills))


def rate_months(
    usages: Iterable[UsageMonth], tariff: Plan, *, carry_in: CarriedIn | None = None
) -> tuple[RatedBill, ...]:
    """Consecutive full months, oldest first: what one leaves over is carried into the next."""
    bills: list[RatedBill] = []
    for usage in usages:
        bills.append(rate(usage, tariff, carry_in=bills[-1].carry_out if bills else carry_in))
    return tuple(bills)


def compiled(tariff: Plan) -> CompiledTariff:
    return tariff if isinstance(tariff, CompiledTariff) else compile_tariff(tariff)


def needs(usage: UsageMonth, plan: CompiledTariff) -> list[int]:
    """Units of each of the plan's columns, rounded as the plan rounds. Raises NotRatable."""
    for key, units in usage.sums.items():
        if units and (key.service, key.scope) not in plan.uses:
            raise NotRatable(
                "{code} has no price for {service} ({scope}).", code=plan.code, service=key.service, scope=key.scope
            )
    stored = {(key.service, key.scope) for key in usage.sums}
    found = []
    for column in plan.columns:
        if column.key not in usage.sums and column.use in stored:
            raise missing_sum(plan, column.key.rounding, column.service, column.scope)
        units = usage.sums.get(column.key, 0)
        found.append(-(-units // column.month_block) * column.month_block)
    return found


def missing_sum(plan: CompiledTariff, rounding: str, service: str, scope: str) -> NotRatable:
    told = "{code} counts {service} ({scope}) as {rounding}; that sum is not stored for this month yet."
    return NotRatable(told, code=plan.code, service=service, scope=scope, rounding=rounding)


@dataclass(kw_only=True)
class Spent:
    """Where the units went: what is still unpaid, what the pockets hold, and what was drawn and converted."""

    need: list[int]
    full: list[int]
    left: list[int]
    converted: list[tuple[Target, int, int]]  # target, units given away, units served


def _cohorts(plan: CompiledTariff, carry_in: CarriedIn | None) -> dict[str, tuple[int, ...]]:
    """Carried-in units by bucket, no more and no older than the plan allows."""
    found = {}
    for carry in plan.tariff.carry:
        room, kept = carry.cap, []
        for units in tuple((carry_in or {}).get(carry.bucket, ()))[: carry.months]:
            if units < 0:
                raise NotRatable(
                    "{code}: {units} units carried into {bucket} cannot be.",
                    code=plan.code,
                    units=units,
                    bucket=carry.bucket,
                )
            kept.append(min(units, room))
            room -= kept[-1]
        found[carry.bucket] = tuple(kept)
    return found


def filled(
    plan: CompiledTariff, active_days: tuple[int, int] | None, cohorts: Mapping[str, Sequence[int]]
) -> list[int]:
    if active_days is not None and not 1 <= active_days[0] <= active_days[1] <= 31:
        raise NotRatable("{some} of {days} days is no part of a month.", some=active_days[0], days=active_days[1])
    return [
        sum(cohorts[pocket.bucket.id]) if pocket.carried else pocket.bucket.units(active_days)
        for pocket in plan.pockets
    ]


def spend(plan: CompiledTariff, order: tuple[Step, ...], need: list[int], full: list[int]) -> Spent:
    spent = Spent(need=need, full=full, left=list(full), converted=[])
    for step in order:
        if step.pocket is not None:
            _draw(spent, step.pocket, plan.pockets[step.pocket].columns)
        elif step.target is not None and plan.source is not None:
            _convert(spent, plan.source, plan.targets[step.target])
    return spent


def _draw(spent: Spent, pocket: int, columns: tuple[int, ...]) -> None:
    for column in columns:
        taken = min(spent.need[column], spent.left[pocket])
        spent.need[column] -= taken
        spent.left[pocket] -= taken


def _convert(spent: Spent, source: int, target: Target) -> None:
    """Whole lots only: a begun minute takes the whole MB."""
    terms = target.terms
    wanted = -(-sum(spent.need[column] for column in target.columns) // terms.get)
    lots = min(wanted, terms.cap // terms.get, spent.left[source] // terms.give)
    spent.left[source] -= lots * terms.give
    serves = lots * terms.get
    for column in target.columns:
        taken = min(spent.need[column], serves)
        spent.need[column] -= taken
        serves -= taken
    if lots:
        spent.converted.append((target, lots * terms.give, lots * terms.get - serves))


def _bill(
    plan: CompiledTariff,
    spent: Spent,
    month: str | None,
    active_days: tuple[int, int] | None,
    cohorts: Mapping[str, tuple[int, ...]],
) -> RatedBill:
    own = [(index, pocket) for index, pocket in enumerate(plan.pockets) if not pocket.carried]
    lines = [fee_line(plan.tariff, active_days), *use_lines(plan, spent)]
    throttled = throttled_from(plan, spent)
    lines += [throttle_line(service, units) for service, units in throttled.items()]
    lines += discount_lines(plan.tariff, lines, month)
    return RatedBill(
        code=plan.code,
        currency=plan.tariff.currency,
        lines=tuple(lines),
        left={pocket.bucket.id: spent.left[index] for index, pocket in own},
        given={pocket.bucket.id: spent.full[index] for index, pocket in own},
        carry_out=_carried_out(plan, spent, cohorts),
        throttled_from=throttled,
        bounded=False,
    )


def _marked(bill: RatedBill, *, bounded: bool) -> RatedBill:
    return RatedBill(**{**bill.__dict__, "bounded": bounded})


def _carried_out(
    plan: CompiledTariff, spent: Spent, cohorts: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[int, ...]]:
    """What each bucket hands on: the oldest units are used up first, the youngest kept first under the cap."""
    found = {}
    for carry in plan.tariff.carry:
        own = old = 0
        for index, pocket in enumerate(plan.pockets):
            if pocket.bucket.id == carry.bucket:
                own, old = (own, spent.left[index]) if pocket.carried else (spent.left[index], old)
        kept, room = [own], old
        for units in cohorts[carry.bucket]:  # youngest first: what is left of the old is the youngest of it
            kept.append(min(units, room))
            room -= kept[-1]
        out, room = [], carry.cap
        for units in kept[: carry.months]:
            out.append(min(units, room))
            room -= out[-1]
        found[carry.bucket] = tuple(out)
    return found


# --- lines --------------------------------------------------------------------------------------------------------


def fee_line(tariff: Tariff, active_days: tuple[int, int] | None) -> Line:
    if active_days is None or not tariff.fee_prorated:
        return Line(kind="fee", fen=tariff.fee)
    facts = {"full": Amount(tariff.currency, tariff.fee), "days": active_days[0], "of": active_days[1]}
    return Line(kind="fee_part", fen=tariff.fee_for(active_days), facts=facts)


def use_lines(plan: CompiledTariff, spent: Spent) -> Iterator[Line]:
    for index, pocket in enumerate(plan.pockets):
        if pocket.carried and not spent.full[index]:
            continue
        drawn = spent.full[index] - spent.left[index]
        if index == plan.source:
            drawn -= sum(given for _, given, _ in spent.converted)
        service = pocket.bucket.service
        facts: dict[str, object] = {"service": service, "scope": pocket.bucket.scopes[0]}
        facts |= {"units": Amount(service, drawn), "amount": Amount(service, spent.full[index])}
        yield Line(kind="carried" if pocket.carried else "allowance", service=service, units=drawn, facts=facts)
    for target, given, served in spent.converted:
        yield _converted_line(plan, target, given, served)
    for charge in plan.charges:
        yield from _charge_lines(charge, sum(spent.need[column] for column in charge.columns), plan.tariff.currency)


def _converted_line(plan: CompiledTariff, target: Target, given: int, served: int) -> Line:
    source = plan.pockets[plan.source or 0].bucket.service
    service = target.terms.service
    facts = {"service": service, "source": source, "given": Amount(source, given), "units": Amount(service, served)}
    return Line(kind="converted", service=service, units=served, facts=facts)


def _charge_lines(charge: Charge, units: int, currency: str) -> Iterator[Line]:
    if not units:
        return
    over = charge.over
    place = {"service": over.service, "scope": over.scopes[0]}
    total = 0
    for tier, blocks, fen in charge.by_tier(units):
        total += fen
        yield Line(kind="overage", fen=fen, service=over.service, units=blocks * over.block,
                   facts=place | _price_facts(charge, tier, blocks, currency))  # fmt: skip
    if over.cap is not None and total > over.cap:
        yield Line(kind="cap", fen=over.cap - total, service=over.service,
                   facts=place | {"cap": Amount(currency, over.cap)})  # fmt: skip


def _price_facts(charge: Charge, tier: Tier, blocks: int, currency: str) -> dict[str, object]:
    return {
        "units": Amount(charge.over.service, blocks * charge.over.block),
        "blocks": f"{blocks:,}",
        "price": Amount(currency, Fraction(tier.num, tier.den)),
        "block": Amount(charge.over.service, charge.over.block),
    }


def throttled_from(plan: CompiledTariff, spent: Spent) -> dict[str, int]:
    """Services that were slowed, with the units served before: allowances, conversion and, where capped, overage."""
    found = {}
    for service in sorted(plan.tariff.throttled):
        charged = {column for charge in plan.charges for column in charge.columns}
        slow = any(spent.need[i] for i, c in enumerate(plan.columns) if c.service == service and i not in charged)
        paid = 0
        for charge in plan.charges:
            units = sum(spent.need[column] for column in charge.columns)
            if charge.over.service == service and units:
                full_speed = _units_to_cap(charge, units)
                slow, paid = slow or full_speed < units, paid + full_speed
        if slow:
            served = sum(line.units for line in use_lines(plan, spent)
                         if line.service == service and line.kind in ("allowance", "carried", "converted"))  # fmt: skip
            found[service] = served + paid
    return found


def _units_to_cap(charge: Charge, units: int) -> int:
    """Of `units` past the allowance, those sold before the cap is reached; by bisection, graduated prices only rise."""
    cap = charge.over.cap
    if cap is None or sum(fen for _, _, fen in charge.by_tier(units)) <= cap:
        return units
    low, high = 0, charge.blocks(units)
    while low + 1 < high:
        middle = (low + high) // 2
        paid = sum(fen for _, _, fen in charge.by_tier(middle * charge.over.block))
        low, high = (middle, high) if paid < cap else (low, middle)
    return min(units, high * charge.over.block)


def throttle_line(service: str, units: int) -> Line:
    return Line(kind="throttled", service=service, facts={"service": service, "units": Amount(service, units)})


def discount_lines(tariff: Tariff, lines: Sequence[Line], month: str | None) -> list[Line]:
    """Each takes from what those before it left; none takes more than there is."""
    total = sum(line.fen for line in lines)
    fee = min(total, sum(line.fen for line in lines if line.charge == "fee"))
    found = []
    for discount in tariff.discounts:
        if not discount.runs_in(month):
            continue
        fen = discount_fen(discount, fee=fee, total=total)
        total -= fen
        fee = min(total, fee - fen if discount.on == "fee" else fee)
        found.append(_discount_line(discount, fen, tariff.currency))
    return found


def discount_fen(discount: Discount, *, fee: int, total: int) -> int:
    base = fee if discount.on == "fee" else total
    return min(base, discount.fen or 0) if discount.percent is None else half_up(base, discount.percent, 100)


def _discount_line(discount: Discount, fen: int, currency: str) -> Line:
    facts: dict[str, object] = {"on": discount.on, "until": f" ({discount.until})" if discount.until else ""}
    if discount.percent is not None:
        return Line(kind="discount_percent", fen=-fen, facts=facts | {"percent": discount.percent})
    return Line(kind="discount_fen", fen=-fen, facts=facts | {"fen": Amount(currency, discount.fen or 0)})
