"""When "this plan saves you Y a month" may be said, and how large Y may be.

Every rule must hold; each that fails is named. The promise is the lower of what the last three months show and what
the forward test leaves, so that four promises in five are kept or beaten next month already.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np

from customers.catalogue.compiled import CompiledTariff
from customers.catalogue.explanations import money
from customers.catalogue.forward_test import Transitions, bills_under, mean_use, scenarios
from customers.catalogue.rating import Plan, RatedBill, compiled, rate
from customers.catalogue.reading import Sentence, in_language
from customers.catalogue.reconciliation import BilledMonth, Reconciliation, reconcile
from customers.catalogue.terms import Tariff
from customers.catalogue.usage import Int64, NotRatable, UsageBlock

MONTHS = 3  # full closed months a claim stands on
SPREAD = 12  # months over which costs paid once are spread, and for which a discount must still run
RISK = 0.05  # odds of being dearer next month, at most
QUANTILE = 0.2  # of the forward test's savings
LEAST_FEN, LEAST_SHARE = 500, 20  # a promise is 5 yuan at least, and a twentieth of the mean bill
WHOLE = 100  # promises are whole yuan
KEEPS = timedelta(days=30)
SOURCE_AGE = timedelta(days=30)  # a rival's terms older than this are nobody's terms

REFUSALS: Mapping[str, tuple[str, str]] = {
    "months": ("Three full closed months on the present plan are needed.", "需要在当前套餐下有3个完整账期。"),
    "bills": ("The present bills are not explained: {why}", "现有账单未能对平：{why}"),
    "changed": (
        "The terms of the present plan changed within these months: three bills on today's terms are needed.",
        "现套餐资费在这几个月内有变更，需有3个月新资费账单。",
    ),
    "flagged": ("{name} is under review and stays out of claims.", "{name}资费正在核对，暂不作节省承诺。"),
    "not_sold": ("{name} is not on sale.", "{name}不在售。"),
    "source": (
        "The terms of {name} have no source seen in the last 30 days.",
        "{name}的资费缺少30天内的来源。",
    ),
    "not_ratable": ("It cannot be rated: {why}", "无法计费：{why}"),
    "currency": ("The two plans are billed in different currencies.", "两个套餐的币种不同。"),
    "not_cheaper": ("It is not cheaper in each of the three months.", "并非三个月每月都更省。"),
    "no_pool": ("Too few customers are known to try the next month.", "可参照的客户变化样本不足。"),
    "risk": ("The odds of being dearer next month are {odds}.", "下月更贵的可能性为{odds}。"),
    "too_small": ("What is left to promise is too small to be said.", "可承诺的节省金额过小。"),
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A rule that keeps the claim from being spoken."""

    rule: str  # a key of REFUSALS
    facts: Mapping[str, object]  # what has words of its own says them in the reader's language

    def sentence(self, language: str = "en") -> str:
        english, chinese = REFUSALS[self.rule]
        told = chinese if language.startswith("zh") else english
        return told.format(**{name: in_language(fact, language) for name, fact in self.facts.items()})


