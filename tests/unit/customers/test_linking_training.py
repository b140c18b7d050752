"""What a batch teaches about its own carelessness, without any truth."""

from __future__ import annotations

import numpy as np
import pytest

from customers.identity.linking.training import LEAST, corrected, corrections

# two fields; level 0 differs, 1 is the same. Published: one pair of a person in 64 differs in its document.
PUBLISHED = [[1 / 64, 63 / 64], [1 / 16, 15 / 16]]


def batch(*, differing: int, of: int) -> tuple[np.ndarray, np.ndarray]:
    """Sure pairs of one person, `differing` of which differ in the first field, and as many of strangers."""
    ours = [[0 if n < differing else 1, 1] for n in range(of)]
    levels = np.array(ours + [[0, 0]] * of)
    bits = np.array([20.0] * of + [-20.0] * of)
    return bits, levels


def test_a_careless_batch_forgives_what_a_careful_one_does_not() -> None:
    bits, levels = batch(differing=2_500, of=10_000)
    added = corrections(bits=bits, levels=levels, published=PUBLISHED)
    assert added[0][0] == pytest.approx(np.log2(0.25 * 64), abs=0.1)
    assert added[0][1] < 0
    assert added[1][0] < 0  # nobody differed in the second field: that weighs more now
    assert corrected(bits=bits, levels=levels, added=added)[0] == pytest.approx(20 + added[0][0] + added[1][1])


def test_a_handful_of_records_moves_little_and_none_moves_nothing() -> None:
    bits, levels = batch(differing=1, of=3)
    added = corrections(bits=bits, levels=levels, published=PUBLISHED)
    assert all(abs(each) < 0.8 for field in added for each in field)
    nobody = corrections(bits=bits[:0], levels=levels[:0], published=PUBLISHED)
    assert nobody == [[0.0, 0.0], [0.0, 0.0]]


def test_a_level_that_is_never_seen_is_not_forbidden_and_a_missing_field_says_nothing() -> None:
    bits, levels = batch(differing=0, of=100_000)
    added = corrections(bits=bits, levels=levels, published=PUBLISHED)
    assert added[0][0] == LEAST
    unknown = np.full((1, 2), -1)
    assert corrected(bits=np.array([3.0]), levels=unknown, added=added)[0] == 3.0
