"""Expected waits: right as often as they say, silent where they cannot know."""

from __future__ import annotations

import heapq
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincinv

from routing.wait_forecast import LEAST, LEVELS, Staffing, Wait, departures, forecaster, spoken_minutes

TEN = Staffing(agents=10, handle_s=180)


def queue(*, seed: int, agents: int = 10, load: float = 1.0, calls: int = 900) -> list[Wait]:
    """First come, first served, with random arrivals, talks and patience."""
    draw, clock, free = random.Random(seed), 0.0, [0.0] * agents
    waits = []
    for _ in range(calls):
        clock += draw.expovariate(load * agents / 180)
        starts, patience = max(clock, free[0]), draw.expovariate(1 / 400)
        if starts - clock > patience:
            waits.append(Wait(entered=clock, left=clock + patience, served=False))
            continue
        heapq.heapreplace(free, starts + draw.expovariate(1 / 180))
        if starts > clock:  # who is answered at once was never in the line
            waits.append(Wait(entered=clock, left=starts, served=True))
    return waits


def covered(seed: int, load: float) -> tuple[float, float, int]:
    """Share of later callers whose wait was within P50 and P90, forecast with what was known when they entered."""
    waits = queue(seed=seed, load=load)
    low = high = told = 0
    for at in range(200, len(waits), 7):
        own = waits[at]
        if not own.served:
            continue
        known = [wait for wait in waits[:at] if wait.left is not None and wait.left <= own.entered][-300:]
        inside = [wait for wait in waits[:at] if wait.left is not None and wait.left > own.entered]
        here = [Wait(entered=wait.entered, left=None, served=False) for wait in inside]
        found = forecaster(history=known + here, staffing=TEN)
        assert found is not None and own.left is not None
        head = max((own.entered - wait.entered for wait in inside), default=None)
        said = found.newcomer(ahead=len(inside), head_s=head)
        low, high, told = (
            low + (own.left - own.entered <= said.p50_s),
            high + (own.left - own.entered <= said.p90_s),
            told + 1,
        )
    return low / told, high / told, told


def test_half_wait_at_most_p50_and_nine_of_ten_at_most_p90() -> None:
    found = [covered(seed, load) for seed in (1, 2) for load in (0.95, 1.1)]
    told = sum(n for *_, n in found)
    low = sum(share * n for share, _, n in found) / told
    high = sum(share * n for _, share, n in found) / told
    assert told > 150
    assert 0.42 <= low <= 0.58
    assert 0.84 <= high <= 0.96


def test_more_callers_ahead_mean_a_longer_wait() -> None:
    found = forecaster(history=queue(seed=3), staffing=TEN)
    assert found is not None
    said = [found.at_place(ahead=ahead) for ahead in range(10)]
    assert [one.p50_s for one in said] == sorted(one.p50_s for one in said)
    assert all(one.p50_s <= one.p90_s and one.method == "place" for one in said)


def test_nothing_is_said_of_too_few_answers_or_an_empty_floor() -> None:
    waits = [Wait(entered=at, left=at + 20, served=True) for at in range(0, 600, 30)]
    assert len(waits) == LEAST
    assert forecaster(history=waits, staffing=TEN) is not None
    assert forecaster(history=waits[1:], staffing=TEN) is None
    assert forecaster(history=waits, staffing=Staffing(agents=0, handle_s=180)) is None


def test_a_steady_line_is_forecast_as_it_is() -> None:
    """Everybody waits 40 s: whatever the formula thinks of the staffing, the scale brings it back."""
    waits = [Wait(entered=at, left=at + 40, served=True) for at in range(0, 6000, 60)]
    for agents in (1, 50):
        found = forecaster(history=waits, staffing=Staffing(agents=agents, handle_s=300))
        assert found is not None
        said = found.newcomer(ahead=0, head_s=None)
        assert said.p50_s == pytest.approx(40, abs=1) and said.p90_s == pytest.approx(40, abs=1)


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.one_of(st.none(), st.floats(0, 5e3)), st.booleans()), max_size=60),
    st.floats(0, 50), st.floats(0, 1000), st.integers(0, 40),
)  # fmt: skip
def test_whatever_the_history_an_estimate_is_a_number(
    rows: list[tuple[float, float | None, bool]], agents: float, handle_s: float, ahead: int
) -> None:
    history = [
        Wait(entered=at, left=None if took is None else at + took, served=served and took is not None)
        for at, took, served in rows
    ]
    found = forecaster(history=history, staffing=Staffing(agents=agents, handle_s=handle_s))
    if found is not None:
        said = found.newcomer(ahead=ahead, head_s=12.0)
        assert 0 <= said.p50_s <= said.p90_s < float("inf")


def test_a_caller_hears_whole_minutes() -> None:
    assert [spoken_minutes(seconds) for seconds in (0, 59, 60, 61, 600)] == [1, 1, 1, 2, 10]


@pytest.mark.parametrize("level", LEVELS)
def test_departures_take_as_long_as_the_textbook_says(level: float) -> None:
    for count in (*range(1, 120), 500, 5_000):
        assert departures(count, level) == pytest.approx(gammaincinv(count, level), rel=1e-10)
