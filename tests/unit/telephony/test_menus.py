"""Callers in the operator's menus: every way ends, and every step is in the vocabulary."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.telephony.dialects import menus
from callcenter.telephony.dialects.menus import Turn
from callcenter.telephony.dialects.words import Place
from ivr import events
from ivr.flows import definition as flow_format
from ivr.flows.definition import Definition
from tests.thorough import examples

OPERATOR = Definition(json.loads((Path(flow_format.__file__).parent / "definitions" / "operator.json").read_text()))
_KEYS = st.text(alphabet="0123456789*#", max_size=3)


def _walk(keys: list[str]) -> list[Turn]:
    turns = [menus.start(OPERATOR, Place(version=1))]
    for pressed in keys:
        if turns[-1].ask is None:
            break
        turns.append(menus.press(OPERATOR, turns[-1].ask.place, pressed))
    return turns


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(keys=st.lists(_KEYS, max_size=40))
def test_every_turn_asks_queues_or_ends_and_is_recorded(keys: list[str]) -> None:
    for turn in _walk(keys):
        assert turn.ask is None or not turn.queue
        assert turn.steps
        assert {step.kind for step in turn.steps} <= events.KINDS
        assert {step.node for step in turn.steps} <= OPERATOR.nodes.keys()
        if turn.ask is not None:
            assert any(line.text for line in turn.ask.lines)
            assert turn.ask.place.node in OPERATOR.nodes
        elif turn.queue:
            assert turn.steps[-1].kind == "transfer"
        else:
            assert turn.steps[-1].kind == "sys_end"


def test_who_says_nothing_is_not_kept_in_the_menus_for_ever() -> None:
    turns = _walk([""] * 30)
    assert turns[-1].ask is None
    assert len(turns) <= 10


def test_the_language_chosen_is_spoken_from_then_on() -> None:
    chinese, english = _walk(["1"])[-1], _walk(["2"])[-1]
    assert chinese.ask is not None
    assert english.ask is not None
    assert "话费查询请按1。" in chinese.ask.lines[0].text
    assert "For Bills and balance, press 1." in english.ask.lines[0].text


def test_common_keys_mean_the_same_in_every_menu() -> None:
    up = _walk(["1", "1", "*"])[-1]
    assert up.ask is not None
    assert up.ask.place.node == "main"
    assert [step.kind for step in up.steps] == ["back", "enter"]
    assert _walk(["1", "1", "0"])[-1].queue == "billing"
    again = _walk(["1", "1", "9"])[-1]
    assert [step.kind for step in again.steps] == ["repeat"]


def test_a_task_that_nobody_can_do_leads_to_a_person() -> None:
    turn = _walk(["1", "1", "1"])[-1]
    assert [step.kind for step in turn.steps] == ["key", "enter", "task_start", "task_fail", "enter", "transfer"]
    assert turn.queue == "billing"


def test_a_number_is_taken_until_hash_and_handed_on() -> None:
    asked = _walk(["1", "4", "1"])[-1]
    assert asked.ask is not None
    assert asked.ask.most_keys == menus.LONGEST_INPUT
    entered = menus.press(OPERATOR, asked.ask.place, "4929123456789012")
    assert entered.steps[0] == menus.Step(kind="key", node="card_number", key="4929123456789012")


def test_an_address_of_a_flow_that_is_no_more_begins_again() -> None:
    turn = menus.press(OPERATOR, Place(version=1, node="gone", turn=4), "1")
    assert turn.ask is not None
    assert turn.ask.place.node == OPERATOR.root
