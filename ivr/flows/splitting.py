"""Which of two versions a caller hears while one is tried on a share of them, and what may be learnt from it. Pure."""

from __future__ import annotations

from hashlib import sha256
from math import ceil, erfc, sqrt

LEAST_SHARE, MOST_SHARE = 1, 90  # percent of callers


def hears_trial(*, salt: str, caller: str, share: int) -> bool:
    """An even draw that belongs to the caller: asked again it is the same, and another trial draws afresh."""
    digest = sha256(f"{salt}:{caller}".encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56 < share / 100


def split_chance(*, calls: int, tried: int, share: int) -> float:
    """How likely a split at least this uneven would be by chance: below .001 something sends callers the wrong way."""
    p = share / 100
    spread = sqrt(calls * p * (1 - p))
    return erfc(abs(tried - calls * p) / spread / sqrt(2)) if spread else 1.0


def calls_needed(*, rate: float, difference: float, dispersion: float = 1.0) -> int:
    """Calls a side to see a difference of two shares in four of five trials: 16·p(1−p)·φ/δ² (Lehr 1992, φ between days)."""
    return ceil(round(16 * rate * (1 - rate) * max(1.0, dispersion) / difference**2, 6))
