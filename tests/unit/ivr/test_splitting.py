"""Which callers hear the version on trial: a share of them, always the same, and a split that goes wrong is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.flows.splitting import calls_needed, hears_trial, split_chance


@given(st.text(max_size=40), st.integers(1, 89))
def test_who_hears_it_at_a_share_hears_it_at_every_larger_share(caller: str, share: int) -> None:
    if hears_trial(salt="spring", caller=caller, share=share):
        assert hears_trial(salt="spring", caller=caller, share=share + 1)


def test_the_share_is_kept_and_each_trial_draws_its_own_callers() -> None:
    callers = [f"+8613{number:09d}" for number in range(4_000)]
    spring, autumn = (
        {one for one in callers if hears_trial(salt=salt, caller=one, share=20)} for salt in ("spring", "autumn")
    )

    assert 700 < len(spring) < 900
    assert len(spring & autumn) < 250  # a fifth of a fifth, not the same people again


def test_a_split_that_chance_does_not_make_is_noticed() -> None:
    assert split_chance(calls=1_000, tried=205, share=20) > 0.5
    assert split_chance(calls=1_000, tried=100, share=20) < 0.001
    assert split_chance(calls=0, tried=0, share=20) == 1.0


def test_calls_needed_grow_with_what_days_differ_and_fall_with_the_square_of_the_difference() -> None:
    assert calls_needed(rate=0.1, difference=0.01) == 14_400
    assert calls_needed(rate=0.1, difference=0.02) == 3_600
    assert calls_needed(rate=0.1, difference=0.02, dispersion=2) == 7_200
