"""How long a newcomer waits: from `make demo` in a fresh clone to the first call on a screen, and at the second start.

By hand: git clone . /tmp/zhiyin && cd /tmp/zhiyin && time make demo
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from benchmarks.figures import Figure, measured

NAMES = ("demo.first_call_s", "demo.second_start_s")
ROOT = Path(__file__).resolve().parent.parent
PHRASE = "first call on screen"  # what the demo says when the first caller is on an agent's desk
PATIENCE = 600  # seconds, far past the target, so that a miss gets its figure
# Would lead the clone to our own database, folder or environment.
OURS = (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "VAR_DIR",
    "VIRTUAL_ENV",
    "DJANGO_SETTINGS_MODULE",
    "MAKEFLAGS",
    "MAKELEVEL",
)


class NoCall(Exception):
    """The demo ended, or showed no call in time; the message holds its last words."""


def run(scale: str) -> Iterator[Figure]:
    """Both figures; `scale` changes nothing, a demo has one size."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        clone = Path(folder) / "zhiyin"
        commit = _clone(clone)
        try:
            first = _seconds_to_first_call(clone, Path(folder) / "first.log")
            yield measured(NAMES[0], first, scale=f"commit {commit}, empty .venv, packages downloaded anew")
            second = _seconds_to_first_call(clone, Path(folder) / "second.log")
            yield measured(NAMES[1], second, scale=f"commit {commit}, after Ctrl-C")
        finally:
            # The servers' folders must not be deleted under them.
            subprocess.run(["make", "stop"], cwd=clone, env=_environment(), capture_output=True, check=False)


def _clone(target: Path) -> str:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    asked = ["git", "-C", str(target), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def _environment() -> dict[str, str]:
    # Without the cache of earlier installations: a newcomer has none.
    return {name: value for name, value in os.environ.items() if name not in OURS} | {
        "PIP_NO_CACHE_DIR": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _seconds_to_first_call(clone: Path, log: Path) -> float:
    # Where this runs in the background Ctrl-C is ignored, and children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.monotonic()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            ["make", "demo"],
            cwd=clone,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for_phrase(demo, log, started + PATIENCE)
        return time.monotonic() - started
    finally:
        _press_ctrl_c(demo)


def _wait_for_phrase(demo: subprocess.Popen[bytes], log: Path, deadline: float) -> None:
    while PHRASE not in log.read_text("utf-8", "replace"):
        if demo.poll() is not None:
            raise NoCall(f"make demo ended with {demo.returncode}: {_last_words(log)}")
        if time.monotonic() > deadline:
            raise NoCall(f"no call in {PATIENCE} s: {_last_words(log)}")
        time.sleep(0.05)


def _last_words(log: Path) -> str:
    return " / ".join(log.read_text("utf-8", "replace").split("\n")[-4:]).strip(" /")


def _press_ctrl_c(demo: subprocess.Popen[bytes]) -> None:
    """As a terminal does it: to the whole group. Whoever is still there a minute later is killed."""
    for sign, seconds in ((signal.SIGINT, 60), (signal.SIGKILL, 10)):
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            demo.wait(seconds)
            return
