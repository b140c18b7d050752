"""Files of customers, read, checked and stored, and by turns with them a bare COPY of the same files on the same server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure, measured
from callcenter.embedded.postgres import ensure_postgres, postgres_pid, stop_postgres

NAMES = ("customers.import_rows_per_s", "customers.import_peak_mb", "customers.import_ratio_to_copy")
ROWS = {"full": 1_000_000, "default": 100_000}


def run(scale: str) -> Iterator[Figure]:
    """On a server of its own that is gone afterwards; by hand: `make bench ONLY=customers.import`."""
    rows = ROWS[scale]
    told = _import(rows)
    rounds = told["rounds"]
    smaller = "" if scale == "full" else f", {ROWS['full'] // rows} times smaller than named"
    words = f"{rows:,} rows × 10 columns in GB18030 in {len(rounds)} files, two identifiers each{smaller}"
    yield measured(NAMES[0], rows / sum(one["spent"] for one in rounds), scale=words)
    yield measured(NAMES[1], told["peak_mb"], scale=f"{words}; {told['before_mb']:.0f} MB before it began")
    by_clock = median(one["spent"] / one["copy"] for one in rounds)
    copied = rows / len(rounds) / median(one["copy"] for one in rounds)
    how = (
        f"each file beside COPY of it in blocks into a table without an index, which took {copied:,.0f} rows/s; median of the"
        f" rounds, processor time of server and process; by the clock {by_clock:.1f}"
    )
    yield measured(NAMES[2], median(one["spent_cpu"] / one["copy_cpu"] for one in rounds), scale=f"{words}; {how}")


def _import(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var)}
            command = [sys.executable, "-m", "benchmarks.import_run", str(rows), str(postgres_pid(var))]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    told: dict[str, Any] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return told
