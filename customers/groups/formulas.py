"""Shares beside everybody's, and what must not be shown. Pure.

Interval: Wilson (1927), 95 %. Cells below ten are hidden, and with them the next smallest, so that no subtraction from the
total tells them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

SMALLEST = 10
_Z = 1.959963984540054


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) of nothing."""
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z
    middle = share + square / (2 * of)
    spread = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + square / of)), min(1.0, (middle + spread) / (1 + square / of))


def index(share: float, base: float) -> float | None:
    """100 where the group is like everybody; None where the base is empty."""
    return 100 * share / base if base > 0 else None


def hidden(counts: Sequence[int]) -> frozenset[int]:
    """Places that must not be shown: those below ten, and more of the smallest until what is hidden hides each of them."""
    order = sorted(range(len(counts)), key=lambda place: (counts[place], place))
    small = [place for place in order if counts[place] < SMALLEST]
    if not small:
        return frozenset()
    out = len(small)
    while out < len(order) and (out < 2 or sum(counts[place] for place in order[:out]) < SMALLEST):
        out += 1
    return frozenset(order[:out])
