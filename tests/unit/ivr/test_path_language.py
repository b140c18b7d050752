"""A path query means the calls that a slow reading of its words means; a wrong one points at its character."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.paths.language import Gap, QuerySyntax, Step, Way, parse
from ivr.paths.packing import Packed
from ivr.paths.search import matching
from ivr.paths.store import CallRow, PathStore, build
from tests.thorough import examples
from tests.unit.ivr.callers import call, some_calls

CALM = settings(deadline=None, max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
WORDS = {"agent": "agent", "done": "task", "hung_up": "hangup"}


def named(store: PathStore, query: str) -> list[int]:
    return sorted(store.row[matching(query, store, roots=frozenset("a"))].tolist())


def refusal(query: str) -> QuerySyntax | None:
    try:
        matching(query, STORE)
    except QuerySyntax as wrong:
        return wrong
    return None


def means(way: Way, row: CallRow) -> bool:
    """The slow reading: try every way to lay the steps over the visits."""
    visits = row.visits

    def lay(item: int, at: int) -> bool:
        if item == len(way.items):
            return at >= len(visits) or not way.to_end
        one = way.items[item]
        if isinstance(one, Gap):
            return any(lay(item + 1, later) for later in range(at, len(visits) + 1))
        is_last = (
            item == len(way.items) - 1 and at == len(visits) and (one.negated, one.least, one.most) == (False, 1, 1)
        )
        if is_last and WORDS.get("|".join(one.nodes)) == row.outcome:
            return True
        most = len(visits) if one.most is None else one.most
        return any(
            all(at + n < len(visits) and fits(one, visits[at + n]) for n in range(times)) and lay(item + 1, at + times)
            for times in range(one.least, most + 1)
        )

    return any(lay(0, at) for at in ([0] if way.from_start else range(len(visits) + 1)))


def fits(step: Step, visit: Packed) -> bool:
    if step.nodes and (visit.node in step.nodes) == step.negated:
        return False
    if step.key is not None and visit.key != step.key:
        return False
    return step.stay is None or (visit.dwell_ms is not None and visit.dwell_ms > step.stay.value * 1000)


NODE = st.sampled_from(list("abcdefg"))
WHAT = st.one_of(NODE, st.lists(NODE, min_size=2, max_size=3).map(lambda some: f"[{'|'.join(some)}]"))
STEP = st.builds(
    lambda sign, what, times, stay: sign + what + times + stay,
    st.sampled_from(["", "", "!"]),
    st.one_of(WHAT, st.builds("key({})@{}".format, st.sampled_from("12"), NODE), st.sampled_from(["key(2)", "?"])),
    st.sampled_from(["", "", "", "{2}", "{0,2}", "{1,}", "{2,}"]),
    st.sampled_from(["", "", "(>20s)", "(>0.1m)"]),
)
WAY = st.builds(
    lambda start, items, last, end: start + " > ".join([*items, *last]) + end,
    st.sampled_from(["", "^ "]),
    st.lists(st.one_of(STEP, st.just("*")), min_size=1, max_size=4),
    st.sampled_from([[], [], ["agent"], ["hung_up"]]),
    st.sampled_from(["", " $"]),
)
ROWS = some_calls(Random(5), 120)
STORE = build(ROWS)


@CALM
@given(WAY)
def test_a_way_means_what_the_slow_reading_means(query: str) -> None:
    way = parse(query)
    assert isinstance(way, Way)
    assert named(STORE, query) == sorted(row.row for row in ROWS if means(way, row))


@pytest.mark.parametrize("query", ["a > * > b", "^ a{3,} > !b", "* > c $", "[a|b]{2,} > * > c > * > agent"])
def test_long_ways_are_read_alike_though_no_regular_expression_sees_them(query: str) -> None:
    rows = some_calls(Random(11), 80, nodes="abc", longest=60)
    way = parse(query)
    assert isinstance(way, Way)
    assert named(build(rows), query) == sorted(row.row for row in rows if means(way, row))


@CALM
@given(st.text('ab*>^$!()[]{}|,@=<> 0123456789sm"knotrdeuc', max_size=40))
def test_any_text_is_a_query_or_a_sentence_with_a_place(text: str) -> None:
    wrong = refusal(text)
    assert wrong is None or (wrong.sentence and 0 <= wrong.place <= len(text))


@pytest.mark.parametrize(
    ("query", "place", "says"),
    [
        ("", 0, "at least one node"),
        ("a > ", 4, "Here comes a node"),
        ("a > > b", 4, "Here comes a node"),
        ("a{3,1}", 2, "smaller than the first"),
        ("a(>20y)", 5, "is no unit"),
        ("[a|b", 4, "never closed"),
        ("outcome=lost", 8, "is no outcome"),
        ("a b", 2, "does not follow here"),
        ("a and %", 6, "means nothing here"),
        ('"main', 0, "quotation mark"),
        ("bb > a", 0, "Did you mean 'b'"),
        (" > ".join("*" * 6), 0, "at most 5 times"),
        ("error@aa", 6, "no node 'aa'"),
        ("a" * 501, 500, "at most 500 characters"),
        ("(" * 30 + "a", 20, "at most 20 deep"),
    ],
)
def test_a_wrong_query_points_at_its_character(query: str, place: int, says: str) -> None:
    with pytest.raises(QuerySyntax, match=says) as caught:
        matching(query, STORE)
    assert caught.value.place == place


def test_facts_of_the_call_join_with_ways() -> None:
    store = build(
        [
            call("abc", "agent", row=1, queue="billing", wait_s=90, tags=frozenset({"vip"}), caller=7, start_s=0),
            call("ab", "agent", row=2, queue="billing", wait_s=10, caller=7, start_s=600),
            call("aab", "task", row=3, version="operator/2"),
            call("c", "hangup", row=4, chosen="bill"),
        ]
    )
    assert named(store, "a > b and queue=billing") == [1, 2]
    assert named(store, "outcome=agent and wait >= 1m") == [1]
    assert named(store, "not (done or hung_up or outcome=hung_up)") == [1, 2]
    assert named(store, "repeat < 24h") == [1]
    assert named(store, "tag=vip or reason=bill") == [1, 4]
    assert named(store, "loop and version=operator/2") == [3]
    assert named(store, "restart") == [3]
    assert named(store, "loop@a or zero_out@b or bad_key@c") == [3]
    assert named(store, "steps < 2 and tag != vip") == [4]
    assert named(store, 'a > "b" > agent') == [2]
