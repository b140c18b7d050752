"""A page speaks of whole days in the site's zone; nonsense in the address means today."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.floor.windows import LONGEST_DAYS, read_window

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATE = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)  # half past one on the third, in Shanghai


def test_today_is_the_sites_today() -> None:
    window = read_window({}, now=LATE, zone=SHANGHAI)

    assert (window.first, window.last) == (date(2026, 3, 3), date(2026, 3, 3))
    assert window.since == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert window.until - window.since == timedelta(days=1)


def test_days_are_read_from_the_address_and_written_back() -> None:
    window = read_window({"from": "2026-02-01", "to": "2026-02-03"}, now=LATE, zone=SHANGHAI)

    assert window.until - window.since == timedelta(days=3)
    assert read_window(window.query, now=LATE, zone=SHANGHAI) == window


def test_the_last_half_hour() -> None:
    window = read_window({"window": "30m"}, now=LATE, zone=SHANGHAI)

    assert (window.since, window.until) == (LATE - timedelta(minutes=30), LATE)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "", "2026-13-01\x00"])
def test_nonsense_means_today(text: str) -> None:
    assert read_window({"from": text, "to": text}, now=LATE, zone=SHANGHAI) == read_window({}, now=LATE, zone=SHANGHAI)


def test_a_day_with_25_hours_is_25_hours_long() -> None:
    window = read_window({"from": "2026-11-01", "to": "2026-11-01"}, now=LATE, zone=ZoneInfo("America/New_York"))

    assert window.until.astimezone(UTC) - window.since.astimezone(UTC) == timedelta(hours=25)


def test_a_window_is_never_longer_than_a_quarter_and_never_runs_backwards() -> None:
    window = read_window({"from": "2020-01-01", "to": "2026-03-01"}, now=LATE, zone=SHANGHAI)
    assert (window.last - window.first).days == LONGEST_DAYS - 1

    turned = read_window({"from": "2026-03-02", "to": "2026-03-01"}, now=LATE, zone=SHANGHAI)
    assert turned.first < turned.last
