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
CUSTOMERS = {"full": 1_000_000, "default": 50_000}


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.insight`."""
    customers = CUSTOMERS[scale]
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var)}
            command = [sys.executable, "-m", "benchmarks.insight_run", str(customers), str(postgres_pid(var))]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    told = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    smaller = "" if scale == "full" else f", {CUSTOMERS['full'] // customers} times smaller than named"
    words = f"{customers:,} customers, 6 months of use, 6 contacts and 2 purchases each{smaller}"
    spent = "processor seconds of server and process, every row written"
    million = CUSTOMERS["full"] / customers
    at_size = "" if scale == "full" else f" (a million at this rate: {told['needed_cpu'] * million:.0f} s)"
    yield measured(NAMES[0], told["needed_cpu"], scale=f"RFM and tags by rule alone{at_size}; {words}; {spent}")
    at_size = "" if scale == "full" else f" (a million at this rate: {told['second_cpu'] * million:.0f} s)"
    clock = f"by the clock {told['second']:.1f} s, beside whatever else ran; the first night {told['first_cpu']:.1f} s"
    yield measured(NAMES[1], told["second_cpu"], scale=f"all a night computes{at_size}; {words}; {spent}; {clock}")
