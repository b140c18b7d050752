"""The newest events of the feed, read once by this process for all who follow it here: streams and long polls.

The relay's hint brings the look forward; a look each second is the truth behind it. While nobody reads, nobody looks; but who
asks again within moments, as a switch does after each answer, finds the tail still there and has it read on from where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from django.db import Error, connection

from callcenter.foundation.models import Event
from callcenter.foundation.rows import Columns
from callcenter.telephony import bells

logger = logging.getLogger(__name__)

KEPT = 5_000  # events at least: about a minute of a busy floor
_PAGE = 1_000
_LOOK_EVERY_S = 1.0
# The relay publishes by bursts, so each hint is one look; the more read, the longer the rest, for each look wakes all of them.
_REST_OF_A_READER_S = 0.000_02
_LINGERS_S = 5.0
_FRESH_S = 5.0  # since the last look that went well: later, nobody is told that all is well


class Tail:
    """All events above `floor` and up to `position`, in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.rows: list[Event] = []
        self.floor = self.position = 0
        self.readers = 0
        self.memo: dict[Any, bytes] = {}  # what was written of these events; forgotten with them
        self.ready, self.moved, self.joined = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.sees = False  # the last look went well
        self._looked_at = float("-inf")
        self.task = loop.create_task(self._follow())

    @property
    def is_fresh(self) -> bool:
        """Whether nothing was published that is not known here for some seconds."""
        return time.monotonic() - self._looked_at < _FRESH_S

    def reaches(self, number: int) -> bool:
        """Whether all after this number is here. A number ahead of the tail is one that it has yet to look up to."""
        return self.sees and self.floor <= number

    def since(self, after: int) -> list[Event]:
        """Events above a number that is not below `floor`."""
        if after >= self.position:
            return []
        return self.rows[bisect_right(self.rows, after, key=_number) :]

    def join(self) -> None:
        self.readers += 1
        self.joined.set()

    def leave(self) -> None:
        self.readers -= 1
        if not self.readers:
            self.joined.clear()

    async def _follow(self) -> None:
        with bells.listening() as bell:
            while await self._is_read():
                rung = bell.next
                try:
                    while not await self._look():
                        pass
                    await bell.wait(_LOOK_EVERY_S, rung)
                    await asyncio.sleep(self.readers * _REST_OF_A_READER_S)
                except Error as error:
                    # An absent database is asked again; streams see the beat fall silent, and who polls asks for himself.
                    self.sees = False
                    logger.warning("the feed cannot be read", extra={"error": type(error).__name__})
                    await asyncio.sleep(_LOOK_EVERY_S)

    async def _is_read(self) -> bool:
        """Whether anybody reads, or does so again in a moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGERS_S):
                await self.joined.wait()
        return self.joined.is_set()

    async def _look(self) -> bool:
        """Read on; True when there is no more."""
        start = self.position if self.ready.is_set() else None
        began = time.monotonic()
        found, newest = await self.loop.run_in_executor(None, _read, start)
        self._looked_at, self.sees = began, True
        if start is None or newest < start:  # the first look, or the database stands where it stood earlier
            self.rows, self.memo = [], {}
            self.floor = (found[0].feed_seq or 1) - 1 if found else newest
            self.position = newest
            self.ready.set()
        if found:
            self._keep(found)
            moved, self.moved = self.moved, asyncio.Event()
            moved.set()
        return self.position >= newest

    def _keep(self, found: list[Event]) -> None:
        self.rows += found
        self.position = _number(found[-1])
        if len(self.rows) > 2 * KEPT:
            cut = len(self.rows) - KEPT
            self.floor = _number(self.rows[cut - 1])
            del self.rows[:cut]
            self.memo.clear()


def _number(row: Event) -> int:
    return row.feed_seq or 0


# By hand: the feed is looked at dozens of times a second, and building the statement costs more than running it.
_EVENT = Columns(Event, "e")
_AFTER = f"SELECT {_EVENT.sql} FROM event_log e WHERE e.feed_seq > %s ORDER BY e.feed_seq LIMIT %s"  # noqa: S608


def _read(after: int | None) -> tuple[list[Event], int]:
    """In a thread. What was published after this number, up to a page; without one, the last that are kept."""
    try:
        found = _rows(after, _PAGE) if after is not None else []
        if found and len(found) < _PAGE:
            return found, _number(found[-1])
        newest = newest_number()
        if after is None or newest < after:
            found = _rows(newest - KEPT, KEPT)
        return found, max(newest, _number(found[-1]) if found else 0)
    finally:
        connection.close()


def newest_number() -> int:
    """The number published last; 0 before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(feed_seq) FROM event_log")
        [newest] = cursor.fetchone()
    return newest or 0


def _rows(after: int, most: int) -> list[Event]:
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [after, most])
        found = cursor.fetchall()
    return [_EVENT.row(row) for row in found]


_tail: Tail | None = None


def here() -> Tail | None:
    """The tail of this process where one is followed, or was a moment ago."""
    return _tail if _tail is not None and not _tail.task.done() else None


@contextlib.contextmanager
def following() -> Iterator[Tail]:
    """The tail of this process, for as long as one reads; empty until it is `ready`."""
    global _tail
    loop = asyncio.get_running_loop()
    if _tail is None or _tail.loop is not loop or _tail.task.done():
        _tail = Tail(loop)
    tail = _tail
    tail.join()
    try:
        yield tail
    finally:
        tail.leave()
