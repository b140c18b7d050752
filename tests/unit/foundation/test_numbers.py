"""A whole number that somebody else wrote, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.foundation.numbers import LARGEST, whole


@given(st.integers(0, LARGEST))
def test_what_a_number_is_written_as_is_read_as_that_number(number: int) -> None:
    assert whole(str(number)) == number


@pytest.mark.parametrize("text", ["", " 7", "-1", "+1", "1.0", "1e3", "٣", "²", "seven", "9" * 5_000, str(LARGEST + 1)])
def test_anything_else_is_none(text: str) -> None:
    assert whole(text) is None


def test_only_what_lies_between_the_bounds_counts() -> None:
    assert [whole(text, least=1, most=7) for text in ("0", "1", "007", "8")] == [None, 1, 7, None]
