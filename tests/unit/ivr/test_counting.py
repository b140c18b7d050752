"""The picture may be trimmed, the numbers never: every total equals a slow count over all paths."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.paths import measures, unrolling
from ivr.paths.counting import GOES_ON, OTHER, Place, Way
from ivr.paths.measures import Return, Selection
from ivr.paths.store import CallRow, build
from tests.unit.ivr.callers import OUTCOMES, call, visit


def walk(nodes: str, outcome: str = "hangup") -> CallRow:
    return call(nodes, outcome)


def unroll(
    walks: list[CallRow], depth: int = 8, width: int = 12, final: frozenset[str] = frozenset()
) -> tuple[tuple[Place, ...], tuple[Way, ...]]:
    return unrolling.unroll(Selection(build(walks)), depth=depth, width=width, final=final)


def loops(walks: list[CallRow], roots: frozenset[str]) -> tuple[Return, ...]:
    return measures.returns(Selection(build(walks)), roots=roots)


WALKS = st.lists(
    st.builds(walk, st.text("abcdefghijkl", max_size=10), st.sampled_from(OUTCOMES)),
    max_size=16,
)
# A loaded machine is slow, not wrong.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@CALM
@given(WALKS, st.integers(1, 8), st.integers(1, 6), st.frozensets(st.sampled_from("abc")))
def test_into_every_place_goes_what_comes_out_of_it_or_ends_there(
    walks: list[CallRow], depth: int, width: int, final: frozenset[str]
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
def test_steps_equal_a_slow_count_of_all_paths(walks: list[CallRow], depth: int, width: int) -> None:
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
def test_outcomes_add_up_to_all_calls(walks: list[CallRow]) -> None:
    assert sum(Selection(build(walks)).outcomes.values()) == len(walks)


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
    visits = [visit("m", 0), visit("balance", 2, tasks_done=1), visit("m", 9), visit("a", 11)]
    done = CallRow(0, 0, 12_000, "task", visits)

    assert loops([done], roots=frozenset("m")) == ()


def test_seconds_until_a_person_are_a_median() -> None:
    asked = [
        CallRow(row, 0, 1000, "agent", [visit("m", zero_out_ms=1000 * seconds)])
        for row, seconds in enumerate((2, 3, 30))
    ]

    (row,) = measures.node_rows(Selection(build([*asked, walk("m")])))

    assert row.zero_out.value == 0.75
    assert row.zero_out_s == 3
    assert row.drop_off.value == 0.25
