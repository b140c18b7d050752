"""A key may burst, then goes at its rate; endings are refused last."""

from __future__ import annotations

from callcenter.telephony.rates import Buckets


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    buckets = Buckets(rate=10, burst=20)
    assert [buckets.take("pbx", urgent=True, at=0.0).granted for _ in range(21)] == [True] * 20 + [False]
    assert not buckets.take("pbx", urgent=True, at=0.05).granted
    assert buckets.take("pbx", urgent=True, at=0.15).granted


def test_one_key_does_not_eat_anothers_bread() -> None:
    buckets = Buckets(rate=1, burst=1)
    assert buckets.take("pbx", urgent=True, at=0.0).granted
    assert buckets.take("crm", urgent=True, at=0.0).granted


def test_endings_pass_where_arrivals_are_refused() -> None:
    buckets = Buckets(rate=1, burst=100)
    while buckets.take("pbx", urgent=False, at=0.0).granted:
        pass
    assert buckets.take("pbx", urgent=True, at=0.0).granted


def test_the_answer_says_what_is_left_and_when_all_is_back() -> None:
    allowance = Buckets(rate=10, burst=20).take("pbx", urgent=True, at=0.0)
    assert (allowance.limit, allowance.remaining, allowance.reset_s) == (10, 19, 1)
