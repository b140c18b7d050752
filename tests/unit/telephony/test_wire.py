"""Reports of a switch: which are the same, which came first, which say nothing we can read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.telephony import wire

AT = "2026-03-04T05:06:07.089Z"


def test_a_report_keeps_what_it_says_and_drops_what_it_does_not() -> None:
    report = wire.read({"type": "hangup", "at": AT, "q850": None, "by": "caller", "vendor": {"x": 1}})
    assert (report.type, report.by, report.q850, report.seq) == ("hangup", "caller", None, None)


@pytest.mark.parametrize(
    "item",
    [
        None,
        "hangup",
        [],
        {},
        {"type": "hangup"},
        {"type": "teleported", "at": AT},
        {"type": "hangup", "at": "yesterday"},
        {"type": "hangup", "at": "2026-03-04T05:06:07"},
        {"type": "hangup", "at": "2026-13-04T05:06:07Z"},
        {"type": "hangup", "at": "0001-01-01T00:00:00+23:59"},
        {"type": "hangup", "at": 1772600767},
        {"type": "hangup", "at": AT, "seq": "3"},
        {"type": "hangup", "at": AT, "seq": True},
        {"type": "hangup", "at": AT, "seq": -1},
        {"type": "leg_failed", "at": AT, "sip_code": 42},
        {"type": "leg_failed", "at": AT, "q850": 999},
        {"type": "hangup", "at": AT, "call": "a\nb"},
        {"type": "hangup", "at": AT, "call": "a\x00b"},
        {"type": "hangup", "at": AT, "heard_18x": "yes"},
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(item: Any) -> None:
    with pytest.raises(wire.Unreadable, match=r"\w.*\.$"):
        wire.read(item)


def test_a_repeat_is_known_by_its_id_then_its_counter_then_its_bytes() -> None:
    def name(subject: str = "call-1", **item: Any) -> str:
        return wire.identity(item, subject=subject)

    assert name(event_id="e1", seq=3) == name(event_id="e1", seq=4, at=AT)
    assert name(boot="b", seq=3) == name(boot="b", seq=3, at=AT, call="named otherwise")
    assert name(boot="b", seq=3) != name(boot="b2", seq=3)
    assert name(boot="b", seq=3) != name("call-2", boot="b", seq=3)
    assert name(type="held", at=AT) == name(at=AT, type="held")
    assert name(type="held", at=AT) != name(type="resumed", at=AT)
    assert name(type="held", at=AT) != name("call-2", type="held", at=AT)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_item_has_an_identity_that_fits_its_column(item: Any) -> None:
    name = wire.identity(item, subject="call-1")
    assert 0 < len(name) <= 200
    assert name.isprintable()


def test_the_counter_orders_one_boot_and_the_clock_orders_two() -> None:
    early = {"boot": "a", "seq": 1, "at": "2026-03-04T05:00:09Z"}
    late = {"boot": "a", "seq": 2, "at": "2026-03-04T05:00:01Z"}
    assert wire.is_before(early, late)
    assert wire.is_before(late | {"boot": "b"}, early)
    assert not wire.is_before(early, early)


@given(st.permutations(range(6)))
def test_a_shuffled_batch_is_applied_as_it_happened(order: list[int]) -> None:
    reports = [wire.read({"type": "held", "at": AT, "boot": "b", "seq": seq}) for seq in order]
    assert [report.seq for _, report in wire.in_order(list(enumerate(reports)))] == [0, 1, 2, 3, 4, 5]
