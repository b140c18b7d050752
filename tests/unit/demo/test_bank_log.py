"""The bank's log is read as it is: dirt is named, nothing is repaired silently."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from callcenter.demo.bank_log import BankLog, Outcome, parse, read, read_day

JANUARY = Path(__file__).parents[2] / "data" / "anonymous_bank_january.txt.gz"

QUEUED = "AA0101 33118 27997683 2 PS 990101 6:55:20 6:55:26 6 6:55:26 6:55:43 17 AGENT 6:55:43 6:56:37 54 MICHAL"
DIRECT = "AA0101 33119 0 0 PS 990101 7:41:16 7:41:26 10 0:00:00 0:00:00 0 AGENT 7:41:25 7:44:53 208 BASCH"
MENU_HANG = "AA0101 33117 0 0 PS 990101 0:34:12 0:34:23 11 0:00:00 0:00:00 0 HANG 0:00:00 0:00:00 0 NO_SERVER"
QUEUE_HANG = "AA0101 33116 9664491 2 PS 990101 0:00:31 0:00:36 5 0:00:36 0:03:09 153 HANG 0:00:00 0:00:00 0 NO_SERVER"
PHANTOM = (
    "AA0101 33180 69100527 2 PS 990103 10:19:09 10:19:15 6 10:19:15 10:19:31 16 PHANTOM 10:19:30 10:20:13 43 NO_SERVER"
)
UNMEASURED = "AA0102 28607 11766342 1 PS 990104 13:01:45 13:01:51 6 13:01:51 13:04:08 137 AGENT 0:00:00 0:00:00 0 IDIT"
NOBODY = "AA0101 33134 0 0 PS 990101 11:07:30 11:07:38 8 0:00:00 0:00:00 0 AGENT 11:07:43 11:07:46 3 NO_SERVER"
BACKWARDS = (
    "AA0101 33757 33044546 1 PS 990113 15:46:01 15:45:24 -37 15:45:24 15:46:41 77 HANG 0:00:00 0:00:00 0 NO_SERVER"
)
MIDNIGHT = "AA0102 28748 0 0 PS 990105 23:59:15 23:59:34 19 0:00:00 0:00:00 0 AGENT 23:59:33 0:03:40 247 BENSION"
ROUNDED = "AA0101 33374 6.02E+11 0 PS 990105 14:39:16 14:39:20 4 14:39:20 14:39:39 19 AGENT 14:39:39 14:42:11 152 KAZAV"
OF_HOURS = "AA0116 6708 0 0 IN 990802 14:06:46 14:06:55 9 14:06:55 14:07:39 44 AGENT 14:07:39 16:13:24 7545 YITZ"
HANG_SERVED = (
    "AA0101 33771 55279970 2 PS 990113 16:21:19 16:21:25 6 16:21:25 16:21:58 33 HANG 16:21:58 16:30:30 512 NO_SERVER"
)


def tabs(row: str) -> str:
    return row.replace(" ", "\t")


@pytest.fixture(scope="module")
def january() -> BankLog:
    return read(JANUARY)


def test_a_caller_who_waited_and_was_served() -> None:
    (call,) = parse([tabs(QUEUED)]).calls
    assert (call.key, call.customer, call.priority, call.kind, call.day) == (
        "AA0101-33118", "27997683", 2, "PS", date(1999, 1, 1),
    )  # fmt: skip
    assert (call.entry_s, call.vru_s, call.queue_s, call.wait_s) == (24920, 6, 24926, 17)
    assert (call.outcome, call.answer_s, call.talk_s, call.server) == (Outcome.AGENT, 24943, 54, "MICHAL")
    assert call.offered and call.served and call.dirt == ()


@pytest.mark.parametrize(
    ("row", "offered", "wait_s", "talk_s"),
    [
        (DIRECT, True, None, 208),
        (MENU_HANG, False, None, None),
        (QUEUE_HANG, True, 153, None),
        (PHANTOM, False, 16, None),
    ],
)
def test_how_far_each_caller_came(row: str, offered: bool, wait_s: int | None, talk_s: int | None) -> None:
    (call,) = parse([tabs(row)]).calls
    assert (call.offered, call.wait_s, call.talk_s, call.dirt) == (offered, wait_s, talk_s, ())


@pytest.mark.parametrize(
    ("row", "dirt"),
    [
        (UNMEASURED, "service_not_measured"),
        (NOBODY, "no_server"),
        (BACKWARDS, "clock_ran_back"),
        (ROUNDED, "customer_rounded"),
        (OF_HOURS, "service_of_hours"),
        (HANG_SERVED, "hang_with_service"),
    ],
)
def test_impossible_values_are_named_and_kept(row: str, dirt: str) -> None:
    (call,) = parse([tabs(row)]).calls
    assert call.dirt == (dirt,)


def test_a_call_over_midnight_goes_on_counting() -> None:
    (call,) = parse([tabs(MIDNIGHT)]).calls
    assert (call.entry_s, call.answer_s, call.talk_s) == (86355, 86373, 247)


def test_a_clock_that_ran_back_never_gives_negative_seconds() -> None:
    (call,) = parse([tabs(BACKWARDS)]).calls
    assert (call.vru_s, call.queue_s, call.wait_s) == (0, 56724, 77)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("AA0101\t1\t2", "3 fields in place of 17"),
        (tabs(QUEUED.replace("6:55:20", "26:55:20")), "'26:55:20' is no time of day"),
        (tabs(QUEUED.replace("AGENT", "AGNT")), "outcome 'AGNT' is none of AGENT, HANG, PHANTOM"),
        (tabs(QUEUED.replace("990101", "990231")), "'990231' is not a day of the log: write yymmdd, such as 990103."),
        (tabs(QUEUED.replace(" 54 ", " five ")), "'five' is no whole number"),
    ],
)
def test_an_unreadable_row_is_set_aside_with_its_reason(row: str, reason: str) -> None:
    log = parse(["vru+line\t…", tabs(DIRECT), row])
    assert [call.key for call in log.calls] == ["AA0101-33119"]
    assert [(broken.row, broken.reason) for broken in log.broken] == [(3, reason)]


def test_january_is_the_month_that_the_papers_describe(january: BankLog) -> None:
    offered = [call for call in january.calls if call.offered]
    answered = [call for call in offered if call.served]
    assert (len(january.calls), len(january.broken)) == (31_599, 0)
    assert sum(call.outcome is Outcome.PHANTOM for call in january.calls) == 240
    assert len(answered) == 27_060
    assert 1 - len(answered) / len(offered) == pytest.approx(0.102, abs=0.001)


def test_its_busiest_day_has_2111_rows(january: BankLog) -> None:
    assert len(january.day(read_day("990103"))) == 2_111


def test_calls_come_in_the_order_of_the_day(january: BankLog) -> None:
    order = [(call.day, call.entry_s) for call in january.calls]
    assert order == sorted(order)
    assert len({call.key for call in january.calls}) == len(january.calls)
