"""Paths of callers: edges, times and variants from the packed store beside pm4py on the same log in one run.

pm4py (AGPL) is run by its own interpreter, which PM4PY_PYTHON names; without it both ratios say so. By hand:
    python -m benchmarks.bench_ivr_paths [--full]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, measured, not_run
from ivr.paths import measures, unrolling
from ivr.paths.measures import Selection
from ivr.paths.search import matching
from ivr.paths.store import BARGE, OUTCOMES, ZERO_OUT, EventLog, PathStore, pack_log

PM4PY, UNSORTED = "ivr.paths_speedup_vs_pm4py", "ivr.paths_speedup_unsorted"
FILTER, BYTES, GROWTH = "ivr.filter_ms", "ivr.bytes_per_event", "ivr.growth_2m_10m"
NAMES = (PM4PY, UNSORTED, FILTER, BYTES, GROWTH)
EVENTS = {"default": 400_000, "full": 2_000_000}
NODES, STEPS = 104, 6.5
ROUNDS = 3
QUERIES = (
    "", "n3 > n7", "^ n0 > * > n20 and steps > 4", "[n1|n2]{2,} > !n5", "n4(>5s) > n9", "key(2)@n3 and wait > 20s",
    "seconds > 60 and loop", "not repeat<24h and not outcome=hung_up", "tag=vip or no_input@n2", "queue=q3 and final=r2",
)  # fmt: skip
THEIRS = """
import json, sys, time
import numpy as np, pandas as pd, pm4py
frame = pd.DataFrame(dict(np.load(sys.argv[1])))
frame["t"] = pd.to_datetime(frame["t"], unit="ms", utc=True)
frame["code"] = "n" + frame["code"].astype(str)
frame["call"] = frame["call"].astype(str)
begin = time.perf_counter()
log = pm4py.format_dataframe(frame, case_id="call", activity_key="code", timestamp_key="t")
performance, _, _ = pm4py.discover_performance_dfg(log)
variants = pm4py.get_variants(log)
print(json.dumps({"seconds": time.perf_counter() - begin, "edges": len(performance), "variants": len(variants)}))
"""


def a_log(events: int, seed: int = 1999) -> EventLog:
    """Calls through a menu of 104 nodes: most walk few ways, some wander; events in no order."""
    random = np.random.default_rng(seed)
    calls = round(events / STEPS)
    routes = max(1, calls // 5)
    steps = 1 + random.poisson(STEPS - 1, routes)
    begin = np.cumsum(steps) - steps
    nodes = random.integers(0, NODES, int(steps.sum())) % (1 + random.integers(0, NODES, int(steps.sum())))
    nodes[begin] = 0
    route = (routes * random.random(calls) ** 3).astype(np.int64)  # a few ways are walked by most
    length = steps[route]
    call = np.repeat(np.arange(calls), length)
    place = np.arange(len(call)) - np.repeat(np.cumsum(length) - length, length)
    code = nodes[np.repeat(begin[route], length) + place]
    start = np.repeat(random.integers(0, 30 * 86_400_000, calls), length)
    t = start + place * 9_000 + random.integers(0, 9_000, len(call))
    order = random.permutation(len(call))
    return EventLog(call[order], t[order], code[order].astype(np.int16))


def seconds(act: Callable[[], object]) -> float:
    """The best of some rounds: what the work itself takes on a shared machine."""
    found = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        act()
        found.append(time.perf_counter() - begin)
    return min(found)


def figures_of(store: PathStore) -> tuple[int, int]:
    """Edges with their times, times of nodes, variants: what the others are asked for, too."""
    selection = Selection(store)
    times, _ = measures.edge_totals(selection)
    measures.spreads(selection, "dwell")
    _, variants = measures.variant_totals(selection)
    return int((times > 0).sum()), len(variants)


def lively(store: PathStore, seed: int = 2024) -> PathStore:
    """The same ways, walked by callers: with announcements, keys, errors, ends, queues, reasons, tags and calls again."""
    random = np.random.default_rng(seed)
    steps, calls = store.steps, len(store)
    wrong = np.flatnonzero(random.random(steps) < 0.06).astype(np.int32)
    asked = np.flatnonzero(random.random(steps) < 0.03).astype(np.int32)
    flags = store.flags | (BARGE * (random.random(steps) < 0.4)).astype(np.uint8)
    flags[asked] = flags[asked] | ZERO_OUT
    heard = np.where(random.random(steps) < 0.9, np.maximum(store.dwell, 0) * random.random(steps), -1)
    ended = np.where(random.random(calls) < 0.9, store.variant, random.integers(0, 5, calls)) % len(OUTCOMES)
    return replace(
        store, flags=flags, heard=heard.astype(np.int32), key=random.integers(0, 11, steps).astype(np.uint8),
        keys=("", *(str(key) for key in range(10))), error_step=wrong,
        error_kind=random.integers(0, 3, len(wrong)).astype(np.uint8), error_times=np.ones(len(wrong), np.uint16),
        zero_step=asked, zero_ms=np.full(len(asked), 9_000, np.int32),
        outcome=ended.astype(np.uint8),
        queues=tuple(f"q{number}" for number in range(8)), queue=random.integers(0, 8, calls).astype(np.int16),
        reasons=tuple(f"r{number}" for number in range(20)), chosen=random.integers(-1, 20, calls).astype(np.int16),
        final=random.integers(-1, 20, calls).astype(np.int16), handle_s=random.integers(20, 900, calls).astype(np.uint16),
        wait_s=random.integers(0, 300, calls).astype(np.uint16),
        caller=random.integers(-1, calls // 3, calls).astype(np.int32), tags=random.integers(0, 2, calls).astype(np.int16),
        tag_sets=(frozenset(), frozenset({"vip"})),
    )  # fmt: skip


def page(store: PathStore, query: str) -> None:
    """Everything the explorer counts for one filter."""
    selection = Selection(store, matching(query, store) if query else None)
    until_ms = int(store.start.max())
    measures.node_rows(selection)
    measures.edges(selection)
    measures.returns(selection, roots=frozenset({"n0"}))
    measures.misroutes(selection)
    measures.containment(selection, until_ms=until_ms)
    for seconds_after in (measures.DAY_S, measures.WEEK_S):
        measures.repeats(selection, within_s=seconds_after, until_ms=until_ms)
    measures.provisional_repeat(selection, within_s=measures.DAY_S, until_ms=until_ms)
    unrolling.unroll(selection)
    unrolling.tree(selection)


def run(scale: str) -> Iterator[Figure]:
    size = EVENTS[scale]
    said = f"{size:,} entries, {NODES} nodes" + ("" if scale == "full" else f"; 1/{EVENTS['full'] // size} of 2M")
    log, nodes = a_log(size), [f"n{number}" for number in range(NODES)]
    store = pack_log(log, nodes)
    ours = seconds(lambda: figures_of(store))
    unsorted = seconds(lambda: figures_of(pack_log(log, nodes)))
    yield from _beside_pm4py(log, store, ours, unsorted, said)
    told = lively(store)
    page(told, QUERIES[1])  # what is worked out once per store, when it is loaded
    slowest = {query: 1000 * seconds(lambda query=query: page(told, query)) for query in QUERIES}  # type: ignore[misc]
    worst = max(slowest, key=lambda query: slowest[query])
    yield measured(
        FILTER, slowest[worst], scale=f"{said}; the slowest of {len(QUERIES)} questions: {worst or 'no filter'}"
    )
    yield measured(BYTES, store.bytes / store.steps, scale=said)
    large = pack_log(a_log(5 * size), nodes)
    yield measured(GROWTH, seconds(lambda: figures_of(large)) / ours, scale=f"{said} against five times as many")


def _beside_pm4py(log: EventLog, store: PathStore, ours: float, unsorted: float, said: str) -> Iterator[Figure]:
    python = os.environ.get("PM4PY_PYTHON", "")
    if not python:
        for name in (PM4PY, UNSORTED):
            yield not_run(name, "PM4PY_PYTHON names no interpreter with pm4py")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.npz"
        np.savez(file, call=log.call, t=log.t, code=log.code)
        answer = subprocess.run([python, "-W", "ignore", "-c", THEIRS, str(file)], capture_output=True, check=True)
    theirs = json.loads(answer.stdout.splitlines()[-1])
    if figures_of(store) != (theirs["edges"], theirs["variants"]):
        raise ValueError(f"pm4py counts {theirs}, the store {figures_of(store)}")
    scale = f"{said}; pm4py {theirs['seconds']:.2f} s, store {ours:.3f} s, unsorted {unsorted:.2f} s; equal counts"
    yield measured(PM4PY, theirs["seconds"] / ours, scale=scale)
    yield measured(UNSORTED, theirs["seconds"] / unsorted, scale=scale)


if __name__ == "__main__":
    for figure in run("full" if "--full" in sys.argv else "default"):
        print(f"{figure.name:32} {figure.value} {figure.unit} (target {figure.target}) {figure.scale}")
