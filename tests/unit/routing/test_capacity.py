"""One person: a call takes all of them, conversations share them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.capacity import CHANNELS, DEFAULTS, FIRST_SLOT, SPAN, Capacity, Group, Limits, group_of_slot
from routing.matching import best_matches
from tests.unit.routing.test_matching import BILLING, LIN, NOW, OMAR, agent, caller, pairs, roster, rule

CAN = Capacity()


@pytest.mark.parametrize(
    ("group", "live", "messaging", "deferred", "fits"),
    [
        (Group.LIVE, 0, 0, 0, True),
        (Group.LIVE, 0, 0, 2, True),
        (Group.LIVE, 0, 1, 0, False),
        (Group.LIVE, 1, 0, 0, False),
        (Group.MESSAGING, 0, 2, 0, True),
        (Group.MESSAGING, 0, 3, 0, False),
        (Group.MESSAGING, 1, 0, 0, False),
        (Group.DEFERRED, 0, 3, 1, True),
        (Group.DEFERRED, 0, 0, 2, False),
        (Group.DEFERRED, 1, 0, 0, False),
    ],
)
def test_what_fits_beside_what(group: Group, live: int, messaging: int, deferred: int, fits: bool) -> None:
    assert CAN.fits(LIN, group, live=live, messaging=messaging, deferred=deferred) is fits


def test_an_agent_may_differ_and_a_floor_may_allow_more() -> None:
    trainee = Capacity(own={(LIN, Group.MESSAGING): 1, (OMAR, Group.LIVE): 0})
    assert not trainee.fits(LIN, Group.MESSAGING, live=0, messaging=1, deferred=0)
    assert trainee.fits(OMAR, Group.MESSAGING, live=0, messaging=1, deferred=0)
    assert not trainee.fits(OMAR, Group.LIVE, live=0, messaging=0, deferred=0)
    brave = Capacity(limits={**DEFAULTS, Group.LIVE: Limits(slots=1, beside_messaging=1)})
    assert brave.fits(LIN, Group.LIVE, live=0, messaging=1, deferred=0)


@given(st.sampled_from(list(Group)), st.integers(0, 2), st.integers(0, 11), st.integers(0, 11))
def test_nothing_begins_beside_a_live_call(group: Group, live: int, messaging: int, deferred: int) -> None:
    if CAN.fits(LIN, group, live=live, messaging=messaging, deferred=deferred):
        assert live == 0


def test_a_slot_tells_its_group() -> None:
    for group, first in FIRST_SLOT.items():
        assert {group_of_slot(slot) for slot in range(first, first + SPAN)} == {group}
    assert CAN.group("wechat") is Group.MESSAGING and CAN.group("carrier-pigeon") is Group.MESSAGING
    assert set(CHANNELS.values()) == set(Group)


def test_the_next_chat_goes_to_whoever_has_fewest_open() -> None:
    floor = [agent(LIN, idle=500, messaging=2), agent(OMAR, idle=5, messaging=1)]
    both = roster(rule(BILLING, {LIN, OMAR}))
    assert pairs(best_matches(calls=[caller(1, channel="chat")], agents=floor, roster=both, now=NOW)) == {1: OMAR}
    assert best_matches(calls=[caller(1)], agents=floor, roster=both, now=NOW) == []  # no call beside a chat
    skilled = roster(replace(rule(BILLING, {LIN, OMAR}), preferred={"billing": 1}))
    assert pairs(best_matches(calls=[caller(1, channel="qq")], agents=floor, roster=skilled, now=NOW)) == {1: OMAR}
