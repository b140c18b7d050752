"""How many agents a load needs, and what a number of agents gives: Erlang C and Erlang A. Pure.

Erlang C (A. K. Erlang 1917) lets everybody wait for ever; Erlang A (Palm 1946; Garnett, Mandelbaum, Reiman 2002) lets
callers leave, each after an exponential patience. Rates are per second, times in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

CUT = 1e-12  # states of the queue rarer than this are left out
MOST_AGENTS = 10_000
Floats = npt.NDArray[np.float64]


class Formula(StrEnum):
    """How a service level counts those who left. `target` is the time within which callers are to be answered."""

    F1 = "F1"  # (answered in time + left in time) ÷ all
    F2 = "F2"  # answered in time ÷ answered
    F3 = "F3"  # answered in time ÷ all
    F4 = "F4"  # answered in time ÷ (answered + left late)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What comes in."""

    calls_per_s: float
    handle_s: float  # mean talk and wrap-up
    patience_s: float = math.inf  # mean time after which a waiting caller leaves

    def __post_init__(self) -> None:
        if not (math.isfinite(self.calls_per_s) and self.calls_per_s >= 0):
            raise ValueError("Calls per second must be 0 or more.")
        if not (math.isfinite(self.handle_s) and self.handle_s > 0):
            raise ValueError("The mean handling time must be more than 0 seconds.")
        if not self.patience_s > 0:
            raise ValueError("The mean patience must be more than 0 seconds.")

    @property
    def erlangs(self) -> float:
        """Agents' worth of work: A = λ · handling time."""
        return self.calls_per_s * self.handle_s


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What so many agents give, shares 0–1. Without a steady state (`is_stable` False) waits are None, never negative."""

    agents: float
    is_stable: bool
    waiting: float  # share who do not find an agent free
    abandoned: float
    mean_wait_s: float | None  # of all callers, answered or not
    answered_in_time: float  # share of all answered within the target
    abandoned_in_time: float
    occupancy: float

    def service_level(self, formula: Formula = Formula.F4) -> float:
        """By formula; 1 where nobody is counted."""
        answered = 1.0 - self.abandoned
        top = self.answered_in_time + (self.abandoned_in_time if formula is Formula.F1 else 0.0)
        late = self.abandoned - self.abandoned_in_time
        bottom = {Formula.F1: 1.0, Formula.F2: answered, Formula.F3: 1.0, Formula.F4: answered + late}[formula]
        return min(1.0, max(0.0, top / bottom)) if bottom > 0 else 1.0


def predict(*, load: Load, agents: float, target_s: float) -> Prediction:
    """Erlang A, or Erlang C where nobody ever leaves. A fraction of an agent lies between its whole neighbours.

    Raises ValueError for a number of agents that is negative or no number.
    """
    if not (math.isfinite(agents) and 0 <= agents <= MOST_AGENTS):
        raise ValueError(f"Agents must be a number from 0 to {MOST_AGENTS}.")
    model = erlang_c if math.isinf(load.patience_s) else erlang_a
    below, part = math.floor(agents), agents - math.floor(agents)
    low = model(load=load, agents=below, target_s=target_s)
    if not part:
        return low
    return _between(low, model(load=load, agents=below + 1, target_s=target_s), part)


def erlang_b(*, erlangs: float, agents: int) -> float:
    """Share of callers lost where nobody can wait: B_k = A·B_{k−1} ÷ (k + A·B_{k−1})."""
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = erlangs * blocked / (k + erlangs * blocked)
    return blocked


def erlang_c(*, load: Load, agents: int, target_s: float) -> Prediction:
    """Nobody leaves. C = B ÷ (1 − (A/n)(1 − B)), answered in T = 1 − C·e^{−(n−A)T/AHT}, mean wait = C·AHT ÷ (n − A)."""
    work = load.erlangs
    if work == 0:
        return _idle(agents)
    if agents <= work:
        return Prediction(
            agents=agents,
            is_stable=False,
            waiting=1.0,
            abandoned=0.0,
            mean_wait_s=None,
            answered_in_time=0.0,
            abandoned_in_time=0.0,
            occupancy=1.0 if agents else 0.0,
        )
    blocked = erlang_b(erlangs=work, agents=agents)
    waiting = blocked / (1 - work / agents * (1 - blocked))
    spare = agents - work
    return Prediction(
        agents=agents,
        is_stable=True,
        waiting=waiting,
        abandoned=0.0,
        mean_wait_s=waiting * load.handle_s / spare,
        answered_in_time=1 - waiting * math.exp(-spare * target_s / load.handle_s),
        abandoned_in_time=0.0,
        occupancy=work / agents,
    )


@lru_cache(maxsize=4096)  # the search for the fewest asks again what a page then shows
def erlang_a(*, load: Load, agents: int, target_s: float) -> Prediction:
    """Callers leave. The birth–death chain of all in the system, and the wait of one who joins the queue behind k."""
    if load.calls_per_s == 0:
        return _idle(agents)
    busy = _chain(load, agents)
    queue = busy[agents:]  # probability that an arriving caller finds 0, 1, 2 … ahead and no agent free
    ahead = np.arange(len(queue))
    mean_queue = float(queue @ ahead)
    leaving = 1 / load.patience_s
    in_time, left_in_time = _within(queue, agents=agents, load=load, target_s=target_s)
    at_work = float(busy @ np.minimum(np.arange(len(busy)), agents))
    return Prediction(
        agents=agents,
        is_stable=True,
        waiting=float(queue.sum()),
        abandoned=min(1.0, leaving * mean_queue / load.calls_per_s),
        mean_wait_s=mean_queue / load.calls_per_s,
        answered_in_time=float(busy[:agents].sum()) + in_time,
        abandoned_in_time=left_in_time,
        occupancy=at_work / agents if agents else 0.0,
    )


def needed(*, load: Load, target_s: float, level: float, formula: Formula = Formula.F4) -> int:
    """Fewest agents whose service level reaches `level` (0–1, below 1). Raises ValueError when no number does."""
    return math.ceil(needed_exactly(load=load, target_s=target_s, level=level, formula=formula))


def needed_exactly(*, load: Load, target_s: float, level: float, formula: Formula = Formula.F4) -> float:
    """The same as a fraction, to be summed over pools before it is rounded up. Raises ValueError."""
    if not 0 < level < 1:
        raise ValueError("A service level to be reached lies between 0 and 1.")

    def reached(agents: int) -> float:
        return predict(load=load, agents=agents, target_s=target_s).service_level(formula)

    top = _first(lambda agents: reached(agents) >= level, guess=math.ceil(load.erlangs))
    if top == 0:
        return 0.0
    low, high = reached(top - 1), reached(top)
    return top if high <= low else top - 1 + (level - low) / (high - low)


def with_shrinkage(agents: float, shrinkage: float) -> float:
    """How many must be rostered so that so many are there: breaks, training, illness take `shrinkage` (0–1) of paid time."""
    if not 0 <= shrinkage < 1:
        raise ValueError("Shrinkage lies between 0 and 1, below 1.")
    return agents / (1 - shrinkage)


def pooled(loads: Iterable[Load]) -> Load:
    """Several lines as one: what any of the agents may take. Raises ValueError without any."""
    found = list(loads)
    if not found:
        raise ValueError("There is no load to pool.")
    rate = sum(load.calls_per_s for load in found)
    weight = [load.calls_per_s / rate if rate else 1 / len(found) for load in found]
    hurry = sum(share / load.patience_s for share, load in zip(weight, found, strict=True))
    return Load(
        calls_per_s=rate,
        handle_s=sum(share * load.handle_s for share, load in zip(weight, found, strict=True)),
        patience_s=1 / hurry if hurry else math.inf,
    )


# --- inside -----------------------------------------------------------------------------------------------------------
def _idle(agents: int) -> Prediction:
    return Prediction(
        agents=agents,
        is_stable=True,
        waiting=0.0 if agents else 1.0,
        abandoned=0.0,
        mean_wait_s=0.0,
        answered_in_time=1.0,
        abandoned_in_time=0.0,
        occupancy=0.0,
    )


def _between(low: Prediction, high: Prediction, part: float) -> Prediction:
    def mix(first: float, second: float) -> float:
        return first + part * (second - first)

    known = low.mean_wait_s is not None and high.mean_wait_s is not None
    return Prediction(
        agents=mix(low.agents, high.agents),
        is_stable=low.is_stable and high.is_stable,
        waiting=mix(low.waiting, high.waiting),
        abandoned=mix(low.abandoned, high.abandoned),
        mean_wait_s=mix(low.mean_wait_s or 0.0, high.mean_wait_s or 0.0) if known else None,
        answered_in_time=mix(low.answered_in_time, high.answered_in_time),
        abandoned_in_time=mix(low.abandoned_in_time, high.abandoned_in_time),
        occupancy=mix(low.occupancy, high.occupancy),
    )


def _chain(load: Load, agents: int) -> Floats:
    """Share of time with so many callers in the system; logarithms keep large floors from overflowing."""
    served, leaving = 1 / load.handle_s, 1 / load.patience_s
    logs, heaviest, k = [0.0], 0.0, 0
    while True:
        k += 1
        death = min(k, agents) * served + max(k - agents, 0) * leaving
        logs.append(logs[-1] + math.log(load.calls_per_s / death))
        heaviest = max(heaviest, logs[-1])
        if k > agents and load.calls_per_s < death and logs[-1] < heaviest + math.log(CUT):
            break
    weight = np.exp(np.array(logs) - heaviest)
    found: Floats = weight / weight.sum()
    return found


def _within(queue: Floats, *, agents: int, load: Load, target_s: float) -> tuple[float, float]:
    """Shares answered and gone within the target, of those who join behind 0, 1, 2 … others.

    Uniformisation: jumps come at the fastest rate there is, and those a state does not make leave it where it is.
    """
    serving, leaving = agents / load.handle_s, 1 / load.patience_s
    ahead = np.arange(len(queue))
    onward = serving + ahead * leaving  # the one before moves up, or is served when nobody is ahead
    fastest = float(onward[-1] + leaving)
    jumps = fastest * target_s
    here, answered, gone = queue.copy(), 0.0, 0.0
    # Time spent in the state after k jumps, within the target: P(more than k jumps) ÷ rate.
    log_exactly, at_most = -jumps, 0.0
    most = int(jumps + 12 * math.sqrt(jumps + 1) + 30)
    for k in range(most):
        at_most += math.exp(log_exactly)
        if 1.0 - at_most < CUT and k > jumps:
            break
        spent = max(0.0, 1.0 - at_most) / fastest
        answered += spent * serving * float(here[0])
        gone += spent * leaving * float(here.sum())
        moved = here * onward / fastest
        here = here * (1 - (onward + leaving) / fastest)
        here[:-1] += moved[1:]
        log_exactly += math.log(jumps) - math.log(k + 1) if jumps else -math.inf
    return answered, gone


def _first(holds: Callable[[int], bool], *, guess: int) -> int:
    """The least number for which it holds, for what holds from some number on. Raises ValueError past MOST_AGENTS."""
    low, high, step = -1, min(guess, MOST_AGENTS), 1
    if holds(high):
        while high and holds(max(0, high - step)):
            high, step = max(0, high - step), 2 * step
        low = max(-1, high - step)
    else:
        while not holds(high):
            if high == MOST_AGENTS:
                raise ValueError(f"Not even {MOST_AGENTS} agents reach this service level.")
            low, high, step = high, min(high + step, MOST_AGENTS), 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
