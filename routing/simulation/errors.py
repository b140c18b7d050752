"""How near the simulation comes to what a floor really saw, day by day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import correlation, median

from routing.simulation.measures import DayFigures


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """Over the days on which anybody was answered, by simulation and in truth."""

    days: int
    wait_error: float  # median of the daily errors of the mean wait, as a share of the true one
    abandonment_error: float  # median of the daily errors of the share who left, in points
    wait_correlation: float
    abandonment_correlation: float


def nearness(*, simulated: Sequence[DayFigures], logged: Sequence[DayFigures]) -> Nearness:
    """Raises ValueError with fewer than two days."""
    pairs = [
        (one.mean_wait_s, other.mean_wait_s, one.abandoned, other.abandoned)
        for one, other in zip(simulated, logged, strict=True)
        if one.mean_wait_s is not None and other.mean_wait_s
    ]
    if len(pairs) < 2:
        raise ValueError("Two days at least are needed to judge the simulation.")
    waits, true_waits, left, true_left = (list(column) for column in zip(*pairs, strict=True))
    return Nearness(
        days=len(pairs),
        wait_error=median(abs(one - true) / true for one, true in zip(waits, true_waits, strict=True)),
        abandonment_error=median(100 * abs(one - true) for one, true in zip(left, true_left, strict=True)),
        wait_correlation=correlation(waits, true_waits),
        abandonment_correlation=correlation(left, true_left),
    )
