"""Did it help, and would another way of choosing have helped more? From the log, with intervals, or no verdict. Pure.

Off-policy (Dudík, Langford, Li 2011): w = π_new ÷ π_logged; IPS = mean(w r); SNIPS = Σ w r ÷ Σ w;
DR = mean(Σ_a π_new(a) q(a) + w (r − q(a logged))). q is the plain mean by action of the other half of the parties, so
no party judges itself. Intervals resample parties, not rows; differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]

Z95 = 1.959964
LEAST_ESS = 200.0
MOST_UNSUPPORTED = 0.05  # of the new policy's mass where the logging one never went
MOST_OF_ONE = 0.05  # of the sum of weights in one row
RESAMPLED = 1_000
SHRUNK = 20.0  # answers' worth of the mean over all actions in q


@dataclass(frozen=True, kw_only=True)
class Interval:
    """95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Decisions as logged. Rows by decision; columns by action; `odds` are those of the logging policy over all cells."""

    party: NDArray[np.str_]
    action: Int  # what was done
    odds: Float  # rows × actions; 0 where the action was not possible
    reward: Float

    def __len__(self) -> int:
        return len(self.action)


Policy = Callable[[Logged], Float]  # rows × actions, each row sums to 1 over what was possible


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One policy's value a decision. `refused` says why no verdict may rest on it; "" where one may."""

    name: str
    ips: float
    snips: float
    dr: Interval
    ess: float
    refused: str = ""  # ess | unsupported | one_weight
    beside_logging: Interval | None = None  # DR difference, paired


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The policies beside each other. `better` only where the paired lower bound is above both logging and constant."""

    rows: int
    parties: int
    logging: Interval
    estimates: tuple[Estimate, ...]
    best_constant: str
    beside_constant: Interval | None  # of the first policy
    verdict: str  # better | worse | no_difference | not_enough


def wilson(hits: int, n: int) -> Interval:
    """A share with Wilson's interval; nothing known of nobody."""
    if n == 0:
        return Interval(value=0.0, low=0.0, high=1.0)
    p, z2 = hits / n, Z95**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(value=p, low=max(0.0, middle - half), high=min(1.0, middle + half))


def difference(hits_a: int, n_a: int, hits_b: int, n_b: int) -> Interval:
    """Share a − share b (Newcombe 1998, method 10); (−1, 1) where one side is nobody."""
    a, b = wilson(hits_a, n_a), wilson(hits_b, n_b)
    if n_a == 0 or n_b == 0:
        return Interval(value=a.value - b.value, low=-1.0, high=1.0)
    apart = a.value - b.value
    return Interval(
        value=apart,
        low=apart - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2),
        high=apart + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2),
    )


