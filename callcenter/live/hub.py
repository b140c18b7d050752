"""One feed reader per process, many streams: reads the published feed once and hands notices to whoever may hear them.

Everything here runs on the server's event loop; the database is looked at in threads of its own, and given back after
each look, so that a thousand open streams hold no connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error, connection

from callcenter.accounts import sessions
from callcenter.foundation import wakeups
from callcenter.foundation.clock import db_now
from callcenter.live import feed, figures, notices
from callcenter.live.feed import FeedEvent
from callcenter.live.streams import Stream

logger = logging.getLogger("callcenter.live.hub")

TOLD = 128  # notices told one by one at a time; more than that missed is one `resync`
REMEMBERED = 2000  # events kept in memory, so that a storm of reconnects asks the database nothing
POLL_S = 1.0  # the truth behind the wake-ups
PACE_S = 0.02  # a burst of events shares one look
BEAT_S = 5.0
BLIND_S = 3.0  # an event that waits longer to be published means that we no longer see
ACCESS_S = 3.0  # how often the right to each stream is looked at


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What one look at the database found."""

    events: list[FeedEvent]
    is_behind: bool  # the relay has left events unpublished
    is_reset: bool  # the feed ends before where we stand: another database answers now
    now: datetime


def _look(after: int | None) -> _Look:
    """In a thread. Without `after`, the remembered tail of the feed."""
    try:
        if after is None:
            after = max(0, feed.newest() - REMEMBERED)
            events = feed.read(after=after, limit=REMEMBERED)
        else:
            events = feed.read(after=after, limit=TOLD)
        is_reset = not events and feed.newest() < after
        return _Look(events=events, is_behind=feed.is_behind(seconds=BLIND_S), is_reset=is_reset, now=db_now())
    finally:
        connection.close()


def _ended(tickets: list[sessions.Ticket]) -> dict[sessions.Ticket, str]:
    try:
        return sessions.ended(tickets)
    finally:
        connection.close()


