"""A flow that would lead Mrs Chen nowhere is refused, naming node and field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ivr.flows.advice import advice
from ivr.flows.definition import Definition, canonical, faults
from ivr.flows.queries import DEFINITIONS, shipped


def small() -> dict[str, Any]:
    def words(en: str, zh: str) -> dict[str, str]:
        return {"en": en, "zh": zh}

    return {
        "flow": "small",
        "languages": ["en", "zh"],
        "root": "main",
        "reasons": [{"code": "bill", "label": words("Bill", "账单")}],
        "nodes": [
            {
                "key": "main",
                "kind": "menu",
                "label": words("Main", "主菜单"),
                "choices": [
                    {"key": "1", "position": 1, "label": words("Bill", "账单"), "target": "bill", "reason": "bill"},
                    {"key": "0", "position": 2, "label": words("Agent", "人工"), "target": "agent"},
                ],
            },
            {"key": "bill", "kind": "task", "label": words("Bill", "账单"), "next": "main"},
            {"key": "agent", "kind": "transfer", "label": words("Agent", "人工"), "queue": "general"},
        ],
    }


def test_a_sound_flow_has_no_faults() -> None:
    assert faults(small()) == []


def broken(where: str, what: Any) -> dict[str, Any]:
    """The small flow with one thing put at a place like nodes/0/choices/1/key; `...` takes the place away."""
    flow = small()
    *way, last = (int(part) if part.isdigit() else part for part in where.split("/"))
    holder: Any = flow
    for part in way:
        holder = holder[part]
    if what is ...:
        del holder[last]
    elif isinstance(holder, list) and last == len(holder):
        holder.append(what)
    else:
        holder[last] = what
    return flow


LOST = small()["nodes"][1] | {"key": "lost"}


@pytest.mark.parametrize(
    ("where", "what", "node", "field"),
    [
        ("nodes/0/choices/0/target", "nowhere", "main", "choices/1/target"),
        ("nodes/3", LOST, "lost", "key"),
        ("nodes/0/choices/1/key", "1", "main", "choices"),
        ("nodes/3", small()["nodes"][1], "bill", "key"),
        ("root", "start", "", "root"),
        ("nodes/0/choices/0/label/zh", ..., "main", "choices/1/label/zh"),
        ("nodes/1/label/en", ..., "bill", "label/en"),
        ("nodes/0/choices/1/position", 3, "main", "choices"),
        ("nodes/0/choices/0/reason", "weather", "main", "choices/1/reason"),
        ("nodes/0/on_timeout", "nowhere", "main", "on_timeout"),
        ("nodes/1/next", ..., "bill", "next"),
        ("nodes/0/choices/1/target", "bill", "main", "choices"),
        ("nodes/2/queue", ..., "agent", "queue"),
        ("nodes/1/kind", "song", "bill", "kind"),
        ("nodes/1/key", ..., "", "nodes/1/key"),
        ("nodes", [], "", "nodes"),
    ],
)
def test_a_fault_names_its_node_and_field(where: str, what: Any, node: str, field: str) -> None:
    found = faults(broken(where, what))

    assert (node, field) in {(one.node, one.field) for one in found}, found
    assert all(one.sentence.endswith((".", "…")) for one in found)


def test_a_flow_that_means_to_have_no_person_may_say_so() -> None:
    flow = broken("nodes/0/choices/1", ...)
    flow["nodes"].pop()

    assert [one.field for one in faults(flow)] == ["choices"]
    assert faults(flow | {"no_person": True}) == []


def test_the_shipped_menus_are_sound_and_stand_in_canonical_form() -> None:
    content = shipped()

    assert faults(content) == []
    assert len(content["nodes"]) == 30
    assert canonical(content) == (DEFINITIONS / "operator.json").read_bytes()
    assert canonical(json.loads(canonical(content))) == canonical(content)


def test_the_reason_of_a_choice_is_known_by_its_key_or_by_where_it_led() -> None:
    menus = Definition(shipped())

    assert menus.reason("billing", "2", "bill") == "bill_question"
    assert menus.reason("billing", "", "usage") == "data_usage"
    assert menus.reason("main", "1", "billing") == ""
    assert menus.reason("not there", "1", "bill") == ""
    assert menus.label("not there").en == "not there"


def test_a_disposition_stands_for_the_reason_chosen_else_for_the_first_that_names_it() -> None:
    flow = small()
    flow["reasons"] = [
        {"code": "bill", "label": {"en": "Bill", "zh": "账单"}, "written_as": ["explained"]},
        {"code": "balance", "label": {"en": "Balance", "zh": "余额"}, "written_as": ["explained"]},
    ]
    asked = Definition(flow)

    assert faults(flow) == []
    assert asked.turned_out("explained", "balance") == "balance"
    assert asked.turned_out("explained", "") == "bill"
    assert asked.turned_out("balance", "bill") == "balance"
    assert asked.turned_out("information", "bill") == "information"


def test_ways_of_writing_a_reason_down_are_a_list() -> None:
    flow = broken("reasons/0/written_as", "explained")

    assert [(one.code, one.field) for one in faults(flow)] == [("written_as_no_list", "reasons/bill/written_as")]


# After any of these the rest is not looked at.
OF_SHAPE = {"wrong_type", "field_missing", "choice_incomplete", "reason_without_code", "written_as_no_list"}
OF_SHAPE |= {"node_without_key", "bad_kind", "key_of_two_nodes"}
ODD: list[Any] = [
    "",
    None,
    True,
    -1,
    2.5,
    10**12,
    "x",
    "25:00",
    [],
    {},
    [[]],
    [None],
    {"en": None},
    {"en": {"seconds": "x"}},
]


def test_whatever_stands_in_a_definition_it_is_judged_and_what_has_no_fault_can_be_read() -> None:
    def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield from (way,) if way else ()
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for name, one in inner:
            yield from places(one, (*way, name))

    whole = shipped()
    whole["nodes"] = [node | {"choices": node.get("choices", [])[:2]} for node in whole["nodes"][:2]]
    whole["reasons"] = whole["reasons"][:2]
    for way in places(whole):
        for odd in ODD:
            flow = json.loads(json.dumps(whole))
            holder = flow
            for name in way[:-1]:
                holder = holder[name]
            holder[way[-1]] = odd
            if not {one.code for one in faults(flow)} & OF_SHAPE:
                advice(flow)


@pytest.mark.parametrize(
    ("where", "what", "field"),
    [
        ("nodes/0/label", 7, "label"),
        ("nodes/0/choices", {"1": {}}, "choices"),
        ("nodes/0/choices/0/seconds", {"en": "two"}, "choices/1/seconds"),
        ("nodes/1/prompt", {"en": "Welcome"}, "prompt"),
        ("name", "Small", "name"),
        ("languages", ["en", 7], "languages"),
        ("reasons/0/label", "Bill", "reasons/bill/label"),
    ],
)
def test_a_part_of_another_type_is_named(where: str, what: Any, field: str) -> None:
    assert ("wrong_type", field) in {(one.code, one.field) for one in faults(broken(where, what))}
