"""The simulated trunk's plan: what it reads, and that the same seed is the same day."""

from __future__ import annotations

from random import Random

import pytest

from callcenter.demo.management.commands.simulate_trunk import told
from callcenter.demo.simulated.plan import USUAL, Plan, Unreadable, channels
from callcenter.demo.simulated.trunk import Report


def test_channels_are_read_as_weights() -> None:
    assert channels("voice=6, wechat=2,chat") == {"voice": 6, "wechat": 2, "chat": 1}
    assert channels("") == USUAL


@pytest.mark.parametrize(
    ("text", "word"), [("fax", "no channel 'fax'"), ("voice=many", "whole number"), ("voice=0", "above zero")]
)
def test_a_wrong_channel_is_refused_with_a_sentence(text: str, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        channels(text)


def test_a_seed_is_a_day_and_every_channel_has_its_share() -> None:
    plan = Plan(per_s=5, queues=["billing"], channels=USUAL, talk_s=30, patience_s=60)
    one, other = ([plan.contacts(rng) for _ in range(600)] for rng in (Random(7), Random(7)))
    assert one == other
    assert {contact.channel for contact in one} == set(USUAL) - {"out"}
    dialled = [contact for contact in one if contact.direction == "out"]
    assert dialled
    assert all(contact.number and contact.channel == "voice" for contact in dialled)
    assert any(not contact.number for contact in one)


def test_the_account_says_what_became_of_them() -> None:
    report = Report(served=2, given_up=1, waits_s=[0.5, 4.0])
    report.begun.update({"voice": 2, "wechat": 1})
    report.refused["contact_not_allowed"] += 1
    assert told(report).splitlines() == [
        "3 conversations: voice 2, wechat 1",
        "2 served, 1 given up; waited 4.0 s (half), 4.0 s (nine of ten)",
        "1 refused: contact_not_allowed",
    ]
