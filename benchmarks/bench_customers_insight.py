"""Nights of insight over two generated markets, each on a server of its own that is gone afterwards.

The figure is of the larger market; the smaller one shows how it grows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, measured
from callcenter.embedded.postgres import ensure_postgres, postgres_pid, stop_postgres

NAMES = ("customers.insight_s", "customers.insight_night_s")
# As docs/operations/production.md has the database of a million customers: the demo's server keeps 128 MB in memory.
SERVER = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
# and as deploy/compose.yaml lets it use large pages
MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
MILLION = 1_000_000
CUSTOMERS = {"full": (100_000, MILLION), "default": (100_000, 300_000)}


@dataclass(frozen=True, kw_only=True)
class Night:
    """What one night cost, reckoned for a million customers: `needed` of RFM and tags by rule, `cpu` of processors."""

    clock: float
    needed: float
    cpu: float
    needed_cpu: float


@dataclass(frozen=True, kw_only=True)
class Nights:
    """A night in which every row is new, and the one after it."""

    lanes: int
    first: Night
    second: Night


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.insight`."""
    few, many = CUSTOMERS[scale]
    small, large = _nights(few), _nights(many)
    first, second = large.first, large.second
    reckoned = "" if many == MILLION else f", reckoned for a million: × {MILLION / many:.3g}"
    words = (
        f"{many:,} customers, 6 months of use, 6 contacts and 2 purchases each{reckoned}; a night after the first, every row"
        f" of facts written; {SERVER['shared_buffers']} of shared_buffers; {large.lanes} lanes side by side"
    )

    def told(cpu: float, made: float, grown: float) -> str:
        return f"{cpu:.0f} s of processor; the first night {made:.0f} s; reckoned from {few:,} alone {grown:.0f} s"

    needed = told(second.needed_cpu, first.needed, small.second.needed)
    yield measured(NAMES[0], second.needed, scale=f"RFM and tags by rule alone; {words}; {needed}")
    whole = told(second.cpu, first.clock, small.second.clock)
    yield measured(NAMES[1], second.clock, scale=f"all a night computes; {words}; {whole}")


def _nights(customers: int) -> Nights:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            with _environment(MEMORY):
                url = ensure_postgres(var, settings=SERVER)
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": url}
            command = [sys.executable, "-m", "benchmarks.insight_run", str(customers), str(postgres_pid(var))]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    told = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    times = MILLION / customers
    return Nights(lanes=told["lanes"], first=_night(told["first"], times), second=_night(told["second"], times))


def _night(told: dict[str, float], times: float) -> Night:
    clock, cpu, share = told["clock"] * times, told["cpu"] * times, told["share"]
    return Night(clock=clock, needed=clock * share, cpu=cpu, needed_cpu=cpu * share)


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
