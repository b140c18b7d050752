"""What a switch is told to bring back: who is on duty when, how long each caller waits and talks."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from callcenter.demo.bank_log import BankCall, Outcome, read, read_day
from callcenter.demo.calibration import stored
from callcenter.demo.replay.plan import Plan, Run, plan, presence, skills

JANUARY = Path(__file__).parents[2] / "data" / "anonymous_bank_january.txt.gz"
DAY = date(1999, 1, 3)


def served(server: str, answer_s: int, talk_s: int, *, kind: str = "PS", entry_s: int | None = None) -> BankCall:
    return call(
        server=server,
        answer_s=answer_s,
        talk_s=talk_s,
        kind=kind,
        entry_s=answer_s - 20 if entry_s is None else entry_s,
    )


def call(
    *,
    server: str = "",
    answer_s: int | None = None,
    talk_s: int | None = None,
    kind: str = "PS",
    entry_s: int = 36_000,
    outcome: Outcome = Outcome.AGENT,
    wait_s: int | None = 10,
) -> BankCall:
    return BankCall(
        key=f"{server}{entry_s}{outcome}{kind}", row=2, customer="", priority=0, kind=kind, day=DAY, entry_s=entry_s, vru_s=10,
        wait_s=wait_s, outcome=outcome, answer_s=answer_s, talk_s=talk_s, server=server, dirt=(),
    )  # fmt: skip


def test_a_gap_of_ten_minutes_ends_a_run() -> None:
    calls = [served("LIN", 1000, 100), served("LIN", 1700, 50), served("LIN", 2351, 10)]
    assert presence(calls) == [Run(agent="LIN", start_s=1000, end_s=1750), Run(agent="LIN", start_s=2351, end_s=2361)]


def test_a_long_talk_covers_the_calls_logged_inside_it() -> None:
    calls = [served("LIN", 1000, 900), served("LIN", 1200, 10), served("LIN", 2400, 10)]
    assert presence(calls) == [Run(agent="LIN", start_s=1000, end_s=2410)]


def test_calls_without_server_or_measure_prove_no_presence() -> None:
    assert presence([served("", 1000, 100), call(server="OMAR", answer_s=None, talk_s=None)]) == []


def test_an_agent_can_what_the_agent_has_done() -> None:
    calls = [served("LIN", 1000, 9), served("LIN", 2000, 9, kind="NE"), served("OMAR", 3000, 9, kind="??")]
    assert skills(calls) == {"LIN": ("NE", "PS"), "OMAR": ("PS",)}


def test_who_talks_as_the_window_opens_comes_in_when_the_talk_is_over() -> None:
    calls = [
        served("LIN", 35_900, 300),
        served("LIN", 36_300, 60),
        served("OMAR", 35_000, 10),
        served("OMAR", 39_000, 10),
    ]
    drawn = plan([*calls, call()], day=DAY, calibration=stored(), hours=(10, 10))
    assert drawn.runs == (
        Run(agent="LIN", start_s=36_200, end_s=36_360),
        Run(agent="OMAR", start_s=39_000, end_s=39_010),
    )


def test_only_callers_of_the_window_are_played() -> None:
    calls = [call(entry_s=35_999), call(entry_s=36_000), call(entry_s=39_599), call(entry_s=39_600)]
    drawn = plan(calls, day=DAY, calibration=stored(), hours=(10, 10))
    assert [one.arrive_s for one in drawn.calls] == [36_000, 39_599]


def test_a_phantom_is_no_caller() -> None:
    drawn = plan([call(), call(outcome=Outcome.PHANTOM)], day=DAY, calibration=stored())
    assert (len(drawn.calls), drawn.phantoms) == (1, 1)


def test_who_gave_up_does_so_after_the_logged_wait_and_who_was_served_waits_at_least_as_long() -> None:
    gone, answered, menus = plan(
        [
            call(outcome=Outcome.HANG, wait_s=77),
            call(entry_s=36_001, wait_s=140, answer_s=36_150, talk_s=33),
            call(entry_s=36_002, outcome=Outcome.HANG, wait_s=None),
        ],
        day=DAY,
        calibration=stored(),
    ).calls
    assert (gone.logged, gone.patience_s) == ("queue", 77)
    assert answered.logged == "served" and answered.patience_s > 140 and answered.talk_s == 33
    assert menus.logged == "menus"


def test_the_same_day_is_planned_alike_twice() -> None:
    log = read(JANUARY).calls
    first, second = (plan(log, day=DAY, calibration=stored(), hours=(15, 16)) for _ in range(2))
    assert first == second


def test_a_day_without_calls_says_so() -> None:
    with pytest.raises(ValueError, match="no call on 990103"):
        plan([], day=DAY, calibration=stored())


@pytest.fixture(scope="module")
def busiest() -> Plan:
    return plan(read(JANUARY).calls, day=read_day("990103"), calibration=stored())


def test_the_busiest_day_of_january(busiest: Plan) -> None:
    assert (len(busiest.calls), busiest.phantoms) == (2_093, 18)
    assert all(one.patience_s >= one.waited_s for one in busiest.calls)
    assert max(one.talk_s for one in busiest.calls) <= 7_200


def test_nobody_is_in_two_runs_at_once(busiest: Plan) -> None:
    for agent in busiest.skills:
        own = [run for run in busiest.runs if run.agent == agent]
        assert all(before.end_s + 600 < after.start_s for before, after in pairwise(own))
