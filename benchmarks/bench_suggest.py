"""What the desk waits for before it can suggest: policy, facts, the engine on three bills, arbitration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, measured, percentile
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

NAMES = ("offers.suggest_ms.p99",)
CUSTOMERS, PER_SECOND = 3_000, 20
CALLS = {"default": 300, "full": 2_000}


def run(scale: str) -> Iterator[Figure]:
    """On a server of its own that is gone afterwards; by hand: `make bench ONLY=offers.suggest`."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var)}
            command = [sys.executable, "-m", "benchmarks.suggest", *map(str, (CUSTOMERS, CALLS[scale], PER_SECOND))]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    spent: list[float] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    words = f"200 products on sale, {CUSTOMERS:,} customers, {len(spent):,} calls at {PER_SECOND} a second"
    yield measured(NAMES[0], percentile(spent, 0.99), scale=words)
