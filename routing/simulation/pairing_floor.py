"""The floor on which pairing is judged: agents who differ, callers who differ, and pairs that suit. Pure and seeded.

p(resolved) of a pair = .20 + agent (sd .04) + caller type (sd .04) + pair (sd .06), handle time exponential with mean
300 s, Poisson arrivals, nobody leaves. Gains are measured in expected, not drawn, outcomes: less noise, same mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.matching import PairTable, QueueRule, Roster, Strategy
from routing.scoring import prices
from routing.scoring.prices import Floats
from routing.simulation.bounds import Known, hindsight
from routing.simulation.floor import FOREVER, Arrival, Outcome, Simulation

MEAN, AGENT_SD, TYPE_SD, PAIR_SD = 0.20, 0.04, 0.04, 0.06
HANDLE_S = 300.0
QUEUE = 1


@dataclass(frozen=True, kw_only=True)
class World:
    """One drawn floor with its calls."""

    value: Floats  # types × agents: the true probabilities
    kinds: list[str]
    agents: list[int]
    arrivals: list[Arrival]
    rate: Floats  # calls per second by type, as drawn


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A policy beside longest idle on the same calls."""

    share_fair: float  # (policy − longest idle) ÷ (fluid bound with occupancy ± 6 % − longest idle)
    share_free: float  # the same of the bound without fairness
    occupancy_cv: float
    p95_wait_ratio: float
    p99_wait_ratio: float
    most_overtaken: int


def draw_world(
    *,
    seed: int,
    agents: int = 40,
    types: int = 8,
    load: float = 0.85,
    calls: int = 20_000,
    patience_s: float = FOREVER,
) -> World:
    """`patience_s` is a mean (exponential); nobody leaves without one."""
    rng = np.random.default_rng(seed)
    value = (
        MEAN
        + rng.normal(0, AGENT_SD, (1, agents))
        + rng.normal(0, TYPE_SD, (types, 1))
        + rng.normal(0, PAIR_SD, (types, agents))
    ).clip(0.001, 0.999)
    rate = load * agents / HANDLE_S
    at = np.cumsum(rng.exponential(1 / rate, calls))
    kind = rng.integers(0, types, calls)
    service = rng.exponential(HANDLE_S, calls)
    kinds = [f"type-{no}" for no in range(types)]
    patience = rng.exponential(patience_s, calls) if patience_s < FOREVER else np.full(calls, FOREVER)
    return World(
        value=value,
        kinds=kinds,
        agents=list(range(1, agents + 1)),
        arrivals=[
            Arrival(
                at=float(at[no]),
                queue=QUEUE,
                kind=kinds[kind[no]],
                patience_s=float(patience[no]),
                service_s=float(service[no]),
            )
            for no in range(calls)
        ],
        rate=np.bincount(kind, minlength=types) / float(at[-1]),
    )


def roster(world: World, strategy: Strategy) -> Roster:
    everybody = frozenset(world.agents)
    rule = QueueRule(id=QUEUE, key="all", required={}, members=everybody, qualified=everybody, strategy=strategy)
    return Roster(domain="sim", domain_id=1, version=1, queues={QUEUE: rule}, agents=len(world.agents))


def table(world: World, believed: Floats | None = None) -> PairTable:
    """Prices by the fluid plan for what is believed of the pairs; without that, for the truth."""
    return prices.priced(
        version="sim",
        types=world.kinds,
        agents=world.agents,
        value=world.value if believed is None else believed,
        rate=world.rate,
        handle_s=np.full(len(world.kinds), HANDLE_S),
    )


def run_plain(world: World) -> Outcome:
    return Simulation(arrivals=world.arrivals, roster=roster(world, Strategy.LONGEST_IDLE)).run()


def run_paired(world: World, pairs: PairTable) -> Outcome:
    return Simulation(arrivals=world.arrivals, roster=roster(world, Strategy.PAIRED), pairs={QUEUE: pairs}).run()


def bounds(world: World, *, longest_wait_s: float) -> tuple[float, float, float]:
    """Mean value per call that nothing passes: the fluid plan with occupancy ± 6 %, without, and hindsight."""
    handle = np.full(len(world.kinds), HANDLE_S)
    row = {kind: no for no, kind in enumerate(world.kinds)}
    known = Known(
        at=np.array([call.at for call in world.arrivals]),
        kind=np.array([row[call.kind] for call in world.arrivals]),
        service_s=np.array([call.service_s for call in world.arrivals], dtype=float),
        value=world.value,
        longest_wait_s=longest_wait_s,
    )
    fair = prices.solve(value=world.value, rate=world.rate, handle_s=handle).mean_value
    free = prices.solve(value=world.value, rate=world.rate, handle_s=handle, fair=None).mean_value
    return fair, free, hindsight(known)


def judge(world: World, *, plain: Outcome, policy: Outcome) -> Judged:
    handle = np.full(len(world.kinds), HANDLE_S)
    fair = prices.solve(value=world.value, rate=world.rate, handle_s=handle).mean_value
    free = prices.solve(value=world.value, rate=world.rate, handle_s=handle, fair=None).mean_value
    base, got = mean_value(world, plain), mean_value(world, policy)
    occupancy = np.array(list(policy.occupancy.values()))
    return Judged(
        share_fair=(got - base) / (fair - base),
        share_free=(got - base) / (free - base),
        occupancy_cv=float(occupancy.std() / occupancy.mean()),
        p95_wait_ratio=_waits(policy, 95) / _waits(plain, 95),
        p99_wait_ratio=_waits(policy, 99) / _waits(plain, 99),
        most_overtaken=max(call.overtaken for call in policy.calls),
    )


def mean_value(world: World, outcome: Outcome) -> float:
    """Expected outcome per call; a caller who left is worth nothing."""
    row = {kind: no for no, kind in enumerate(world.kinds)}
    total = sum(world.value[row[world.arrivals[one.call].kind], one.agent - 1] for one in outcome.calls if one.agent)
    return float(total) / len(outcome.calls)


def _waits(outcome: Outcome, percent: float) -> float:
    waits: Sequence[float] = [call.waited_s for call in outcome.calls]
    return float(np.percentile(waits, percent))
