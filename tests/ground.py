"""The ground under the suite: its own PostgreSQL, gone when the run ends; or yours, by DATABASE_URL.

Each run gets a server of its own under `var/test/<pid>`, so that two runs in one checkout never meet; xdist's workers
inherit its address and copy a database each from the migrated one it brings along.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil

from callcenter.embedded.postgres import ensure_postgres, stop_postgres
from tests import migrated

RUNS = Path(__file__).resolve().parent.parent / "var" / "test"

_started: list[Path] = []


def prepare() -> None:
    """Point the environment at a private VAR_DIR and a running database, before the settings are read."""
    # Dozens of processes of ours start in a run: each would compile the whole product anew, five seconds of it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if "ZHIYIN_TEST_RUN" in os.environ:
        return  # a worker of a run that has done this
    sweep()
    var = RUNS / str(os.getpid())
    (var / "static").mkdir(parents=True)  # WhiteNoise warns of a missing one, and warnings are errors
    os.environ |= {"ZHIYIN_TEST_RUN": str(var), "VAR_DIR": str(var)}
    _started.append(var)
    if "DATABASE_URL" not in os.environ:
        migrated.lay_down(var)
        # Nothing here outlives the run, so nothing need reach the disk. Tests that kill a server start their own.
        address = ensure_postgres(var, settings=migrated.FAST)
        os.environ |= {"DATABASE_URL": address, "ZHIYIN_TEST_TEMPLATE": migrated.TEMPLATE}


def finish() -> None:
    """End what this process has started; workers have started nothing."""
    while _started:
        remove(_started.pop())


def sweep() -> None:
    """Clear away runs that were killed before they could."""
    for var in RUNS.glob("[0-9]*"):
        if not psutil.pid_exists(int(var.name)):
            remove(var)


def remove(var: Path) -> None:
    stop_postgres(var)
    shutil.rmtree(var, ignore_errors=True)
