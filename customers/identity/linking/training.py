"""What the published weights become for the records in hand: expectation-maximisation over the weighed pairs. Pure.

A weight is log2(m / u). How often strangers agree (u) is published: random pairs tell it well, and families would spoil
it here. How often one person's records agree (m) depends on how carelessly the records were written, so it is learnt
from each batch itself, without any truth: pairs count as one person by their odds (Dempster, Laird and Rubin 1977), the
published m counts as `CAUTION` pairs more. A handful of records therefore moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CAUTION = 100.0  # pairs that the published share is worth against those in hand
ROUNDS = 12
# A level that a batch never shows is not thereby forbidden: two alphabets may share one store.
LEAST, MOST = -3.0, 6.0

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]


def corrections(*, bits: Floats, levels: Levels, published: Sequence[Sequence[float]]) -> list[list[float]]:
    """Bits to add to each level of each field. `levels[i, f]` is pair i's level of field f, −1 missing.

    `bits` are the pairs' published weights, `published[f][level]` the share of one person's pairs that stand on a level
    where the field is filled on both sides.
    """
    added = [np.zeros(len(shares)) for shares in published]
    for _round in range(ROUNDS):
        odds = 1.0 / (1.0 + np.exp2(-np.clip(corrected(bits=bits, levels=levels, added=added), -60, 60)))
        for field, shares in enumerate(published):
            filled = levels[:, field] >= 0
            seen = np.bincount(levels[filled, field], weights=odds[filled], minlength=len(shares))
            prior = np.asarray(shares)
            learnt = (seen + CAUTION * prior) / (seen.sum() + CAUTION)
            added[field] = np.clip(np.log2(learnt / prior), LEAST, MOST)
    return [each.tolist() for each in added]


def corrected(*, bits: Floats, levels: Levels, added: Sequence[Sequence[float] | Floats]) -> Floats:
    """The pairs' weights with the corrections of their levels."""
    total = bits.copy()
    for field, each in enumerate(added):
        total += np.append(np.asarray(each), 0.0)[levels[:, field]]  # the last for −1: missing says nothing
    return total
