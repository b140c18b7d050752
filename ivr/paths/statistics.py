"""Intervals and tests that say how far a share can be trusted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959963984540054
HIDDEN_BELOW, GREY_BELOW = 10, 30  # observations: a share of fewer says nothing; of fewer than 30, little
FEW_DAYS = 10
DRAWS = 2_000

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share with its Wilson interval (Wilson 1927)."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def hidden(self) -> bool:
        return self.n < HIDDEN_BELOW

    @property
    def thin(self) -> bool:
        return self.n < GREY_BELOW


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval; (0, 1) for no observation."""
    if n <= 0:
        return 0.0, 1.0
    p, zz = hits / n, z * z
    middle, half = p + zz / (2 * n), z * sqrt(p * (1 - p) / n + zz / (4 * n * n))
    return max(0.0, (middle - half) / (1 + zz / n)), min(1.0, (middle + half) / (1 + zz / n))


def share(hits: int, n: int) -> Share:
    low, high = wilson(hits, n)
    return Share(hits=int(hits), n=int(n), low=low, high=high)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """B minus A with its 95 % interval. `few_days` marks the widened Newcombe interval."""

    a: float
    b: float
    value: float
    low: float
    high: float
    p: float
    few_days: bool
    n_a: int = 0  # observations
    n_b: int = 0

    @property
    def certain(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True)
class Days:
    """Hits and observations day by day, for one side of a comparison. `day` counts days; Monday is 4 modulo 7."""

    day: NDArray[np.int64]
    hits: Numbers
    n: Numbers

    def some(self) -> Days:
        """Only days on which anything was observed."""
        kept = self.n > 0
        return Days(day=self.day[kept], hits=self.hits[kept], n=self.n[kept])


def difference(a: Days, b: Days, *, seed: int = 1927, means: bool = False) -> Difference | None:
    """How B differs from A, clustered by day: calls of one day share its weather. None where a side has no observation.

    Ten days or more a side: days are drawn afresh (2,000 draws), the same days for both sides where both have the same.
    Fewer: Newcombe's hybrid of the two Wilson intervals (Newcombe 1998), widened by √φ, φ the dispersion between days.
    `means`: hits are sums of any quantity, and only days can tell how it varies: they are drawn afresh, however few.
    """
    a, b = a.some(), b.some()
    if not len(a.n) or not len(b.n):
        return None
    rate_a, rate_b = a.hits.sum() / a.n.sum(), b.hits.sum() / b.n.sum()
    few = min(len(a.n), len(b.n)) < FEW_DAYS
    if means and min(len(a.n), len(b.n)) < 2:
        return None
    low, high, p = _newcombe(a, b) if few and not means else _resampled(a, b, seed)
    value = float(rate_b - rate_a)
    n_a, n_b = int(a.n.sum()), int(b.n.sum())
    return Difference(
        a=float(rate_a), b=float(rate_b), value=value, low=low, high=high, p=p, few_days=few, n_a=n_a, n_b=n_b
    )


def _newcombe(a: Days, b: Days) -> tuple[float, float, float]:
    pa, pb = a.hits.sum() / a.n.sum(), b.hits.sum() / b.n.sum()
    la, ua = wilson(a.hits.sum(), a.n.sum())
    lb, ub = wilson(b.hits.sum(), b.n.sum())
    wide = sqrt(max(dispersion(a, b), 1.0))
    below, above = sqrt((pb - lb) ** 2 + (ua - pa) ** 2), sqrt((ub - pb) ** 2 + (pa - la) ** 2)
    low, high = max(-1.0, pb - pa - wide * below), min(1.0, pb - pa + wide * above)
    return float(low), float(high), _p_value(float(pb - pa), wide * (below + above) / (2 * Z95))


def dispersion(*sides: Days) -> float:
    """Pearson's χ² of the days against their side's mean, per degree of freedom: 1 for calls that know nothing of days."""
    chi, freedom = 0.0, 0
    for side in sides:
        mean = side.hits.sum() / side.n.sum()
        if 0 < mean < 1 and len(side.n) > 1:
            chi += float((((side.hits - side.n * mean) ** 2) / (side.n * mean * (1 - mean))).sum())
            freedom += len(side.n) - 1
    return chi / freedom if freedom else 1.0


def _resampled(a: Days, b: Days, seed: int) -> tuple[float, float, float]:
    """Days drawn within their weekday, so that no draw holds weekends only; a basic t-widened percentile interval."""
    generator = np.random.default_rng(seed)
    if len(a.day) == len(b.day) and (a.day == b.day).all():
        weights = _draw(a.day, generator)
        drawn = (weights @ b.hits) / (weights @ b.n) - (weights @ a.hits) / (weights @ a.n)
    else:
        at, bt = _draw(a.day, generator), _draw(b.day, generator)
        drawn = (bt @ b.hits) / (bt @ b.n) - (at @ a.hits) / (at @ a.n)
    value = float(b.hits.sum() / b.n.sum() - a.hits.sum() / a.n.sum())
    # Few dozen days: the plain bootstrap is too narrow by √(n/(n−1)) and by the tails of t.
    fewest = min(len(a.day), len(b.day))
    wide = sqrt(fewest / (fewest - 1)) * (1 + 2.4 / (2 * (fewest - 1)))
    low, high = (value + wide * (float(one) - value) for one in np.quantile(drawn, (0.025, 0.975)))
    return low, high, _p_value(value, wide * float(drawn.std()))


def _draw(day: NDArray[np.int64], generator: np.random.Generator) -> Numbers:
    """How often each day is taken, draw by draw: days of the week alike where there are enough of each, else any."""
    groups = [np.flatnonzero(day % 7 == one) for one in range(7)]
    groups = [group for group in groups if len(group)]
    if min(len(group) for group in groups) < 4:
        groups = [np.arange(len(day))]
    weights = np.zeros((DRAWS, len(day)))
    for group in groups:
        weights[:, group] = generator.multinomial(len(group), np.full(len(group), 1 / len(group)), DRAWS)
    return weights


def _p_value(value: float, error: float) -> float:
    if error <= 0:
        return 1.0 if value == 0 else 0.0
    return erfc(abs(value) / error / sqrt(2))


def discoveries(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of many tests stand when one in twenty findings may be chance (Benjamini and Hochberg 1995)."""
    if not p_values:
        return []
    p = np.asarray(p_values)
    order = np.argsort(p)
    passing = np.flatnonzero(p[order] <= level * np.arange(1, len(p) + 1) / len(p))
    found = np.zeros(len(p), bool)
    if len(passing):
        found[order[: passing[-1] + 1]] = True
    return [bool(one) for one in found]
