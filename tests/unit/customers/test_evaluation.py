"""The truth is known here: what the log says of another policy must find it, and say nothing where it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from customers.offers.evaluation import (
    Interval,
    Logged,
    constant,
    difference,
    evenly,
    greedy,
    judge,
    per_arm,
    wilson,
)

WORTH = np.array([0.10, 0.25, 0.05])  # chance of a reward by action; the last is serving alone
ODDS = np.array([0.6, 0.25, 0.15])
CONSTANTS = [("first", 0), ("second", 1), ("just_serve", 2)]


def logged(count: int = 4_000, seed: int = 1, odds: np.ndarray = ODDS) -> Logged:
    random = np.random.default_rng(seed)
    action = random.choice(3, count, p=odds)
    return Logged(
        party=np.array([f"p{n // 2}" for n in range(count)]),
        action=action.astype(np.int64),
        odds=np.tile(odds, (count, 1)),
        reward=(random.random(count) < WORTH[action]).astype(np.float64),
    )


def inside(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def test_known_values_are_found() -> None:
    found = judge(logged(), [("second", constant(1, 2)), ("random", evenly)], constants=CONSTANTS, fallback=2)
    second, even, best = found.estimates
    assert inside(second.dr, 0.25) and inside(even.dr, WORTH.mean())
    assert second.ips == pytest.approx(0.25, abs=0.05) and second.snips == pytest.approx(0.25, abs=0.05)
    assert inside(found.logging, float(ODDS @ WORTH))
    assert second.ess == pytest.approx(4_000 * 0.25, rel=0.1)
    assert (found.best_constant, best.dr.value, found.verdict) == ("second", second.dr.value, "no_difference")


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    seen = 0
    for seed in range(40):
        log = logged(600, seed)
        found = judge(log, [("second", constant(1, 2))], constants=CONSTANTS, fallback=2, draws=200)
        seen += inside(found.estimates[0].dr, 0.25)
    assert 33 <= seen <= 40  # 95 % of 40 is 38; four standard errors below is 32.5


def test_what_was_done_is_no_better_than_itself() -> None:
    log = logged()
    found = judge(log, [("as_logged", lambda one: one.odds)], constants=CONSTANTS, fallback=2)
    beside = found.estimates[0].beside_logging
    assert beside is not None and abs(beside.value) < 0.005 and inside(beside, 0.0)
    assert found.verdict == "worse"  # than always the second, and it is said


def test_no_verdict_without_enough_weight() -> None:
    assert judge(logged(300), [("third", constant(2, 2))], constants=CONSTANTS, fallback=2).verdict == "not_enough"
    never = judge(logged(odds=np.array([0.9, 0.1, 0.0])), [("third", lambda log: np.tile([0.0, 0.0, 1.0], (len(log), 1)))],
                  constants=CONSTANTS[:2], fallback=0)  # fmt: skip
    assert never.estimates[0].refused == "unsupported"


def test_nothing_is_worse_than_a_constant_of_which_too_little_is_known() -> None:
    log = logged(2_000, odds=np.array([0.93, 0.05, 0.02]))  # a hundred times the second: it looks far better
    found = judge(log, [("as_logged", lambda one: one.odds)], constants=CONSTANTS, fallback=2, draws=200)
    assert (found.best_constant, found.estimates[-1].refused) == ("second", "ess")
    assert found.beside_constant is not None and found.beside_constant.high < 0
    assert found.verdict == "no_difference"


def test_a_better_policy_is_called_better_only_above_the_constant() -> None:
    """Two kinds of people: each wants another thing, so no constant does what a choice does."""
    random = np.random.default_rng(3)
    count = 6_000
    kind = random.integers(0, 2, count)
    odds = np.where(kind[:, None] == 0, [[0.5, 0.3, 0.2]], [[0.3, 0.5, 0.2]])
    action = (random.random(count)[:, None] > odds.cumsum(axis=1)).sum(axis=1)
    reward = (random.random(count) < np.where(action == kind, 0.4, 0.05)).astype(float)
    log = Logged(party=np.array([f"p{n}" for n in range(count)]), action=action, odds=odds, reward=reward)
    assert judge(log, [("greedy", greedy)], constants=CONSTANTS, fallback=2).verdict == "better"


def test_shares_differences_and_sizes() -> None:
    assert wilson(0, 0) == Interval(value=0.0, low=0.0, high=1.0)
    # Newcombe 1998, table II, example (a): 56/70 − 48/80, method 10
    apart = difference(56, 70, 48, 80)
    assert (apart.value, apart.low, apart.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference(0, 0, 3, 10).low == -1.0
    assert per_arm(0.03, 0.006) == pytest.approx(12_690, abs=10)
