"""Promises to ring back: every cell has an answer, tries are few, and late is broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.callbacks import AGAIN, CALLBACK_TABLE, LIVE_CALLBACK, TRIES, CallbackAct, CallbackState, next_try, shown
from routing.states import CallState, ReservationState, Verdict

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_every_state_answers_every_act_and_ends_are_for_good() -> None:
    assert CALLBACK_TABLE.keys() == set(CallbackState)
    for state, row in CALLBACK_TABLE.items():
        assert row.keys() == set(CallbackAct)
        if state not in LIVE_CALLBACK:
            assert all(isinstance(cell, Verdict) for cell in row.values())


@given(st.integers(1, 5), st.integers(0, 200_000))
def test_no_try_after_the_third_or_after_the_window(tries: int, window_s: int) -> None:
    until = NOW + timedelta(seconds=window_s)
    due = next_try(tries=tries, now=NOW, until=until)
    assert (due is None) == (tries >= TRIES or NOW + AGAIN[min(tries, 2) - 1] >= until)
    assert due is None or NOW < due < until


@pytest.mark.parametrize(
    ("state", "call", "held", "word"),
    [
        (CallbackState.SCHEDULED, CallState.ABANDONED, None, "scheduled"),
        (CallbackState.OPEN, CallState.QUEUED, None, "queued"),
        (CallbackState.OPEN, CallState.RESERVED, ReservationState.PENDING, "reserved"),
        (CallbackState.OPEN, CallState.RESERVED, ReservationState.ACCEPTED, "dialing"),
        (CallbackState.OPEN, CallState.CONNECTED, None, "connected"),
        (CallbackState.OPEN, CallState.COMPLETED, None, "completed"),
        (CallbackState.EXHAUSTED, CallState.ABANDONED, None, "exhausted"),
    ],
)
def test_what_everybody_sees(state: CallbackState, call: CallState, held: ReservationState | None, word: str) -> None:
    assert shown(state=state, call=call, held=held) == word
