"""The terms of a tariff: what a plan charges, gives and demands. Money is integer fen (the currency's minor unit).

Usage is counted in base units: seconds of voice, messages, and KB of data with 1 MB = 1,024 KB.
`tariff.parse_tariff` reads and checks them; `compiled.compile_tariffs` makes them ready for rating.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any

SERVICES = ("voice", "messages", "data")
# unit → (service it measures, base units in one)
UNITS: Mapping[str, tuple[str, int]] = {
    "second": ("voice", 1),
    "minute": ("voice", 60),
    "message": ("messages", 1),
    "KB": ("data", 1),
    "MB": ("data", 1024),
    "GB": ("data", 1024 * 1024),
}
BASE_UNIT = {"voice": "second", "messages": "message", "data": "KB"}


class Per(StrEnum):
    """When units are rounded up to a block: each call or session by itself, or the month's sum once."""

    EVENT = "EVENT"
    MONTH = "MONTH"


class Mode(StrEnum):
    """GRADUATED: each unit at the price of its own tier. VOLUME: all units at the price of the tier reached."""

    GRADUATED = "GRADUATED"
    VOLUME = "VOLUME"


class PenaltyRule(StrEnum):
    """How the price of leaving early is found; `Contract.penalty` computes it."""

    NONE = "NONE"
    FIXED = "FIXED"  # one sum
    PER_MONTH_LEFT = "PER_MONTH_LEFT"  # a sum for each month not served
    PERCENT_OF_FEES_LEFT = "PERCENT_OF_FEES_LEFT"  # a share of the fees still to come


def half_up(amount: int, num: int, den: int) -> int:
    """amount × num ÷ den, rounded half-up; exact integers, amount and num not negative."""
    return (2 * amount * num + den) // (2 * den)


def ceil_div(amount: int, by: int) -> int:
    return -(-amount // by)


@dataclass(frozen=True, kw_only=True)
class Rounding:
    per: Per
    block: int  # base units


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """An allowance: units that the fee already pays for."""

    id: str
    service: str
    scopes: tuple[str, ...]  # usage that may draw on it, in this order
    amount: Fraction  # in `unit`
    unit: str
    order: int  # buckets of one service are drawn in this order
    share_group: str | None  # lines of one group draw on it together
    prorated: bool  # by day in an incomplete month, rounded up in `unit`

    def units(self, active_days: tuple[int, int] | None = None) -> int:
        """Base units given in a month of which `active_days` = (days active, days of the month); None = all."""
        size = UNITS[self.unit][1]
        full = _ceil(self.amount * size)
        if active_days is None or not self.prorated:
            return full
        days, of = active_days
        # 1331.2 MB never becomes 1332: rounding up helps the customer, it gives no more than the whole month.
        return min(full, _ceil(self.amount * days / of) * size)


def _ceil(value: Fraction) -> int:
    return ceil_div(value.numerator, value.denominator)


@dataclass(frozen=True, kw_only=True)
class Tier:
    start: int  # base units, inclusive
    end: int | None  # exclusive; None = without end
    num: int  # fen for one block = num / den
    den: int


@dataclass(frozen=True, kw_only=True)
class Overage:
    """The price of units past the allowances; the scopes named here are summed before tiers apply."""

    service: str
    scopes: tuple[str, ...]
    block: int  # base units, begun blocks count whole
    mode: Mode
    tiers: tuple[Tier, ...]
    cap: int | None  # fen a month at most


@dataclass(frozen=True, kw_only=True)
class Carry:
    """Unused units of a bucket that stay good in later months."""

    bucket: str
    cap: int  # base units carried into a month at most
    months: int  # how long they live
    used_first: bool  # before this month's own units


@dataclass(frozen=True, kw_only=True)
class ConvertTo:
    """One use that converted units may be put to."""

    service: str
    scopes: tuple[str, ...]
    give: int  # base units taken from the bucket …
    get: int  # … for so many base units of this service
    cap: int  # base units of this service a month at most


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What a bucket leaves over may serve other services, in the order of `targets`."""

    source: str  # bucket id
    targets: tuple[ConvertTo, ...]


@dataclass(frozen=True, kw_only=True)
class Discount:
    on: str  # "fee" or "total"
    percent: int | None  # 1–100, or …
    fen: int | None  # … a sum
    until: str | None  # last month, "2018-11"; None = for good
    order: int

    def runs_in(self, month: str | None) -> bool:
        """Whether it applies in `month`. A dated discount never counts for an unknown month: no promise stands on it."""
        return self.until is None or (month is not None and month <= self.until)


@dataclass(frozen=True, kw_only=True)
class Contract:
    months: int = 0
    rule: PenaltyRule = PenaltyRule.NONE
    fen: int = 0
    percent: int = 0

    def penalty(self, *, fee: int, months_served: int) -> int:
        """Fen due for leaving after `months_served` full months."""
        left = max(0, self.months - months_served)
        if left == 0 or self.rule is PenaltyRule.NONE:
            return 0
        if self.rule is PenaltyRule.FIXED:
            return self.fen
        if self.rule is PenaltyRule.PER_MONTH_LEFT:
            return self.fen * left
        return half_up(fee * left, self.percent, 100)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the terms were read; a rival's plan needs it to be compared at all."""

    operator: str
    where: str  # address or title of the sheet
    seen_on: date
    rival: bool


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """One version of one plan's terms, checked. Published versions never change; `sha256` proves it."""

    code: str
    version: int
    names: Mapping[str, str]  # by language: "en", "zh"
    currency: str
    valid_from: date
    valid_to: date | None  # first day on which it no longer counts
    fee: int
    fee_prorated: bool
    one_off: int  # fen paid once on joining
    rounding: Mapping[str, Rounding]
    buckets: tuple[Bucket, ...]  # by service, then in drawing order
    overage: tuple[Overage, ...]
    throttled: frozenset[str]  # services slowed instead of charged past the allowance (or past the overage's cap)
    carry: tuple[Carry, ...]
    convert: Conversion | None
    discounts: tuple[Discount, ...]
    contract: Contract
    source: Source | None
    eligibility: Mapping[str, Any]  # the condition tree of the segments; not read here
    rights: frozenset[str]  # further benefits, by code
    quality: Mapping[str, int]  # rows where more is better, as data_mbps
    sha256: str = field(repr=False)

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()))

    def fee_for(self, active_days: tuple[int, int] | None) -> int:
        if active_days is None or not self.fee_prorated:
            return self.fee
        return half_up(self.fee, *active_days)

    def priced(self) -> dict[tuple[str, str], Overage]:
        """The overage of each (service, scope) that has one."""
        return {(over.service, scope): over for over in self.overage for scope in over.scopes}
