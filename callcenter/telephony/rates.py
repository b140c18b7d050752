"""How many requests a key may send: a token bucket each, in this process's memory."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from django.conf import settings

# Endings, accepts and events may use the whole bucket; everything else leaves them this share of it.
_KEPT_FOR_URGENT = 0.05
_MOST_BUCKETS = 10_000


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What is left to a key after this request."""

    granted: bool
    limit: int  # requests a second
    remaining: int  # at once
    reset_s: int  # until the bucket is full again


class Buckets:
    """One bucket per key: `rate` tokens a second, `burst` at most."""

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, name: str, *, urgent: bool, at: float | None = None) -> Allowance:
        """Take one token for this request. `at` is seconds on a monotonic clock."""
        at = time.monotonic() if at is None else at
        with self._lock:
            if len(self._levels) >= _MOST_BUCKETS:
                self._levels.clear()  # generous to everybody once, instead of growing without bound
            level, since = self._levels.get(name, (self._burst, at))
            level = min(self._burst, level + max(0.0, at - since) * self._rate)
            kept = 0.0 if urgent else self._burst * _KEPT_FOR_URGENT
            granted = level - 1 >= kept
            level -= granted
            self._levels[name] = (level, at)
        return Allowance(
            granted=granted,
            limit=int(self._rate),
            remaining=int(level),
            reset_s=math.ceil((self._burst - level) / self._rate),
        )


_buckets: Buckets | None = None


def take(name: str, *, urgent: bool) -> Allowance:
    global _buckets
    if _buckets is None:
        _buckets = Buckets(rate=settings.API_RATE_PER_S, burst=settings.API_BURST)
    return _buckets.take(name, urgent=urgent)


def forget() -> None:
    """Full buckets for everybody, by the settings as they stand."""
    global _buckets
    _buckets = None
