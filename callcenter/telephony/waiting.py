"""Long polls: a reader waits for the next event without a thread's attention and without a database connection.

The relay's hint wakes all waiters of this process; a look each second is the truth behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async

from callcenter.foundation.wakeups import Sleeper

Json = dict[str, Any]
# A page after a number: its one list, and the cursor to go on with as `next`. Called in a thread of its own.
Look = Callable[[int], Json]

MOST_WAITERS = 500  # of this process
MOST_OF_A_KEY = 50  # so that no key takes every place
_LOOK_EVERY_S = 1.0
# On a busy floor the relay rings a hundred times a second: each waiter looks at most this often.
_REST_S = 0.02

_waiting: Counter[str] = Counter()  # by key


class _Bell:
    """Rings when the relay published something. One per process while anybody waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.listeners = 0
        self._rung = asyncio.Event()
        # The relay wakes every sleeper whose name begins with `live`.
        self._sleeper = Sleeper("live.api")
        loop.add_reader(self._sleeper.socket, self._ring)

    def _ring(self) -> None:
        self._sleeper.wait(0)
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)

    def close(self) -> None:
        self.loop.remove_reader(self._sleeper.socket)
        self._sleeper.close()


_bell: _Bell | None = None


@contextlib.contextmanager
def listening() -> Iterator[_Bell]:
    global _bell
    if _bell is None or _bell.loop is not asyncio.get_running_loop():
        _bell = _Bell(asyncio.get_running_loop())
    bell = _bell
    bell.listeners += 1
    try:
        yield bell
    finally:
        bell.listeners -= 1
        if bell.listeners == 0:
            bell.close()
            _bell = None if _bell is bell else _bell


def is_full(key: str) -> bool:
    """Whether as many wait here as may, of this key or of all."""
    return _waiting[key] >= MOST_OF_A_KEY or _waiting.total() >= MOST_WAITERS


async def next_page(look: Look, *, after: int, seconds: int, key: str) -> AsyncIterator[str]:
    """The body of an answer that comes with the first thing to tell, or empty when the time is over."""
    _waiting[key] += 1
    try:
        yield json.dumps(await _first_page(look, after=after, seconds=seconds), ensure_ascii=False)
    finally:
        _waiting[key] -= 1
        if not _waiting[key]:
            del _waiting[key]


async def _first_page(look: Look, *, after: int, seconds: int) -> Json:
    read = sync_to_async(look, thread_sensitive=False)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with listening() as bell:
        while True:
            left = max(0.0, deadline - loop.time())
            # Subscribe before looking, or what is published between the two is heard a second late.
            bell_rings = asyncio.ensure_future(bell.wait(min(left, _LOOK_EVERY_S)))
            try:
                found = await read(after)
                if left == 0 or any(isinstance(told, list) and told for told in found.values()):
                    return found
                after = int(found["next"].rpartition(":")[2])
                await bell_rings
                await asyncio.sleep(_REST_S)
            finally:
                bell_rings.cancel()
