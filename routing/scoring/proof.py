"""Whether pairing is worth anything: on against off, by day, with an interval that may be looked at every day. Pure.

Each day gives one difference (mean of its on blocks − mean of its off blocks). The interval is the asymptotic
confidence sequence of Robbins' normal mixture (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2021, eq. 12): it holds at
all times together, so nobody can look until it turns out well. "Not yet" is a result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

ALPHA = 0.05
TIGHTEST_AT = 28  # days at which the interval is as narrow as it gets for its kind
LEAST_DAYS = 10  # before that the asymptotics do not hold


@dataclass(frozen=True, kw_only=True)
class DayPair:
    """One day of one queue: sums over calls that arrived in on and in off blocks."""

    on: float
    on_calls: int
    off: float
    off_calls: int

    @property
    def difference(self) -> float | None:
        if not self.on_calls or not self.off_calls:
            return None
        return self.on / self.on_calls - self.off / self.off_calls


@dataclass(frozen=True, kw_only=True)
class Proof:
    """On minus off. `low` and `high` are None while there are too few days."""

    days: int
    on: float | None
    off: float | None
    difference: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """more, less or not_yet."""
        if self.low is None or self.high is None:
            return "not_yet"
        return "more" if self.low > 0 else "less" if self.high < 0 else "not_yet"


def prove(days: Sequence[DayPair]) -> Proof:
    """Days with calls on both sides, in whatever order they came."""
    differences = [found for day in days if (found := day.difference) is not None]
    on_calls, off_calls = sum(day.on_calls for day in days), sum(day.off_calls for day in days)
    centre = fmean(differences) if differences else None
    half = half_width(differences) if len(differences) >= LEAST_DAYS else None
    return Proof(
        days=len(differences),
        on=sum(day.on for day in days) / on_calls if on_calls else None,
        off=sum(day.off for day in days) / off_calls if off_calls else None,
        difference=centre,
        low=centre - half if centre is not None and half is not None else None,
        high=centre + half if centre is not None and half is not None else None,
    )


def half_width(differences: Sequence[float]) -> float:
    """Half the interval of the mean, valid at every number of days together."""
    count = len(differences)
    rho2 = (-2 * math.log(ALPHA) + math.log(-2 * math.log(ALPHA)) + 1) / TIGHTEST_AT
    wide = count * rho2 + 1
    return float(np.std(differences, ddof=1)) * math.sqrt(
        2 * wide / (count**2 * rho2) * math.log(math.sqrt(wide) / ALPHA)
    )
