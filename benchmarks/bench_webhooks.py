"""A receiver that is away for four hours, among others that are not: what it loses, and what it takes from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, measured
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

NAMES = ("telephony.webhooks_lost", "telephony.webhook_slot_share")
CALLS_PER_MINUTE = {"default": 1, "full": 10}


def run(scale: str) -> Iterator[Figure]:
    """On a server of its own that is gone afterwards; by hand: `make bench ONLY=telephony.webhook`."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        try:
            environment = os.environ | {"VAR_DIR": folder, "DATABASE_URL": ensure_postgres(var)}
            _python(["manage.py", "migrate", "--verbosity", "0"], environment)
            told = _python(["-m", "benchmarks.webhook_run", str(CALLS_PER_MINUTE[scale])], environment)
        finally:
            stop_postgres(var)
    seen: dict[str, Any] = json.loads(told.strip().rsplit("\n", 1)[-1])
    said = (
        f"{seen['events']:,} events to each of {seen['receivers']} receivers, one away for 4 simulated hours:"
        f" asked {seen['asked_while_away']} times meanwhile; {seen['lost_elsewhere']} lost and {seen['late_elsewhere']} late"
        f" elsewhere, {seen['out_of_order']} out of their call's order, {seen['repeated']} sent twice"
    )
    yield measured(NAMES[0], seen["lost"] + seen["lost_elsewhere"] + seen["out_of_order"], scale=said)
    yield measured(NAMES[1], seen["slot_share"], scale=said)


def _python(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().rsplit("\n", 1)[-1])
    return done.stdout
