"""One night of insight over a generated market, on a server of its own that is gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, measured
from callcenter.embedded.postgres import ensure_postgres, postgres_pid, stop_postgres

NAMES = ("customers.insight_s", "customers.insight_night_s")
# As docs/operations/production.md has the database of a million customers: the demo's server keeps 128 MB in memory.
SERVER = {"shared_buffers": "2GB", "max_wal_size": "8GB"}
CUSTOMERS = {"full": 1_000_000, "default": 100_000}


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.insight`."""
    customers = CUSTOMERS[scale]
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var, settings=SERVER)}
            command = [sys.executable, "-m", "benchmarks.insight_run", str(customers), str(postgres_pid(var))]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    told = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    first, second = told["first"], told["second"]
    times = CUSTOMERS["full"] / customers
    reckoned = "" if scale == "full" else f", reckoned for a million: × {times:g}"
    filled = f"{customers:,} customers, 6 months of use, 6 contacts and 2 purchases each{reckoned}"
    words = f"{filled}; every row written; {SERVER['shared_buffers']} of shared_buffers"

    def beside(share: float) -> str:
        return f"{told['lanes']} lanes side by side; {second['cpu'] * share * times:.0f} s of processor"

    share = second["share"]
    yield measured(
        NAMES[0], second["clock"] * share * times, scale=f"RFM and tags by rule alone; {words}; {beside(share)}"
    )
    also = f"the first night {first['clock'] * times:.0f} s"
    yield measured(NAMES[1], second["clock"] * times, scale=f"all a night computes; {words}; {beside(1)}; {also}")
