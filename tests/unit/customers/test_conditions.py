"""Conditions: what is refused and where; and one condition asked three ways gives one answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.segments import exclusions, ready
from customers.segments.compilers import DUCKDB, Happened, Other, compiled, holds
from customers.segments.fields import COLUMNS, COUNTED, FIELDS, FLAG, GROUP, LIST, NUMBER, OPERATORS
from customers.segments.grammar import BadTree, parse
from tests.thorough import examples

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
MRS_CHEN: dict[str, Any] = {"age": 46, "region": "广州", "tags": ["reader"], "open_complaint": False, "churn": None}


@pytest.mark.parametrize(
    ("tree", "holds_for_her"),
    [
        ({"field": "age", "op": "between", "value": [40, 50]}, True),
        ({"field": "churn", "op": "<", "value": 0.5}, False),  # not known: not said to be small
        ({"not": {"field": "churn", "op": "<", "value": 0.5}}, True),
        ({"field": "churn", "op": "is_missing"}, True),
        ({"field": "region", "op": "not_in", "value": ["北京"]}, True),
        ({"field": "level", "op": "!=", "value": "gold"}, False),  # she has none
        ({"field": "tags", "op": "has_none", "value": ["gamer"]}, True),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"count": "call", "days": 30, "op": ">=", "value": 2}, True),
        ({"count": "call", "days": 30, "op": "<", "value": 2, "code": "leave"}, True),
        ({"count": "complaint", "days": 30, "op": "=", "value": 0}, True),
    ],
)
def test_a_condition_holds_or_not_for_mrs_chen(tree: dict[str, Any], holds_for_her: bool) -> None:
    calls = [Happened(kind="call", channel="voice", code="bill", at=NOW - timedelta(days=d)) for d in (1, 2, 31)]
    assert holds(parse(tree), MRS_CHEN, now=NOW, events=calls) is holds_for_her


@pytest.mark.parametrize(
    ("tree", "place", "code"),
    [
        ([], "", "no_condition"),
        ({"all": {}}, "/all", "no_list"),
        ({"all": [{"field": "age", "op": ">=", "value": 1}, {"any": [3]}]}, "/all/1/any/0", "no_condition"),
        ({"field": 'age" OR 1=1 --', "op": "=", "value": 1}, "/field", "unknown_field"),
        ({"field": "age", "op": "; DROP TABLE", "value": 1}, "/op", "unknown_op"),
        ({"field": "age", "op": ">=", "value": "18"}, "/value", "no_number"),
        ({"field": "age", "op": ">=", "value": True}, "/value", "no_number"),
        ({"field": "age", "op": ">=", "value": float("nan")}, "/value", "no_number"),
        ({"field": "region", "op": "=", "value": "a\x00b"}, "/value", "no_text"),
        ({"field": "region", "op": "in", "value": []}, "/value", "no_texts"),
        ({"field": "age", "op": ">=", "value": 1, "sql": "x"}, "", "unknown_key"),
        ({"count": "call", "days": 0, "op": ">=", "value": 3}, "/days", "no_whole"),
        ({"count": "call", "days": 30, "op": "is", "value": 3}, "/op", "unknown_op"),
        ({"related": "work", "all": []}, "/related", "unknown_relation"),
        ({"related": "circle", "not": {"all": []}}, "", "no_condition"),
        ({"related": "circle", "any": [{"related": "circle", "all": []}]}, "", "relation_in_relation"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(tree: Any, place: str, code: str) -> None:
    with pytest.raises(BadTree) as refused:
        parse(tree)
    assert (refused.value.place, refused.value.code) == (place, code)


def test_depth_and_size_have_an_end() -> None:
    deep: dict[str, Any] = {"all": []}
    for _level in range(9):
        deep = {"not": deep}
    with pytest.raises(BadTree, match="too_deep"):
        parse(deep)
    leaf = {"field": "age", "op": ">=", "value": 1}
    with pytest.raises(BadTree, match="too_many"):
        parse({"all": [{"any": [leaf] * 150}, {"any": [leaf] * 51}]})


def test_everything_ready_made_is_understood_and_there_are_eight_ways() -> None:
    cuts = [(way.key, cut) for way in ready.EIGHT for cut in way.cuts]
    for way, cut in cuts:
        parse(cut.tree)
        assert ready.find(f"{way}.{cut.key}") is cut
    assert len(ready.EIGHT) == 8
    assert len({(way, cut.key) for way, cut in cuts}) == len(cuts)


def test_unknown_consent_is_no_consent_and_no_condition_undoes_an_exclusion() -> None:
    everybody = exclusions.reachable(parse({"any": [{"all": []}]}), "voice")
    silent = {"is_open": True, "consent_voice": False}
    assert not holds(everybody, silent, now=NOW)
    assert holds(everybody, silent | {"consent_voice": True}, now=NOW)
    assert not holds(everybody, silent | {"consent_voice": True, "age": 15}, now=NOW)


# --- one question, three askers ---------------------------------------------------------------------------------------
_ASKED = ("age", "churn", "region", "level", "tags", "open_complaint", "m_fen", "circle")
_HELD = (*_ASKED, "household")
_TEXTS = st.sampled_from(["", "gold", "广州", "o'hara", 'a"b', "%s"])


def _value(kind: str, op: str) -> st.SearchStrategy[Any]:
    numbers = st.integers(-3, 3)
    if kind == NUMBER:
        return st.lists(numbers, min_size=2, max_size=2) if op == "between" else numbers
    if kind == FLAG:
        return st.booleans()
    if op in {"in", "not_in", "has_any", "has_all", "has_none"}:
        return st.lists(_TEXTS.filter(bool), min_size=1, max_size=2)
    return _TEXTS.filter(bool)


@st.composite
def leaf(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.integers(0, 5)) == 0:
        return {
            "count": draw(st.sampled_from(COUNTED[:2])),
            "days": draw(st.integers(1, 3)),
            "op": draw(st.sampled_from([">=", "<", "=", "<=", ">"])),
            "value": draw(st.integers(0, 2)),
        }
    field = FIELDS[draw(st.sampled_from(_ASKED))]
    op = draw(st.sampled_from(OPERATORS[field.kind]))
    if op == "is_missing":
        return {"field": field.key, "op": op}
    return {"field": field.key, "op": op, "value": draw(_value(field.kind, op))}


trees = st.recursive(
    leaf(),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
        st.builds(
            lambda by, key, parts: {"related": by, key: parts},
            st.sampled_from(["circle", "household"]),
            st.sampled_from(["all", "any"]),
            st.lists(leaf(), max_size=2),
        ),
    ),
    max_leaves=6,
)
people = st.fixed_dictionaries(
    {
        "age": st.none() | st.integers(-3, 3),
        "churn": st.none() | st.integers(-3, 3).map(float),
        "m_fen": st.none() | st.integers(-3, 3),
        "circle": st.none() | st.integers(0, 1),
        "household": st.none() | st.integers(1, 2).map(lambda n: UUID(int=n)),
        "region": _TEXTS,
        "level": _TEXTS,
        "tags": st.lists(_TEXTS.filter(bool), max_size=2, unique=True),
        "open_complaint": st.booleans(),
    }
)
happenings = st.lists(st.tuples(st.sampled_from(COUNTED[:2]), st.integers(0, 4)), max_size=4)


@pytest.fixture(scope="module")
def database() -> Any:
    duckdb = pytest.importorskip("duckdb")
    opened = duckdb.connect()
    kinds = {NUMBER: "DOUBLE", FLAG: "BOOLEAN", LIST: "VARCHAR[]", GROUP: "UUID"}
    columns = ", ".join(f'"{name}" {kinds.get(COLUMNS[name].kind, "VARCHAR")}' for name in _HELD)
    opened.execute(f"CREATE TABLE facts (customer_id INTEGER, {columns})")
    opened.execute(
        'CREATE TABLE events (customer_id INTEGER, kind VARCHAR, channel VARCHAR, code VARCHAR, "at" TIMESTAMP)'
    )
    return opened


@given(tree=trees, crowd=st.lists(st.tuples(people, happenings), min_size=1, max_size=4))
@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_python_and_duckdb_agree(database: Any, tree: dict[str, Any], crowd: list[Any]) -> None:
    node = parse(tree)
    database.execute("DELETE FROM facts; DELETE FROM events")
    everybody: list[Other] = []
    for number, (person, happened) in enumerate(crowd):
        events = tuple(
            Happened(kind=kind, channel="voice", code="", at=NOW - timedelta(days=days, hours=1))
            for kind, days in happened
        )
        database.execute(
            f"INSERT INTO facts VALUES ({', '.join(['?'] * (len(_HELD) + 1))})",
            [number, *(person[name] for name in _HELD)],
        )
        for one in events:
            database.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                [number, one.kind, one.channel, one.code, one.at.replace(tzinfo=None)],
            )
        everybody.append(Other(facts=person, events=events))
    expected = {
        number
        for number, one in enumerate(everybody)
        if holds(node, one.facts, now=NOW, events=one.events, others=everybody[:number] + everybody[number + 1 :])
    }
    for is_filter in (False, True):
        made = compiled(node, dialect=DUCKDB, now=NOW, is_filter=is_filter)
        found = database.execute(f"SELECT customer_id FROM facts AS f WHERE {made.sql}", made.values).fetchall()
        assert {number for (number,) in found} == expected
