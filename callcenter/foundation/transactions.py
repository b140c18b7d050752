"""One command, one transaction: retried where the database asks for it, never half done."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

Answer = TypeVar("Answer")

# Deadlock, serialisation failure, lock not available: the command was undone and may simply be tried again.
_TRY_AGAIN = frozenset({"40P01", "40001", "55P03"})
_TRIES = 3


def may_be_tried_again(error: OperationalError) -> bool:
    """True where the database undid the transaction only because others were at work on the same rows."""
    return getattr(error.__cause__, "sqlstate", None) in _TRY_AGAIN


def in_one_transaction(act: Callable[[], Answer], *, frozen: bool = False) -> Answer:
    """Run `act` in one transaction; on deadlock and the like the whole of it again, three times at most.

    `frozen` gives it one unchanging view of the database (REPEATABLE READ): what it read first cannot have been changed
    by others when it writes. Inside a transaction already begun it simply joins, and `frozen` must not be asked for.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                if frozen:
                    with connection.cursor() as cursor:
                        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                return act()
        except OperationalError as error:
            if connection.in_atomic_block or attempt == _TRIES or not may_be_tried_again(error):
                raise
            time.sleep(random.uniform(0.005, 0.02) * attempt)
    raise AssertionError("unreachable")
