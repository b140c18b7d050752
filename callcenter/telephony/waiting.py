"""Long polls: a reader waits for the next event without a thread's attention and without a database connection.

All who wait in a process look at one tail of the feed: only what concerns a reader makes it ask the database, if at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from callcenter.foundation.models import Event
from callcenter.telephony import tail
from callcenter.telephony.tail import Tail

Json = dict[str, Any]

MOST_WAITERS = 500  # of this process
MOST_OF_A_KEY = 50  # so that no key takes every place
# A look each second tells a waiter of a tail that cannot see.
_LOOK_EVERY_S = 1.0
# An answer that was heard has had its effect by then; one that was lost is made good.
_ANSWERED_S = 1.0

_waiting: Counter[str] = Counter()  # by key


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody waits for. A page is its one list, and the cursor to go on with as `next`."""

    look: Callable[[int], Json]  # the page after a number, from the log; called in a thread of its own
    concerns: Callable[[Event], bool]
    # The page of these events, up to a number: in a thread of its own, unless there are none.
    tell: Callable[[list[Event], int], Json]
    limit: int  # events of a page
    # What the reader was told in an answer of ours: by itself it may wait a moment for other news.
    is_answered: Callable[[Event], bool] = lambda event: False


def is_full(key: str) -> bool:
    """Whether as many wait here as may, of this key or of all."""
    return _waiting[key] >= MOST_OF_A_KEY or _waiting.total() >= MOST_WAITERS


async def next_page(question: Question, *, after: int, seconds: int, key: str) -> AsyncIterator[str]:
    """The body of an answer that comes with the first thing to tell, or empty when the time is over."""
    _waiting[key] += 1
    try:
        with tail.following() as feed:
            yield json.dumps(await _first(question, feed, after=after, seconds=seconds), ensure_ascii=False)
    finally:
        _waiting[key] -= 1
        if not _waiting[key]:
            del _waiting[key]


async def _first(question: Question, feed: Tail, *, after: int, seconds: int) -> Json:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, _LOOK_EVERY_S)):
            await feed.ready.wait()
    while True:
        moved = feed.moved  # before looking: what is published between the two counts as moved
        left = deadline - loop.time()
        if left > 0 and _is_all_answered(question, feed, after):
            deadline = min(deadline, loop.time() + _ANSWERED_S)
            left = deadline - loop.time()
        else:
            found, after = await next_of(question, feed, after=after, last=left <= 0)
            if found is not None:
                return found
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, _LOOK_EVERY_S)):
                await moved.wait()


def _is_all_answered(question: Question, feed: Tail, after: int) -> bool:
    """Whether there are news, less than a page, and the reader has had all of them in answers."""
    news = [row for row in feed.since(after) if question.concerns(row)] if feed.reaches(after) else []
    return 0 < len(news) < question.limit and all(question.is_answered(row) for row in news)


async def next_of(question: Question, feed: Tail, *, after: int, last: bool) -> tuple[Json | None, int]:
    """The page after a number if it tells anything, or if it is the `last` chance to; and the number to go on from."""
    loop = asyncio.get_running_loop()
    if not feed.reaches(after):
        page = await loop.run_in_executor(None, question.look, after)
        reached = int(page["next"].rpartition(":")[2])
        return (page if last or tells(page) else None), reached
    rows, reached = [row for row in feed.since(after) if question.concerns(row)], max(after, feed.position)
    if not rows:
        return (question.tell([], reached) if last else None), reached
    if len(rows) >= question.limit:
        rows = rows[: question.limit]
        reached = rows[-1].feed_seq or reached
    page = await loop.run_in_executor(None, question.tell, rows, reached)
    return (page if last or tells(page) else None), reached


def tells(page: Json) -> bool:
    return any(isinstance(told, list) and told for told in page.values())
