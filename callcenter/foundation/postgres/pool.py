"""Connections shared by the threads of a web process: the one used last goes out first.

psycopg_pool hands out the one unused longest, and has no setting for it. On a connection that is always in use every hot
statement is planned and kept by the server; spread over all of them, each pays for its plans again and again.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool


class _NewestFirst(deque[Any]):
    """Free connections in the order they were given back."""

    popleft = deque.pop


class NewestFirstPool(ConnectionPool[psycopg.Connection[Any]]):
    """As its parent otherwise. Where it has more than it needs, the one unused longest is closed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(open=False, **options)
        assert type(self._pool) is deque and not self._pool  # before it is opened nobody else knows it
        self._pool = _NewestFirst()

    def _shrink_pool(self) -> None:
        with self._lock:
            if self._nconns > self._min_size and self._nconns_min > 0:
                self._pool.rotate(-1)
        super()._shrink_pool()
