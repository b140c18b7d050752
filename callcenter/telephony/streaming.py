"""`GET /events/stream`: the feed as server-sent events, from a cursor on and without a gap.

One reader per process follows the feed and keeps its tail in memory; streams take what is theirs from there, so that a
thousand of them ask the database no more than one. Who is further behind is brought up from the log, page by page. A
client that reads slowly holds back only itself: nothing is queued for it, its place in the feed is all there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from fnmatch import fnmatchcase

from asgiref.sync import sync_to_async
from django.db import Error, connection

from callcenter.accounts import api_keys
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.telephony import answers, feed, waiting

logger = logging.getLogger(__name__)

MOST_STREAMS = 5_000  # of this process
MOST_OF_A_KEY = 500
BEAT_S = 5.0  # a stream silent for twice this is dead
_REMEMBERED = 2_000
_PAGE = 200
_LOOK_EVERY_S = 1.0


class _Tail:
    """The newest events of the feed, read once for all streams of this process while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.recent: deque[Event] = deque(maxlen=_REMEMBERED)
        self.floor = self.position = 0  # all above `floor` and up to `position` is in `recent`
        self.ended: set[str] = set()  # keys that were revoked or ran out
        self.ready, self.moved = asyncio.Event(), asyncio.Event()
        self.streams: Counter[str] = Counter()  # by prefix of their key
        self.task = loop.create_task(self._follow())

    async def _follow(self) -> None:
        with waiting.listening() as bell:
            beat = 0.0
            while True:
                bell_rings = asyncio.ensure_future(bell.wait(_LOOK_EVERY_S))
                try:
                    await self._look()
                    if self.loop.time() - beat >= BEAT_S:
                        beat = self.loop.time()
                        self.ended = await sync_to_async(_ended, thread_sensitive=False)(set(self.streams))
                    await bell_rings
                except Error as error:  # an absent database is asked again; streams see the beat fall silent
                    logger.warning("the feed cannot be read", extra={"error": type(error).__name__})
                    await asyncio.sleep(_LOOK_EVERY_S)
                finally:
                    bell_rings.cancel()

    async def _look(self) -> None:
        start = None if not self.ready.is_set() else self.position
        found, newest = await sync_to_async(_read, thread_sensitive=False)(start)
        if start is None:
            self.floor = self.position = newest
            self.ready.set()
        for row in found:
            if len(self.recent) == _REMEMBERED:
                self.floor = self.recent[0].feed_seq or 0
            self.recent.append(row)
            self.position = row.feed_seq or self.position
        if found:
            moved, self.moved = self.moved, asyncio.Event()
            moved.set()

    def since(self, after: int) -> list[Event]:
        """Events above a number that is not below `floor`. The deque is gapless, so the place is arithmetic."""
        skipped = max(0, len(self.recent) - (self.position - after))
        return [self.recent[place] for place in range(skipped, len(self.recent))]


_tail: _Tail | None = None


def _read(after: int | None) -> tuple[list[Event], int]:
    try:
        newest = feed.newest()
        if after is None or newest == after:
            return [], newest
        return list(Event.objects.filter(feed_seq__gt=after, feed_seq__lte=newest).order_by("feed_seq")[:500]), newest
    finally:
        connection.close()


def _ended(prefixes: set[str]) -> set[str]:
    try:
        return prefixes - api_keys.live(prefixes=prefixes, now=db_now())
    finally:
        connection.close()


def is_full(prefix: str) -> bool:
    """Whether this key, or this process, follows as many streams as it may."""
    if _tail is None:
        return False
    return _tail.streams[prefix] >= MOST_OF_A_KEY or _tail.streams.total() >= MOST_STREAMS


@contextlib.contextmanager
def _following(prefix: str) -> Iterator[_Tail]:
    global _tail
    loop = asyncio.get_running_loop()
    if _tail is None or _tail.loop is not loop:
        _tail = _Tail(loop)
    tail = _tail
    tail.streams[prefix] += 1
    try:
        yield tail
    finally:
        tail.streams[prefix] -= 1
        if tail.streams[prefix] == 0:
            del tail.streams[prefix]
        if not tail.streams:
            tail.task.cancel()
            _tail = None if _tail is tail else _tail


async def frames(reader: feed.Reader, *, after: int | None, prefix: str) -> AsyncIterator[bytes]:
    """The bytes of one stream, until its reader leaves or its key ends. Without `after`, from now on."""
    with _following(prefix) as tail:
        await tail.ready.wait()
        after = tail.position if after is None else after
        yield _beat(reader, after)
        while prefix not in tail.ended:
            moved = tail.moved
            if after < tail.floor:
                rows, after = await sync_to_async(_behind, thread_sensitive=False)(reader, after)
            else:
                rows, after = [row for row in tail.since(after) if _is_for(reader, row)], max(after, tail.position)
            if rows:
                yield b"".join(_frame(reader, row) for row in rows)
            elif after >= tail.position:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), BEAT_S)
                    continue
                yield _beat(reader, after)
        yield b'event: ended\ndata: {"reason":"key"}\n\n'


def _behind(reader: feed.Reader, after: int) -> tuple[list[Event], int]:
    """The next page of the log for a stream that memory does not reach back for."""
    try:
        return feed.rows(reader, after=after)
    finally:
        connection.close()


def _is_for(reader: feed.Reader, row: Event) -> bool:
    return row.domain == reader.domain and (
        not reader.types or any(fnmatchcase(row.type, word) for word in reader.types)
    )


def _frame(reader: feed.Reader, row: Event) -> bytes:
    cursor = feed.cursor(reader.domain, row.feed_seq or 0)
    data = json.dumps({"cursor": cursor} | answers.event(row), ensure_ascii=False, separators=(",", ":"))
    return f"id: {cursor}\nevent: {row.type}\ndata: {data}\n\n".encode()


def _beat(reader: feed.Reader, after: int) -> bytes:
    """The sign of life, with the cursor up to which nothing is missing."""
    cursor = feed.cursor(reader.domain, after)
    return f'id: {cursor}\nevent: beat\ndata: {{"cursor":"{cursor}"}}\n\n'.encode()
