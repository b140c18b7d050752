"""`GET /events/stream`: the feed as server-sent events, from a cursor on and without a gap.

All streams of a process take what is theirs from its one tail of the feed, and what is written for one is written for
all who stand where it stands: a thousand that come back at once cost little more than one. Who is further behind is
brought up from the log, page by page. A client that reads slowly holds back only itself: nothing is queued for it, its
place in the feed is all there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.db import Error, connection

from callcenter.accounts import api_keys
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.telephony import answers, feed, tail
from callcenter.telephony.tail import Tail

logger = logging.getLogger(__name__)

MOST_STREAMS = 5_000  # of this process
MOST_OF_A_KEY = 500
BEAT_S = 5.0  # a stream silent for twice this is dead
_PAGE = 200  # events sent at once
_MOST_REMEMBERED = 20_000  # events and pages as they were written


class _Keys:
    """The keys under which streams are open in this process, looked up now and then while there are any."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.streams: Counter[str] = Counter()  # by prefix of their key
        self.ended: set[str] = set()  # keys that were revoked or ran out
        self.task = loop.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            try:
                self.ended = await sync_to_async(_ended, thread_sensitive=False)(set(self.streams))
            except Error as error:
                logger.warning("the keys of streams cannot be read", extra={"error": type(error).__name__})
            await asyncio.sleep(BEAT_S)


_keys: _Keys | None = None


def _ended(prefixes: set[str]) -> set[str]:
    try:
        return prefixes - api_keys.live(prefixes=prefixes, now=db_now())
    finally:
        connection.close()


def is_full(prefix: str) -> bool:
    """Whether this key, or this process, follows as many streams as it may."""
    if _keys is None:
        return False
    return _keys.streams[prefix] >= MOST_OF_A_KEY or _keys.streams.total() >= MOST_STREAMS


@contextlib.contextmanager
def _counted(prefix: str) -> Iterator[_Keys]:
    global _keys
    loop = asyncio.get_running_loop()
    if _keys is None or _keys.loop is not loop:
        _keys = _Keys(loop)
    keys = _keys
    keys.streams[prefix] += 1
    try:
        yield keys
    finally:
        keys.streams[prefix] -= 1
        if keys.streams[prefix] == 0:
            del keys.streams[prefix]
        if not keys.streams:
            keys.task.cancel()
            _keys = None if _keys is keys else _keys


async def frames(reader: feed.Reader, *, after: int | None, prefix: str) -> AsyncIterator[bytes]:
    """The bytes of one stream, until its reader leaves or its key ends. Without `after`, from now on."""
    with _counted(prefix) as keys, tail.following() as news:
        await news.ready.wait()
        after = news.position if after is None else after
        yield _beat(reader, after)
        while prefix not in keys.ended:
            moved = news.moved
            if after < news.floor:
                rows, after = await sync_to_async(_behind, thread_sensitive=False)(reader, after)
                told = b"".join(_frame(row) for row in rows)
            else:
                told, after = _told(news, reader, after)
            if told:
                yield told
            elif after >= news.position:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_S):
                        await moved.wait()
                    continue
                if news.is_fresh:  # else the silence says that nobody knows
                    yield _beat(reader, after)
        yield b'event: ended\ndata: {"reason":"key"}\n\n'


def _told(news: Tail, reader: feed.Reader, after: int) -> tuple[bytes, int]:
    """The next page from memory, and the number it reaches: written once for all readers of a kind at one place."""
    upto = min(news.position, after + _PAGE)
    page = (reader.domain, reader.types, after, upto)
    told = news.memo.get(page)
    if told is None:
        rows = [row for row in news.since(after)[:_PAGE] if (row.feed_seq or 0) <= upto and feed.is_for(reader, row)]
        told = b"".join(_remembered(news, row) for row in rows)
        if len(news.memo) > _MOST_REMEMBERED:
            news.memo.clear()
        news.memo[page] = told
    return told, max(after, upto)


def _behind(reader: feed.Reader, after: int) -> tuple[list[Event], int]:
    """The next page of the log for a stream that memory does not reach back for."""
    try:
        return feed.rows(reader, after=after)
    finally:
        connection.close()


def _remembered(news: Tail, row: Event) -> bytes:
    written = news.memo.get(row.feed_seq)
    if written is None:
        written = news.memo[row.feed_seq] = _frame(row)
    return written


def _frame(row: Event) -> bytes:
    cursor = feed.cursor(row.domain, row.feed_seq or 0)
    data = json.dumps({"cursor": cursor} | answers.event(row), ensure_ascii=False, separators=(",", ":"))
    return f"id: {cursor}\nevent: {row.type}\ndata: {data}\n\n".encode()


def _beat(reader: feed.Reader, after: int) -> bytes:
    """The sign of life, with the cursor up to which nothing is missing."""
    cursor = feed.cursor(reader.domain, after)
    return f'id: {cursor}\nevent: beat\ndata: {{"cursor":"{cursor}"}}\n\n'.encode()
