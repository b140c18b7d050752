"""A table as a file opens right in a spreadsheet and never runs there."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.floor.files import cell, csv_bytes

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def test_a_file_starts_with_the_mark_that_makes_spreadsheets_read_chinese() -> None:
    content = csv_bytes(["队列"], [["账务"]])

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == '"队列"\r\n"账务"\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+86138-2", "-2", "@SUM(A1)", "\t=1", "  =1", "＝cmd"])
def test_text_that_a_spreadsheet_would_run_is_defused(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-3, "-3"), (0.25, "0.25"), (None, ""), ("ok", "ok"), (1234567, "1234567"), ("+86138", "+86138")],
)
def test_numbers_stay_numbers(value: object, shown: str) -> None:
    assert cell(value) == shown


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a loaded machine is slow, not wrong
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2)))
def test_whatever_stands_in_a_cell_comes_back_in_its_cell_and_runs_nowhere(rows: list[list[str]]) -> None:
    content = csv_bytes(["a", "b"], rows).decode("utf-8-sig")

    back = list(csv.reader(io.StringIO(content, newline="")))[1:]
    assert all(
        one in {text, f"'{text}"} for pair in zip(back, rows, strict=True) for one, text in zip(*pair, strict=True)
    )
    assert not any(one.lstrip(" ").startswith(RUNS) and not one[1:].isdigit() for row in back for one in row)
