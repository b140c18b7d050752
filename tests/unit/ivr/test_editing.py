"""Ada rewrites the menus: whatever she does, the definition stays readable, and what is wrong is named."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flows import editing
from ivr.flows.advice import advice, heard_at
from ivr.flows.definition import canonical, faults
from ivr.flows.differences import differences
from ivr.flows.editing import CannotChange, ChoiceForm, FlowForm, NodeForm
from ivr.flows.queries import shipped
from tests.thorough import examples
from tests.unit.ivr.test_definition import small


def form(**changes: Any) -> NodeForm:
    """The main menu of the small flow as it stands in the fields."""
    typed: dict[str, Any] = {
        "kind": "menu",
        "label": {"en": "Main", "zh": "主菜单"},
        "prompt": {"en": "Welcome.", "zh": "您好。"},
        "seconds": {"en": "1.5", "zh": "1.2"},
        "choices": [
            ChoiceForm(key="1", target="bill", reason="bill", label={"en": "Bill", "zh": "账单"}, seconds={"en": "2"}),
            ChoiceForm(key="0", target="agent", label={"en": "Agent", "zh": "人工"}, seconds={"en": "3"}),
        ],
    }
    return NodeForm(**(typed | changes))


def node(content: dict[str, Any], key: str = "main") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in content["nodes"] if one["key"] == key)
    return found


def test_what_is_typed_stands_in_the_definition_and_what_is_left_empty_is_not_said() -> None:
    changed = editing.change_node(small(), "main", form(timeout_s="6", attempts="", ways={"on_timeout": "agent"}))

    assert node(changed)["prompt"]["zh"] == {"text": "您好。", "seconds": 1.2}
    assert node(changed)["timeout_s"] == 6
    assert node(changed)["on_timeout"] == "agent"
    assert "attempts" not in node(changed)
    assert faults(changed) == []
    assert node(small())["choices"][0].get("seconds") is None  # the one before is untouched


def test_the_form_of_a_published_menu_changes_nothing_when_saved_as_it_is() -> None:
    content = shipped()
    for before in content["nodes"]:
        typed = NodeForm(
            kind=before["kind"],
            label=before["label"],
            prompt={one: said["text"] for one, said in before.get("prompt", {}).items()},
            seconds={one: str(said["seconds"]) for one, said in before.get("prompt", {}).items()},
            timeout_s=str(before.get("timeout_s", "")),
            attempts=str(before.get("attempts", "")),
            repeat=before.get("repeat", ""),
            queue=before.get("queue", ""),
            ways={way: before.get(way, "") for way in editing.WAYS},
            choices=[
                ChoiceForm(
                    key=one["key"], target=one["target"], reason=one["reason"], label=one["label"],
                    seconds={language: str(said) for language, said in one["seconds"].items()},
                )
                for one in before.get("choices", ())
            ],
        )  # fmt: skip
        assert differences(content, editing.change_node(content, before["key"], typed)) == ()
    said = FlowForm(
        root=content["root"], no_person=False, name=content["name"], entries=" ".join(content["entries"]),
        reasons=editing.reasons_text(content),
    )  # fmt: skip
    assert canonical(editing.change_flow(content, said)) == canonical(content)


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"seconds": {"en": "soon", "zh": ""}}, "seconds-en", "not_a_number"),
        ({"seconds": {"en": "", "zh": "nan"}}, "seconds-zh", "not_a_number"),
        ({"timeout_s": "-1"}, "timeout_s", "not_a_number"),
        ({"attempts": "many"}, "attempts", "not_a_count"),
        ({"kind": "maze"}, "kind", "bad_node_kind"),
        ({"choices": [ChoiceForm(key="", target="bill")]}, "c1-key", "bad_choice_key"),
        ({"choices": [ChoiceForm(key="1", target="bill", seconds={"en": "1e9"})]}, "c1-seconds-en", "not_a_number"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(typed: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(CannotChange) as wrong:
        editing.change_node(small(), "main", form(**typed))
    assert (wrong.value.field, wrong.value.code) == (field, code)


def test_a_node_that_others_lead_to_stays_and_so_does_the_root() -> None:
    with pytest.raises(CannotChange, match="main"):
        editing.remove_node(small(), "bill")
    with pytest.raises(CannotChange, match="root"):
        editing.remove_node(small(), "main")
    more = editing.add_node(small(), "lost", "menu")
    assert {fault.code for fault in faults(more)} >= {"unreachable", "no_choices", "dead_end", "node_unlabelled"}
    assert editing.remove_node(more, "lost") == small()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add_choice", "remove", "up", "down", "add_node", "remove_node"]),
        st.sampled_from(["main", "bill", "agent", "lost", "New Node"]),
        st.integers(-1, 5),
    ),
    max_size=12,
)


@settings(max_examples=examples(60), deadline=None)
@given(acts=ACTS)
def test_any_row_of_acts_leaves_a_readable_definition_in_spoken_order(acts: list[tuple[str, str, int]]) -> None:
    content, refusals = small(), set[str]()
    moves = {"remove": editing.remove_choice, "up": editing.earlier, "down": editing.later}
    for act, key, place in acts:
        known = any(one["key"] == key for one in content["nodes"])
        try:
            if act == "add_node":
                content = editing.add_node(content, key, "menu")
            elif known and act == "remove_node":
                content = editing.remove_node(content, key)
            elif known and act == "add_choice":
                content = editing.add_choice(content, key)
            elif known:
                content = moves[act](content, key, place)
        except CannotChange as wrong:
            refusals.add(wrong.code)
    assert refusals <= {"bad_node_key", "node_key_taken", "root_stays", "node_is_used"}
    codes = {fault.code for fault in faults(content)}
    assert not codes & {"field_missing", "node_without_key", "choice_incomplete", "order_gap", "key_of_two_nodes"}
    assert isinstance(advice(content), list)


def test_spoken_order_decides_when_an_option_is_heard() -> None:
    changed = editing.change_node(small(), "main", form())
    assert heard_at(node(changed), "en") == [("1", 3.5), ("0", 6.5)]
    swapped = editing.later(changed, "main", 1)
    assert heard_at(node(swapped), "en") == [("0", 4.5), ("1", 6.5)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"repeat": "1"}, "key_repeats"),
        ({"choices": [ChoiceForm(key="1", target="bill"), ChoiceForm(key="1", target="agent")]}, "key_clash"),
        ({"choices": [ChoiceForm(key="1", target="main")]}, "dead_end"),
        ({"choices": [ChoiceForm(key="1", target="bill")]}, "unreachable"),
    ],
)
def test_key_clashes_and_dead_ends_are_faults(change: dict[str, Any], code: str) -> None:
    assert code in {fault.code for fault in faults(editing.change_node(small(), "main", form(**change)))}


def test_habits_of_the_keypad_are_advice_and_no_fault() -> None:
    rows = [
        ChoiceForm(key="2", target="bill", label={"en": "Bill", "zh": "账单"}, seconds={"en": "40"}),
        ChoiceForm(key="1", target="agent", label={"en": "Agent", "zh": "人工"}),
        ChoiceForm(key="0", target="bill", label={"en": "Bill", "zh": "账单"}),
    ]
    changed = editing.change_node(small(), "main", form(choices=rows))

    assert faults(changed) == []
    said = {one.code: one.sentence for one in advice(changed)}
    assert set(said) == {"choice_no_seconds", "long_menu", "keys_out_of_order", "zero_elsewhere", "no_timeout"}
    assert "42 s" in said["long_menu"]


def test_a_moved_key_is_told_from_a_new_choice() -> None:
    before = editing.change_node(small(), "main", form())
    rows = [
        ChoiceForm(key="2", target="bill", reason="bill", label={"en": "Bill", "zh": "账单"}, seconds={"en": "2"}),
        ChoiceForm(key="3", target="main", label={"en": "Again", "zh": "重听"}),
    ]
    found = {
        (one.what, one.field): one
        for one in differences(before, editing.change_node(before, "main", form(choices=rows)))
    }

    assert (found["key_moved", "bill"].before, found["key_moved", "bill"].after) == ("1", "2")
    assert ("choice_added", "3") in found
    assert found["choice_removed", "0"].before == "agent"
