"""Chances that mean what they say: a line through the log odds, and how far said and happened lie apart. Pure.

(Platt 1999, with a weak pull to the identity, so that a hundred answers do not bend a model that was right.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from customers.offers.learning.propensity import Float

PULL = 2.0  # answers' worth of belief that the model is right as it is
STEPS = 25
EDGE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """log odds → slope × log odds + shift."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, chances: Float) -> Float:
        scores = np.clip(self.slope * log_odds(chances) + self.shift, -30, 30)
        found: Float = 1 / (1 + np.exp(-scores))
        return found


def calibrate(chances: Float, bought: NDArray[np.bool_]) -> Calibration:
    """The line that makes these answers most likely (Newton's steps on two figures); the slope never turns round."""
    if len(chances) == 0:
        return Calibration()
    design = np.stack([log_odds(chances), np.ones(len(chances))], axis=1)
    line, truth = np.array([1.0, 0.0]), bought.astype(np.float64)
    for _step in range(STEPS):
        said = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        slope = design.T @ (truth - said) - PULL * (line - np.array([1.0, 0.0]))
        bend = (design * (said * (1 - said))[:, None]).T @ design + PULL * np.eye(2)
        step = np.linalg.solve(bend, slope)
        line = line + np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-8:
            break
    return Calibration(slope=float(max(0.05, line[0])), shift=float(line[1]))


def log_odds(chances: Float) -> Float:
    clipped = np.clip(chances, EDGE, 1 - EDGE)
    found: Float = np.log(clipped / (1 - clipped))
    return found


def brier(chances: Float, bought: NDArray[np.bool_]) -> float:
    """Mean squared distance between what was said and what happened; lower is better."""
    return float(np.mean((chances - bought) ** 2))


def gap(chances: Float, bought: NDArray[np.bool_], *, groups: int = 5) -> float:
    """Expected calibration error: said against happened in equal groups, weighted by their size."""
    parts = np.array_split(np.argsort(chances, kind="stable"), groups)
    apart = [abs(chances[part].mean() - bought[part].mean()) * len(part) for part in parts if len(part)]
    return float(sum(apart) / len(chances)) if len(chances) else 0.0