@dataclass(frozen=True, kw_only=True)
class MonthEvidence:
    """One month on both plans, fen; the candidate's share of costs paid once is in `candidate`."""

    month: str | None
    current: int
    candidate: int

    @property
    def saving(self) -> int:
        return self.current - self.candidate


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What must be printed beside a saving."""

    penalty: int  # for leaving the present plan now, fen
    one_off: int  # paid once on joining, fen
    contract_months: int  # the new term
    throttled_from: Mapping[str, int]  # service → units after which the new plan was slower in one of the months
    rights_lost: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class SavingClaim:
    """A claim with its evidence; `promise` is 0 and `refusals` say why where nothing may be promised."""

    current: str
    candidate: str
    names: Mapping[str, str]  # the candidate's
    currency: str
    promise: int  # fen a month, whole yuan
    refusals: tuple[Refusal, ...]
    evidence: tuple[MonthEvidence, ...]
    p_dearer: float | None
    beside: Beside
    made_on: date
    versions: tuple[str, str]  # sha256 of both tariffs

    @property
    def may_be_said(self) -> bool:
        return not self.refusals

    def stands(self, *, on: date, current: Tariff, candidate: Tariff) -> bool:
        """Whether it may still be said on a later day: neither tariff has changed, and it is 30 days old at most."""
        return (
            self.may_be_said
            and on - self.made_on <= KEEPS
            and self.versions == (current.sha256, candidate.sha256)
        )  # fmt: skip

    def sentence(self, language: str) -> str:
        """The words; raises ValueError where nothing may be said."""
        if not self.may_be_said:
            raise ValueError("; ".join(refusal.sentence(language) for refusal in self.refusals))
        name = self.names.get(language) or next(iter(self.names.values()))
        saving = money(self.promise, self.currency, language).replace(".00", "")
        if language.startswith("zh"):
            return f"按您最近3个月的实际用量，{name}每月至少省{saving}"
        return f"On your last 3 months' use, {name} saves you at least {saving} a month"


@dataclass(frozen=True, kw_only=True, eq=False)
class Present:
    """What the present plan costs, these months and the next: worked out once, whatever it is compared with."""

    plan: CompiledTariff
    months: tuple[BilledMonth, ...]  # oldest first
    pool: Transitions
    today: date

    @cached_property
    def reconciled(self) -> Reconciliation:
        return reconcile(self.months, self.plan)

    @cached_property
    def bills(self) -> tuple[RatedBill, ...]:
        """With the discounts that still run next month. Raises NotRatable."""
        soon = month_after(self.today)
        return tuple(
            rate(replace(month.usage, month=soon), self.plan, carry_in=month.carry_in) for month in self.months
        )

    @cached_property
    def scenario(self) -> UsageBlock | None:
        """Next months that others' changes make of these; None where too few are known."""
        return scenarios(mean_use([month.usage for month in self.months]), self.pool)

    @cached_property
    def to_come(self) -> Int64 | None:
        """The bill in each scenario, fen; None where it cannot be rated."""
        if self.scenario is None:
            return None
        return bills_under(self.scenario, self.plan, month=month_after(self.today), carry_in=self.bills[-1].carry_out)


def saving_claim(
    *,
    current: Plan,
    candidate: Plan,
    months: Sequence[BilledMonth],
    pool: Transitions,
    today: date,
    months_served: int,
    flagged: Container[str] = (),
    present: Present | None = None,
) -> SavingClaim:
    """What may be promised to a customer who has billed `months` (oldest first) on `current`, served `months_served`.

    `pool` holds other customers' transitions only. `flagged` names plans that do not reconcile in general.
    `present` is what these last months cost now, where it is known already.
    """
    now, then = compiled(current), compiled(candidate)
    last = list(months[-MONTHS:])
    present = present or Present(plan=now, months=tuple(last), pool=pool, today=today)
    beside = _beside(now, then, months_served, ())
    refusals = [*_before_rating(present, then, flagged)]
    evidence: tuple[MonthEvidence, ...] = ()
    p_dearer, promise = None, 0
    if not refusals:
        try:
            bills = _both(present, then)
        except NotRatable as why:
            refusals.append(Refusal(rule="not_ratable", facts={"why": why}))
        else:
            beside = _beside(now, then, months_served, [after for _, after in bills])
            evidence = _evidence(last, bills, beside)
            p_dearer, promise, found = _promise(present, then, evidence, beside)
            refusals += found
    return SavingClaim(
        current=now.code, candidate=then.code, names=then.tariff.names, currency=then.tariff.currency,
        promise=0 if refusals else promise, refusals=tuple(refusals), evidence=evidence, p_dearer=p_dearer,
        beside=beside, made_on=today, versions=(now.tariff.sha256, then.tariff.sha256),
    )  # fmt: skip


def month_after(day: date, months: int = 1) -> str:
    """ "2018-12" for a day of November 2018."""
    count = day.year * 12 + day.month - 1 + months
    return f"{count // 12}-{count % 12 + 1:02}"


def source_refusal(tariff: Tariff, today: date) -> Refusal | None:
    """Why a rival's plan may not be spoken of; None for own plans and fresh sources."""
    source = tariff.source
    if source is None or not source.rival or (source.where and today - source.seen_on <= SOURCE_AGE):
        return None
    return Refusal(rule="source", facts={"name": tariff.name("zh")})


