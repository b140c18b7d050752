"""The constants and the decisions of insight, as data: starting values of the design, changed here and nowhere else. Pure.

Sources: RFM classes and stages, design page of customers §4.7; expected value, Gupta and Lehmann (2003).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

VERSION = "2026-11.1"

# --- RFM ------------------------------------------------------------------------------------------------------------
QUINTILES = 5
HIGH_FROM = 4  # a score above the middle one
# Recent, frequent, much: each above the median or not.
CLASSES: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "champion",  # 重要价值
    (True, False, True): "developing",  # 重要发展
    (False, True, True): "keep",  # 重要保持
    (False, False, True): "win_back",  # 重要挽留
    (True, True, False): "regular",  # 一般价值
    (True, False, False): "fresh",  # 一般发展
    (False, True, False): "fading",  # 一般保持
    (False, False, False): "low",  # 一般挽留
}


def quintile(*, mean_rank: float, of: int) -> int:
    """1 … 5 from a rank that ties share (1 = least); 5 is best."""
    return max(1, math.ceil(QUINTILES * mean_rank / of))


def rfm_class(*, r: int, f: int, m: int) -> str:
    """One of the eight classes."""
    return CLASSES[(r >= HIGH_FROM, f >= HIGH_FROM, m >= HIGH_FROM)]


# --- value ----------------------------------------------------------------------------------------------------------
MONTHS = 24
DISCOUNT = 0.008  # a month
MARGIN_SHARE = 0.45  # of a fee whose margin nobody entered
HAZARD_SPREAD = 1.6  # the interval's ends: risk this much lower and higher
TIERS = (("diamond", 0.02), ("gold", 0.12), ("silver", 0.37))  # upper shares of the value, cumulated


def expected_margin(*, margin_fen: float, churn_90: float) -> float:
    """Σ over 24 months of m·S(t)/(1+d)^t in fen, with a constant monthly hazard that gives `churn_90` in 90 days."""
    stays = math.pow(1 - churn_90, 1 / 3)
    q = stays / (1 + DISCOUNT)
    return margin_fen * q * (1 - math.pow(q, MONTHS)) / (1 - q)


# --- churn ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Term:
    """One term of the churn score: a condition over facts under way (SQL of ours), its weight in log odds, its words."""

    key: str
    sql: str
    weight: float
    en: str
    zh: str


CHURN_INTERCEPT = -3.4
# A score by rule with starting weights, not yet fitted to this operator: the page says so.
CHURN_TERMS = (
    Term(key="asked_to_leave", sql="told.leaving_60 > 0", weight=1.6,
         en="asked about leaving in the last 60 days", zh="近60天咨询过离网或携转"),
    Term(key="contract_over", sql="coalesce(held.contract_days, 0) <= 30", weight=0.7,
         en="no contract, or it ends within 30 days", zh="无合约或30天内到期"),
    Term(key="bill_falls", sql="used.bill_slope < -0.05", weight=0.7,
         en="the bill falls month by month", zh="账单逐月下降"),
    Term(key="complained", sql="told.complaints_365 > 0", weight=0.6,
         en="complained within a year", zh="近一年有投诉"),
    Term(key="complaint_open", sql="told.open_complaint", weight=0.5,
         en="a complaint is open", zh="有未结投诉"),
    Term(key="new", sql="person.tenure_days < 180", weight=0.5,
         en="with us for less than half a year", zh="在网不足半年"),
    Term(key="overage", sql="used.overage_months >= 2", weight=0.4,
         en="pays above the allowance month after month", zh="连续超套"),
    Term(key="one_product", sql="held.holdings = 1", weight=0.4,
         en="holds a single product", zh="仅持有一项产品"),
    Term(key="long_standing", sql="person.tenure_days > 1825", weight=-0.6,
         en="with us for more than five years", zh="在网五年以上"),
    Term(key="household", sql="person.in_household", weight=-0.4,
         en="belongs to a household with us", zh="家庭共用"),
)  # fmt: skip
CHURN_WORDS = {term.key: (term.en, term.zh) for term in CHURN_TERMS}

# --- lifecycle ------------------------------------------------------------------------------------------------------
AT_ONCE = frozenset({"new", "lost", "won_back"})  # every other change needs two evaluations in a row
NEW_DAYS = 90
TREND = 0.05  # of log bill a month


# --- membership -----------------------------------------------------------------------------------------------------
LEVELS = (("diamond", 12_000), ("gold", 6_000), ("silver", 2_000), ("standard", 0))  # qualifying points in a term
NEEDS = dict(LEVELS)
TERM_DAYS = 365
GRACE_DAYS = 60
POINTS_LIVE_DAYS = 730
FEN_A_POINT = 100  # one point a yuan of purchases and top-ups
PACE_WEEKS = 26


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """Something a level brings; `a_term` how often in a term, None where it is not counted."""

    key: str
    en: str
    zh: str
    a_term: int | None = None


_OWN_AGENT = Benefit(key="own_agent", en="Own agent", zh="专属坐席")
_BILL_DAY = Benefit(key="bill_day", en="Bill day of one's choice", zh="自选账单日")
_HEAD_START = Benefit(key="head_start", en="Head start in queues", zh="优先接入")
BENEFITS: dict[str, tuple[Benefit, ...]] = {
    "diamond": (_OWN_AGENT, _BILL_DAY, Benefit(key="lounge", en="Airport lounge", zh="机场贵宾厅", a_term=6)),
    "gold": (_HEAD_START, Benefit(key="lounge", en="Airport lounge", zh="机场贵宾厅", a_term=2)),
    "silver": (Benefit(key="birthday_data", en="Birthday data pack", zh="生日流量礼包", a_term=1),),
    "standard": (),
}


def level_for(points: int) -> str:
    """The level that so many qualifying points in a term reach."""
    return next(level for level, needs in LEVELS if points >= needs)


def settled(*, level: str, points: int, term_ends: date, today: date) -> tuple[str, str]:
    """Level and reason after looking at a term: up at once, down only after its end and sixty days' grace."""
    reached = level_for(points)
    if NEEDS[reached] > NEEDS[level]:
        return reached, "reached"
    if today <= term_ends + timedelta(days=GRACE_DAYS):
        return level, ""
    return (level, "renewed") if NEEDS[reached] == NEEDS[level] else (reached, "missed")
