"""Clocks: places, idle time, boxes and leases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import service_clock
from routing.states import WrapUpMode

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
seconds = st.floats(0, 7200)
head_starts = st.integers(0, 1800)


def after(s: float) -> datetime:
    return NINE + timedelta(seconds=s)


@given(own=seconds, other=seconds, own_start=head_starts, other_start=head_starts)
def test_priority_bound(own: float, other: float, own_start: int, other_start: int) -> None:
    """Nobody who came later by the difference of the head starts, or more, stands ahead."""
    mine = service_clock.place_key(enqueued_at=after(own), head_start_s=own_start)
    theirs = service_clock.place_key(enqueued_at=after(other), head_start_s=other_start)
    if other - own >= other_start - own_start:
        assert mine <= theirs + timedelta(microseconds=2)


def test_head_starts_add_up_to_a_limit() -> None:
    assert service_clock.head_start(caller_s=90, queue_s=60) == 150
    assert service_clock.head_start(caller_s=900, queue_s=1200) == service_clock.HEAD_START_LIMIT_S
    assert service_clock.head_start(caller_s=-50, queue_s=0) == 0


def test_a_break_stops_the_idle_clock_and_keeps_it() -> None:
    # Idle for 5 minutes, 10 minutes of lunch: back with 5 minutes on the clock.
    back = service_clock.idle_after_break(idle_since=NINE, away_since=after(300), now=after(900))
    assert after(900) - back == timedelta(seconds=300)


def test_work_that_ended_during_the_absence_counts_from_its_end() -> None:
    back = service_clock.idle_after_break(idle_since=after(400), away_since=after(300), now=after(900))
    assert back == after(900)


def test_whoever_never_worked_starts_now() -> None:
    assert service_clock.idle_after_break(idle_since=None, away_since=NINE, now=after(5)) == after(5)


@given(idle=seconds, away=seconds, now=seconds)
def test_the_idle_clock_never_runs_ahead(idle: float, away: float, now: float) -> None:
    moved = service_clock.idle_after_break(idle_since=after(idle), away_since=after(away), now=after(now))
    assert moved <= after(now)


@pytest.mark.parametrize(
    ("mode", "box"),
    [
        (WrapUpMode.NONE, None),
        (WrapUpMode.OPTIONAL, None),
        (WrapUpMode.REQUIRED, None),
        (WrapUpMode.TIME_BOXED, after(45)),
        (WrapUpMode.TIME_BOXED_NO_EXIT, after(45)),
    ],
)
def test_only_boxed_modes_end_by_themselves(mode: WrapUpMode, box: datetime | None) -> None:
    assert service_clock.wrap_up_box(mode=mode, talk_ended_at=NINE, wrap_up_s=45) == box


def test_only_a_miss_is_blamed() -> None:
    reasons = "missed declined busy unreachable desk_unreachable failed no_bridge caller_left superseded".split()
    assert [reason for reason in reasons if service_clock.consequence(reason).blamed] == ["missed"]
    assert service_clock.consequence("busy").blocked_s == 30
    assert service_clock.consequence("unreachable").blocked_s == 60
    assert service_clock.consequence("failed").blocked_s == 5
    assert service_clock.consequence("declined").blocked_s == 0


def test_the_lease_outlives_the_ring() -> None:
    assert service_clock.ring_lease(now=NINE, ring_s=20, grace_s=5) == after(25)


def test_a_talk_is_short_below_three_seconds() -> None:
    assert service_clock.short_talk(connected_at=NINE, now=after(2.999))
    assert not service_clock.short_talk(connected_at=NINE, now=after(3))
