"""How long a caller will wait, as P50 and P90, from the waits of those before. Pure; instants and lengths in seconds.

Three forecasters compete. `place`: with k callers ahead the wait is a sum of k + 1 departures, Gamma(k + 1, rate), where
rate = n_eff·μ + θ·k/2 (service by the agents of this queue, and patience lost ahead). `last`: the wait of the last caller
to be answered (LES). `head`: what the first in line has waited (HOL; Ibrahim & Whitt 2009). Each is scaled by what it got
wrong on the last answers (conformal quantiles); the one with the least pinball loss on the newer half speaks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

LEAST = 20  # answered waits, below which nothing honest can be said
JUDGED = 200  # newest answers that forecasters are judged by
LEVELS = (0.5, 0.9)
_FLOOR_S = 1.0  # forecasts below a second are a second: ratios to nothing mean nothing
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """One caller's time in a queue. `left` is None while they wait."""

    entered: float
    left: float | None
    served: bool  # False: hung up, or still there


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """What works on this queue now."""

    agents: float  # n_eff: heads, each by the share of their last two hours that went to this queue
    handle_s: float  # mean time an agent is taken by one call of it: talk, hold, wrap-up; 0 unknown


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Half of such callers wait at most p50_s, nine of ten at most p90_s."""

    p50_s: float
    p90_s: float
    method: str  # place | last | head
    n: int  # answers it was judged by


@dataclass(frozen=True, kw_only=True)
class Forecaster:
    """What the last answers say about this queue. Made once, asked often."""

    method: str
    scales: dict[str, tuple[float, float]]  # method → factors for P50 and P90
    service_rate: float  # departures by service, per second
    impatience: float  # θ: hang-ups per second of one caller's waiting
    last_s: float
    n: int

    def newcomer(self, *, ahead: int, head_s: float | None) -> Estimate:
        """For somebody who enters now behind `ahead` callers, the first of whom has waited `head_s`."""
        if self.method == "place":
            return self.at_place(ahead=ahead)
        raw = self.last_s if self.method == "last" or head_s is None else head_s
        return self._estimate(self.method, raw, raw)

    def at_place(self, *, ahead: int) -> Estimate:
        """What is left for somebody who has `ahead` callers in front, however long they have waited."""
        rate = float(_rate(np.array([float(ahead)]), self.service_rate, self.impatience)[0])
        p50, p90 = (departures(ahead + 1, level) / rate for level in LEVELS)
        return self._estimate("place", p50, p90)

    def _estimate(self, method: str, p50: float, p90: float) -> Estimate:
        by50, by90 = self.scales[method]
        low = max(p50, _FLOOR_S) * by50
        return Estimate(
            p50_s=round(low, 1), p90_s=round(max(low, max(p90, _FLOOR_S) * by90), 1), method=method, n=self.n
        )


def forecaster(*, history: Sequence[Wait], staffing: Staffing) -> Forecaster | None:
    """None where fewer than LEAST answers or no working agents are known."""
    if staffing.agents <= 0:
        return None
    seen = _Seen(history)
    if len(seen.actual) < LEAST:
        return None
    rate = staffing.agents / staffing.handle_s if staffing.handle_s > 0 else seen.throughput
    raw = seen.forecasts(rate)
    half = len(seen.actual) // 2
    losses = {name: _loss(pair, seen.actual, half) for name, pair in raw.items()}
    return Forecaster(
        method=min(losses, key=lambda name: (losses[name], name)),
        scales={name: _scales(pair, seen.actual) for name, pair in raw.items()},
        service_rate=rate,
        impatience=seen.impatience,
        last_s=float(seen.actual[-1]),
        n=len(seen.actual),
    )


def spoken_minutes(seconds: float) -> int:
    """As a caller is told: whole minutes, rounded up, at least one."""
    return max(1, math.ceil(seconds / 60))


# --- inside ---------------------------------------------------------------------------------------------------------
class _Seen:
    """The last answered waits, and what each of those callers found on entering."""

    def __init__(self, history: Sequence[Wait]) -> None:
        ended = [wait for wait in history if wait.left is not None]
        served = sorted((wait for wait in ended if wait.served), key=lambda wait: (wait.left or 0.0, wait.entered))
        judged = served[-JUDGED:]
        self.entered = np.array([wait.entered for wait in judged])
        self.actual = np.array([max((wait.left or 0.0) - wait.entered, 0.0) for wait in judged])
        begun = np.array([wait.entered for wait in history])
        left = np.array([math.inf if wait.left is None else wait.left for wait in history])
        inside = (begun[None, :] < self.entered[:, None]) & (left[None, :] > self.entered[:, None])
        self.ahead = inside.sum(axis=1).astype(float)
        waited = np.where(inside, self.entered[:, None] - begun[None, :], 0.0)
        self.head = waited.max(axis=1, initial=0.0)
        ends = np.array([wait.left or 0.0 for wait in served])
        waits = np.array([(wait.left or 0.0) - wait.entered for wait in served])
        before = np.searchsorted(ends, self.entered, side="right") - 1
        self.last = np.where(before >= 0, waits[np.maximum(before, 0)], self.actual.mean() if judged else 0.0)
        spent = sum((wait.left or 0.0) - wait.entered for wait in ended)
        self.impatience = (len(ended) - len(served)) / spent if spent > 0 else 0.0
        spread = float(ends[-1] - ends[0]) if len(ends) > 1 else 0.0
        self.throughput = (len(ends) - 1) / spread if spread > 0 else 1 / 60

    def forecasts(self, rate: float) -> dict[str, tuple[Floats, Floats]]:
        """Method → raw P50 and P90 of each judged caller."""
        total = _rate(self.ahead, rate, self.impatience)
        low, high = (_gamma(self.ahead, total, level) for level in LEVELS)
        head = np.where(self.ahead > 0, self.head, self.last)
        return {"place": (low, high), "last": (self.last, self.last), "head": (head, head)}


def _rate(ahead: Floats, service_rate: float, impatience: float) -> Floats:
    return np.maximum(service_rate + impatience * ahead / 2, 1e-6)


@lru_cache(maxsize=8_192)
def departures(count: int, level: float) -> float:
    """The time by which so many departures at rate 1 have come with probability `level`: a quantile of Gamma(count).

    Newton's steps from Wilson and Hilferty's approximation. P(X > x) is Poisson's P(N < count), summed from its last term
    on. By hand, for the first caller who has to wait must not also wait for half a second of imports.
    """
    spread = 1 / (9 * count)
    x = count * max(1 - spread + NormalDist().inv_cdf(level) * math.sqrt(spread), 0.1) ** 3
    for _ in range(50):
        density = term = later = math.exp((count - 1) * math.log(x) - x - math.lgamma(count))
        for left in range(count - 1, 0, -1):
            term *= left / x
            later += term
            if term < 1e-17 * later:
                break
        step = min(max((1 - later - level) / density, -x), x / 2)  # never to nothing or below
        x -= step
        if abs(step) < 1e-12 * x:
            break
    return x


def _gamma(ahead: Floats, rate: Floats, level: float) -> Floats:
    found: Floats = np.array([departures(int(count) + 1, level) for count in ahead]) / rate
    return found


def _scales(raw: tuple[Floats, Floats], actual: Floats) -> tuple[float, float]:
    """Factors that make the raw forecasts right as often as they say: quantiles of what came ÷ what was said."""
    found = [
        float(np.quantile(actual / np.maximum(values, _FLOOR_S), min(1.0, level * (1 + 1 / len(actual)))))
        for values, level in zip(raw, LEVELS, strict=True)
    ]
    return found[0], found[1]


def _loss(raw: tuple[Floats, Floats], actual: Floats, half: int) -> float:
    """Mean pinball loss on the newer answers of a forecaster scaled on the older ones."""
    scales = _scales((raw[0][:half], raw[1][:half]), actual[:half])
    total = 0.0
    for values, level, scale in zip(raw, LEVELS, scales, strict=True):
        miss = actual[half:] - np.maximum(values[half:], _FLOOR_S) * scale
        total += float(np.mean(np.maximum(level * miss, (level - 1) * miss)))
    return total
