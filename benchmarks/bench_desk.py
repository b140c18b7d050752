"""What the agent waits for when a call rings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, measured, percentile
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

NAMES = ("desk.screen_pop_ms.p99",)


@dataclass(frozen=True, kw_only=True)
class Size:
    customers: int
    rows: int
    pops: int


FULL = Size(customers=200_000, rows=2_000_000, pops=2_000)
SIZES = {"full": FULL, "default": Size(customers=20_000, rows=200_000, pops=1_000)}


def run(scale: str) -> Iterator[Figure]:
    """On a server of its own that is gone afterwards; by hand: `make bench ONLY=desk`."""
    size = SIZES[scale]
    spent = _pops(size)
    smaller = "" if size == FULL else f", {FULL.customers // size.customers} times smaller than named"
    words = f"{size.customers:,} customers, {size.rows:,} timeline rows, {len(spent):,} pops one by one{smaller}"
    yield measured(NAMES[0], percentile(spent, 0.99), scale=words)


def _pops(size: Size) -> list[float]:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var)}
            command = [sys.executable, "-m", "benchmarks.screen_pop"]
            command += [str(size.customers), str(size.rows), str(size.pops)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    spent: list[float] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return spent
