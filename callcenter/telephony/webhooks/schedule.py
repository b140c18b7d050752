"""When a failed delivery is tried again, and when a silent receiver is looked at. Pure.

Two clocks, because two things go wrong. One event may be poison to a receiver that takes all others: it has ten tries
over three days and is then put aside. A receiver may be down: then its events stay in the log, its cursor stays where
it is, and one probe at a time asks whether it is back. So an outage of hours costs a few dozen requests, uses up
nobody's tries, and ends within five minutes of the receiver's return.
"""

from __future__ import annotations

import random
from datetime import timedelta

from callcenter.foundation.numbers import whole

_S, _M, _H = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours"))
# Gaps between the ten tries of one delivery, as Standard Webhooks advises: 75 h 35 min in all.
GAPS = (5 * _S, 5 * _M, 30 * _M, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
TRIES = len(GAPS) + 1
# So many failures in a row, with no success between, mean the receiver and not the event.
FAILING_AFTER = 5
# A receiver that has not taken anything for so long is switched off, and its owner told.
GIVE_UP_AFTER = timedelta(hours=76)
_LONGEST_PROBE_GAP = 5 * _M
_LONGEST_WISH = 1 * _H  # a Retry-After beyond this is not obeyed to the letter


def next_try(*, tries: int) -> timedelta | None:
    """The wait after the `tries`-th failed try, ± 20 %; None when there is no next one."""
    return _jittered(GAPS[tries - 1]) if tries <= len(GAPS) else None


def next_probe(*, failures: int) -> timedelta:
    """The wait before a failing receiver is asked again: 5 s, doubling to 5 minutes, ± 20 %."""
    doublings = min(max(0, failures - FAILING_AFTER), 10)
    return _jittered(min(_LONGEST_PROBE_GAP, 5 * _S * 2**doublings))


def obeyed(retry_after: str) -> timedelta | None:
    """What a receiver asks by `Retry-After` in seconds, an hour at most. None for anything else."""
    seconds = whole(retry_after, most=10**8)
    return None if seconds is None else min(timedelta(seconds=seconds), _LONGEST_WISH)


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(0.8, 1.2)
