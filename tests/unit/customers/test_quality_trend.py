"""The fortnight of a measurement as a line."""

from __future__ import annotations

from datetime import date

from customers.quality.measuring import Measured


def measured(*trend: tuple[date, float]) -> Measured:
    return Measured(key="fresh", value=trend[-1][1], week_ago=None, of=1, trend=trend)


def test_the_newest_day_stands_at_the_right_and_a_day_without_measurement_leaves_its_room() -> None:
    line = measured((date(2026, 3, 1), 0.0), (date(2026, 3, 2), 0.5), (date(2026, 3, 4), 1.0)).line
    assert line == "55,16.0 60,8.0 70,0.0"


def test_a_single_day_is_no_line() -> None:
    assert measured((date(2026, 3, 1), 0.5)).line == ""
