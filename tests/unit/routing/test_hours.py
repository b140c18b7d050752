"""Opening hours by the wall clock: both ways of daylight saving, holidays, make-up days, closures to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import HOLIDAY, Closure, Hours
from tests.thorough import examples

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
OFFICE = {day: [(time(9), time(18))] for day in range(5)}


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-03-02T08:59:59", False),  # Monday
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:59:59", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-07T12:00:00", False),  # Saturday
        ("2026-10-01T12:00:00", False),  # National Day, a Thursday
        ("2026-10-10T12:00:00", True),  # a Saturday worked as a Friday
        ("2026-03-03T11:30:00", False),  # fire drill
        ("2026-03-03T12:00:00", True),
    ],
)
def test_hours(when: str, is_open: bool) -> None:
    hours = Hours(
        zone=SHANGHAI,
        weekly=OFFICE,
        days={date(2026, 10, 1): HOLIDAY, date(2026, 10, 10): 4},
        closures=[Closure(starts=at("2026-03-03T11:00:00"), ends=at("2026-03-03T12:00:00"))],
    )
    assert hours.is_open(at(when)) is is_open
    assert hours.is_open(at(when).astimezone(UTC)) is is_open


def test_a_queue_without_hours_is_always_open_but_for_closures() -> None:
    drill = Closure(starts=at("2026-03-03T11:00:00"), ends=at("2026-03-03T12:00:00"))
    assert Hours(zone=SHANGHAI).is_open(at("2026-10-01T03:00:00"))
    assert not Hours(zone=SHANGHAI, closures=[drill]).is_open(at("2026-03-03T11:00:00"))


def test_the_last_caller_is_taken_before_closing() -> None:
    hours = Hours(zone=SHANGHAI, weekly=OFFICE, last_admission=timedelta(minutes=10))
    assert hours.is_open(at("2026-03-02T17:49:59"))
    assert not hours.is_open(at("2026-03-02T17:50:00"))


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])  # clocks jump, clocks fall back: both Sundays
def test_daylight_saving_follows_the_wall_clock(day: str) -> None:
    hours = Hours(zone=BERLIN, weekly={6: [(time(1), time(4)), (time(9), time(18))]})
    assert hours.is_open(at(f"{day}T09:00:00", BERLIN))
    assert not hours.is_open(at(f"{day}T18:00:00", BERLIN))
    night = sum(hours.is_open(at(f"{day}T00:00:00", BERLIN).astimezone(UTC) + timedelta(minutes=n)) for n in range(420))
    assert night == {"2026-03-29": 120, "2026-10-25": 240}[day]


def test_midnight_as_closing_means_the_end_of_the_day() -> None:
    hours = Hours(zone=SHANGHAI, weekly={0: [(time(18), time(0))]})
    assert hours.is_open(at("2026-03-02T23:59:59"))
    assert not hours.is_open(at("2026-03-03T00:00:00"))


def test_when_it_opens_again() -> None:
    hours = Hours(zone=SHANGHAI, weekly=OFFICE, days={date(2026, 3, 9): HOLIDAY})
    assert hours.next_opening(at("2026-03-06T18:30:00")) == at("2026-03-10T09:00:00")  # past a weekend and a holiday
    assert hours.next_opening(at("2026-03-10T10:00:00")) == at("2026-03-10T10:00:00")
    assert Hours(zone=SHANGHAI, weekly={0: []}).next_opening(at("2026-03-02T10:00:00")) is None


@settings(max_examples=examples(100), deadline=None)
@given(st.integers(0, 364 * 24 * 60), st.sampled_from([SHANGHAI, BERLIN]))
def test_the_next_opening_is_open_and_nothing_before_it_is(minute: int, zone: ZoneInfo) -> None:
    hours = Hours(zone=zone, weekly=OFFICE, days={date(2026, 5, 1): HOLIDAY})
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    opens = hours.next_opening(now)
    assert opens is not None and hours.is_open(opens)
    step = (opens - now) / 50
    assert opens == now or not any(hours.is_open(now + step * n) for n in range(50))
