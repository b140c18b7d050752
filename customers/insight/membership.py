"""The membership as a whole: levels with what they bring, points that came and went, who may fall and who is near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncMonth

from callcenter.foundation import masks
from customers.identity.models import Customer
from customers.insight import terms
from customers.insight.facts import Facts
from customers.insight.formulas import BENEFITS, GRACE_DAYS, LEVELS, NEEDS, Benefit
from customers.insight.membership_models import BenefitUse, LevelTerm, PointsEntry
from customers.reading import rows

MOST = 20  # names on a list that is only looked at
SOON_DAYS = 90
LIKELY = 0.5  # chance to lose the level from which on somebody is at risk
NEAR = 0.8  # of what the next level needs


@dataclass(frozen=True, kw_only=True)
class BenefitRow:
    """One benefit of a level: uses within the terms that run, and by how many customers."""

    benefit: Benefit
    used: int
    customers: int


@dataclass(frozen=True, kw_only=True)
class LevelRow:
    """One level, the highest first. `ending` terms end within 90 days, `in_grace` ended and are not judged yet."""

    level: str
    needs: int
    customers: int
    share: float
    points: int
    at_risk: int
    near: int  # customers of the level below who have most of what this one needs
    ending: int
    in_grace: int
    benefits: tuple[BenefitRow, ...]


@dataclass(frozen=True, kw_only=True)
class MonthRow:
    """Points of one month: given, spent, run out, put right (taken back among them)."""

    month: date
    earned: int
    spent: int
    ran_out: int
    put_right: int


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """All points together: what can be spent, what of it runs out within 90 days, and the last twelve months."""

    balance: int
    soon: int
    months: tuple[MonthRow, ...]


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """Somebody who may lose their level: what they have and need by the end of the term, and where their pace leads."""

    customer_id: UUID
    masked_name: str
    region: str
    level: str
    chance: float
    has: int
    needs: int
    ends: date
    pace: int
    low: int
    high: int
    value_fen: int | None

    @property
    def missing(self) -> int:
        return max(0, self.needs - self.has)


def levels(*, today: date) -> list[LevelRow]:
    """Every level with who has it, as of the last computation. Four statements."""
    held: dict[str, dict[str, Any]] = {
        row["level"]: dict(row)
        for row in Facts.objects.exclude(level="")
        .values("level")
        .annotate(many=Count("pk"), sum=Sum("points"), risky=Count("pk", filter=Q(downgrade_risk__gte=LIKELY)))
    }
    everybody = sum(row["many"] for row in held.values())
    open_terms = LevelTerm.objects.filter(closed_on=None).values("level").annotate(
        ending=Count("pk", filter=Q(ends__gte=today, ends__lte=today + timedelta(days=SOON_DAYS))),
        in_grace=Count("pk", filter=Q(ends__lt=today, ends__gte=today - timedelta(days=GRACE_DAYS))),
    )  # fmt: skip
    stand: dict[str, dict[str, Any]] = {row["level"]: dict(row) for row in open_terms}
    uses = BenefitUse.objects.filter(term__closed_on=None).values("term__level", "benefit").annotate(
        many=Count("pk"), people=Count("customer", distinct=True)
    )  # fmt: skip
    used = {(row["term__level"], row["benefit"]): (row["many"], row["people"]) for row in uses}
    near = _near()
    return [
        LevelRow(
            level=level, needs=needs, customers=held.get(level, {}).get("many", 0), near=near.get(level, 0),
            share=held.get(level, {}).get("many", 0) / everybody if everybody else 0.0,
            points=held.get(level, {}).get("sum") or 0, at_risk=held.get(level, {}).get("risky", 0),
            ending=stand.get(level, {}).get("ending", 0), in_grace=stand.get(level, {}).get("in_grace", 0),
            benefits=tuple(_benefit(one, used.get((level, one.key), (0, 0))) for one in BENEFITS[level]),
        )
        for level, needs in LEVELS
    ]  # fmt: skip


def ledger(*, now: datetime) -> Ledger:
    """The points of everybody. Three statements."""
    kinds = PointsEntry.Kind
    since = (now - timedelta(days=365)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = PointsEntry.objects.filter(at__gte=since, at__lte=now).annotate(month=TruncMonth("at")).values("month")
    told = months.annotate(
        earned=Sum("points", filter=Q(kind=kinds.EARN), default=0),
        spent=-Sum("points", filter=Q(kind=kinds.REDEEM), default=0),
        ran_out=-Sum("points", filter=Q(kind=kinds.EXPIRE), default=0),
        put_right=Sum("points", filter=Q(kind__in=[kinds.ADJUST, kinds.REVERSE]), default=0),
    ).order_by("-month")  # fmt: skip
    ((soon,),) = rows(terms.RUNS_OUT, until=now + timedelta(days=SOON_DAYS))
    return Ledger(
        balance=int(PointsEntry.objects.aggregate(sum=Sum("points"))["sum"] or 0), soon=int(soon),
        months=tuple(
            MonthRow(month=row["month"].date(), earned=row["earned"], spent=row["spent"], ran_out=row["ran_out"],
                     put_right=row["put_right"])
            for row in told[:12]
        ),
    )  # fmt: skip


def at_risk(*, level: str = "", most: int = MOST) -> list[AtRisk]:
    """Who may lose their level, by what they are worth times the chance; names masked. Two statements."""
    found = Facts.objects.filter(downgrade_risk__gte=LIKELY, is_open=True).exclude(level__in=("", "standard"))
    if level:
        found = found.filter(level=level)
    told = found.order_by((F("downgrade_risk") * F("value_fen")).desc(nulls_last=True), "pk")[:most]
    return _named(list(told))


def risk_condition(level: str) -> dict[str, object]:
    """The same people as a condition, for a segment."""
    parts: list[dict[str, object]] = [{"field": "downgrade_risk", "op": ">=", "value": LIKELY}]
    asked = {"op": "=", "value": level} if level else {"op": "in", "value": [one for one, needs in LEVELS if needs]}
    return {"all": [*parts, {"field": "level", **asked}]}


def _named(found: Sequence[Facts]) -> list[AtRisk]:
    people = Customer.objects.in_bulk([one.customer_id for one in found])
    return [
        AtRisk(
            customer_id=one.customer_id, masked_name=masks.person(people[one.customer_id].name), region=one.region,
            level=one.level, chance=one.downgrade_risk, has=one.term_points or 0, needs=one.level_needs or 0,
            ends=one.term_ends, pace=one.term_pace or 0, low=one.term_low or 0, high=one.term_high or 0,
            value_fen=one.value_fen,
        )
        for one in found
        if one.downgrade_risk is not None and one.term_ends is not None
    ]  # fmt: skip


def _near() -> dict[str, int]:
    """By level, how many of the one below have at least four fifths of what it needs. One statement."""
    above = {lower: upper for (upper, _needs), (lower, _less) in pairwise(LEVELS)}
    asked = {
        upper: Count("pk", filter=Q(level=lower, term_points__gte=round(NEAR * NEEDS[upper])))
        for lower, upper in above.items()
    }
    return {level: int(many) for level, many in Facts.objects.aggregate(**asked).items()}


def _benefit(one: Benefit, used: tuple[int, int]) -> BenefitRow:
    return BenefitRow(benefit=one, used=used[0], customers=used[1])
