"""Long polls: a reader waits for the next event without a thread's attention and without a database connection.

The relay's hint wakes all waiters of this process; a look each second is the truth behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async

from callcenter.foundation.wakeups import Sleeper
from callcenter.telephony import feed

MOST_WAITERS = 500
_LOOK_EVERY_S = 1.0

_waiting = 0


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
def _listening() -> Iterator[_Bell]:
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


def is_full() -> bool:
    """Whether as many wait here as may."""
    return _waiting >= MOST_WAITERS


async def next_page(reader: feed.Reader, *, after: int, seconds: int) -> AsyncIterator[str]:
    """The body of an answer that comes with the first event, or empty when the time is over."""
    global _waiting
    _waiting += 1
    try:
        yield json.dumps(await _first_page(reader, after=after, seconds=seconds), ensure_ascii=False)
    finally:
        _waiting -= 1


async def _first_page(reader: feed.Reader, *, after: int, seconds: int) -> feed.Json:
    read = sync_to_async(feed.page_and_let_go, thread_sensitive=False)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    found: feed.Json = {"events": [], "next": feed.cursor(reader.domain, after)}
    with _listening() as bell:
        while (left := deadline - loop.time()) > 0:
            # Subscribe before looking, or what is published between the two is heard a second late.
            bell_rings = asyncio.ensure_future(bell.wait(min(left, _LOOK_EVERY_S)))
            try:
                found = await read(reader, after=after)
                if found["events"]:
                    return found
                after = int(found["next"].rpartition(":")[2])
                await bell_rings
            finally:
                bell_rings.cancel()
    return found
