"""Pairing on a simulated floor: share of the attainable gain, fairness and tail, beside longest idle on the same calls.

By hand: make bench ONLY=routing.pairing. The floor and its spreads: routing/simulation/pairing_floor.py. Gains are
shares of what the fluid bound leaves to be had, never percent of outcomes: those depend on the spreads put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import numpy as np

from benchmarks.figures import Figure, measured
from routing.scoring.effects import estimate
from routing.scoring.prices import Floats
from routing.simulation import pairing_floor as floor

SHARE, FREE = "routing.pairing_share_load85", "routing.pairing_share_load85_free"
CV, P95, P95_FULL = "routing.occupancy_cv_load85", "routing.p95_wait_ratio_load85", "routing.p95_wait_ratio_load95"
LEARNED = "routing.pairing_share_learned"
NAMES = (SHARE, FREE, CV, P95, P95_FULL, LEARNED)
SEEDS = {"default": (1, 2), "full": (1, 2, 3, 4)}
CALLS = {"default": 6_000, "full": 25_000}
LOGGED = 30_000


def run(scale: str) -> Iterator[Figure]:
    seeds, calls = SEEDS[scale], CALLS[scale]
    words = f"40 agents, 8 types, {calls:,} calls, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}, 5 % explored"
    judged = [_judge(seed, load=0.85, calls=calls) for seed in seeds]
    yield measured(SHARE, fmean(true.share_fair for true, _ in judged), scale=words)
    yield measured(FREE, fmean(true.share_free for true, _ in judged), scale=words)
    yield measured(CV, max(true.occupancy_cv for true, _ in judged), scale=words)
    yield measured(P95, fmean(true.p95_wait_ratio for true, _ in judged), scale=words)
    share, learned = (fmean(one.share_fair for one in side) for side in zip(*judged, strict=True))
    lost = f"{words}; learned from {LOGGED:,} logged calls: {share - learned:.3f} lost to learning, {1 - share:.3f} to routing"
    yield measured(LEARNED, learned, scale=lost)
    busy = [floor.draw_world(seed=seed, load=0.95, calls=calls) for seed in seeds]
    ratios = [_true(world).p95_wait_ratio for world in busy]
    yield measured(P95_FULL, fmean(ratios), scale=words)


def _judge(seed: int, *, load: float, calls: int) -> tuple[floor.Judged, floor.Judged]:
    """With true and with learned values."""
    world = floor.draw_world(seed=seed, load=load, calls=calls)
    plain = floor.run_plain(world)
    true = floor.judge(world, plain=plain, policy=floor.run_paired(world, floor.table(world)))
    believed = floor.table(world, _learned(world, seed))
    return true, floor.judge(world, plain=plain, policy=floor.run_paired(world, believed))


def _true(world: floor.World) -> floor.Judged:
    policy = floor.run_paired(world, floor.table(world))
    return floor.judge(world, plain=floor.run_plain(world), policy=policy)


def _learned(world: floor.World, seed: int) -> Floats:
    """What LOGGED calls taken by whoever was idle longest tell: of a type's callers each agent gets an even share."""
    rng = np.random.default_rng([seed, 7])
    kind, agent = rng.integers(0, len(world.kinds), LOGGED), rng.integers(0, len(world.agents), LOGGED)
    resolved = rng.random(LOGGED) < world.value[kind, agent]
    calls, total = np.zeros_like(world.value), np.zeros_like(world.value)
    np.add.at(calls, (kind, agent), 1.0)
    np.add.at(total, (kind, agent), resolved)
    return estimate(total=total, calls=calls).value
