"""Questions with blanks: every value can be asked anew, and whatever stands in them stays a condition."""

from __future__ import annotations

from typing import Any

import pytest

from customers.knowledge.blanks import NoNumber, blanks, filled
from customers.knowledge.likeness import COMPARED, statement
from customers.knowledge.questions import SHIPPED, Question
from customers.segments.grammar import parse

TREE: Any = {
    "all": [
        {"field": "bill_fen", "op": ">=", "value": 10_000},
        {"not": {"field": "level", "op": "in", "value": ["gold"]}},
        {"count": "call", "op": ">=", "value": 2, "days": 90},
        {"field": "age", "op": "between", "value": [17, 24]},
        {"field": "do_not_call", "op": "is", "value": False},
        {"field": "plan", "op": "is_missing"},
    ]
}


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.key)
def test_every_shipped_question_is_a_condition_with_blanks(one: Question) -> None:
    parse(one.tree)
    told = list(blanks(one.tree))
    assert told
    answers = {
        blank.place: [str(value) for value in blank.value] if blank.is_list else [str(blank.value)] for blank in told
    }
    assert filled(one.tree, answers) == one.tree == filled(one.tree, {})


def test_blanks_are_asked_as_people_read_them_and_filled_as_stored() -> None:
    assert [(one.place, one.value) for one in blanks(TREE)] == [
        ("/all/0/value", 100), ("/all/1/not/value", ["gold"]), ("/all/2/value", 2), ("/all/2/days", 90),
        ("/all/3/value", [17, 24]),
    ]  # fmt: skip
    made = filled(
        TREE,
        {"/all/0/value": ["129.5"], "/all/1/not/value": ["gold", "silver"], "/all/2/days": ["30"],
         "/all/3/value": ["18, 30"], "/all/9/value": ["7"], "channel": ["sms"]},
    )  # fmt: skip
    assert made["all"][:4] == [
        {"field": "bill_fen", "op": ">=", "value": 12_950},
        {"not": {"field": "level", "op": "in", "value": ["gold", "silver"]}},
        {"count": "call", "op": ">=", "value": 2, "days": 30},
        {"field": "age", "op": "between", "value": [18, 30]},
    ]
    assert TREE["all"][0]["value"] == 10_000  # the question itself stays as it is


@pytest.mark.parametrize("text", ["many", "nan", "1e99", "1,5"])
def test_a_blank_for_a_number_takes_numbers_only(text: str) -> None:
    with pytest.raises(NoNumber, match="/all/0/value"):
        filled(TREE, {"/all/0/value": [text]})


def test_the_nearest_on_duckdb_are_those_of_postgresql() -> None:
    import duckdb

    database = duckdb.connect()
    columns = ", ".join(f"{one} DOUBLE" for one in COMPARED)
    database.execute(f"CREATE TABLE facts (customer_id INT, kind VARCHAR, is_open BOOLEAN, {columns})")
    rows = [(1, "individual", True, 40.0), (2, "individual", True, 44.0), (3, "individual", True, 41.0),
            (4, "individual", False, 40.0), (5, "household", True, 40.0), (6, "individual", True, None)]  # fmt: skip
    for who, kind, is_open, age in rows:
        database.execute(
            "INSERT INTO facts (customer_id, kind, is_open, age) VALUES (?, ?, ?, ?)", [who, kind, is_open, age]
        )
    found = database.execute(statement(table="facts", who="$who", most="$most"), {"who": 1, "most": 5}).fetchall()
    assert [who for who, _distance in found] == [3, 6, 2]  # unknown counts as everybody's mean
    assert 0 < found[0][1] < found[1][1] < found[2][1]