class Hub:
    """The streams of this process and the one reader that feeds them."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.of_agent: defaultdict[int, set[Stream]] = defaultdict(set)
        self.overseers: set[Stream] = set()
        self.position: int | None = None  # the newest number read; None until the first look
        self.recent: deque[FeedEvent] = deque(maxlen=REMEMBERED)
        self.floor = 0  # every event above this number and up to `position` is in `recent`
        self.looked_at = 0.0  # monotonic, of the last look that found us able to see
        self.clock = (0.0, datetime.now(UTC))  # monotonic and database time of one instant
        self.moved: defaultdict[str, set[str]] = defaultdict(set)  # queues that changed, by domain
        self.tasks: list[asyncio.Task[None]] = []
        self.first_look: asyncio.Event | None = None
        self.woken: asyncio.Event | None = None
        self.threads = ThreadPoolExecutor(2, thread_name_prefix="live")

    # --- streams ------------------------------------------------------------------------------------------------------
    def covers(self, after: int) -> bool:
        """True if a stream that has seen `after` can be brought up to date from memory."""
        return self.position is not None and self.floor <= after <= self.position

    async def frames(self, stream: Stream) -> AsyncIterator[bytes]:
        """The bytes of one stream until it ends."""
        await self._start()
        self._join(stream)
        try:
            self._bring_up_to_date(stream)
            yield self._beat(stream) + stream.take()
            due = time.monotonic() + BEAT_S
            while not stream.closing:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.05, due - time.monotonic())):
                        await stream.woken.wait()
                if stream.waiting:
                    yield stream.take()
                stream.woken.clear()
                if time.monotonic() >= due and not stream.waiting:
                    due = time.monotonic() + BEAT_S
                    if self._sees():
                        yield self._beat(stream)
            if stream.waiting:
                yield stream.take()
        finally:
            self._leave(stream)

    def _join(self, stream: Stream) -> None:
        self.streams.add(stream)
        if stream.audience.hears_all:
            self.overseers.add(stream)
        elif stream.audience.agent_id is not None:
            self.of_agent[stream.audience.agent_id].add(stream)
        figures.STREAMS.set(len(self.streams))

    def _leave(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self.overseers.discard(stream)
        if stream.audience.agent_id is not None:
            own = self.of_agent[stream.audience.agent_id]
            own.discard(stream)
            if not own:
                del self.of_agent[stream.audience.agent_id]
        if stream.cut is not None:
            stream.cut.cancel()
        figures.STREAMS.set(len(self.streams))

    def _bring_up_to_date(self, stream: Stream) -> None:
        """No await between joining and this: whatever is published later reaches the stream by the reader."""
        assert self.position is not None
        past = stream.catch_up
        if past.after is None:
            stream.last_seq = self.position
            return
        missed = [
            event
            for event in (*past.events, *(event for event in self.recent if event.seq > past.read_to))
            if event.seq > past.after and notices.may_hear(stream.audience, event)
        ]
        if past.is_too_much or past.read_to < self.floor or len(missed) > TOLD:
            figures.RESYNCS.inc()
            stream.last_seq = 0
            stream.offer(notices.resync(seq=self.position))
            return
        for event in missed:
            stream.offer(notices.of(event))

    def _beat(self, stream: Stream) -> bytes:
        at, now = self.clock
        shown = now + timedelta(seconds=time.monotonic() - at)
        return notices.beat(seq=stream.last_seq, now=shown.isoformat(timespec="milliseconds"))

    def _sees(self) -> bool:
        """False once we could not look, or the relay has left events unpublished: then silence is the honest sign."""
        return time.monotonic() - self.looked_at < POLL_S + BLIND_S

    def close_all(self) -> None:
        """The server stops: let every browser go now, so that it comes back to a server that runs."""
        for stream in list(self.streams):
            stream.end()

    # --- reading ------------------------------------------------------------------------------------------------------
    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        if not self.tasks or self.tasks[0].get_loop() is not loop:
            self.position = None
            self.recent.clear()
            self.first_look, self.woken = asyncio.Event(), asyncio.Event()
            self.tasks = [loop.create_task(self._read_for_ever()), loop.create_task(self._check_for_ever())]
            _close_on_signal(self, loop)
        assert self.first_look is not None
        await self.first_look.wait()

    async def _read_for_ever(self) -> None:
        assert self.woken is not None
        loop = asyncio.get_running_loop()
        sleeper = wakeups.Sleeper("live")
        loop.add_reader(sleeper.socket, self._on_wake, sleeper)
        hinted_at = 0.0
        try:
            while True:
                full = await self._read_once()
                if time.monotonic() - hinted_at >= 1.0:
                    hinted_at = time.monotonic()
                    self._hint_queues()
                await asyncio.sleep(PACE_S)
                if not full:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await self.woken.wait()
                self.woken.clear()
        finally:
            loop.remove_reader(sleeper.socket)
            sleeper.close()

    def _on_wake(self, sleeper: wakeups.Sleeper) -> None:
        sleeper.drain()
        if self.woken is not None:
            self.woken.set()

    async def _read_once(self) -> bool:
        """One look; True if there is probably more. A database that is away is asked again at the next poll."""
        assert self.first_look is not None
        try:
            look = await asyncio.get_running_loop().run_in_executor(self.threads, _look, self.position)
        except Error as error:
            logger.warning("live feed cannot be read", extra={"error": type(error).__name__})
            return False
        self.clock = (time.monotonic(), look.now)
        if look.is_reset:
            self._begin_anew()
            return True
        if not look.is_behind:
            self.looked_at = time.monotonic()
        self._take(look.events)
        self.first_look.set()
        return len(look.events) >= TOLD

    def _begin_anew(self) -> None:
        logger.warning("live feed went back; every reader fetches afresh", extra={"position": self.position})
        self.position = None
        self.recent.clear()
        for stream in list(self.streams):
            stream.last_seq = 0
            stream.end(notices.resync(seq=0))

    def _take(self, events: list[FeedEvent]) -> None:
        if self.position is None:
            self.position = events[-1].seq if events else 0
            self.floor = events[0].seq - 1 if events else 0
            self.recent.extend(events)
            return
        for event in events:
            if len(self.recent) == REMEMBERED:
                self.floor = self.recent[0].seq
            self.recent.append(event)
            self.position = event.seq
            self._hand_out(event)

    def _hand_out(self, event: FeedEvent) -> None:
        own = self.of_agent.get(event.agent, set()) if event.agent is not None else set()
        listeners = [stream for stream in (*own, *self.overseers) if notices.may_hear(stream.audience, event)]
        if listeners:
            notice = notices.of(event)
            for stream in listeners:
                stream.offer(notice)
        if event.type.startswith("call."):
            self.moved[event.domain].add(str(event.data.get("queue") or ""))

    def _hint_queues(self) -> None:
        """At most once a second: a floor of 500 desks must not hear each step of each call."""
        seq = self.position or 0
        for domain, queues in self.moved.items():
            for stream in self.streams:
                if stream.audience.domain in ("", domain):
                    for queue in sorted(queues):
                        stream.offer(notices.queue_moved(queue, seq=seq))
        self.moved.clear()

    # --- access -------------------------------------------------------------------------------------------------------
    async def _check_for_ever(self) -> None:
        """Logout, disabling, another role or password end the stream within seconds."""
        while True:
            await asyncio.sleep(ACCESS_S)
            by_ticket: defaultdict[sessions.Ticket, list[Stream]] = defaultdict(list)
            for stream in self.streams:
                by_ticket[stream.ticket].append(stream)
            if not by_ticket:
                continue
            try:
                ended = await asyncio.get_running_loop().run_in_executor(self.threads, _ended, list(by_ticket))
            except Error as error:
                logger.warning("stream access cannot be checked", extra={"error": type(error).__name__})
                continue
            for ticket, reason in ended.items():
                for stream in by_ticket[ticket]:
                    stream.end(notices.session_over(reason))


def _close_on_signal(hub: Hub, loop: asyncio.AbstractEventLoop) -> None:
    """Streams never end by themselves, so a server told to stop would wait for them: end them first."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        former = signal.getsignal(number)
        if not callable(former):
            continue

        def close_then(sig: int, frame: Any, former: Any = former) -> None:
            loop.call_soon_threadsafe(hub.close_all)
            former(sig, frame)

        signal.signal(number, close_then)


hub = Hub()
