"""The relay's hint, heard once per process and passed on to all who wait in its loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from callcenter.foundation.wakeups import Sleeper


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

    @property
    def next(self) -> asyncio.Event:
        """Set by the next ring from here on: who takes it before looking misses none that comes meanwhile."""
        return self._rung

    async def wait(self, seconds: float, rung: asyncio.Event | None = None) -> None:
        """Until `rung`, or the next ring, but no longer than so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (rung or self._rung).wait()

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
