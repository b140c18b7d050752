"""Every figure of the packed store equals a slow count over the same calls in plain Python, for any filter."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import fields
from random import Random
from statistics import median

import numpy as np
import pytest

from ivr.paths import measures, unrolling
from ivr.paths.measures import Selection
from ivr.paths.store import CallRow, EventLog, Names, PathStore, build, joined, pack_log
from tests.unit.ivr.callers import call, some_calls
from tests.unit.ivr.slow_counting import Walk, loops, outcomes, unroll

ROUNDS = 12


def chosen(seed: int) -> tuple[list[CallRow], PathStore, Selection]:
    """Random calls, their store, and a random part of them in the store's order."""
    random = Random(seed)
    rows = sorted(some_calls(random, random.randint(1, 60)), key=lambda one: (one.start_ms, one.row))
    store = build(random.sample(rows, len(rows)))
    mask = np.array([random.random() < 0.7 for _ in rows]) if seed % 3 else np.ones(len(rows), bool)
    return [row for row, kept in zip(rows, mask, strict=True) if kept], store, Selection(store, mask)


def walks(rows: list[CallRow]) -> list[Walk]:
    return [Walk(row.outcome, row.visits) for row in rows]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nodes_edges_variants_and_outcomes_equal_a_slow_count(seed: int) -> None:
    rows, _, selection = chosen(seed)

    assert selection.outcomes == outcomes(walks(rows))
    visits = Counter(visit.node for row in rows for visit in row.visits)
    table = {row.node: row for row in measures.node_rows(selection)} if rows else {}
    assert {node: row.visits for node, row in table.items()} == visits
    for node, row in table.items():
        here = [visit for one in rows for visit in one.visits if visit.node == node]
        assert row.calls == sum(any(visit.node == node for visit in one.visits) for one in rows)
        assert row.no_input.hits == sum(visit.noinput > 0 for visit in here)
        assert row.errors == sum(visit.noinput + visit.nomatch + visit.badkey for visit in here)
        assert row.transfer.hits == sum(bool(visit.transferred) for visit in here)
        assert row.zero_out.hits == sum(visit.zero_out_ms is not None for visit in here)
        lasts = [one for one in rows if one.visits and one.visits[-1].node == node]
        assert row.drop_off.hits == sum(one.outcome == "hangup" for one in lasts)
        told = [visit.dwell_ms for visit in here if visit.dwell_ms is not None]
        assert (row.dwell.n if row.dwell else 0) == len(told)
        if row.dwell:
            assert row.dwell.mean == pytest.approx(sum(told) / len(told) / 1000)
        thought = [v.dwell_ms - v.heard_ms for v in here if v.dwell_ms is not None and v.heard_ms is not None]
        assert (row.thinking.mean if row.thinking else None) == (
            pytest.approx(sum(thought) / len(thought) / 1000) if thought else None
        )
    pairs = Counter((a.node, b.node) for row in rows for a, b in zip(row.visits, row.visits[1:], strict=False))
    assert {(edge.source, edge.target): edge.times for edge in measures.edges(selection)} == pairs
    _, times = measures.variant_totals(selection)
    ways = Counter(tuple(visit.node for visit in row.visits) for row in rows)
    assert sorted(times.tolist()) == sorted(ways.values())


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_loops_equal_a_slow_count(seed: int) -> None:
    rows, _, selection = chosen(seed)

    slow = loops(walks(rows), roots=frozenset("a"))
    quick = measures.returns(selection, roots=frozenset("a"))
    assert {(o.node, o.form): (o.calls, o.times, round(1000 * o.seconds)) for o in quick} == {
        (o.node, o.form): (o.calls, o.times, round(1000 * o.seconds)) for o in slow
    }


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize(("depth", "width"), [(8, 12), (3, 2)])
def test_the_picture_equals_a_slow_count(seed: int, depth: int, width: int) -> None:
    rows, _, selection = chosen(seed)
    final = frozenset("fg")

    places, ways = unrolling.unroll(selection, depth=depth, width=width, final=final)
    slow_places, slow_ways = unroll(walks(rows), depth=depth, width=99, final=final)

    if width == 12:
        assert {one.id: (one.calls, one.ended) for one in places} == {
            one.id: (one.calls, one.ended) for one in slow_places
        }
        assert {(w.source_id, w.target_id): w.calls for w in ways} == {
            (w.source_id, w.target_id): w.calls for w in slow_ways
        }
    for step in range(1, depth + 1):  # trimmed or not, the totals stand
        assert sum(o.calls for o in places if o.step == step) == sum(o.calls for o in slow_places if o.step == step)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_tree_holds_every_beginning_with_its_calls(seed: int) -> None:
    rows, _, selection = chosen(seed)

    for branch in unrolling.tree(selection, depth=4, least=0):
        inside = [row for row in rows if tuple(visit.node for visit in row.visits)[: branch.level + 1] == branch.path]
        assert branch.calls == len(inside)
        assert branch.ends == sum(len(row.visits) == branch.level + 1 for row in inside)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_repeats_are_judged_only_where_their_window_is_over(seed: int) -> None:
    rows, _, selection = chosen(seed)
    everybody = sorted(rows if selection.whole else [], key=lambda one: one.start_ms)
    if not everybody:
        return
    until = 800_000_000
    by_caller: dict[object, list[CallRow]] = defaultdict(list)
    for row in everybody:
        by_caller[row.caller].append(row)
    slow: dict[str, list[bool]] = defaultdict(list)
    for caller, mine in by_caller.items():
        for row, after in zip(mine, [*mine[1:], None], strict=True):
            ended = row.start_ms + row.span_ms
            if caller is None or ended + 86_400_000 > until:
                continue
            slow[row.outcome].append(after is not None and max(0, after.start_ms - ended) // 1000 <= 86_400)

    quick = {one.outcome: one.any for one in measures.repeats(selection, within_s=86_400, until_ms=until)}
    assert {name: (one.hits, one.n) for name, one in quick.items() if one.n} == {
        name: (sum(them), len(them)) for name, them in slow.items()
    }


def test_misroutes_cost_what_they_take_longer_than_the_same_reason_well_routed() -> None:
    well = [call("a", "agent", row=n, chosen="plan", final="plan", handle_s=100 + n % 3) for n in range(120)]
    astray = [call("a", "agent", row=200 + n, chosen="bill", final="plan", handle_s=300) for n in range(40)]
    right = [call("a", "agent", row=300 + n, chosen="bill", final="bill", handle_s=90) for n in range(60)]

    (found,) = measures.misroutes(Selection(build([*well, *astray, *right])))

    extra = 300 - median(row.handle_s for row in well)
    assert (found.chosen, found.final, found.calls, found.extra_s, found.published) == (
        "bill",
        "plan",
        40,
        extra,
        False,
    )
    assert found.cost_s == 40 * extra
    assert found.share.value == 0.4


def test_what_an_agent_wrote_that_stands_for_no_reason_is_no_misroute() -> None:
    told = [
        call("a", "agent", row=n, chosen="bill", final=final) for n, final in enumerate(("bill", "information", "plan"))
    ]

    (found,) = measures.misroutes(Selection(build(told)), reasons={"bill", "plan"})

    assert (found.final, found.share.hits, found.share.n) == ("plan", 1, 2)


def test_too_few_well_routed_calls_fall_back_on_the_published_figure_and_say_so() -> None:
    (found,) = measures.misroutes(Selection(build([call("a", "agent", chosen="bill", final="plan", handle_s=9)])))

    assert (found.extra_s, found.published) == (measures.PUBLISHED_MISROUTE_S, True)


def test_the_calls_judged_for_ringing_again_are_those_whose_time_is_over() -> None:
    day = 86_400
    rows = [
        call("a", "task", row=0, start_s=0, caller="chen"),
        call("a", "task", row=1, start_s=3 * day, caller="chen"),
        call("a", "task", row=2, start_s=0),
    ]
    store = build(rows)

    mask = measures.followed(store, day, 2 * day * 1000)

    assert store.row[mask].tolist() == [0]
    assert measures.containment(Selection(store), until_ms=2 * day * 1000).true_day.n == 1


def test_contained_is_not_served_when_the_caller_rings_again_within_a_day() -> None:
    day = 86_400
    rows = [
        call("a", "task", row=0, start_s=0, caller="chen"),
        call("a", "agent", row=1, start_s=3600, caller="chen"),
        call("a", "task", row=2, start_s=0, caller="zhang"),
        call("a", "task", row=3, start_s=9 * day, caller="zhang"),  # its window is open: judged nowhere
        call("a", "hangup", row=4, start_s=0),
    ]

    found = measures.containment(Selection(build(rows)), until_ms=round(9.5 * day * 1000))

    assert (found.naive.hits, found.naive.n) == (4, 5)
    assert (found.self_service.hits, found.self_service.n) == (3, 5)
    assert (found.true_day.hits, found.true_day.n) == (1, 3)
    assert (found.true_week.hits, found.true_week.n) == (1, 3)
    assert found.unidentified == 1


def test_kaplan_meier_without_censoring_is_the_plain_share() -> None:
    rows = [call("a", row=n, start_s=n * 50, caller=n % 7) for n in range(40)]
    selection = Selection(build(rows))
    far = 10**9

    (plain,) = measures.repeats(selection, within_s=349, until_ms=far)
    estimated = measures.provisional_repeat(selection, within_s=349, until_ms=far)

    assert estimated == pytest.approx(plain.any.value)


def test_a_log_of_entries_in_any_order_gives_the_same_store() -> None:
    random = Random(7)
    events = [(n, 1000 * place, random.randrange(5)) for n in range(50) for place in range(random.randint(1, 8))]
    shuffled = random.sample(events, len(events))

    def packed(log: list[tuple[int, int, int]]) -> PathStore:
        return pack_log(EventLog(*(np.array(column) for column in zip(*log, strict=True))), "abcde")

    first, second = packed(events), packed(shuffled)
    for name in ("code", "dwell", "offset", "variant", "again_step"):
        assert (getattr(first, name) == getattr(second, name)).all()


def test_a_call_of_more_than_512_steps_is_cut_and_an_empty_log_counts_nothing() -> None:
    assert build([call("ab" * 400)]).steps == 512
    nothing = Selection(build([]))
    assert (nothing.n, measures.node_rows(nothing), measures.edges(nothing)) == (0, (), ())
    assert unrolling.unroll(nothing) == ((), ())
    assert unrolling.tree(nothing) == ()


def test_days_joined_are_the_store_of_all_their_calls() -> None:
    walked = [("abca", "agent"), ("bd", "task"), ("", "hangup"), ("cab", "agent"), ("aab", "task")]
    rows = [
        call(way, end, row=n, start_s=n * 100, caller=n % 5, version=f"operator/{n % 3}", final=way[:1])
        for n, (way, end) in enumerate(walked)
    ]
    callers = Names()

    found, whole = joined([build(rows[:2], callers), build(rows[2:], callers)]), build(rows)

    for one in fields(whole):
        if one.name not in {"version", "caller"}:  # codes of their own tables
            assert np.array_equal(getattr(found, one.name), getattr(whole, one.name)), one.name
    assert [found.versions[code] for code in found.version] == [whole.versions[code] for code in whole.version]
    assert (found.next_call.tolist(), found.gap_s.tolist()) == (whole.next_call.tolist(), whole.gap_s.tolist())


def test_most_calls_counted_as_all_but_the_others_are_the_same_calls() -> None:
    store = build([call("abcab"[: number % 5], "agent", row=number, start_s=number) for number in range(40)])
    mask = np.arange(40) % 7 != 0
    some = Selection(store, mask)
    assert 2 * some.n > len(store)

    assert np.array_equal(some.tally("edge", 10), np.bincount(store.edge[np.repeat(mask, store.length)], minlength=10))
    assert (some.visits == np.bincount(store.code[np.repeat(mask, store.length)], minlength=3)).all()
