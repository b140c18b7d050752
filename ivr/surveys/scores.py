"""Scores named with their formula, each with its n and interval; below ten answers nothing is shown. Pure.

CSAT is the share of answers in the top box (top 2 of 5, top 1 of 3); net is good minus bad; NPS is net on 0–10.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ivr.paths.statistics import GREY_BELOW, HIDDEN_BELOW, Z95, Share, share

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Net:
    """Good minus bad, in −1 … 1, with its 95 % interval: var = p₊ + p₋ − (p₊ − p₋)²."""

    n: int
    value: float | None
    low: float
    high: float

    @property
    def hidden(self) -> bool:
        return self.n < HIDDEN_BELOW

    @property
    def thin(self) -> bool:
        return self.n < GREY_BELOW


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """From calls that could have been asked about to whole answers. Each rate is of the line above it."""

    eligible: int
    invited: int
    started: int
    complete: int

    @property
    def invitation(self) -> Share:
        return share(self.invited, self.eligible)

    @property
    def response(self) -> Share:
        """Completed of invited: the response rate."""
        return share(self.complete, self.invited)

    @property
    def completion(self) -> Share:
        """Completed of started."""
        return share(self.complete, self.started)


def csat(good: Bools) -> Share:
    return share(int(good.sum()), len(good))


def net(values: Ints, *, good: int, bad: int) -> Net:
    """`values` ≥ good count for, ≤ bad against."""
    n = len(values)
    if not n:
        return Net(n=0, value=None, low=-1.0, high=1.0)
    up, down = float((values >= good).mean()), float((values <= bad).mean())
    value = up - down
    half = Z95 * sqrt(max(0.0, up + down - value * value) / n)
    return Net(n=n, value=value, low=max(-1.0, value - half), high=min(1.0, value + half))
