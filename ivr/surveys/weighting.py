"""Who answered is not who called: weights that make answers speak for all calls, and bounds for what nobody can know. Pure.

Propensity of answering by ridge logistic regression on facts known of every call, weight 1 ÷ p̂ trimmed at five times the
median, then raked to the margins of all calls (Deming and Stephan 1940). The design effect is 1 + CV²(w) (Kish 1965).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivr.paths.statistics import Share, share, wilson

Float = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

TRIM = 5.0  # times the median weight
RAKE_ERROR, RAKE_ROUNDS = 1e-6, 50
RIDGE = 1.0
FEWEST = 30  # answers: below, weights would only add noise
RARE = 20  # calls or answers of a word: below, it joins the rest


@dataclass(frozen=True, kw_only=True)
class Weighted:
    """The score of those who answered, and what it says of all calls."""

    raw: Share
    value: float | None  # None: too few answers to weight
    low: float
    high: float
    effective_n: float
    design_effect: float
    worst: float  # nobody who is silent was content
    best: float  # everybody was

    @property
    def shift(self) -> float | None:
        """What weighting moved."""
        return None if self.value is None or self.raw.value is None else self.value - self.raw.value


def weighted_score(columns: Mapping[str, Sequence[object]], good: Bools, answered: Bools) -> Weighted:
    """`columns` are facts of all calls, words or numbers in bins; `good` counts only where `answered`."""
    n, total = int(answered.sum()), len(answered)
    raw = share(int(good[answered].sum()), n)
    worst, best = (raw.hits / total, (raw.hits + total - n) / total) if total else (0.0, 1.0)
    if n < FEWEST:
        return Weighted(
            raw=raw, value=None, low=raw.low, high=raw.high, effective_n=n, design_effect=1.0, worst=worst, best=best
        )
    weights = answer_weights(columns, answered)
    value = float((weights * good[answered]).sum() / weights.sum())
    effect = design_effect(weights)
    low, high = wilson(value * n / effect, n / effect)
    return Weighted(
        raw=raw, value=value, low=low, high=high, effective_n=n / effect, design_effect=effect, worst=worst, best=best
    )


def answer_weights(columns: Mapping[str, Sequence[object]], answered: Bools) -> Float:
    """One weight an answer, in order, of mean 1."""
    coded = [codes_of(values, answered) for values in columns.values()]
    chances = propensity(design(coded), answered)
    weights = trimmed(1 / chances[answered])
    return rake(weights, [codes[answered] for codes in coded], [np.bincount(codes) / len(codes) for codes in coded])


def codes_of(values: Sequence[object], answered: Bools) -> Codes:
    """Words as 0, 1, 2 …; those with few calls or few answers share the last number, lest one answer speak for many."""
    words, codes = np.unique(np.asarray([str(one) for one in values]), return_inverse=True)
    calls = np.bincount(codes, minlength=len(words))
    answers = np.bincount(codes[answered], minlength=len(words))
    common = (calls >= RARE) & (answers >= RARE)
    place = np.where(common, np.cumsum(common) - 1, common.sum())
    return np.unique(place[codes], return_inverse=True)[1].astype(np.int64)


def design(coded: Sequence[Codes]) -> Float:
    """A column of ones, then each word but the first of its kind."""
    n = len(coded[0])
    parts: list[Float] = [np.ones((n, 1))]
    parts += [(codes[:, None] == np.arange(1, codes.max() + 1)).astype(np.float64) for codes in coded]
    return np.hstack(parts)


def propensity(matrix: Float, answered: Bools, ridge: float = RIDGE) -> Float:
    """Chances of answering: ridge logistic regression by Newton's method; the first column is not penalised."""
    beta = np.zeros(matrix.shape[1])
    penalty = np.full(matrix.shape[1], ridge)
    penalty[0] = 0.0
    for _ in range(50):
        chances = _logistic(matrix @ beta)
        gradient = matrix.T @ (answered - chances) - penalty * beta
        spread = chances * (1 - chances) + 1e-9
        step = np.linalg.solve((matrix * spread[:, None]).T @ matrix + np.diag(penalty + 1e-9), gradient)
        beta += np.clip(step, -4, 4)
        if float(np.abs(step).max()) < 1e-8:
            break
    return np.clip(_logistic(matrix @ beta), 1e-4, 1.0)


def trimmed(weights: Float) -> Float:
    """No answer speaks for more than five times the median."""
    return np.minimum(weights, TRIM * float(np.median(weights)))


def rake(weights: Float, groups: Sequence[Codes], targets: Sequence[Float]) -> Float:
    """Fit the weighted shares of every group to their targets, in turn, until all hold within 1e-6 or 50 rounds are over."""
    weights = weights / weights.mean()
    for _ in range(RAKE_ROUNDS):
        worst = 0.0
        for codes, target in zip(groups, targets, strict=True):
            now = np.bincount(codes, weights, minlength=len(target)) / weights.sum()
            worst = max(worst, float(np.abs(now - target).max()))
            weights = weights * np.divide(target, now, out=np.ones_like(now), where=now > 0)[codes]
        if worst <= RAKE_ERROR:
            break
    fitted: Float = weights / weights.mean()
    return fitted


def design_effect(weights: Float) -> float:
    """How many times more answers are needed for the same certainty: 1 + CV²."""
    return float(1 + weights.var() / weights.mean() ** 2)


def _logistic(scores: Float) -> Float:
    found: Float = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
    return found
