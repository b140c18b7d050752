"""Long polls about one call: thousands wait, and each event of the feed wakes the one whose call has moved.

A newer question about the same call takes the place of the older one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from callcenter.telephony import tail
from callcenter.telephony.tail import Tail
from callcenter.telephony.waiting import Question, next_of

Json = dict[str, Any]

MOST = 2_000  # calls waited for in this process
_LOOK_EVERY_S = 1.0


@dataclass
class _Seat:
    """One waiter."""

    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_taken: bool = False


_seats: dict[UUID, _Seat] = {}
_watch: asyncio.Task[None] | None = None


def is_full() -> bool:
    return len(_seats) >= MOST


async def next_page(question: Question, *, call: UUID, after: int, seconds: int) -> AsyncIterator[str]:
    """The body of an answer that comes with the first thing to tell of a call, or empty when the time is over."""
    if (older := _seats.get(call)) is not None:
        older.is_taken = True
        older.moved.set()
    seat = _seats[call] = _Seat()
    try:
        with tail.following() as feed:
            _keep_watch(feed)
            found = await _first(question, feed, seat, after=after, seconds=seconds)
            yield json.dumps(found, ensure_ascii=False)
    finally:
        if _seats.get(call) is seat:
            del _seats[call]


async def _first(question: Question, feed: Tail, seat: _Seat, *, after: int, seconds: int) -> Json:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, _LOOK_EVERY_S)):
            await feed.ready.wait()
    while True:
        seat.moved.clear()  # before looking: what is published between the two counts as moved
        left = deadline - loop.time()
        found, after = await next_of(question, feed, after=after, last=left <= 0 or seat.is_taken)
        if found is not None:
            return found
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await seat.moved.wait()


def _keep_watch(feed: Tail) -> None:
    global _watch
    if _watch is None or _watch.done() or _watch.get_loop() is not feed.loop:
        _watch = asyncio.ensure_future(_watching(feed))


async def _watching(feed: Tail) -> None:
    """While anybody waits: who is named by what was published since the last look may look."""
    last = feed.position
    while _seats:
        moved = feed.moved
        # Where the tail cannot say, everybody asks for themselves.
        named = {row.call for row in feed.since(last) if row.call} if feed.reaches(last) else set(_seats)
        last = feed.position
        for call in named & _seats.keys():
            _seats[call].moved.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await moved.wait()
