"""Who spends the processor's time: by process and its children, as the kernel counts it; and what that time is worth."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def look(roots: Mapping[int, str]) -> dict[str, float]:
    """Seconds of processor so far of each of these processes with all below it that live or have ended, by name."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(folder.name)] = int(words[1])
        spent[int(folder.name)] = sum(int(word) for word in words[11:15]) * _TICK_S
    found: dict[str, float] = defaultdict(float)
    for pid, seconds in spent.items():
        above = pid
        while above in parents and above not in roots:
            above = parents[above]
        if above in roots:
            found[roots[above]] += seconds
    return found


def pace_ms() -> float:
    """What a million additions cost just now. Guests of a busy host differ by half from minute to minute."""
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return 1000 * (time.process_time() - began)
