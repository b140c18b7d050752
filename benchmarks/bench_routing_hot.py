"""What one decision costs, how fast a backlog is drained beside bare pgbench, and whether history makes it dearer.

By hand: make bench ONLY=routing.decision (also routing.dispatch, routing.cost). The work: benchmarks/hot_floor.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from benchmarks.figures import Figure, measured, percentile
from benchmarks.hot_floor import AGENTS, BATCH, PER_S, ROUND, WAITING
from benchmarks.scratch import database, told

DECISION, RATIO, GROWTH = (
    "routing.decision_ms.p99",
    "routing.dispatch_ratio_to_pgbench",
    "routing.cost_growth_1e5_1e7",
)
NAMES = (DECISION, RATIO, GROWTH)
SECONDS = {"default": 20, "full": 120}
ROUNDS = {"default": 3, "full": 9}
SIZES = {"default": (10_000, 200_000), "full": (100_000, 10_000_000)}
WORK = "benchmarks.hot_floor"


def run(scale: str) -> Iterator[Figure]:
    with database() as environment:
        seen = told(WORK, "decisions", SECONDS[scale], environment=environment)
    said = (
        f"{AGENTS} agents, {WAITING} waiting, {PER_S} arrivals and releases/s open loop for {SECONDS[scale]} s,"
        f" {seen['assigned']} assigned in {seen['turns']} turns, {seen['late']} begun late; from when it was due,"
        f" p50 {percentile(seen['ms'], 0.5):.1f} ms; {seen['processor_ms']:.1f} ms of our processor a turn;"
        f" {os.cpu_count()} cores, fsync on"
    )
    yield measured(DECISION, round(percentile(seen["ms"], 0.99), 2), scale=said)
    with database() as environment:
        seen = told(WORK, "drain", ROUNDS[scale], environment=environment)
    bare = max(seen["bare"].values())
    said = (
        f"ours {seen['ours']:.0f}/s in batches of {BATCH}; pgbench, one call a transaction, {seen['bare']['1']:.0f}/s with"
        f" one client, {seen['bare']['4']:.0f}/s with four: beside the faster; {ROUNDS[scale]} alternating rounds of {ROUND}"
    )
    yield measured(RATIO, seen["ours"] / bare, scale=said)
    small, large = SIZES[scale]
    with database() as environment:
        seen = told(WORK, "growth", small, large, environment=environment)
    ms = {int(size): value for size, value in seen["ms"].items()}
    less = "" if scale == "full" else ", 50 times smaller than named"
    said = f"medians {ms[small]:.2f} ms at {small:,} finished calls, {ms[large]:.2f} ms at {large:,}{less}"
    yield measured(GROWTH, ms[large] / ms[small], scale=said)
