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
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, measured, not_run
from ivr.paths import measures, unrolling
from ivr.paths.measures import Selection
from ivr.paths.search import matching
from ivr.paths.store import EventLog, PathStore, pack_log

PM4PY, UNSORTED = "ivr.paths_speedup_vs_pm4py", "ivr.paths_speedup_unsorted"
FILTER, BYTES, GROWTH = "ivr.filter_ms", "ivr.bytes_per_event", "ivr.growth_2m_10m"
NAMES = (PM4PY, UNSORTED, FILTER, BYTES, GROWTH)
EVENTS = {"default": 400_000, "full": 2_000_000}
NODES, STEPS = 104, 6.5
ROUNDS = 3
QUERIES = ("n3 > n7", "^ n0 > * > n20 and steps > 4", "[n1|n2]{2,} > !n5", "n4(>5s) > n9", "seconds > 60 and loop")
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
    measures.spreads(selection.code, store.dwell, len(store.nodes))
    _, variants = measures.variant_totals(selection)
    return int((times > 0).sum()), len(variants)


def page(store: PathStore, query: str) -> None:
    """Everything the explorer counts for one filter."""
    selection = Selection(store, matching(query, store))
    measures.node_rows(selection)
    measures.edges(selection)
    measures.returns(selection)
    measures.containment(selection, until_ms=int(store.start.max()))
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
    store.gap_s, store.next_call, store.call, store.variants  # noqa: B018  (worked out once per store, when it is loaded)
    yield measured(FILTER, max(1000 * seconds(lambda query=query: page(store, query)) for query in QUERIES), scale=said)  # type: ignore[misc]
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
