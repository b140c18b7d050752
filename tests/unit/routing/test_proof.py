"""The interval: null runs looked at every day miss nothing too often, and a real gain is found."""

from __future__ import annotations

import numpy as np
import pytest

from routing.scoring.proof import LEAST_DAYS, DayPair, half_width, prove


def days(*differences: float) -> list[DayPair]:
    return [DayPair(on=50 + 100 * d, on_calls=100, off=50, off_calls=100) for d in differences]


def test_a_null_run_looked_at_every_day_is_rarely_wrong() -> None:
    """500 A/A runs of 60 days, each peeked at daily: no more than one in twenty ever excludes zero."""
    runs = np.random.default_rng(7).normal(0, 0.05, (500, 60))
    wrong = sum(any(abs(run[:n].mean()) > half_width(run[:n].tolist()) for n in range(LEAST_DAYS, 61)) for run in runs)
    assert wrong / 500 <= 0.05


def test_a_gain_is_found_and_named() -> None:
    rng = np.random.default_rng(3)
    assert prove(days(*rng.normal(0.06, 0.04, 40))).verdict == "more"
    assert prove(days(*rng.normal(-0.06, 0.04, 40))).verdict == "less"
    assert prove(days(*rng.normal(0.0, 0.04, 40))).verdict == "not_yet"


def test_few_days_say_nothing() -> None:
    proof = prove(days(*[0.3] * (LEAST_DAYS - 1)))
    assert (proof.verdict, proof.low, proof.days) == ("not_yet", None, LEAST_DAYS - 1)
    assert proof.difference == pytest.approx(0.3)
    assert prove([]).difference is None
    assert prove([DayPair(on=1, on_calls=2, off=0, off_calls=0)]).days == 0
