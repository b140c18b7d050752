"""What goes with satisfaction: the share of each fact in what the facts explain together. Pure.

LMG (Lindeman, Merenda and Gold 1980; Grömping 2006): the mean gain in R² of a group of columns over all orders of entering,
which is its Shapley value; the shares add up to R². Fits are of normal equations, so 2¹⁰ of them take a moment; intervals
draw days anew. It says “goes with”, never “causes”.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ivr.surveys.weighting import Bools, Float, codes_of

MOST_GROUPS = 10
FEWEST = 100  # answers
DRAWS = 100


@dataclass(frozen=True, kw_only=True)
class Driver:
    """One fact: its share of R² and where that lies in 95 of 100 draws of days."""

    name: str
    share: float  # of what all facts explain together, 0–1
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Drivers:
    n: int
    r2: float
    lines: tuple[Driver, ...]  # the largest first


def drivers(
    columns: Mapping[str, Sequence[object]],
    good: Bools,
    day: NDArray[np.int64],
    *,
    draws: int = DRAWS,
    seed: int = 1980,
) -> Drivers | None:
    """Row by answer. None for fewer than a hundred answers, or where all are alike."""
    n = len(good)
    if n < FEWEST or not 0 < good.sum() < n:
        return None
    names = list(columns)[:MOST_GROUPS]
    blocks = [_block(columns[name]) for name in names]
    kept = [place for place, block in enumerate(blocks) if block.shape[1]]
    if not kept:
        return None
    names, blocks = [names[place] for place in kept], [blocks[place] for place in kept]
    gram = _grams(blocks, good.astype(np.float64), day)
    sizes = [block.shape[1] for block in blocks]
    parts = lmg(gram.sum(axis=0), sizes)
    drawn = _drawn(gram, sizes, draws, seed)
    shares = parts / parts.sum() if parts.sum() > 0 else parts
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    lines = [
        Driver(name=name, share=float(shares[place]), low=float(low[place]), high=float(high[place]))
        for place, name in enumerate(names)
    ]
    return Drivers(n=n, r2=float(parts.sum()), lines=tuple(sorted(lines, key=lambda one: -one.share)))


def lmg(gram: Float, sizes: Sequence[int]) -> Float:
    """Each group's part of R², from the cross products of [1, groups …, y]. They add up to R²."""
    parts: Float = lmg_of_all(gram[None], sizes)[0]
    return parts


def lmg_of_all(grams: Float, sizes: Sequence[int]) -> Float:
    """The same for many at once, one a row: every subset is fitted for all of them in one stroke."""
    covariance = np.array([_centred(gram) for gram in grams])
    total = np.maximum(covariance[:, -1, -1], 1e-12)
    groups = len(sizes)
    starts = np.cumsum([0, *sizes])
    r2 = np.zeros((1 << groups, len(grams)))
    for subset in range(1, 1 << groups):
        columns = np.concatenate(
            [np.arange(starts[one], starts[one + 1]) for one in range(groups) if subset >> one & 1]
        )
        r2[subset] = _explained(covariance, columns) / total
    weights = _weights(groups)
    parts = np.zeros((len(grams), groups))
    for one in range(groups):
        without = [subset for subset in range(1 << groups) if not subset >> one & 1]
        parts[:, one] = sum(weights[subset.bit_count()] * (r2[subset | 1 << one] - r2[subset]) for subset in without)
    return parts


@cache
def _weights(groups: int) -> tuple[float, ...]:
    """How often a group meets a set of this size before it, of all orders."""
    return tuple(factorial(size) * factorial(groups - size - 1) / factorial(groups) for size in range(groups))


def _explained(covariance: Float, columns: NDArray[np.int64]) -> Float:
    """Sums of squares that these columns explain; columns that say the same twice count once."""
    inner, outer = covariance[:, columns[:, None], columns], covariance[:, columns, -1]
    ridge = np.maximum(1e-11 * np.trace(inner, axis1=1, axis2=2) / len(columns), 1e-12)
    solved = np.linalg.solve(inner + ridge[:, None, None] * np.eye(len(columns)), outer[:, :, None])[:, :, 0]
    explained: Float = (outer * solved).sum(axis=1)
    return explained


def _centred(gram: Float) -> Float:
    """Cross products about the means; the first row and column are those of the ones."""
    n = gram[0, 0]
    means = gram[0, 1:]
    centred: Float = gram[1:, 1:] - np.outer(means, means) / n
    return centred


def _grams(blocks: Sequence[Float], good: Float, day: NDArray[np.int64]) -> Float:
    """Cross products of [1, groups …, y], one matrix a day: a draw of days is then a sum of matrices."""
    whole = np.hstack([np.ones((len(good), 1)), *blocks, good[:, None]])
    days, place = np.unique(day, return_inverse=True)
    return np.array([whole[place == one].T @ whole[place == one] for one in range(len(days))])


def _drawn(gram: Float, sizes: Sequence[int], draws: int, seed: int) -> Float:
    """Shares of draws of whole days, one draw a row."""
    generator = np.random.default_rng(seed)
    times = generator.multinomial(len(gram), np.full(len(gram), 1 / len(gram)), draws).astype(np.float64)
    parts = lmg_of_all(np.tensordot(times, gram, axes=1), sizes)
    whole = parts.sum(axis=1, keepdims=True)
    shares: Float = np.divide(parts, whole, out=np.zeros_like(parts), where=whole > 0)
    return shares


def _block(values: Sequence[object]) -> Float:
    """A fact as columns: a number scaled, words one column each but the first."""
    numbers = np.asarray(values)
    if numbers.dtype.kind in "fiub" and numbers.dtype.kind != "b":
        spread = float(numbers.std())
        scaled: Float = ((numbers - numbers.mean()) / spread)[:, None] if spread > 0 else np.zeros((len(numbers), 0))
        return scaled
    codes = codes_of(values, np.full(len(values), True))
    return np.asarray(codes[:, None] == np.arange(1, codes.max() + 1), np.float64)
