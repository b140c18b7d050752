"""Prices, learned effects and the simulated floor: small enough to be checked by other means."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from routing.matching import QueueRule, Roster
from routing.scoring import prices
from routing.scoring.effects import estimate
from routing.simulation import pairing_floor as floor
from routing.simulation.floor import FOREVER, Arrival, Simulation

VALUE = np.array([[0.9, 0.5, 0.4], [0.6, 0.5, 0.1]])
RATE, HANDLE = np.array([0.01, 0.005]), np.array([60.0, 120.0])


def test_the_fluid_plan_is_the_best_of_a_grid_and_its_duals_say_so() -> None:
    plan = prices.solve(value=VALUE, rate=RATE, handle_s=HANDLE, fair=None)
    best = 0.0
    tenths = [split for split in product(range(11), repeat=3) if sum(split) == 10]
    for first, second in product(tenths, tenths):
        share = np.array([first, second]) / 10
        if ((RATE * HANDLE)[:, None] * share).sum(axis=0).max() <= 1:
            best = max(best, float((RATE[:, None] * share * VALUE).sum() / RATE.sum()))
    assert plan.mean_value >= best - 1e-9
    assert plan.share.sum(axis=1) == pytest.approx([1, 1])
    # No pair is worth more than what its two sides are worth elsewhere; where the plan sends callers, exactly that.
    surplus = VALUE - plan.price[None, :] * (HANDLE / 80.0)[:, None] - plan.worth[:, None]
    assert surplus.max() <= 1e-7
    assert np.abs(surplus[plan.share > 1e-9]).max() <= 1e-7


def test_a_fair_plan_keeps_everybody_within_six_percent() -> None:
    plan = prices.solve(value=VALUE, rate=RATE, handle_s=HANDLE)
    work = ((RATE * HANDLE)[:, None] * plan.share).sum(axis=0)
    assert work == pytest.approx(work.mean(), rel=0.0601)
    assert plan.mean_value <= prices.solve(value=VALUE, rate=RATE, handle_s=HANDLE, fair=None).mean_value + 1e-9


def test_more_work_than_hands_still_has_a_plan() -> None:
    assert prices.solve(value=VALUE, rate=RATE * 10, handle_s=HANDLE).share.sum(axis=1) == pytest.approx([1, 1])


def test_absurd_values_make_no_table() -> None:
    with pytest.raises(ValueError, match="finite"):
        prices.comparative(version="x", types=["a", "b"], agents=[1, 2, 3], value=VALUE * np.nan)


def test_effects_are_found_and_few_calls_are_not_believed() -> None:
    rng = np.random.default_rng(5)
    truth = 0.2 + rng.normal(0, 0.05, (1, 30)) + rng.normal(0, 0.05, (6, 1)) + rng.normal(0, 0.05, (6, 30))
    truth = truth.clip(0.01, 0.99)
    calls = rng.integers(80, 120, truth.shape).astype(float)
    calls[:, 0] = 0  # a new agent
    calls[:, 1] = [0, 0, 0, 1, 1, 1]
    total = rng.binomial(calls.astype(int), truth).astype(float)
    total[:, 1] = calls[:, 1]  # three lucky calls
    found = estimate(total=total, calls=calls)
    believed, raw = found.value[:, 2:], (total[:, 2:] / calls[:, 2:])
    assert np.sqrt(np.mean((believed - truth[:, 2:]) ** 2)) < 0.9 * np.sqrt(np.mean((raw - truth[:, 2:]) ** 2))
    assert found.agent[0] == 0 and not found.pair[:, 0].any()
    assert found.value[:, 1].max() < 0.45
    assert found.spread["pair"] == pytest.approx(0.05, abs=0.015)


def test_nothing_to_learn_says_so() -> None:
    with pytest.raises(ValueError, match="no calls"):
        estimate(total=np.zeros((2, 2)), calls=np.zeros((2, 2)))


def test_a_simulated_floor_loses_nobody_and_repeats_itself() -> None:
    world = floor.draw_world(seed=3, agents=6, types=3, load=0.9, calls=400)
    pairs = floor.table(world)
    first, again = floor.run_paired(world, pairs), floor.run_paired(world, pairs)
    assert first.calls == again.calls
    assert sorted(call.call for call in first.calls) == list(range(400))
    assert max(call.overtaken for call in first.calls) <= 10
    plain = floor.run_plain(world)
    assert max(call.overtaken for call in plain.calls) == 0
    assert floor.mean_value(world, first) > floor.mean_value(world, plain)


def test_one_server_is_the_queue_of_the_books() -> None:
    """M/M/1 at load .6: mean wait = ρ ÷ (1 − ρ) × mean service."""
    rng = np.random.default_rng(11)
    at, service = np.cumsum(rng.exponential(100, 6000)), rng.exponential(60, 6000)
    lone = frozenset({1})
    rule = QueueRule(id=1, key="all", required={}, members=lone, qualified=lone)
    able = Roster(domain="sim", domain_id=1, version=1, queues={1: rule}, agents=1)
    calls = [Arrival(float(t), 1, "", FOREVER, float(s)) for t, s in zip(at, service, strict=True)]
    outcome = Simulation(arrivals=calls, roster=able).run()
    assert np.mean([call.waited_s for call in outcome.calls]) == pytest.approx(90, rel=0.12)
    assert outcome.occupancy[1] == pytest.approx(0.6, abs=0.03)


def test_whoever_loses_patience_leaves() -> None:
    lone = frozenset({1})
    rule = QueueRule(id=1, key="all", required={}, members=lone, qualified=lone)
    able = Roster(domain="sim", domain_id=1, version=1, queues={1: rule}, agents=1)
    calls = [Arrival(0.0, 1, "", FOREVER, 100.0), Arrival(1.0, 1, "", 30.0, 10.0), Arrival(2.0, 1, "", 300.0, 10.0)]
    outcome = Simulation(arrivals=calls, roster=able).run()
    assert [(call.call, call.agent, call.waited_s) for call in outcome.calls] == [
        (0, 1, 0.0),
        (1, 0, 30.0),
        (2, 1, 98.0),
    ]
