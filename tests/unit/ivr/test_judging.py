"""A row is judged alike whether its values were seen before or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.intake.judging import Judge, Step, text_of
from ivr.intake.reading import FIELDS, Cells
from tests.thorough import examples

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIMES = (
    "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.500000Z", "2026-03-02T09:00:00.000000+00:00", "2026-03-02 09:00:00.5+08:00",
    "2026-03-02T09:00:00", "20260302T090000Z", "2026-03-02T09:00:00-00:00", "1772413200000", "1999-01-01T00:00:00Z",
    "2027-01-01T00:00:00Z", "nine", "", None, 1772413200000,
)  # fmt: skip
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "call": st.sampled_from(["chen", " chen ", "", None, 7, "x" * 129, "zhang\x00"]),
    "t": st.sampled_from(TIMES),
    "kind": st.sampled_from(["enter", " enter", "key", "hangup", "dance", None]),
    "node": st.sampled_from(["main", "", None, "n" * 65, ["main"]]),
    "key": st.sampled_from(["1", "", None, "6222021234567890", "k" * 33, 0]),
    "event_id": st.sampled_from(["", None, "e1", "e" * 129, "e\x00", 0]),
    "seq": st.sampled_from(["", None, "4", "٤", "-1", "9999999999", 4, True, 2.5, "first"]),
    "entry": st.sampled_from(["", None, "10011"]),
    "flow": st.sampled_from(["", None, "operator"]),
    "version": st.sampled_from(["", None, "2", 2, "two"]),
    "detail": st.sampled_from(["", None, "{}", '{"task": "pay"}', {"task": "pay"}, "[1]", "no"]),
}
assert tuple(CELLS) == FIELDS
ROWS = st.lists(st.tuples(*CELLS.values()), min_size=1, max_size=12)


def judge() -> Judge:
    return Judge(source="main-trunk", zone=None, now=NOW)


@given(ROWS)
@settings(max_examples=examples(300), deadline=None)
def test_what_was_seen_before_changes_no_judgement(rows: list[tuple[Any, ...]]) -> None:
    cells = [Cells(number, values) for number, values in enumerate(rows, start=1)]
    alone = [judge().judged([one]) for one in cells]
    steps = [step for some, _ in alone for step in some]
    refused = [one for _, some in alone for one in some]

    knowing = judge()
    knowing.judged(cells)  # every sound value is known by now

    assert knowing.judged(cells) == (steps, refused)
    assert len(steps) + len(refused) == len(rows)


@given(st.datetimes(), st.sampled_from(["Z", "+00:00", "+08:00", "-03:30"]))
@settings(deadline=None)
def test_a_time_is_written_as_python_writes_it(at: datetime, zone: str) -> None:
    for precision in ("auto", "seconds", "milliseconds", "microseconds"):
        said = at.isoformat(timespec=precision) + zone
        when = datetime.fromisoformat(said)
        assert text_of(said, when) == when.isoformat()


def test_the_same_row_again_takes_the_short_way() -> None:
    row = Cells(1, ("chen", "2026-03-02T08:59:00Z", "enter", "main", "", "", "", "", "", "", ""))
    knowing = judge()
    (first,), _ = knowing.judged([row])

    short = knowing._short(row)
    assert isinstance(short, Step)
    assert short == first
    assert knowing._short(row._replace(values=("chen", (NOW + timedelta(days=1)).isoformat(), *row.values[2:]))) is None
