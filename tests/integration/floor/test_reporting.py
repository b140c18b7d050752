"""A number and the list behind it come from the same condition and cannot disagree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.foundation.errors import Invalid
from routing import reporting
from routing.reporting import RESULTS, Sums
from routing.states import CallState
from tests.integration.floor.story import Floor, busy_morning

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SINCE, UNTIL = NOON - timedelta(hours=12), NOON + timedelta(hours=12)


@pytest.fixture
def floor() -> Floor:
    return busy_morning(NOON)


def test_the_sums_of_a_morning_by_queue(floor: Floor) -> None:
    billing, sales = reporting.day(domain="main", since=SINCE, until=UNTIL)

    assert billing.sums == Sums(
        entered=12, offered=10, answered=7, abandoned=2, flowed_out=1, in_target=5, abandoned_late=1,
        abandoned_short=1, wait_answered_s=90.5,
    )  # fmt: skip
    # "≤ T" includes T itself
    assert (sales.sums.answered, sales.sums.in_target, sales.sums.offered) == (3, 3, 3)


@pytest.mark.parametrize("result", sorted(set(RESULTS) - {"waiting", "judged", "late"}))
def test_every_sum_is_the_length_of_its_list(floor: Floor, result: str) -> None:
    for queue in reporting.day(domain="main", since=SINCE, until=UNTIL):
        page = reporting.calls(domain="main", since=SINCE, until=UNTIL, result=result, queue=queue.queue)
        assert len(page.lines) == getattr(queue.sums, result)


def test_pages_hold_every_call_once_and_in_order(floor: Floor) -> None:
    seen: list[reporting.CallLine] = []
    cursor = ""
    while True:
        page = reporting.calls(domain="main", since=SINCE, until=UNTIL, cursor=cursor, limit=3)
        seen += page.lines
        cursor = page.next_cursor
        if not cursor:
            break

    assert len(seen) == len({line.id for line in seen}) == 16
    assert [line.enqueued_at for line in seen] == sorted((line.enqueued_at for line in seen), reverse=True)


def test_a_call_belongs_to_the_moment_it_entered_the_queue(floor: Floor) -> None:
    floor.call(floor.billing, ago=-3600, state=CallState.QUEUED)

    after = reporting.day(domain="main", since=NOON, until=UNTIL)

    assert [queue.sums.entered for queue in after] == [1, 0]


def test_who_waits_now_stands_in_the_order_of_service_ringing_or_not(floor: Floor) -> None:
    waits = reporting.waiting_now(domain="main")
    lines = reporting.waiting(domain="main")

    assert {queue: wait.calls for queue, wait in waits.items()} == {"billing": 2, "sales": 1}
    assert waits["billing"].since == NOON - timedelta(seconds=25)
    assert [(line.queue, line.state) for line in lines] == [
        ("billing", "queued"),
        ("billing", "queued"),
        ("sales", "reserved"),
    ]


def test_lists_show_no_number_whole(floor: Floor) -> None:
    page = reporting.calls(domain="main", since=SINCE, until=UNTIL)

    assert all("****" in line.number and "8001" not in line.number for line in page.lines)


def test_a_list_that_does_not_exist_is_refused_with_a_sentence(floor: Floor) -> None:
    with pytest.raises(Invalid, match="no list of calls called 'lost'"):
        reporting.calls(domain="main", since=SINCE, until=UNTIL, result="lost")
    with pytest.raises(Invalid, match="start again"):
        reporting.calls(domain="main", since=SINCE, until=UNTIL, cursor="nonsense")


def test_a_queue_without_calls_stands_with_zeros() -> None:
    Floor(NOON)

    assert [queue.sums for queue in reporting.day(domain="main", since=SINCE, until=UNTIL)] == [Sums(), Sums()]
