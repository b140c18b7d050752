"""Agents, queues or menus side by side, fairly: case mix taken out, few answers drawn to the middle, chance allowed for. Pure.

Expected shares come from a logistic model fitted without the one who is judged; what is left is drawn towards the peers by
a beta-binomial prior fitted on them (Efron and Morris 1975; Casella 1985), and called better or below only if that stands
after Benjamini and Hochberg (1995). Nobody with fewer than thirty answers is ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ivr.paths.statistics import GREY_BELOW, Share, discoveries, share
from ivr.surveys.weighting import Bools, Codes, Float, codes_of, design

STRONGEST, WEAKEST = 2_000.0, 2.0  # answers that the prior may count for


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What peers are like: a beta distribution of this mean, worth `strength` answers."""

    mean: float
    strength: float


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """One of the peers."""

    name: str
    raw: Share
    expected: float | None  # of calls like these, had the others taken them; None where it cannot be told
    adjusted: float  # raw with the case mix taken out
    value: float  # drawn to the middle: posterior mean
    low: float  # 95 %
    high: float
    verdict: str  # better | like | below | few

    @property
    def ranked(self) -> bool:
        return self.verdict != "few"


def rank(names: Sequence[str], good: Bools, mix: Mapping[str, Sequence[object]]) -> tuple[Ranked, ...]:
    """Row by answer: who it is about, whether it was good, and the facts of the call. Best first, unranked last."""
    if not len(good):
        return ()
    who, codes = np.unique(np.asarray(names), return_inverse=True)
    expected = expected_without(codes, good, mix)
    n, hits = np.bincount(codes), np.bincount(codes, good)
    overall = float(good.mean())
    hoped = np.bincount(codes, expected) / n
    adjusted = np.clip(hits / n - hoped + overall, 0.0, 1.0)
    prior = fit_prior(adjusted * n, n)
    rows = [_posterior(str(who[one]), int(hits[one]), int(n[one]), float(hoped[one]), float(adjusted[one]), prior)
            for one in range(len(who))]  # fmt: skip
    return _judged(rows, prior)


def expected_without(codes: Codes | NDArray[np.intp], good: Bools, mix: Mapping[str, Sequence[object]]) -> Float:
    """For every answer, the chance that it is good by the facts of its call, learned from everybody else's answers."""
    everything = np.full(len(good), True)
    coded = [codes_of(values, everything) for values in mix.values()]
    expected = np.full(len(good), float(good.mean()))
    if not coded:
        return expected
    matrix = design(coded)
    for one in range(int(codes.max()) + 1):
        own = codes == one
        rest = ~own
        if own.any() and rest.sum() >= GREY_BELOW and 0 < good[rest].sum() < rest.sum():
            beta = _fit(matrix[rest], good[rest])
            expected[own] = 1 / (1 + np.exp(-np.clip(matrix[own] @ beta, -30, 30)))
    return expected


def _fit(matrix: Float, good: Bools, ridge: float = 2.0) -> Float:
    beta = np.zeros(matrix.shape[1])
    beta[0] = np.log(good.mean() / (1 - good.mean()))
    penalty = np.full(matrix.shape[1], ridge)
    penalty[0] = 1e-9
    for _ in range(25):
        chances = 1 / (1 + np.exp(-np.clip(matrix @ beta, -30, 30)))
        gradient = matrix.T @ (good - chances) - penalty * beta
        spread = chances * (1 - chances) + 1e-9
        step = np.linalg.solve((matrix * spread[:, None]).T @ matrix + np.diag(penalty), gradient)
        beta += np.clip(step, -4, 4)
        if float(np.abs(step).max()) < 1e-6:
            break
    return beta


def fit_prior(hits: Float, n: NDArray[np.int64] | Float) -> Prior:
    """Mean and strength of the beta distribution behind these shares, by maximum likelihood over a grid of strengths.

    One peer, or peers as alike as chance makes them, give the strongest prior: then nobody differs.
    """
    from scipy.special import betaln

    mean = float(np.clip(hits.sum() / n.sum(), 1e-3, 1 - 1e-3))
    strengths = np.geomspace(WEAKEST, STRONGEST, 60)
    a, b = mean * strengths[:, None], (1 - mean) * strengths[:, None]
    likelihood = (betaln(a + hits, b + n - hits) - betaln(a, b)).sum(axis=1)
    best = int(np.argmax(likelihood)) if len(n) > 1 else len(strengths) - 1
    return Prior(mean=mean, strength=float(strengths[best]))


def _updated(prior: Prior, adjusted: float, n: int) -> tuple[float, float]:
    """The beta distribution after these answers."""
    return prior.mean * prior.strength + adjusted * n, (1 - prior.mean) * prior.strength + (1 - adjusted) * n


def _posterior(name: str, hits: int, n: int, expected: float, adjusted: float, prior: Prior) -> Ranked:
    from scipy.special import betaincinv

    a, b = _updated(prior, adjusted, n)
    low, high = betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)
    return Ranked(
        name=name,
        raw=share(hits, n),
        expected=expected,
        adjusted=adjusted,
        value=a / (a + b),
        low=float(low),
        high=float(high),
        verdict="few" if n < GREY_BELOW else "like",
    )


def _judged(rows: Sequence[Ranked], prior: Prior) -> tuple[Ranked, ...]:
    """Better or below where the interval leaves the peers' mean and many comparisons are allowed for."""
    from scipy.special import betainc

    judged = [one for one in rows if one.ranked]
    chances = []
    for one in judged:
        tail = float(betainc(*_updated(prior, one.adjusted, one.raw.n), prior.mean))
        chances.append(2 * min(tail, 1 - tail))
    stands = dict(zip((one.name for one in judged), discoveries(chances), strict=True))
    told = [
        replace(one, verdict="better" if one.low > prior.mean else "below")
        if stands.get(one.name) and (one.low > prior.mean or one.high < prior.mean)
        else one
        for one in rows
    ]
    return tuple(sorted(told, key=lambda one: (not one.ranked, -one.value, one.name)))
