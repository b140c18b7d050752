"""A day's staffing is the formulas of `staffing`, interval by interval, and sums that round once."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from routing.staffing import Load, needed, needed_exactly, pooled, predict
from routing.staffing_plan import Demand, Line, Wish, added, line, total

NINE = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)


def planned(
    calls: float, *, wish: Wish = Wish(), at: datetime = NINE, is_open: bool = True, whole: bool = True
) -> Line:
    demand = Demand(at=at, is_open=is_open, calls=calls, handle_s=200)
    return line(demand=demand, wish=wish, minutes=30, target_s=20, patience_s=300, whole=whole)


def test_an_interval_is_erlang_a_of_its_load_with_erlang_c_beside_it() -> None:
    load = Load(calls_per_s=54 / 1800, handle_s=200, patience_s=300)
    found = planned(54)
    assert found.agents == needed(load=load, target_s=20, level=0.8) and found.erlangs == pytest.approx(6)
    assert found.given == predict(load=load, agents=found.agents, target_s=20)
    assert found.level == predict(load=load, agents=found.agents, target_s=20).service_level()
    assert found.patient > found.exact and found.rostered == math.ceil(found.agents / 0.7)


def test_what_is_supposed_changes_what_is_needed() -> None:
    usual = planned(54)
    assert planned(54, wish=Wish(load=1.5)).agents > usual.agents
    assert planned(54, wish=Wish(handle_s=100)).agents < usual.agents
    assert planned(54, wish=Wish(level=0.95)).agents > usual.agents
    assert planned(54, wish=Wish(shrinkage=0.0)).rostered == usual.agents
    assert planned(1, wish=Wish(least=4)).agents == 4


def test_too_few_agents_lose_callers_and_without_leaving_the_line_would_grow() -> None:
    short = planned(54, wish=Wish(agents=4))
    assert short.given is not None and short.given.abandoned > 0.2 and short.level is not None and short.level < 0.5
    assert short.endless is not None and (short.endless.is_stable, short.endless.mean_wait_s) == (False, None)


def test_queues_are_summed_before_they_are_rounded_and_one_line_needs_fewer() -> None:
    parts = [planned(9, whole=False) for _ in range(3)]
    both = added(parts, wish=Wish(), minutes=30, target_s=20, patience_s=300)
    load = Load(calls_per_s=9 / 1800, handle_s=200, patience_s=300)
    assert both.agents == math.ceil(3 * needed_exactly(load=load, target_s=20, level=0.8)) < 3 * planned(9).agents
    assert both.together == pytest.approx(needed_exactly(load=pooled([load] * 3), target_s=20, level=0.8))
    assert both.level == pytest.approx(0.8, abs=0.01) and both.given is not None
    assert parts[0].given is not None  # the same work, on whole people
    assert both.given.occupancy * both.agents == pytest.approx(3 * parts[0].given.occupancy * parts[0].agents)


def test_a_day_weighs_calls_and_a_closed_interval_asks_for_nobody() -> None:
    closed = planned(30, is_open=False, wish=Wish(least=2))
    busy, quiet = planned(54), planned(3, at=NINE + timedelta(minutes=30))
    assert (closed.agents, closed.given, closed.calls) == (0, None, 0)
    day = total([closed, busy, quiet], minutes=30)
    assert day.calls == 57 and day.agent_hours == (busy.agents + quiet.agents) / 2 and day.peak == busy.agents
    assert busy.level is not None and quiet.level is not None
    assert day.level == pytest.approx((54 * busy.level + 3 * quiet.level) / 57)
    assert total([closed], minutes=30).level is None
