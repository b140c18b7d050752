"""Overflow begins at its limit, ends well below it, and never flaps."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.overflow import LEAST, Load, Measure, on_since

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def load(waiting: int = 0, p90: float | None = None, staffed: int = 3) -> Load:
    return Load(waiting=waiting, longest_wait_s=0.0, expected_p90_s=p90, staffed=staffed)


@pytest.mark.parametrize(("waiting", "begins"), [(4, False), (5, True), (50, True)])
def test_it_begins_at_the_limit(waiting: int, begins: bool) -> None:
    found = on_since(measure=Measure.WAITING, limit=5, since=None, load=load(waiting), now=NOW)
    assert (found == NOW) is begins


@pytest.mark.parametrize(("waiting", "ends"), [(5, False), (4, False), (3, True), (0, True)])
def test_it_ends_below_eight_tenths(waiting: int, ends: bool) -> None:
    since = NOW - timedelta(minutes=10)
    found = on_since(measure=Measure.WAITING, limit=5, since=since, load=load(waiting), now=NOW)
    assert found == (None if ends else since)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=200), st.integers(1, 10))
def test_overflow_hysteresis(waiting: list[int], limit: int) -> None:
    """Whatever the line does from second to second, a rule stays on for a minute at least."""
    since, began = None, []
    for second, callers in enumerate(waiting):
        now = NOW + timedelta(seconds=second)
        after = on_since(measure=Measure.WAITING, limit=limit, since=since, load=load(callers), now=now)
        if after is not None and since is None:
            assert callers >= limit
            began.append(now)
        if after is None and since is not None:
            assert now - since >= LEAST and callers < 0.8 * limit
        since = after
    assert all(later - earlier >= LEAST for earlier, later in itertools.pairwise(began))


def test_what_is_unknown_begins_nothing_and_keeps_nothing_for_ever() -> None:
    assert on_since(measure=Measure.EXPECTED_P90, limit=90, since=None, load=load(), now=NOW) is None
    old = NOW - timedelta(hours=1)
    assert on_since(measure=Measure.EXPECTED_P90, limit=90, since=old, load=load(), now=NOW) is None
    assert on_since(measure=Measure.EXPECTED_P90, limit=90, since=None, load=load(p90=90.0), now=NOW) == NOW


def test_an_empty_floor_overflows_whatever_the_limit_says() -> None:
    for limit in (1, 100):
        assert on_since(measure=Measure.NOBODY_STAFFED, limit=limit, since=None, load=load(staffed=0), now=NOW) == NOW
        assert on_since(measure=Measure.NOBODY_STAFFED, limit=limit, since=None, load=load(staffed=1), now=NOW) is None
