"""Erlang C and A: the printed tables, the laws they keep, and what cannot be asked."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.staffing import Formula, Load, needed, needed_exactly, pooled, predict, with_shrinkage
from tests.thorough import examples

TEN = Load(calls_per_s=10 / 180, handle_s=180.0)
LEAVING = replace(TEN, patience_s=360.0)


@pytest.mark.parametrize(
    ("agents", "waiting", "level", "wait_s"),
    [
        (11, 0.6821, 0.3896, 122.78),
        (12, 0.4494, 0.6402, 40.44),
        (13, 0.2853, 0.7956, 17.12),
        (14, 0.1741, 0.8884, 7.84),
    ],
)
def test_erlang_c_as_printed(agents: int, waiting: float, level: float, wait_s: float) -> None:
    found = predict(load=TEN, agents=agents, target_s=20)
    assert found.waiting == pytest.approx(waiting, abs=5e-5)
    assert found.service_level() == pytest.approx(level, abs=5e-5)
    assert found.mean_wait_s == pytest.approx(wait_s, abs=5e-3)


@pytest.mark.parametrize(
    ("agents", "left", "wait_s", "f3", "f4"),
    [(8, 0.2272, 81.80, 0.1939, 0.2031), (10, 0.1039, 37.41, 0.4915, 0.5070), (12, 0.0392, 14.11, 0.7618, 0.7738)],
)
def test_erlang_a_as_printed(agents: int, left: float, wait_s: float, f3: float, f4: float) -> None:
    found = predict(load=LEAVING, agents=agents, target_s=20)
    assert (found.abandoned, found.service_level(Formula.F3)) == pytest.approx((left, f3), abs=5e-4)
    assert found.service_level(Formula.F4) == pytest.approx(f4, abs=5e-4)
    assert found.mean_wait_s == pytest.approx(wait_s, abs=5e-3)


def test_formulas_of_the_same_floor_stand_in_order() -> None:
    found = predict(load=LEAVING, agents=10, target_s=20)
    levels = {formula: found.service_level(formula) for formula in Formula}
    assert levels[Formula.F3] < levels[Formula.F4] < levels[Formula.F2]
    assert levels[Formula.F3] < levels[Formula.F1]


def test_too_few_agents_is_said_and_never_a_negative_wait() -> None:
    found = predict(load=TEN, agents=10, target_s=20)
    assert (found.is_stable, found.mean_wait_s, found.service_level()) == (False, None, 0.0)
    assert predict(load=LEAVING, agents=2, target_s=20).is_stable  # who can leave keeps the line finite


@settings(max_examples=examples(40))
@given(
    load=st.builds(
        Load,
        calls_per_s=st.floats(0.001, 0.4),
        handle_s=st.floats(30, 400),
        patience_s=st.one_of(st.floats(20, 2000), st.just(math.inf)),
    ),
    agents=st.integers(0, 60),
    target_s=st.floats(0, 120),
)
def test_one_more_agent_never_hurts_and_shares_are_shares(load: Load, agents: int, target_s: float) -> None:
    fewer = predict(load=load, agents=agents, target_s=target_s)
    half = predict(load=load, agents=agents + 0.5, target_s=target_s)
    more = predict(load=load, agents=agents + 1, target_s=target_s)
    for one in (fewer, half, more):
        shares = (one.waiting, one.abandoned, one.answered_in_time, one.abandoned_in_time, one.occupancy)
        assert all(-1e-9 <= share <= 1 + 1e-9 for share in shares)
        assert one.answered_in_time + one.abandoned_in_time <= 1 + 1e-9
        assert one.abandoned_in_time <= one.abandoned + 1e-9
    assert fewer.answered_in_time <= half.answered_in_time + 1e-9 <= more.answered_in_time + 2e-9
    assert more.abandoned <= fewer.abandoned + 1e-9


def test_endless_patience_is_erlang_c() -> None:
    patient = replace(TEN, patience_s=1e9)
    assert predict(load=patient, agents=13, target_s=20).answered_in_time == pytest.approx(0.7956, abs=1e-3)


def test_the_fewest_agents_that_reach_a_level() -> None:
    fewest = needed(load=LEAVING, target_s=20, level=0.8)
    assert predict(load=LEAVING, agents=fewest, target_s=20).service_level() >= 0.8
    assert predict(load=LEAVING, agents=fewest - 1, target_s=20).service_level() < 0.8
    assert fewest - 1 < needed_exactly(load=LEAVING, target_s=20, level=0.8) <= fewest
    assert needed(load=replace(TEN, calls_per_s=0.0), target_s=20, level=0.8) == 0


def test_pools_are_summed_before_they_are_rounded_and_one_line_needs_fewer() -> None:
    lines = [Load(calls_per_s=3 / 180, handle_s=180, patience_s=300) for _ in range(3)]
    apart = sum(needed_exactly(load=line, target_s=20, level=0.8) for line in lines)
    together = needed_exactly(load=pooled(lines), target_s=20, level=0.8)
    assert pooled(lines).erlangs == pytest.approx(9)
    assert together < apart
    assert math.ceil(apart) <= sum(needed(load=line, target_s=20, level=0.8) for line in lines)
    assert with_shrinkage(together, 0.3) == pytest.approx(together / 0.7)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: Load(calls_per_s=-1, handle_s=60), "Calls per second"),
        (lambda: Load(calls_per_s=1, handle_s=0), "handling time"),
        (lambda: Load(calls_per_s=1, handle_s=1, patience_s=0), "patience"),
        (lambda: predict(load=TEN, agents=-1, target_s=20), "Agents must be"),
        (lambda: predict(load=TEN, agents=math.nan, target_s=20), "Agents must be"),
        (lambda: needed(load=TEN, target_s=20, level=1.0), "between 0 and 1"),
        (lambda: with_shrinkage(10, 1.0), "Shrinkage"),
        (lambda: pooled([]), "no load"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(ask: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ask()  # type: ignore[operator]
