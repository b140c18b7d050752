"""Figures of queues: each computed in one place, for pages, files and the API alike. Pure.

Ratios are made here, after summing, from the additive components the rooms count. What has nothing to divide by is None.
What each one means, and the trap it avoids, is told where they are shown: callcenter/floor/metrics.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from routing.reporting import Sums


@dataclass(frozen=True, kw_only=True)
class Components:
    """What the figures are made of: one queue, or the whole floor."""

    day: Sums = field(default_factory=Sums)
    waiting: int = 0
    longest_wait_s: float | None = None
    in_ivr: int = 0


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _service_level(c: Components) -> tuple[float | None, int]:
    judged = c.day.answered + c.day.abandoned_late
    return _ratio(c.day.in_target, judged), judged


def _abandonment(c: Components) -> tuple[float | None, int]:
    stayed = c.day.offered - c.day.abandoned_short
    return _ratio(c.day.abandoned - c.day.abandoned_short, stayed), stayed


# By code: the value, and how many calls it rests on. Shares are 0–1, times are seconds.
FIGURES: Mapping[str, Callable[[Components], tuple[float | None, int]]] = {
    "service_level": _service_level,
    "waiting": lambda c: (c.waiting, c.waiting),
    "longest_wait": lambda c: (c.longest_wait_s, c.waiting),
    "offered": lambda c: (c.day.offered, c.day.offered),
    "answered": lambda c: (c.day.answered, c.day.answered),
    "abandoned": lambda c: (c.day.abandoned, c.day.abandoned),
    "abandonment": _abandonment,
    "asa": lambda c: (_ratio(c.day.wait_answered_s, c.day.answered), c.day.answered),
    "in_ivr": lambda c: (c.in_ivr, c.in_ivr),
}
