"""Followers of the event stream by the thousand: a socket each, and what it heard. As a program: keys for them."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 2.0
_BYTES = 65_536
# Between two chunks of the answer; and one event or beat. Line by line, a thousand clients cost more than their server.
_SEAM, _FRAME = re.compile(rb"\r\n[0-9a-f]+\r\n"), re.compile(rb"id: [^\n]*:(\d+)\nevent: (\S+)\n")
AT_ONCE = 200  # connections being opened: what one host's TCP backlog bears


class Follower:
    """One client of `GET /events/stream`: comes back where it stood, as its library would."""

    def __init__(self, *, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.cursor = -1  # number of the last event or beat
        self.heard: set[int] = set()  # numbers of events
        self._since: list[tuple[int, float]] = []  # cursor and when, since the last connect
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def connect(self, places: asyncio.Semaphore) -> None:
        """Until the stream has begun, however long the server is away."""
        self.connected.clear()
        self._since.clear()
        self._task = asyncio.create_task(self._follow(places))
        await self.connected.wait()

    def drop(self) -> None:
        """The line is cut."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def level_at(self, last: int) -> float | None:
        """When it had reached this number, by the performance counter."""
        return next((at for cursor, at in self._since if cursor >= last), None)

    def missed(self, told: Collection[int]) -> int:
        return len(set(told) - self.heard)

    async def _follow(self, places: asyncio.Semaphore) -> None:
        pause = FIRST_PAUSE_S
        while True:
            with suppress(OSError, EOFError):
                await self._one_connection(places)
            await asyncio.sleep(random.uniform(0.5, 1) * pause)
            pause = min(LONGEST_PAUSE_S, 2 * pause)

    async def _one_connection(self, places: asyncio.Semaphore) -> None:
        async with places:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            stood = f"Last-Event-ID: main:{self.cursor}\r\n" if self.cursor >= 0 else ""
            writer.write(
                f"GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"Authorization: Bearer {self.key}\r\n{stood}\r\n".encode()
            )
            status = await reader.readline()
        try:
            if b" 200 " not in status:
                raise EOFError
            left = b""
            while heard := await reader.read(_BYTES):
                whole, end, left = _SEAM.sub(b"", left + heard).rpartition(b"\n\n")
                if end:
                    self._read(whole)
        finally:
            writer.close()

    def _read(self, frames: bytes) -> None:
        for number, kind in _FRAME.findall(frames):
            self.cursor = int(number)
            if kind != b"beat":
                self.heard.add(self.cursor)
        if self.cursor >= 0:
            self.connected.set()
            self._since.append((self.cursor, time.perf_counter()))


async def storm(followers: Sequence[Follower], *, seconds: float) -> None:
    """All of them connect at once. Raises TimeoutError."""
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(seconds):
        await asyncio.gather(*(follower.connect(places) for follower in followers))


def main() -> None:
    import django

    django.setup()
    from callcenter.accounts.api_keys import create_key
    from callcenter.foundation.clock import db_now

    made = [
        create_key(name=f"follower {number}", scopes=["events:read"], domain="main", now=db_now())[1]
        for number in range(int(sys.argv[1]))
    ]
    print(json.dumps(made))


if __name__ == "__main__":
    main()