def per_arm(p: float, delta: float) -> int:
    """How many in each arm to see a change of `delta` in a share `p`: 15.7 p (1 − p) ÷ δ² (95 %, 80 % power)."""
    return -(-round(15.7 * p * (1 - p) * 1e9) // round(delta * delta * 1e9))


def constant(action: int, fallback: int) -> Policy:
    """Always the same where it is possible, else `fallback`."""

    def odds(log: Logged) -> Float:
        chosen = np.where(log.odds[:, action] > 0, action, fallback)
        found: Float = np.eye(log.odds.shape[1])[chosen]
        return found

    return odds


def evenly(log: Logged) -> Float:
    """Any possible action alike."""
    possible = (log.odds > 0).astype(np.float64)
    found: Float = possible / possible.sum(axis=1, keepdims=True)
    return found


def greedy(log: Logged) -> Float:
    """What the logging policy liked best, without exploring."""
    found: Float = np.eye(log.odds.shape[1])[np.argmax(log.odds, axis=1)]
    return found


def judge(
    log: Logged,
    policies: Sequence[tuple[str, Policy]],
    *,
    constants: Sequence[tuple[str, int]],
    fallback: int,
    seed: int = 7,
    draws: int = RESAMPLED,
) -> Judged:
    """The first policy is judged against what was done and against the best constant, which the other half chose."""
    half = _halves(log.party)
    logged = resampled([log.reward], log.party, seed, draws)[0]
    best = _best_constant(log, constants, fallback, half)
    always = _terms(log, best[1], half)
    found, first = [], None
    for name, policy in (*policies, ("best_constant", best[1])):
        weights, terms = _weights(log, policy), _terms(log, policy, half)
        dr, apart = resampled([terms, terms - log.reward], log.party, seed, draws)
        first = terms if first is None else first
        found.append(
            Estimate(
                name=name,
                ips=float(np.mean(weights * log.reward)),
                snips=float(np.sum(weights * log.reward) / max(1e-12, weights.sum())),
                dr=dr,
                ess=float(weights.sum() ** 2 / max(1e-12, float(np.sum(weights**2)))),
                refused=_refused(log, policy, weights),
                beside_logging=apart,
            )
        )
    assert first is not None  # the best constant is always among them
    beside = resampled([first - always], log.party, seed, draws)[0]
    return Judged(
        rows=len(log), parties=len(set(log.party)), logging=logged, estimates=tuple(found), best_constant=best[0],
        beside_constant=beside, verdict=_verdict(found[0], beside, found[-1]),
    )  # fmt: skip


def _verdict(first: Estimate, beside: Interval, best: Estimate) -> str:
    """Better only above both; worse than a constant only where the log says enough of the constant."""
    if first.refused or first.beside_logging is None:
        return "not_enough"
    if first.beside_logging.low > 0 and beside.low > 0:
        return "better"
    if first.beside_logging.high < 0 or (beside.high < 0 and not best.refused):
        return "worse"
    return "no_difference"


def _weights(log: Logged, policy: Policy) -> Float:
    rows = np.arange(len(log))
    found: Float = policy(log)[rows, log.action] / log.odds[rows, log.action]
    return found


def _terms(log: Logged, policy: Policy, half: NDArray[np.bool_]) -> Float:
    """Each row's part of the doubly robust value."""
    guess = np.empty_like(log.odds)
    for side in (True, False):
        guess[half == side] = _means(log, half != side)
    odds, rows = policy(log), np.arange(len(log))
    direct = (odds * guess).sum(axis=1)
    found: Float = direct + _weights(log, policy) * (log.reward - guess[rows, log.action])
    return found


def _means(log: Logged, rows: NDArray[np.bool_]) -> Float:
    """Mean reward by action of these rows, weighted back to all, shrunk to the mean over all actions."""
    width = log.odds.shape[1]
    weight = 1 / log.odds[rows, log.action[rows]]
    count = np.bincount(log.action[rows], weight, minlength=width)
    total = np.bincount(log.action[rows], weight * log.reward[rows], minlength=width)
    seen = np.bincount(log.action[rows], minlength=width)
    whole = float(log.reward[rows].mean()) if rows.any() else 0.0
    mean = np.divide(total, count, out=np.full(width, whole), where=count > 0)
    found: Float = (seen * mean + SHRUNK * whole) / (seen + SHRUNK)
    return found


def _best_constant(
    log: Logged, constants: Sequence[tuple[str, int]], fallback: int, half: NDArray[np.bool_]
) -> tuple[str, Policy]:
    """Picked on one half of the parties; it is then judged on all, which flatters it, never us."""

    def value(action: int) -> float:
        terms = _terms(log, constant(action, fallback), half)[half]
        return float(terms.mean()) if len(terms) else 0.0

    name, action = max(constants, key=lambda one: value(one[1]))
    return name, constant(action, fallback)


def _refused(log: Logged, policy: Policy, weights: Float) -> str:
    """Why the log says too little of this policy."""
    if float((policy(log) * (log.odds <= 0)).sum() / max(1, len(log))) > MOST_UNSUPPORTED:
        return "unsupported"
    if weights.sum() ** 2 / max(1e-12, float(np.sum(weights**2))) < LEAST_ESS:
        return "ess"
    return "one_weight" if weights.max(initial=0) > MOST_OF_ONE * weights.sum() else ""


def _halves(party: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which half a party belongs to, by hash: the same today and tomorrow."""
    names, place = np.unique(party, return_inverse=True)
    sides = np.array([sha256(str(name).encode()).digest()[0] % 2 == 0 for name in names], bool)
    found: NDArray[np.bool_] = sides[place]
    return found


def resampled(columns: Sequence[Float], party: NDArray[np.str_], seed: int, draws: int) -> list[Interval]:
    """Means with intervals from `draws` of whole parties (Poisson weights: a party comes 0, 1, 2 … times)."""
    names, place = np.unique(party, return_inverse=True)
    sums = np.stack([np.bincount(place, column, minlength=len(names)) for column in columns], axis=1)
    counts = np.bincount(place, minlength=len(names)).astype(np.float64)
    random = np.random.default_rng(seed)
    drawn = np.empty((draws, len(columns)))
    for number in range(draws):
        times = random.poisson(1.0, len(names))
        drawn[number] = times @ sums / max(1.0, float(times @ counts))
    lows, highs = np.quantile(drawn, [0.025, 0.975], axis=0)
    means = sums.sum(axis=0) / max(1.0, float(counts.sum()))
    return [
        Interval(value=float(m), low=float(lo), high=float(hi)) for m, lo, hi in zip(means, lows, highs, strict=True)
    ]
