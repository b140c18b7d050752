"""Ids made one by one and many at once: of one kind, in the order of their making, never twice."""

from __future__ import annotations

from uuid import UUID

from callcenter.foundation.ids import uuid7, uuid7s


def test_many_at_once_rise_and_are_what_one_is() -> None:
    before, words, after = uuid7(), uuid7s(9_000), uuid7()  # more than a millisecond counts
    ids = [UUID(word) for word in words]
    assert ids == sorted(set(ids)), "in rising order, none twice"
    assert {(one.version, one.variant) for one in ids} == {(before.version, before.variant)}
    assert before.int >> 80 <= ids[0].int >> 80 <= after.int >> 80
    assert len({one.int & (1 << 62) - 1 for one in ids}) == len(ids), "what stands behind the count is chance"


def test_none_are_none() -> None:
    assert uuid7s(0) == []
