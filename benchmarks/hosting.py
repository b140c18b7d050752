"""What the host leaves of this machine: a guest is made to wait, or put aside whole, for longer than a call may take.

The kernel counts the time for which one core was ready and its host ran others. That misses a machine put aside with all its
cores, so a process that goes before all others looks at the clock two hundred times a second; a gap in what it sees is
nobody's doing in here.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_EVERY_S = 0.005
MOST_TAKEN = 0.05
MOST_STILL_MS = 100.0
MOST_SET_ASIDE = 2


@dataclass
class Host:
    """What was seen of the host, once the watch is over."""

    taken: float = 0.0  # share of the cores' time that others had
    still_ms: float = 0.0  # the longest time for which nothing ran here

    @property
    def disturbance(self) -> float:
        """From 0; at 1 it is as much as a measurement may bear."""
        return max(self.taken / MOST_TAKEN, self.still_ms / MOST_STILL_MS)

    @property
    def is_in_the_way(self) -> bool:
        """Whether what was measured meanwhile is the host's doing."""
        return self.disturbance >= 1

    def __str__(self) -> str:
        return f"the host took {self.taken:.0%} of the cores' time for others and stopped all for {self.still_ms:.0f} ms at most"


@dataclass(frozen=True, kw_only=True)
class Run(Generic[T]):
    """What was measured, and what the host did meanwhile."""

    seen: T
    host: Host


def least_disturbed(
    measure: Callable[[], T], *, prepare: Callable[[], None] = lambda: None
) -> tuple[Run[T], list[Run[T]]]:
    """The run that counts, and those set aside, whose figures are to be said beside its own.

    What a host in the way has measured is its own doing. Such a run is made anew, twice at most; the least disturbed counts.
    """
    runs: list[Run[T]] = []
    while not runs or (runs[-1].host.is_in_the_way and len(runs) <= MOST_SET_ASIDE):
        prepare()
        with watched() as host:
            seen = measure()
        runs.append(Run(seen=seen, host=host))
    best = min(runs, key=lambda run: run.host.disturbance)
    return best, [run for run in runs if run is not best]


@contextlib.contextmanager
def watched() -> Iterator[Host]:
    """For as long as the block lasts."""
    watch = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hosting"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert watch.stdout is not None
    watch.stdout.readline()  # it looks
    host, stolen, began = Host(), _stolen_s(), time.monotonic()
    try:
        yield host
    finally:
        host.still_ms = float(watch.communicate()[0] or 0)
        host.taken = (_stolen_s() - stolen) / (time.monotonic() - began) / (os.cpu_count() or 1)


def _stolen_s() -> float:
    """Seconds of processor so far that this guest was ready to use and its host gave to others, all cores together."""
    counted = Path("/proc/stat").read_text("utf-8").split("\n", 1)[0].split()
    return int(counted[8]) * _TICK_S


def _watch() -> None:
    """Until whoever asked closes our input."""
    with contextlib.suppress(PermissionError):  # then we wait in line like others, and the gap is an upper bound
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    sys.stdout.write("looking\n")
    sys.stdout.flush()
    longest, before = 0.0, time.monotonic()
    while not select.select([sys.stdin], [], [], _EVERY_S)[0]:
        now = time.monotonic()
        longest, before = max(longest, now - before - _EVERY_S), now
    sys.stdout.write(f"{1000 * longest:.1f}")


if __name__ == "__main__":
    _watch()
