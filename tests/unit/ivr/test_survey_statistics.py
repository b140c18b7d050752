"""Scores, weights, rankings and drivers against brute force, printed values and planted truths."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.paths.statistics import share
from ivr.surveys import drivers, ranking, scores, weighting
from ivr.surveys.world import World, draw_world

rng = np.random.default_rng


def test_printed_wilson_intervals() -> None:
    found = share(45, 60)
    assert (round(100 * found.low, 1), round(100 * found.high, 1)) == (62.8, 84.2)
    none = share(0, 10)
    assert (none.low, round(100 * none.high, 1)) == (0.0, 27.8)
    assert share(3, 9).hidden
    assert share(3, 29).thin
    assert not share(3, 30).thin


def test_net_is_another_number_than_csat() -> None:
    values = np.array([5] * 40 + [3] * 15 + [1] * 25)
    net = scores.net(values, good=4, bad=2)
    assert net.value == pytest.approx(15 / 80)
    spread = np.sqrt((40 / 80 + 25 / 80 - (15 / 80) ** 2) / 80)
    assert net.high - net.low == pytest.approx(2 * 1.959964 * spread, rel=1e-5)
    assert scores.csat(values >= 4).value == 0.5
    assert scores.net(np.array([], np.int64), good=4, bad=2).value is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_raking_hits_every_margin(seed: int) -> None:
    generator = rng(seed)
    groups = [generator.integers(0, 3, 300), generator.integers(0, 4, 300)]
    targets = [generator.dirichlet([20.0] * 3), generator.dirichlet([20.0] * 4)]
    weights = weighting.rake(generator.uniform(0.5, 2, 300), groups, targets)
    for codes, target in zip(groups, targets, strict=True):
        assert np.bincount(codes, weights) / weights.sum() == pytest.approx(target, abs=1e-5)
    assert weights.mean() == pytest.approx(1)


def test_weights_are_trimmed_and_cost_certainty() -> None:
    weights = np.array([1.0] * 9 + [100.0])
    assert weighting.trimmed(weights).max() == 5.0
    assert weighting.design_effect(np.ones(7)) == 1.0
    assert weighting.design_effect(np.array([1.0, 3.0])) == pytest.approx(1.25)


def test_the_propensity_solves_its_equations() -> None:
    """At the maximum of the penalised likelihood Xᵀ(y − p) is the ridge times β, and 0 for the constant."""
    generator = rng(3)
    matrix = weighting.design([generator.integers(0, 3, 800), generator.integers(0, 2, 800)])
    answered = generator.random(800) < 1 / (1 + np.exp(-(matrix @ np.array([-1, 1.2, 0.3, -0.8]))))
    chances = weighting.propensity(matrix, answered, ridge=2.0)
    beta = np.linalg.lstsq(matrix, np.log(chances / (1 - chances)), rcond=None)[0]
    assert matrix.T @ (answered - chances) == pytest.approx(np.array([0, 2, 2, 2]) * beta, abs=1e-5)


def world(seed: int = 1) -> World:
    return draw_world(seed=seed, calls=12_000)


def test_a_planted_bias_is_taken_out() -> None:
    drawn = world()
    assert 0.07 < drawn.raw - drawn.truth < 0.09
    found = weighting.weighted_score(drawn.columns, drawn.good, drawn.answered)
    assert found.value is not None
    assert abs(found.value - drawn.truth) < 0.02
    assert found.low < drawn.truth < found.high
    assert found.worst < drawn.truth < found.best
    assert found.effective_n < drawn.answered.sum()


def test_too_few_answers_are_not_weighted() -> None:
    drawn = world()
    few = np.zeros_like(drawn.answered)
    few[:29] = True
    found = weighting.weighted_score(drawn.columns, drawn.good, few)
    assert found.value is None
    assert (found.effective_n, found.design_effect) == (29, 1.0)


def test_agents_are_judged_by_what_they_can_help() -> None:
    """Lin takes the hard calls and serves them better than anybody; Omar takes the easy ones and serves them worse."""
    generator = rng(11)
    agents = np.repeat([f"a{one}" for one in range(20)] + ["lin", "omar"], [300] * 20 + [900] * 2)
    share_of_hard = np.where(agents == "lin", 0.9, np.where(agents == "omar", 0.05, 0.5))
    hard = generator.random(len(agents)) < share_of_hard
    skill = np.where(agents == "lin", 0.12, np.where(agents == "omar", -0.12, 0.0))
    good = generator.random(len(agents)) < np.where(hard, 0.45, 0.85) + skill
    ranked = {one.name: one for one in ranking.rank(list(agents), good, {"reason": list(hard)})}
    lin, omar = ranked["lin"], ranked["omar"]
    assert lin.raw.value is not None
    assert omar.raw.value is not None
    assert lin.raw.value < omar.raw.value  # the raw numbers would praise the wrong one
    assert (lin.verdict, omar.verdict) == ("better", "below")
    assert sum(one.verdict != "like" for one in ranked.values()) <= 3


def test_chance_alone_names_nobody_and_few_answers_are_not_ranked() -> None:
    generator = rng(5)
    named = 0
    for _ in range(10):
        agents = np.repeat([f"a{one}" for one in range(25)], 60)
        named += sum(
            one.verdict in {"better", "below"} for one in ranking.rank(list(agents), generator.random(1500) < 0.8, {})
        )
    assert named <= 2
    few = ranking.rank(["lin"] * 40 + ["omar"] * 29, generator.random(69) < 0.8, {})
    assert {one.name: one.verdict for one in few}["omar"] == "few"
    assert [one.name for one in few][-1] == "omar"
    assert ranking.rank([], np.array([], bool), {}) == ()


def test_shrinkage_draws_small_groups_further() -> None:
    generator = rng(2)
    agents = np.concatenate(
        [np.repeat([f"a{one}" for one in range(30)], 80), np.repeat("big", 800), np.repeat("small", 40)]
    )
    level = np.concatenate([np.repeat(generator.normal(0.75, 0.06, 30), 80), np.repeat(0.9, 840)])
    good = generator.random(len(agents)) < level
    ranked = {one.name: one for one in ranking.rank(list(agents), good, {})}
    big, small = ranked["big"], ranked["small"]
    assert abs(big.value - big.adjusted) < abs(small.value - small.adjusted)
    assert small.high - small.low > big.high - big.low


def brute_lmg(blocks: list[np.ndarray], y: np.ndarray) -> np.ndarray:
    """The mean gain over every order of entering, each fit by least squares on the rows."""

    def r2(chosen: tuple[int, ...]) -> float:
        matrix = np.hstack([np.ones((len(y), 1)), *[blocks[one] for one in chosen]])
        rest = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
        return 1 - float(rest @ rest) / float(((y - y.mean()) ** 2).sum())

    parts = np.zeros(len(blocks))
    orders = list(permutations(range(len(blocks))))
    for order in orders:
        for place, one in enumerate(order):
            parts[one] += r2(order[: place + 1]) - r2(order[:place])
    mean: np.ndarray = parts / len(orders)
    return mean


def grams(blocks: list[np.ndarray], y: np.ndarray) -> np.ndarray:
    whole = np.hstack([np.ones((len(y), 1)), *blocks, y[:, None]])
    products: np.ndarray = whole.T @ whole
    return products


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_lmg_is_the_mean_over_all_orders_and_adds_up_to_r2(seed: int) -> None:
    generator = rng(seed)
    base = generator.normal(size=(80, 5))
    blocks = [base[:, :1] + 0.5 * base[:, 1:2], base[:, 1:3], base[:, 3:5], generator.normal(size=(80, 1))]
    y = base @ generator.normal(size=5) + generator.normal(size=80)
    found = drivers.lmg(grams(blocks, y), [block.shape[1] for block in blocks])
    assert found == pytest.approx(brute_lmg(blocks, y), abs=1e-9)
    whole = drivers.lmg(grams([np.hstack(blocks)], y), [6])
    assert found.sum() == pytest.approx(whole[0], abs=1e-9)


def test_twins_share_equally_and_noise_gets_next_to_nothing() -> None:
    generator = rng(8)
    wait = generator.normal(size=1_200)
    good = generator.random(1_200) < 1 / (1 + np.exp(-1.5 * wait))
    columns = {"wait": list(wait), "wait_twin": list(wait), "noise": list(generator.normal(size=1_200))}
    found = drivers.drivers(columns, good, np.repeat(np.arange(30), 40), draws=20)
    assert found is not None
    parts = {line.name: line for line in found.lines}
    assert parts["wait"].share == pytest.approx(parts["wait_twin"].share, abs=1e-6)
    assert parts["noise"].share < 0.02
    assert sum(line.share for line in found.lines) == pytest.approx(1)
    assert all(line.low <= line.share <= line.high or line.share < 0.02 for line in found.lines)


def test_drivers_need_answers_that_differ() -> None:
    assert drivers.drivers({"x": list(range(99))}, np.arange(99) % 2 == 0, np.arange(99)) is None
    assert drivers.drivers({"x": list(range(200))}, np.full(200, True), np.arange(200)) is None
    assert drivers.drivers({"x": [1] * 200}, np.arange(200) % 2 == 0, np.arange(200)) is None
