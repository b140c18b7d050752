"""Days with people who come and go, the rivals, the bounds and what may be said of a difference."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from routing.matching import Strategy
from routing.simulation.bounds import BLOCK_S, Known, hindsight, least_lost
from routing.simulation.days import Caller, Day, Shift, floor_of
from routing.simulation.errors import nearness
from routing.simulation.floor import Outcome, Simulation
from routing.simulation.measures import difference, measure, of_waits
from routing.simulation.plots import Interval, curves, forest, page, scatter, table
from routing.simulation.policies import POLICIES, play

LIN_AND_OMAR = {"lin": {"bill": 5}, "omar": {"bill": 2, "fault": 4}}


def day(*callers: Caller, shifts: tuple[Shift, ...] = (Shift("lin", 0, 1000), Shift("omar", 0, 1000))) -> Day:
    return Day(label="d", callers=callers, shifts=shifts, skills=LIN_AND_OMAR)


def served(outcome: Outcome) -> list[tuple[int, int, float]]:
    return [(call.call, call.agent, call.waited_s) for call in outcome.calls]


def run(of: Day, policy: str = "longest_idle", between_s: float = 0.0) -> list[tuple[int, int, float]]:
    return served(play(of, POLICIES[policy], between_s=between_s))


def test_nobody_is_given_to_an_agent_who_has_gone() -> None:
    lin = (Shift("lin", 10, 20), Shift("lin", 50, 60), Shift("lin", 70, 70))
    calls = (
        Caller(0, "bill", 100, 5),
        Caller(16, "bill", 100, 30),
        Caller(30, "bill", 25, 5),
        Caller(65, "bill", 9, 1),
    )
    # The second talk lasts beyond the shift: it is finished, and the third caller waits for the next shift.
    assert run(day(*calls, shifts=lin)) == [(0, 1, 10.0), (1, 1, 0.0), (2, 1, 20.0), (3, 0, 9.0)]


def test_a_shift_begun_while_the_last_call_goes_on_is_one_shift() -> None:
    calls = (Caller(5, "bill", 100, 30), Caller(20, "bill", 100, 10))
    outcome = play(day(*calls, shifts=(Shift("lin", 0, 10), Shift("lin", 15, 60))), POLICIES["fifo"], between_s=0)
    assert served(outcome) == [(0, 1, 0.0), (1, 1, 15.0)]
    assert outcome.present_s == {1: 60.0}
    assert outcome.occupancy[1] == pytest.approx(40 / 60)


def test_seconds_between_calls_keep_the_next_caller_waiting() -> None:
    calls = (Caller(0, "bill", 100, 10), Caller(1, "bill", 100, 10))
    assert run(day(*calls, shifts=(Shift("lin", 0, 99),)), between_s=25)[1] == (1, 1, 34.0)


def test_head_starts_count_for_ours_and_not_for_the_rivals() -> None:
    calls = (Caller(0, "bill", 500, 50), Caller(1, "bill", 500, 50), Caller(2, "bill", 500, 50, 90.0))
    alone = (Shift("lin", 0, 900),)
    assert [call for call, _, _ in run(day(*calls, shifts=alone))] == [0, 2, 1]
    assert [call for call, _, _ in run(day(*calls, shifts=alone), "fifo")] == [0, 1, 2]


def test_each_policy_sends_whom_it_says() -> None:
    bills = tuple(Caller(float(100 * no), "bill", 50, 10) for no in range(4))
    assert {agent for _, agent, _ in run(day(*bills), "skill_first")} == {1}
    assert {agent for _, agent, _ in run(day(*bills), "adapted")} == {1}  # Omar is kept for faults
    assert [agent for _, agent, _ in run(day(*bills), "round_robin")] == [1, 2, 1, 2]
    assert [agent for _, agent, _ in run(day(*bills), "longest_idle")] == [1, 2, 1, 2]
    assert run(day(*bills), "random") == run(day(*bills), "random")


def test_a_relaxation_step_lets_somebody_else_take_who_waits() -> None:
    from dataclasses import replace

    from routing.matching import Step

    found = floor_of(day(Caller(0, "fault", 200, 10), Caller(1, "fault", 200, 10)), strategy=Strategy.LONGEST_IDLE)
    [number] = found.roster.queues
    rule = found.roster.queues[number]
    wider = replace(rule, steps=(Step(after_s=30, members=frozenset({1, 2}), qualified=frozenset({1, 2})),))
    roster = replace(found.roster, queues={number: wider})
    stints = [stint for stint in found.stints if stint.agent == 1]
    assert served(Simulation(arrivals=found.arrivals, roster=roster, stints=stints).run()) == [
        (0, 1, 30.0),
        (1, 1, 39.0),
    ]


def test_figures_of_waits_known_by_hand() -> None:
    found = of_waits(answered=[0, 10, 20, 30], left=[5, 40])
    assert (found.offered, found.mean_wait_s, found.level_60) == (6, 15, 1.0)
    assert (found.abandoned, found.level_20) == pytest.approx((1 / 3, 3 / 5))
    nobody = measure(Outcome())
    assert (nobody.mean_wait_s, nobody.level_20, nobody.occupancy) == (None, None, None)


def test_a_difference_is_claimed_only_where_days_agree() -> None:
    base = [of_waits(answered=[10.0 + no % 3], left=[]) for no in range(20)]
    slower = [of_waits(answered=[12.0 + no % 3], left=[]) for no in range(20)]
    mixed = [of_waits(answered=[10.0 + (no + 1) % 3], left=[]) for no in range(20)]
    real = difference(ours=slower, theirs=base, of=lambda one: one.mean_wait_s)
    assert real.is_real and real.mean == pytest.approx(2)
    assert not difference(ours=mixed, theirs=base, of=lambda one: one.mean_wait_s).is_real
    with pytest.raises(ValueError, match="no day"):
        difference(ours=base[:1], theirs=[measure(Outcome())], of=lambda one: one.mean_wait_s)


def test_nearness_by_hand() -> None:
    true = [of_waits(answered=[10.0] * 8, left=[9.0] * 2), of_waits(answered=[20.0] * 9, left=[9.0])]
    told = [of_waits(answered=[11.0] * 8, left=[9.0] * 2), of_waits(answered=[24.0] * 7, left=[9.0] * 3)]
    near = nearness(simulated=told, logged=true)
    assert near.wait_error == pytest.approx((0.1 + 0.2) / 2)
    assert near.abandonment_error == pytest.approx((0 + 20) / 2)
    with pytest.raises(ValueError, match="Two days"):
        nearness(simulated=told[:1], logged=true[:1])


def test_hindsight_is_never_below_the_best_plan_there_is() -> None:
    """Every way to give six calls to two agents in a row, each begun in time: none is worth more than the bound."""
    rng = np.random.default_rng(4)
    for _ in range(5):
        at, service = np.sort(rng.uniform(0, 9 * 3600, 6)), rng.exponential(4000, 6)
        known = Known(
            at=at, kind=rng.integers(0, 2, 6), service_s=service, value=rng.uniform(0, 1, (2, 2)), longest_wait_s=900.0
        )
        best = 0.0
        for plan in product((-1, 0, 1), repeat=6):
            free, worth = [0.0, 0.0], 0.0
            for call, agent in enumerate(plan):
                if agent >= 0 and max(free[agent], at[call]) <= at[call] + 900:
                    worth += known.value[known.kind[call], agent]
                    free[agent] = max(free[agent], at[call]) + service[call]
            best = max(best, worth / 6)
        assert hindsight(known) >= best - 1e-9


def test_hindsight_knows_that_time_is_short() -> None:
    """One agent, twice as much work as time: no more than the shortest calls that fit, and one that runs over."""
    at = np.linspace(0, 10 * BLOCK_S, 800)
    known = Known(
        at=at,
        kind=np.zeros(800, dtype=np.int64),
        service_s=np.full(800, 20 * BLOCK_S / 800),
        value=np.ones((1, 1)),
        longest_wait_s=0.0,
    )
    assert 0.5 <= hindsight(known) < 0.62


def test_the_fluid_bound_of_a_day_counts_seconds_and_skills() -> None:
    two_hours = (Shift("lin", 0, 3600), Shift("omar", 3600, 7200))
    faults = tuple(Caller(at, "fault", 60, 360.0) for at in range(0, 7200, 360))
    # Ten in the first hour, when nobody can take them; ten in the second, of which Omar has time for ten.
    assert least_lost(day(*faults, shifts=two_hours), between_s=0) == pytest.approx(0.5)
    assert least_lost(day(*faults, shifts=two_hours), between_s=360) == pytest.approx(0.75)
    assert least_lost(day(), between_s=0) == 0


def test_plots_stand_alone_and_escape_names() -> None:
    rows = [Interval(name="a <b>", mean=1.0, low=-0.5, high=2.0)]
    text = page(
        "Days & nights",
        tables=table(["x"], [["<i>"]]),
        plots=[
            forest(rows, caption="c", unit="s"),
            scatter([(1, 2), (3, 3)], caption="c", across="a", up="b"),
            curves({"log": [(0, 0), (9, 1)]}, caption="c", across="a", up="b"),
        ],
    )
    assert "Days &amp; nights" in text and "a &lt;b&gt;" in text and "&lt;i&gt;" in text
    assert "<script" not in text and "http" not in text and text.count("<svg") == 3
