"""Long polls by the hundred over one tail of the feed: each hears its own, none is asked for nothing, none is forgotten."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError

from callcenter.foundation.models import Event
from callcenter.telephony import awaiting, bells, tail, waiting
from callcenter.telephony.waiting import Question

MANY = 200
Page = dict[str, Any]


class Log:
    """The feed as the tail reads it; and how often anybody looked past the tail."""

    def __init__(self) -> None:
        self.rows: list[Event] = []
        self.is_away = False
        self.looked_past = self.reads = 0
        self.moved = asyncio.Event()

    def publish(self, *calls: UUID) -> None:
        for call in calls:
            number = len(self.rows) + 1
            self.rows.append(Event(pk=number, feed_seq=number, call=call, type="reservation.created", domain="main"))
        self.moved.set()

    def read(self, after: int | None) -> tuple[list[Event], int]:
        if self.is_away:
            raise OperationalError("the database is away")
        self.reads += 1
        start = max(0, len(self.rows) - tail.KEPT) if after is None else after
        return self.rows[start:], len(self.rows)

    def question(self, call: UUID) -> Question:
        def tell(rows: list[Event], upto: int) -> Page:
            return {"instructions": [str(row.call) for row in rows], "next": f"main:{upto}"}

        def look(after: int) -> Page:
            self.looked_past += 1
            if self.is_away:
                raise OperationalError("the database is away")
            return tell([row for row in self.rows[after:] if row.call == call], len(self.rows))

        return Question(look=look, concerns=lambda row: row.call == call, tell=tell, limit=20)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Iterator[Log]:
    settings.VAR_DIR = str(tmp_path)
    kept = Log()
    monkeypatch.setattr(tail, "_read", kept.read)
    monkeypatch.setattr(bells._Bell, "wait", lambda bell, seconds, rung=None: _rung(kept, seconds))
    yield kept
    assert not awaiting._seats
    assert not waiting._waiting


async def _rung(log: Log, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await log.moved.wait()
    except TimeoutError:
        return
    log.moved.clear()


async def _ask(log: Log, call: UUID, *, seconds: int = 60, after: int = 0) -> Page:
    body = awaiting.next_page(log.question(call), call=call, after=after, seconds=seconds)
    (page,) = [json.loads(part) async for part in body]
    return dict(page)


async def _until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(3))
def test_hundreds_wait_and_each_hears_of_its_own_call_alone(log: Log, seed: int) -> None:
    """In any order, one by one or in heaps, among the news of strangers: nobody is missed and nobody asks the database."""
    dice = random.Random(seed)
    calls = [UUID(int=number + 1) for number in range(MANY)]

    async def story() -> list[Page]:
        first = asyncio.create_task(_ask(log, calls[0]))
        await _until(lambda: (news := tail.here()) is not None and news.sees)
        waiters = [first, *(asyncio.create_task(_ask(log, call)) for call in calls[1:])]
        await _until(lambda: len(awaiting._seats) == MANY)
        log.looked_past = 0  # the very first may have come before the tail was there
        told = dice.sample(calls, MANY)
        while told:
            heap = [told.pop() for _ in range(min(len(told), dice.choice([1, 2, 30])))]
            strangers = [UUID(int=10_000 + dice.randrange(99)) for _ in range(dice.randrange(4))]
            log.publish(*dice.sample(heap + strangers, len(heap + strangers)))
            await asyncio.sleep(0)
        return await asyncio.wait_for(asyncio.gather(*waiters), 60)

    pages = asyncio.run(story())
    assert [page["instructions"] for page in pages] == [[str(call)] for call in calls]
    assert log.looked_past == 0


def test_a_newer_question_about_a_call_ends_the_older_one(log: Log) -> None:
    async def story() -> tuple[Page, Page]:
        older = asyncio.create_task(_ask(log, UUID(int=7)))
        await _until(lambda: awaiting._seats)
        newer = await _ask(log, UUID(int=7), seconds=0)
        return await asyncio.wait_for(older, 30), newer

    older, newer = asyncio.run(story())
    assert older == newer == {"instructions": [], "next": "main:0"}


def test_what_was_told_before_the_question_is_answered_at_once(log: Log) -> None:
    log.publish(UUID(int=1), UUID(int=2))
    assert asyncio.run(_ask(log, UUID(int=2)))["instructions"] == [str(UUID(int=2))]


def test_while_nobody_reads_nobody_looks_and_who_comes_back_hears_what_was_missed(log: Log) -> None:
    log.publish(UUID(int=1))

    async def story() -> tuple[int, int, Page]:
        await _ask(log, UUID(int=1))
        log.publish(UUID(int=9))  # a look may be under way: it is the last one
        for _ in range(20):
            await asyncio.sleep(0.005)
        before = log.reads
        for number in range(10):
            log.publish(UUID(int=100 + number), UUID(int=7))
            await asyncio.sleep(0.005)
        after = log.reads
        return before, after, await asyncio.wait_for(_ask(log, UUID(int=7), after=2), 30)

    before, after, page = asyncio.run(story())
    assert before == after
    assert page["instructions"] == [str(UUID(int=7))] * 10
    assert log.looked_past == 0, "the tail was still there, and was read on"


def test_who_asks_while_the_database_is_away_hears_it_and_leaves_no_seat(log: Log) -> None:
    log.is_away = True
    with pytest.raises(OperationalError):
        asyncio.run(_ask(log, UUID(int=3)))


def test_a_reader_further_behind_than_memory_is_brought_up_from_the_log(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "KEPT", 10)
    log.publish(UUID(int=5), *(UUID(int=9) for _ in range(50)))

    async def story() -> Page:
        seen = asyncio.create_task(_ask(log, UUID(int=9), after=45))
        await seen
        return await _ask(log, UUID(int=5), after=0)

    assert asyncio.run(story())["instructions"] == [str(UUID(int=5))]
    assert log.looked_past >= 1


def _answered(log: Log, *answered: UUID) -> Question:
    """Of everybody; what these calls are given was in an answer already."""
    return replace(log.question(UUID(int=0)), concerns=lambda row: True, is_answered=lambda row: row.call in answered)


async def _asked(question: Question) -> Page:
    (page,) = [json.loads(part) async for part in waiting.next_page(question, after=0, seconds=60, key="k")]
    return dict(page)


def test_what_was_answered_is_told_with_the_next_news(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_ANSWERED_S", 3600.0)
    one, other = UUID(int=1), UUID(int=2)

    async def story() -> Page:
        asking = asyncio.create_task(_asked(_answered(log, one)))
        await _until(lambda: (news := tail.here()) is not None and news.sees)
        log.publish(one)
        await _until(lambda: tail.here().position == 1)  # type: ignore[union-attr]
        for _ in range(20):
            await asyncio.sleep(0)
        assert not asking.done()
        log.publish(other)
        return await asyncio.wait_for(asking, 60)

    assert asyncio.run(story())["instructions"] == [str(one), str(other)]


def test_an_answer_that_was_lost_is_made_good_by_and_by(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_ANSWERED_S", 0.01)
    log.publish(UUID(int=1))
    page = asyncio.run(asyncio.wait_for(_asked(_answered(log, UUID(int=1))), 60))
    assert page == {"instructions": [str(UUID(int=1))], "next": "main:1"}
