"""One command, one transaction, and another try where only the timing was wrong."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from callcenter.foundation.errors import Unavailable

P = ParamSpec("P")
Answer = TypeVar("Answer")

TRIES = 4  # the first, and at most three more
# serialization_failure, deadlock_detected, lock_not_available: nothing was written, the same command may succeed next
_PASSING = frozenset({"40001", "40P01", "55P03"})


class TryAgain(Unavailable):
    """The world moved between a look and its lock. The outermost command starts anew; nobody else need catch this."""


def command(do: Callable[P, Answer]) -> Callable[P, Answer]:
    """Run a write as one transaction; retry it whole, with jitter, on a deadlock or a lock that did not come.

    Inside another command it simply takes part: the outermost one owns the transaction and the retries.
    """

    @wraps(do)
    def run(*args: P.args, **kwargs: P.kwargs) -> Answer:
        if connection.in_atomic_block:
            return do(*args, **kwargs)
        return _insisting(lambda: _whole(lambda: do(*args, **kwargs)))

    return run


def statement(do: Callable[P, Answer]) -> Callable[P, Answer]:
    """Run a write that is one statement, whole by itself: likewise, without the two round trips of a transaction."""

    @wraps(do)
    def run(*args: P.args, **kwargs: P.kwargs) -> Answer:
        if connection.in_atomic_block:
            return do(*args, **kwargs)
        return _insisting(lambda: do(*args, **kwargs))

    return run


def _whole(do: Callable[[], Answer]) -> Answer:
    with transaction.atomic():
        return do()


def _insisting(do: Callable[[], Answer]) -> Answer:
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            return do()
        except (OperationalError, TryAgain) as error:
            if tries_left == 0 or not passing(error):
                raise
            time.sleep(random.uniform(0.005, 0.03) * (TRIES - tries_left))
    raise AssertionError("unreachable")


def passing(error: Exception) -> bool:
    """Whether the database refused only because of what others did at the same moment."""
    return isinstance(error, TryAgain) or getattr(error.__cause__, "sqlstate", None) in _PASSING
