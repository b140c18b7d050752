"""A scratch database with fsync on for one benchmark, and processes of ours on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from callcenter.embedded.postgres import ensure_postgres, stop_postgres

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A process of the benchmark ended badly; the message is its last line."""


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """The environment of processes that are to work on it; all gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        var = Path(folder)
        (var / "static").mkdir()
        url = ensure_postgres(var)
        try:
            yield os.environ | {
                "VAR_DIR": str(var),
                "DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "callcenter.settings",
                "PRESENCE_LEASE_S": "86400",
                "LOG_LEVEL": "ERROR",
            }
        finally:
            stop_postgres(var)


def spent_cpu(postmaster: int) -> float:
    """Seconds of processor that a PostgreSQL server has used so far, its workers included, and this process."""
    tick = os.sysconf("SC_CLK_TCK")
    total = sum(os.times()[:2]) * tick
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
        except OSError:  # it ended while we looked
            continue
        if fields and postmaster in (int(entry.name), int(fields[1])):
            # of the postmaster also what its ended children used
            total += sum(map(int, fields[11:15] if int(entry.name) == postmaster else fields[11:13]))
    return total / tick


def told(module: str, *arguments: object, environment: dict[str, str]) -> dict[str, Any]:
    """What a module's main prints, as one JSON object. Raises Failed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command[1:])} ended with {done.stderr.strip().splitlines()[-1:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
