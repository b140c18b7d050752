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


def told(module: str, *arguments: object, environment: dict[str, str]) -> dict[str, Any]:
    """What a module's main prints, as one JSON object. Raises Failed."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command[1:])} ended with {done.stderr.strip().splitlines()[-1:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
