"""Two sides beside each other: nothing differs from itself, chance is not taken for change, and a change is seen."""

from __future__ import annotations

import os
from datetime import UTC
from random import Random

import numpy as np
import pytest

from ivr.paths import comparing
from ivr.paths.measures import Selection
from ivr.paths.statistics import Days, difference, dispersion
from ivr.paths.store import build
from tests.unit.ivr.callers import call, some_calls

DAY = 86_400


def replay(
    random: np.random.Generator, *, days: int, rate: float, phi: float, first: int = 4, calls: int = 1_000
) -> Days:
    """Hits of so many calls a day, where days differ φ times as much as calls alone would make them."""
    spread = (phi - 1) / (calls - 1)  # the correlation of two calls of one day
    rates = np.full(days, rate)
    if spread > 0:
        concentration = 1 / spread - 1
        rates = random.beta(rate * concentration, (1 - rate) * concentration, days)
    hits = random.binomial(calls, rates).astype(np.float64)
    return Days(day=np.arange(first, first + days), hits=hits, n=np.full(days, float(calls)))


def test_a_side_differs_from_itself_by_exactly_nothing() -> None:
    side = comparing.side(Selection(build(some_calls(Random(7), 300))), UTC)

    found = comparing.differences(side, side)

    assert found
    assert all((one.value, one.low, one.high) == (0.0, 0.0, 0.0) and not stands for _, _, one, stands in found)


def test_outcomes_of_both_sides_are_shares_of_all_their_calls() -> None:
    a = [call("ab", "hangup", row=n, start_s=n % 12 * DAY) for n in range(30)]
    b = [call("ab", "hangup" if n % 3 else "agent", row=n, start_s=n % 12 * DAY) for n in range(60)]

    found = comparing.differences(*(comparing.side(Selection(build(rows)), UTC) for rows in (a, b)))

    hung_up = next(one for node, measure, one, _ in found if measure == "outcome:hangup")
    assert (hung_up.a, hung_up.b, hung_up.n_a, hung_up.n_b) == pytest.approx((1.0, 2 / 3, 30, 60))
    assert hung_up.high < 0


def test_what_every_visit_does_on_both_sides_is_no_news() -> None:
    rows = [call("ab", "hangup", row=n, start_s=n * DAY) for n in range(12)]
    mixed = [call("ab" if n % 2 else "a", "hangup", row=n, start_s=n * DAY) for n in range(12)]
    always, sometimes = (comparing.side(Selection(build(some)), UTC) for some in (rows, mixed))

    assert ("b", "drop_off") not in {(node, measure) for node, measure, *_ in comparing.differences(always, always)}
    assert ("a", "drop_off") in {(node, measure) for node, measure, *_ in comparing.differences(always, sometimes)}


def test_chance_between_days_is_taken_for_a_change_in_one_of_twenty_replays() -> None:
    random = np.random.default_rng(2026)
    misses, replays = 0, 500 if os.environ.get("THOROUGH") else 80
    for seed in range(replays):
        a, b = (replay(random, days=14, rate=0.3, phi=5, first=first) for first in (4, 18))
        found = difference(a, b, seed=seed)
        assert found is not None
        misses += found.certain
    assert (0.03 <= misses / replays <= 0.07) if replays == 500 else (1 <= misses <= 8)


def test_three_points_more_are_seen_in_ten_days() -> None:
    random = np.random.default_rng(1)
    seen = 0
    for seed in range(60):
        found = difference(
            replay(random, days=10, rate=0.10, phi=1), replay(random, days=10, rate=0.13, phi=1, first=14), seed=seed
        )
        seen += found is not None and found.low > 0
    assert seen >= 54


def test_few_days_are_marked_widened_and_never_beyond_all_or_nothing() -> None:
    random = np.random.default_rng(3)
    calm, wild = (replay(random, days=5, rate=0.3, phi=phi, calls=400) for phi in (1, 8))

    assert dispersion(wild) > dispersion(calm)
    wide, narrow = difference(calm, wild), difference(calm, calm)
    assert wide is not None and narrow is not None
    assert wide.few_days and wide.high - wide.low > narrow.high - narrow.low
    tiny = Days(day=np.array([4, 5]), hits=np.array([0.0, 2.0]), n=np.array([2.0, 2.0]))
    edge = difference(tiny, Days(day=np.array([6]), hits=np.array([0.0]), n=np.array([1.0])))
    assert edge is not None and edge.low >= -1.0 and edge.high <= 1.0
    assert difference(tiny, Days(day=np.array([6]), hits=np.array([0.0]), n=np.array([0.0]))) is None
