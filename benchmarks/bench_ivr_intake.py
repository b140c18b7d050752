"""Path events in: a file of them, batches of fifty by the API, and how soon the live page shows a committed one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, measured
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

NAMES = ("ivr.intake_bulk_events_per_s", "ivr.intake_api_events_per_s", "ivr.live_lag_s.p99")
EVENTS = {"full": 1_000_000, "default": 100_000}
BATCHES = {"full": 200, "default": 60}
LIVE_S = {"full": 60, "default": 12}


def run(scale: str) -> Iterator[Figure]:
    """On a server of its own that is gone afterwards; by hand: `make bench ONLY=ivr.intake`."""
    told = _measure(EVENTS[scale], BATCHES[scale], LIVE_S[scale])
    words = f"{EVENTS[scale]:,} events of {told['calls']:,.0f} calls, one CSV, folded and indexed"
    yield measured(NAMES[0], EVENTS[scale] / told["bulk"], scale=words)
    said = f"{BATCHES[scale]} batches of 50, one client, every layer of the product but the socket"
    yield measured(NAMES[1], 50 * BATCHES[scale] / told["api"], scale=said)
    yield measured(NAMES[2], told["lag"], scale=f"100 events/s for {LIVE_S[scale]} s, one page looking every 3 s")


def _measure(events: int, batches: int, live_s: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {
                "VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var), "DJANGO_SETTINGS_MODULE": "callcenter.settings",
            }  # fmt: skip
            command = [sys.executable, "-m", "benchmarks.ivr_intake_run", str(events), str(batches), str(live_s)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            stop_postgres(var)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    told: dict[str, float] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return told


if __name__ == "__main__":
    for figure in run("full" if "--full" in sys.argv else "default"):
        print(f"{figure.name:32} {figure.value} {figure.unit} (target {figure.target}) {figure.scale}")
