"""Work behind the scenes that outlives its worker: who does it holds a lock, and what nobody holds is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE = timedelta(seconds=60)  # for a sign of life; then it is sent to the workers anew
SENT_FOR_S = 55  # a message that nobody took by then is worth nothing: the next look sends another


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether this worker is the only one at it. The lock goes with the connection, so it outlives nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@contextmanager
def aside() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own: what is said on it is seen at once, whatever becomes of the transaction beside it."""
    own = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield own
    finally:
        own.close()
