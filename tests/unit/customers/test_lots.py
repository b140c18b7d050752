"""Points are spent oldest first, and shared fairly when two who were one come apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customers.insight.lots import Movement, lots, reversal_of, split

DAY = datetime(2026, 11, 23, tzinfo=UTC)


def earned(number: int, points: int, *, day: int = 0) -> Movement:
    return Movement(id=number, kind="earn", points=points, expires_at=DAY + timedelta(days=day), ref=f"e{number}")


def gone(number: int, points: int, **more: Any) -> Movement:
    return Movement(
        **{"id": number, "kind": "redeem", "points": -points, "expires_at": None, "ref": f"r{number}", **more}
    )


def test_what_is_spent_is_taken_from_what_runs_out_first() -> None:
    left = lots([earned(1, 100, day=5), earned(2, 50, day=1), gone(3, 70)])
    assert [(lot.entry, lot.left) for lot in left] == [(1, 80)]


def test_what_is_taken_back_counts_on_neither_side() -> None:
    bad_lot = gone(4, 100, kind="reverse", ref=reversal_of(1))
    assert [(lot.entry, lot.left) for lot in lots([earned(1, 100), earned(2, 50, day=1), bad_lot])] == [(2, 50)]
    given_back = gone(4, -30, kind="reverse", ref=reversal_of(3))
    assert [(lot.entry, lot.left) for lot in lots([earned(1, 100), gone(3, 30), given_back])] == [(1, 100)]


def test_the_oldest_points_paid_whoever_had_brought_them() -> None:
    kept, returned = [earned(1, 100, day=9)], [earned(2, 900, day=1)]
    assert split(kept=kept, returned=returned, since=[gone(3, 800)]) == 800
    assert split(kept=kept, returned=returned, since=[gone(3, 950)]) == 900
    assert split(kept=[earned(1, 100)], returned=returned, since=[gone(3, 50)]) == 0
    spent_alone = [*returned, gone(4, 850)]
    assert split(kept=kept, returned=spent_alone, since=[gone(5, 120)]) == 50
    assert split(kept=kept, returned=returned, since=[earned(6, 500, day=0), gone(7, 600)]) == 100


ledger = st.lists(st.tuples(st.integers(1, 200), st.integers(0, 30)), max_size=5)


@given(kept=ledger, returned=ledger, part=st.integers(0, 100))
def test_nobody_pays_more_than_they_brought(
    kept: list[tuple[int, int]], returned: list[tuple[int, int]], part: int
) -> None:
    mine = [earned(number, points, day=day) for number, (points, day) in enumerate(kept)]
    theirs = [earned(100 + number, points, day=day) for number, (points, day) in enumerate(returned)]
    whole = sum(one.points for one in (*mine, *theirs))
    spent = whole * part // 100
    owed = split(kept=mine, returned=theirs, since=[gone(999, spent)] if spent else [])
    assert 0 <= owed <= sum(one.points for one in theirs)
    assert sum(one.points for one in mine) - (spent - owed) >= 0
