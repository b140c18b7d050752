"""Circles in a million nodes with planted groups of about twenty-five; changed numbers in the calls of VAST 2008."""

from __future__ import annotations

import csv
import gzip
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, measured, not_run
from customers.circles.finding import find
from customers.circles.renumbering import Talk, renumbered

NAMES = ("customers.circles_s", "customers.number_change_found", "customers.number_change_false")
NODES = {"full": 1_000_000, "default": 250_000}
TRUE_PAIRS = {("1", "309"), ("5", "306"), ("2", "397"), ("3", "360"), ("200", "300")}


def run(scale: str) -> Iterator[Figure]:
    """By hand: `DATA_DIR=… make bench ONLY=customers.circles`."""
    yield _circles(NODES[scale], NODES["full"])
    path = Path(os.environ.get("DATA_DIR", "data")) / "call-graph" / "vast2008_cell_phone_calls.csv.gz"
    if not path.exists():
        yield from (not_run(name, "the data sets are not here; set DATA_DIR to their folder") for name in NAMES[1:])
        return
    talks = list(_talks(path))
    pairs = {(one.old, one.new) for one in renumbered(talks)}
    words = f"{len(talks):,} calls of VAST 2008, {len(pairs)} pairs proposed"
    yield measured(NAMES[1], len(pairs & TRUE_PAIRS), scale=words)
    yield measured(NAMES[2], len(pairs - TRUE_PAIRS), scale=words)


def planted(nodes: int, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who calls whom, and the planted group of each: four ties a node, nine tenths inside groups of about 25."""
    rng = np.random.default_rng(seed)
    group = np.sort(rng.integers(0, nodes // 25, nodes))
    starts = np.searchsorted(group, np.arange(nodes // 25 + 1))
    a = np.repeat(np.arange(nodes), 4)
    own = group[a]
    inside = starts[own] + (rng.random(len(a)) * (starts[own + 1] - starts[own])).astype(np.int64)
    b = np.where(rng.random(len(a)) < 0.9, inside, rng.integers(0, nodes, len(a)))
    return a, b, group


def _circles(nodes: int, full: int) -> Figure:
    a, b, group = planted(nodes)
    calls = np.random.default_rng(3).integers(1, 20, len(a)).astype(np.float64)
    began = time.perf_counter()
    found = find(a=a, b=b, calls=calls, nodes=nodes)
    spent = time.perf_counter() - began
    smaller = "" if nodes == full else f", {full // nodes} times smaller than named"
    sizes = np.bincount(found.circle[found.circle >= 0])
    words = f"{nodes:,} nodes, {len(a):,} ties{smaller}; adjusted Rand {adjusted_rand(found.circle, group):.2f}"
    return measured(NAMES[0], spent, scale=f"{words}, largest circle {sizes.max()}")


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Hubert and Arabie (1985), over those who are in a circle."""
    from sklearn.metrics import adjusted_rand_score

    inside = one >= 0
    return float(adjusted_rand_score(other[inside], one[inside]))


def _talks(path: Path) -> Iterator[Talk]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            at = datetime.strptime(row["DateTime"].strip(), "%m/%d/%Y %H:%M")  # noqa: DTZ007  # local, and only compared
            yield Talk(a=row["From"].strip(), b=row["To"].strip(), at=at.timestamp() / 86_400)
