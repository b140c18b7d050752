"""Mrs Chen's way through the menus is the same, in whatever order and however often her switch tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.events import Kind, Outcome
from ivr.paths.fold import Happening, Path, choices_of, fold
from ivr.paths.packing import pack, unpack

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def told(seconds: float, kind: Kind, node: str = "", key: str = "", seq: int | None = None) -> Happening:
    identity = f"{seconds}|{kind}|{node}|{key}|{seq}"
    return Happening(identity=identity, seq=seq, t=NINE + timedelta(seconds=seconds), kind=kind, node=node, key=key)


BALANCE = [
    told(0, Kind.ENTER, "main"),
    told(4, Kind.BADKEY, "main", "7"),
    told(9, Kind.KEY, "main", "1"),
    told(9, Kind.ENTER, "billing"),
    told(12.5, Kind.KEY, "billing", "1"),
    told(12.5, Kind.ENTER, "balance"),
    told(18, Kind.TASK_OK, "balance"),
    told(20, Kind.HANGUP),
]


def test_a_call_is_told_as_visits_with_their_length_and_keys() -> None:
    path = fold(BALANCE)

    assert [(one.node, one.dwell_ms, one.key, one.badkey) for one in path.visits] == [
        ("main", 9000, "1", 1),
        ("billing", 3500, "1", 0),
        ("balance", 7500, "", 0),
    ]
    assert path.outcome == Outcome.TASK
    assert path.ended_at == NINE + timedelta(seconds=20)
    assert choices_of(path) == [("main", "1", "billing"), ("billing", "1", "balance"), ("balance", "", "")]


def test_a_caller_still_in_the_menus_has_no_end_and_no_length_of_the_last_stay() -> None:
    path = fold(BALANCE[:4])

    assert path.outcome is None
    assert path.ended_at is None
    assert path.visits[-1].dwell_ms is None


@pytest.mark.parametrize(
    ("ending", "closed_as", "outcome"),
    [
        ([told(30, Kind.TRANSFER, "main"), told(60, Kind.HANGUP)], "", Outcome.AGENT),
        ([told(30, Kind.HANGUP)], "agent", Outcome.AGENT),
        ([told(30, Kind.TASK_OK, "main")], "hangup", Outcome.TASK),
        ([told(30, Kind.HANGUP)], "", Outcome.HANGUP),
        ([], "hangup", Outcome.HANGUP),
        ([told(30, Kind.SYS_END)], "", Outcome.SYSTEM),
        ([], "silence", Outcome.UNKNOWN),
    ],
)
def test_one_outcome_per_call_by_the_first_rule_that_holds(
    ending: list[Happening], closed_as: str, outcome: Outcome
) -> None:
    assert fold([BALANCE[0], *ending], closed_as=closed_as, closed_at=NINE).outcome == outcome


def test_silence_never_lengthens_the_last_stay() -> None:
    path = fold(BALANCE[:4], closed_as="silence", closed_at=NINE + timedelta(hours=1))

    assert path.ended_at == NINE + timedelta(seconds=9)
    assert path.visits[-1].dwell_ms == 0


def test_a_clock_that_runs_backwards_counts_as_zero_and_is_counted() -> None:
    path = fold(
        [told(10, Kind.ENTER, "main", seq=1), told(4, Kind.ENTER, "billing", seq=2), told(12, Kind.HANGUP, seq=3)]
    )

    assert [one.dwell_ms for one in path.visits] == [0, 8000]
    assert path.backward == 1


def test_a_dialect_that_reports_keys_only_still_gives_a_path() -> None:
    path = fold([told(3, Kind.KEY, "main", "1"), told(8, Kind.KEY, "billing", "2"), told(9, Kind.HANGUP)])

    assert [(one.node, one.key) for one in path.visits] == [("main", "1"), ("billing", "2")]


def test_seconds_until_a_person_is_asked_for() -> None:
    path = fold([told(0, Kind.ENTER, "main"), told(6.2, Kind.ZERO_OUT, "main", "0"), told(7, Kind.TRANSFER, "main")])

    assert path.visits[0].zero_out_ms == 6200
    assert path.visits[0].transferred


# A loaded machine is slow, not wrong.
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NODES = st.sampled_from(["main", "billing", "balance", "plans"])


@st.composite
def calls(draw: st.DrawFn) -> list[Happening]:
    numbered = draw(st.booleans())
    count = draw(st.integers(1, 14))
    return [
        told(
            draw(st.integers(0, 6)),  # few different times, so that ties are common
            draw(st.sampled_from(list(Kind))),
            draw(NODES),
            draw(st.sampled_from(["", "1", "2"])),
            seq=place if numbered else None,
        )
        for place in range(count)
    ]


def shown(path: Path) -> tuple[object, ...]:
    return pack(path), path.started_at, path.last_at, path.ended_at, path.outcome, path.backward


@CALM
@given(calls(), st.randoms(use_true_random=False), st.data())
def test_any_order_and_any_repetition_give_the_same_path(
    call: list[Happening], chance: Random, data: st.DataObject
) -> None:
    again = call + data.draw(st.lists(st.sampled_from(call), max_size=6))
    chance.shuffle(again)

    assert shown(fold(again)) == shown(fold(call))


@CALM
@given(calls())
def test_visits_follow_each_other_and_survive_packing(call: list[Happening]) -> None:
    path = fold(call)

    if all(one.seq is None for one in call):
        assert all(before.at <= after.at for before, after in pairwise(path.visits))
    assert [(one.node, one.dwell_ms) for one in unpack(pack(path))] == [(one.node, one.dwell_ms) for one in path.visits]
