"""Long polls about one call: thousands wait, and one look at the feed a moment wakes those whose call has moved.

The relay's hint brings the look forward; a look each second is the truth behind it. A newer question about the same call
takes the place of the older one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import Error, connection

from callcenter.foundation.models import Event
from callcenter.telephony import feed, waiting

Json = dict[str, Any]

MOST = 2_000  # calls waited for in this process
_LOOK_EVERY_S = 1.0
_REST_S = 0.02  # what is published within this moment is one look


@dataclass
class _Seat:
    """One waiter."""

    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_taken: bool = False


_seats: dict[UUID, _Seat] = {}
_watch: asyncio.Task[None] | None = None


def is_full() -> bool:
    return len(_seats) >= MOST


async def next_page(look: Callable[[int], Json], *, call: UUID, after: int, seconds: int) -> AsyncIterator[str]:
    """The body of an answer that comes with the first thing to tell of a call, or empty when the time is over."""
    if (older := _seats.get(call)) is not None:
        older.is_taken = True
        older.moved.set()
    seat = _seats[call] = _Seat()
    try:
        _keep_watch()
        yield json.dumps(await _first(look, seat, after=after, seconds=seconds), ensure_ascii=False)
    finally:
        if _seats.get(call) is seat:
            del _seats[call]


async def _first(look: Callable[[int], Json], seat: _Seat, *, after: int, seconds: int) -> Json:
    read = sync_to_async(look, thread_sensitive=False)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        seat.moved.clear()  # before looking: what is published between the two counts as moved
        found = await read(after)
        left = deadline - loop.time()
        if left <= 0 or seat.is_taken or found["instructions"]:
            return found
        after = int(found["next"].rpartition(":")[2])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(seat.moved.wait(), left)


def _keep_watch() -> None:
    global _watch
    if _watch is None or _watch.done() or _watch.get_loop() is not asyncio.get_running_loop():
        _watch = asyncio.ensure_future(_watching())


async def _watching() -> None:
    """While anybody waits: who is named by what was published since the last look may look for itself."""
    read = sync_to_async(_moved_since, thread_sensitive=False)
    last: int | None = None
    with waiting.listening() as bell:
        while _seats:
            try:
                moved, last = await read(last)
            except Error:  # the database is away: everybody asks for themselves and hears it
                moved, last = set(_seats), None
            for call in moved & _seats.keys():
                _seats[call].moved.set()
            await bell.wait(_LOOK_EVERY_S)
            await asyncio.sleep(_REST_S)


def _moved_since(number: int | None) -> tuple[set[UUID], int]:
    """In a thread. The calls of events published after this number, and the newest number."""
    try:
        last = feed.newest()
        if number is None or number >= last:
            return set(), last
        rows = Event.objects.filter(feed_seq__gt=number, feed_seq__lte=last, call__isnull=False)
        return {call for call in rows.values_list("call", flat=True) if call is not None}, last
    finally:
        connection.close()
