"""Who is left in peace, which channel pays, and when a campaign is too small."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.offers.campaigns import planning
from customers.offers.campaigns.planning import WAIT
from tests.thorough import examples

TERMS = planning.shipped()


def test_the_arms_are_a_hash_and_a_wider_reach_keeps_the_pilot() -> None:
    parties = [f"P{n}" for n in range(4000)]
    arms = [planning.arm(salt="s", campaign=1, party=one, control_share=0.1) for one in parties]
    assert arms == [planning.arm(salt="s", campaign=1, party=one, control_share=0.1) for one in parties]
    assert 330 < arms.count("control") < 470
    other = [planning.arm(salt="s", campaign=2, party=one, control_share=0.1) for one in parties]
    assert 20 < sum(a == b == "control" for a, b in zip(arms, other, strict=True)) < 65  # campaigns are independent
    pilot = {one for one in parties if planning.in_pilot(salt="s", campaign=1, party=one, reach=0.05)}
    wide = {one for one in parties if planning.in_pilot(salt="s", campaign=1, party=one, reach=0.5)}
    assert pilot < wide and 140 < len(pilot) < 260
    assert all(planning.in_pilot(salt="s", campaign=1, party=one, reach=1.0) for one in parties)


def test_the_dear_channel_waits_for_a_dear_product() -> None:
    assert planning.worth("VOICE", value_fen=100_000, terms=TERMS) == 2500
    cheap = planning.choose(["VOICE", "SMS", "WECHAT"], value_fen=8_000, terms=TERMS, key="")
    assert (cheap.channel, cheap.odds) == ("WECHAT", {"WECHAT": 1.0})
    assert planning.choose(["VOICE", "SMS"], value_fen=100_000, terms=TERMS, key="").channel == "VOICE"
    for allowed in ([], ["VOICE"]):
        assert planning.choose(allowed, value_fen=500, terms=TERMS, key="x").channel == WAIT


@given(st.integers(10**4, 10**7), st.sets(st.sampled_from(["VOICE", "SMS", "WECHAT"])), st.text(min_size=1, max_size=9))
@settings(max_examples=examples(60))
def test_the_odds_are_whole_and_of_the_possible_only(value: int, allowed: set[str], key: str) -> None:
    choice = planning.choose(sorted(allowed), value_fen=value, terms=TERMS, key=key)
    assert sum(choice.odds.values()) == pytest.approx(1)
    assert set(choice.odds) <= allowed | {WAIT} and choice.odds[choice.channel] > 0


def test_too_small_is_said_before_it_starts() -> None:
    plan = planning.sizes(audience=10_000, control_share=0.1, expected=0.03, effect=0.006)
    assert (plan.needed, plan.treated, plan.control, plan.is_enough) == (12_691, 9_000, 1_000, False)
