"""What a played day came to, and whether one policy differs from another beyond the chance of days. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, pstdev

import numpy as np

from routing.simulation.floor import Outcome

RESAMPLES = 2000
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class DayFigures:
    """Of those who reached the queue. Shares 0–1, times in seconds; None where nobody is counted."""

    offered: int
    abandoned: float
    mean_wait_s: float | None  # of those answered
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    level_20: float | None  # answered within 20 s ÷ (answered + left later than that)
    level_60: float | None
    occupancy: float | None = None  # time at work ÷ time there, over all agents
    occupancy_cv: float | None = None  # spread of that share over agents


def measure(outcome: Outcome) -> DayFigures:
    """Figures of one run."""
    here = sum(outcome.present_s.values())
    at_work = sum(outcome.occupancy[agent] * seconds for agent, seconds in outcome.present_s.items())
    told = of_waits(
        answered=[call.waited_s for call in outcome.calls if call.agent],
        left=[call.waited_s for call in outcome.calls if not call.agent],
    )
    return replace(told, occupancy=at_work / here if here else None, occupancy_cv=_spread(outcome))


def of_waits(*, answered: Sequence[float], left: Sequence[float]) -> DayFigures:
    """Figures of a day of which only the waits are known."""
    offered = len(answered) + len(left)
    percentiles = np.percentile(answered, (50, 95, 99)).tolist() if answered else [None] * 3
    return DayFigures(
        offered=offered,
        abandoned=len(left) / offered if offered else 0.0,
        mean_wait_s=fmean(answered) if answered else None,
        p50_s=percentiles[0],
        p95_s=percentiles[1],
        p99_s=percentiles[2],
        level_20=service_level(answered, left, 20.0),
        level_60=service_level(answered, left, 60.0),
    )


def service_level(answered: Sequence[float], left: Sequence[float], target_s: float) -> float | None:
    """Formula F4."""
    in_time = sum(wait <= target_s for wait in answered)
    counted = len(answered) + sum(wait > target_s for wait in left)
    return in_time / counted if counted else None


def _spread(outcome: Outcome) -> float | None:
    """Of agents who were there for at least an hour: of the others the share says nothing."""
    shares = [outcome.occupancy[agent] for agent, seconds in outcome.present_s.items() if seconds >= 3600]
    return pstdev(shares) / fmean(shares) if len(shares) > 1 and fmean(shares) > 0 else None


Figure = Callable[[DayFigures], float | None]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Mean over days of one policy less another, with the interval that days drawn anew give."""

    days: int
    mean: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """The interval leaves nought out."""
        return self.low > 0 or self.high < 0


def difference(*, ours: Sequence[DayFigures], theirs: Sequence[DayFigures], of: Figure, seed: int = 0) -> Difference:
    """Paired by day, percentile bootstrap over days. Days on which either counts nobody are left out. Raises ValueError."""
    pairs = [
        (mine, other)
        for mine, other in ((of(one), of(two)) for one, two in zip(ours, theirs, strict=True))
        if mine is not None and other is not None
    ]
    if not pairs:
        raise ValueError("There is no day on which both can be compared.")
    gaps = np.array([mine - other for mine, other in pairs])
    rng = np.random.default_rng(seed)
    means = gaps[rng.integers(0, len(gaps), (RESAMPLES, len(gaps)))].mean(axis=1)
    low, high = np.percentile(means, (100 * ALPHA / 2, 100 * (1 - ALPHA / 2))).tolist()
    return Difference(days=len(gaps), mean=float(gaps.mean()), low=low, high=high)


def mean_of(days: Sequence[DayFigures], of: Figure) -> float | None:
    """Mean over days, each counting alike."""
    known = [value for value in map(of, days) if value is not None]
    return fmean(known) if known else None