def _before_rating(present: Present, then: CompiledTariff, flagged: Container[str]) -> list[Refusal]:
    now, months, today = present.plan, present.months, present.today
    found = []
    name = {"name": then.tariff.name("zh")}
    whole = len(months) == MONTHS and all(month.usage.full and month.active_days is None for month in months)
    if not whole or not _latest([month.usage.month for month in months], today):
        found.append(Refusal(rule="months", facts={}))
    else:
        result = present.reconciled
        if any(month.terms is not None for month in months):
            found.append(Refusal(rule="changed", facts={}))
        if not result.passed:
            found.append(Refusal(rule="bills", facts={"why": result.reason}))
    if now.code in flagged or then.code in flagged:
        found.append(Refusal(rule="flagged", facts=name))
    if not then.tariff.valid_from <= today < (then.tariff.valid_to or date.max):
        found.append(Refusal(rule="not_sold", facts=name))
    if now.tariff.currency != then.tariff.currency:
        found.append(Refusal(rule="currency", facts={}))
    stale = source_refusal(then.tariff, today)
    return [*found, stale] if stale else found


def _latest(months: Sequence[str | None], today: date) -> bool:
    """Whether the months are named, follow one another, and the last one closed a month or two ago."""
    counts = [int(month[:4]) * 12 + int(month[5:]) for month in months if month]
    running = today.year * 12 + today.month
    in_a_row = all(later == earlier + 1 for earlier, later in pairwise(counts))
    return len(counts) == len(months) and in_a_row and running - 2 <= counts[-1] < running


def _both(present: Present, then: CompiledTariff) -> list[tuple[RatedBill, RatedBill]]:
    """Both plans' bills. Only discounts that will still run count: the present plan's next month, the new one's a year on."""
    found: list[tuple[RatedBill, RatedBill]] = []
    late = month_after(present.today, SPREAD)
    for month, before in zip(present.months, present.bills, strict=True):
        carried = found[-1][1].carry_out if found else None
        found.append((before, rate(replace(month.usage, month=late), then, carry_in=carried)))
    return found


def _evidence(
    months: Sequence[BilledMonth], bills: Sequence[tuple[RatedBill, RatedBill]], beside: Beside
) -> tuple[MonthEvidence, ...]:
    once = _monthly(beside)
    return tuple(
        MonthEvidence(month=month.usage.month, current=before.total, candidate=after.total + once)
        for month, (before, after) in zip(months, bills, strict=True)
    )


def _monthly(beside: Beside) -> int:
    """A month's part of what changing costs, rounded up."""
    return -(-(beside.one_off + beside.penalty) // SPREAD)


def _beside(now: CompiledTariff, then: CompiledTariff, served: int, bills: Sequence[RatedBill]) -> Beside:
    slower: dict[str, int] = {}
    for bill in bills:
        for service, units in bill.throttled_from.items():
            slower[service] = min(units, slower.get(service, units))
    return Beside(
        penalty=now.tariff.contract.penalty(fee=now.tariff.fee, months_served=served),
        one_off=then.tariff.one_off,
        contract_months=then.tariff.contract.months,
        throttled_from=slower,
        rights_lost=now.tariff.rights - then.tariff.rights,
    )


def _promise(
    present: Present, then: CompiledTariff, evidence: tuple[MonthEvidence, ...], beside: Beside
) -> tuple[float | None, int, list[Refusal]]:
    """Odds of being dearer, the promise, and the rules that fail."""
    if min(month.saving for month in evidence) <= 0:
        return None, 0, [Refusal(rule="not_cheaper", facts={})]
    if present.scenario is None:
        return None, 0, [Refusal(rule="no_pool", facts={})]
    stay = present.to_come
    go = bills_under(present.scenario, then, month=month_after(present.today, SPREAD))
    if stay is None or go is None:
        return None, 0, [Refusal(rule="not_ratable", facts={"why": Sentence("A sum is missing.")})]
    savings = stay - go - _monthly(beside)
    p_dearer = float((savings < 0).mean())
    if p_dearer > RISK:
        return p_dearer, 0, [Refusal(rule="risk", facts={"odds": f"{p_dearer:.0%}"})]
    promise = min(min(month.saving for month in evidence), int(np.floor(np.quantile(savings, QUANTILE))))
    promise = promise // WHOLE * WHOLE
    spent = sum(month.current for month in evidence)
    if promise < LEAST_FEN or promise * LEAST_SHARE * len(evidence) < spent:
        return p_dearer, promise, [Refusal(rule="too_small", facts={})]
    return p_dearer, promise, []
