"""The gate before every saving: the present plan, re-rated, must give the bills that were really sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from customers.catalogue.explanations import money, word
from customers.catalogue.rating import CarriedIn, Plan, compiled, rate
from customers.catalogue.reading import Sentence
from customers.catalogue.usage import NotRatable, UsageMonth

BILLS = 3  # closed bills that are re-rated
EXACT = 1  # fen a line may differ
UNEXPLAINED_SHARE = 100  # the hundredth part of a bill may stay unexplained, if it is listed
# No use of the plan, known by their kind: they stand aside on both sides.
SET_ASIDE = frozenset({"device_instalment", "third_party_content", "payment", "balance", "other_product"})
RATED = frozenset({"fee", "voice", "messages", "data", "discount"})
PLAN_BILLS, PLAN_SHARE = (
    200,
    95,
)  # a plan of so many customers reconciles for so many of a hundred, or leaves all claims


@dataclass(frozen=True, kw_only=True)
class BillLine:
    """One line of a bill as sent."""

    kind: str  # fee, voice, messages, data, discount, or a kind the engine does not rate
    fen: int
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class BilledMonth:
    """A closed month: what was used and what was asked for it."""

    usage: UsageMonth
    lines: tuple[BillLine, ...]
    carry_in: CarriedIn | None = None
    active_days: tuple[int, int] | None = None
    terms: Plan | None = None  # under which it was billed, where the plan's terms have changed since

    @property
    def due(self) -> int:
        """What the plan itself cost, fen."""
        return sum(line.fen for line in self.lines if line.kind not in SET_ASIDE)


@dataclass(frozen=True, kw_only=True)
class Unexplained:
    """A part of a bill that re-rating does not give."""

    kind: str
    billed: int
    rated: int

    def sentence(self, currency: str, language: str) -> str:
        billed, rated = (money(fen, currency, language) for fen in (self.billed, self.rated))
        if language.startswith("zh"):
            return f"{word(self.kind, language)}：账单{billed}，复算{rated}"
        return f"{self.kind}: billed {billed}, rated {rated}"


@dataclass(frozen=True, kw_only=True)
class Differences:
    """The unexplained lines of one bill, in a row."""

    lines: tuple[Unexplained, ...]
    currency: str

    def to(self, language: str) -> str:
        between = "；" if language.startswith("zh") else "; "
        return between.join(one.sentence(self.currency, language) for one in self.lines)


@dataclass(frozen=True, kw_only=True)
class MonthCheck:
    month: str | None
    billed: int
    rated: int | None  # None: cannot be rated
    unexplained: tuple[Unexplained, ...]
    reason: Sentence | None  # why it failed; None = passed

    @property
    def passed(self) -> bool:
        return not self.reason


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """Whether a saving may be spoken of at all, and if not, why."""

    code: str
    months: tuple[MonthCheck, ...]
    reason: Sentence | None

    @property
    def passed(self) -> bool:
        return not self.reason


def reconcile(months: Sequence[BilledMonth], tariff: Plan) -> Reconciliation:
    """Re-rates the last three closed bills, oldest first, each on the terms of its month. One that fails closes the gate."""
    plan = compiled(tariff)
    checks = tuple(_check(month, month.terms or plan) for month in months[-BILLS:])
    reason = next((check.reason for check in checks if check.reason), None)
    if len(checks) < BILLS:
        reason = Sentence("Only {n} closed bills; three are needed.", n=len(checks))
    return Reconciliation(code=plan.code, months=checks, reason=reason)


def flagged(results: Iterable[Reconciliation]) -> dict[str, str]:
    """Plans whose rating cannot be trusted, by code with the sentence: they leave every claim."""
    count: dict[str, list[int]] = {}
    for result in results:
        seen = count.setdefault(result.code, [0, 0])
        seen[0] += 1
        seen[1] += result.passed
    return {
        code: f"{code} reconciles for {passed} of {seen} customers only; its tariff needs a look."
        for code, (seen, passed) in count.items()
        if seen >= PLAN_BILLS and 100 * passed < PLAN_SHARE * seen
    }


def _check(month: BilledMonth, plan: Plan) -> MonthCheck:
    currency = compiled(plan).tariff.currency
    try:
        bill = rate(month.usage, plan, active_days=month.active_days, carry_in=month.carry_in)
    except NotRatable as why:
        return MonthCheck(month=month.usage.month, billed=month.due, rated=None, unexplained=(), reason=why)
    rated: dict[str, int] = {}
    for line in bill.lines:
        rated[line.charge] = rated.get(line.charge, 0) + line.fen
    unexplained = tuple(_differences(month.lines, rated))
    amount = sum(abs(one.billed - one.rated) for one in unexplained)
    reason = None
    # Two lines that are wrong against each other do not make a right bill: the differences count apart.
    differs = abs(month.due - bill.total) > EXACT or amount > EXACT
    if differs and amount * UNEXPLAINED_SHARE > month.due:
        told = Differences(lines=unexplained, currency=currency)
        reason = Sentence("Bill of {month} not explained: {told}.", month=month.usage.month or "?", told=told)
    return MonthCheck(
        month=month.usage.month, billed=month.due, rated=bill.total, unexplained=unexplained, reason=reason
    )


def _differences(lines: Iterable[BillLine], rated: Mapping[str, int]) -> Iterable[Unexplained]:
    billed: dict[str, int] = {}
    for line in lines:
        if line.kind not in SET_ASIDE:
            billed[line.kind] = billed.get(line.kind, 0) + line.fen
    for kind in sorted(billed.keys() | rated.keys()):
        one = Unexplained(kind=kind, billed=billed.get(kind, 0), rated=rated.get(kind, 0))
        if one.billed != one.rated and (kind not in RATED or abs(one.billed - one.rated) > EXACT):
            yield one
