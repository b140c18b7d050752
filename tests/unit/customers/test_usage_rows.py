"""Months as other systems tell them: units are named, parts of months and doubles are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from customers.catalogue.reading import TariffRefused
from customers.catalogue.usage_rows import missing_between, read_usage

TODAY = date(2026, 11, 22)
ROW: dict[str, Any] = {
    "number": "138 0013 8000", "month": "2026-10",
    "usage": [
        {"service": "data", "amount": "5.5", "unit": "GB"},
        {"service": "voice", "amount": 200, "unit": "minute"},
        {"service": "voice", "amount": 12600, "rounding": "event:60"},
        {"service": "data", "scope": "local", "amount": 100, "unit": "MB"},
    ],
    "lines": [{"kind": "fee", "fen": 5900}, {"kind": "discount", "fen": -500, "text": "老客户优惠"}],
}  # fmt: skip


def test_units_become_base_units() -> None:
    row = read_usage(ROW, today=TODAY)
    assert (row.data_kb, row.voice_s, row.messages, row.bill_fen) == (5_767_168, 12_000, 0, 5_400)
    assert {(one["service"], one["scope"], one["rounding"], one["units"]) for one in row.sums} == {
        ("voice", "national", "event:60", 12_600),
        ("data", "local", "raw", 102_400),
    }


def used(**one: Any) -> dict[str, Any]:
    return {"usage": [{"service": "data", "amount": 1} | one]}


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        (used(unit="minute"), "usage[0].unit", "does not measure data"),
        (used(unit="TB"), "usage[0].unit", "none of"),
        (used(amount=-1), "usage[0].amount", "must be 0 or more"),
        (used(amount=1.5), "usage[0].amount", "in quotes"),
        (used(amount=2**60), "usage[0].amount", "so much"),
        (used(rounding="daily"), "usage[0].rounding", "no rounding"),
        (used(service="fax"), "usage[0].service", "none of"),
        ({"usage": [ROW["usage"][0]] * 2}, "usage[1].service", "twice"),
        ({"month": "2026-11"}, "month", "has not closed"),
        ({"month": "2026-13"}, "month", "a month like"),
        ({"number": " "}, "number", "whose"),
        ({"lines": [{"kind": "fee", "fen": 59.0}]}, "lines[0].fen", "whole number"),
        ({"lines": [{"kind": "", "fen": 1}]}, "lines[0].kind", "has a kind"),
        ({"colour": "red"}, "colour", "not known"),
    ],
)
def test_what_cannot_be_right_is_refused(change: dict[str, Any], place: str, says: str) -> None:
    with pytest.raises(TariffRefused) as refused:
        read_usage(ROW | change, today=TODAY)
    assert refused.value.path == place and says in str(refused.value)


def test_a_missing_month_is_seen() -> None:
    months = [date(2026, 10, 1), date(2026, 7, 1), date(2026, 8, 1)]
    assert missing_between(months) == [date(2026, 9, 1)]
    assert missing_between([]) == [] and missing_between(months[1:]) == []
