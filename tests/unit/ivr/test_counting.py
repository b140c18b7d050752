"""The picture may be trimmed, the numbers never: every total equals a slow count over all paths."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.events import Outcome
from ivr.paths.counting import GOES_ON, OTHER, Walk, loops, outcomes, unroll, waterfall
from ivr.paths.packing import Packed


def visit(node: str, at: float = 0, dwell: float = 1, tasks: int = 0, zero_out: float | None = None) -> Packed:
    return Packed(
        node=node, at_ms=round(at * 1000), dwell_ms=round(dwell * 1000), key="", noinput=0, nomatch=0, badkey=0,
        zero_out_ms=None if zero_out is None else round(zero_out * 1000), transferred=0, tasks_done=tasks,
    )  # fmt: skip


def walk(nodes: str, outcome: str = "hangup") -> Walk:
    return Walk(outcome, [visit(node, at=place) for place, node in enumerate(nodes)])


WALKS = st.lists(
    st.builds(walk, st.text("abcdefghijkl", max_size=10), st.sampled_from([one.value for one in Outcome])),
    max_size=16,
)
# A loaded machine is slow, not wrong.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@CALM
@given(WALKS, st.integers(1, 8), st.integers(1, 6), st.frozensets(st.sampled_from("abc")))
def test_into_every_place_goes_what_comes_out_of_it_or_ends_there(
    walks: list[Walk], depth: int, width: int, final: frozenset[str]
) -> None:
    places, ways = unroll(walks, depth=depth, width=width, final=final)

    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for way in ways:
        out[way.source_id] += way.calls
        into[way.target_id] += way.calls
    for place in places:
        assert into[place.id] == (0 if place.step == 1 else place.calls)
        assert out[place.id] == place.calls - place.ended
    started = sum(bool(one.visits) for one in walks)
    assert sum(place.calls for place in places if place.step == 1) == started
    assert sum(place.ended for place in places) == started


@CALM
@given(WALKS, st.integers(1, 8), st.integers(1, 6))
def test_steps_equal_a_slow_count_of_all_paths(walks: list[Walk], depth: int, width: int) -> None:
    places, _ = unroll(walks, depth=depth, width=width)

    for step in range(1, depth + 1):
        slow = Counter(one.visits[step - 1].node for one in walks if len(one.visits) >= step)
        drawn = {place.node: place.calls for place in places if place.step == step and not place.node.startswith("~")}
        other = sum(place.calls for place in places if place.step == step and place.node == OTHER)
        assert all(slow[node] == calls for node, calls in drawn.items())
        assert sum(drawn.values()) + other == slow.total()
        assert len(drawn) <= width + 1
        assert bool(other) == (len(slow) > width + 1)


@CALM
@given(WALKS)
def test_the_waterfall_equals_a_slow_count_of_all_paths(walks: list[Walk]) -> None:
    rows = {row.node: row for row in waterfall(walks)}

    visits = Counter(one.node for walked in walks for one in walked.visits)
    assert {node: row.visits for node, row in rows.items()} == visits
    for node, row in rows.items():
        assert row.calls == sum(any(one.node == node for one in walked.visits) for walked in walks)
        dropped = sum(bool(one.visits) and one.visits[-1].node == node and one.outcome == "hangup" for one in walks)
        assert row.drop_off == pytest.approx(dropped / visits[node])


@CALM
@given(WALKS)
def test_outcomes_add_up_to_all_calls(walks: list[Walk]) -> None:
    assert sum(outcomes(walks).values()) == len(walks)


def test_no_end_is_drawn_behind_a_node_that_is_an_end_by_itself_unless_the_caller_hung_up() -> None:
    places, ways = unroll([walk("mq", "agent"), walk("mq", "hangup"), walk("m", "hangup")], final=frozenset("q"))

    assert {(place.id, place.calls, place.ended) for place in places} == {
        ("1:m", 3, 0),
        ("2:q", 2, 1),
        ("2:~hangup", 1, 1),
        ("3:~hangup", 1, 1),
    }
    assert {(way.source_id, way.target_id, way.calls) for way in ways} == {
        ("1:m", "2:q", 2),
        ("1:m", "2:~hangup", 1),
        ("2:q", "3:~hangup", 1),
    }


def test_a_path_longer_than_the_picture_goes_on() -> None:
    places, ways = unroll([walk("abcdefghij")], depth=8)

    assert [way.target for way in ways if way.step == 8] == [GOES_ON]
    assert max(place.step for place in places) == 9


def test_a_menu_that_leads_back_is_a_loop_by_its_form_and_costs_its_seconds() -> None:
    found = loops([walk("mabm"), walk("mm"), walk("mabab")], roots=frozenset("m"))

    assert {(one.node, one.form, one.calls, one.times, one.seconds) for one in found} == {
        ("m", "restart", 1, 1, 3.0),
        ("m", "self", 1, 1, 1.0),
        ("a", "back", 1, 1, 2.0),
        ("b", "back", 1, 1, 2.0),
    }


def test_coming_back_after_a_task_is_done_is_no_loop() -> None:
    done = Walk("task", [visit("m", 0), visit("balance", 2, tasks=1), visit("m", 9), visit("a", 11)])

    assert loops([done], roots=frozenset("m")) == ()


def test_seconds_until_a_person_is_asked_for_are_a_median() -> None:
    walks = [Walk("agent", [visit("m", zero_out=seconds)]) for seconds in (2, 3, 30)] + [walk("m")]

    row = waterfall(walks)[0]

    assert row.zero_out == pytest.approx(0.75)
    assert row.zero_out_s == pytest.approx(3)
    assert row.drop_off == pytest.approx(0.25)
