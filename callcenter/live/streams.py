"""One browser's stream: what it missed, what waits to be sent, and how it ends."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from callcenter.accounts import sessions
from callcenter.live import figures, notices
from callcenter.live.feed import FeedEvent
from callcenter.live.notices import Audience, Notice

BACKLOG = 256  # notices a reader may be behind
STUCK_S = 15.0  # a closed stream whose browser does not read is cut


@dataclass(frozen=True, kw_only=True)
class CatchUp:
    """What a reader who comes back missed, as far as the database was asked."""

    after: int | None  # the last number the reader has; None for a fresh start
    read_to: int = 0  # everything up to this number is in `events` or known to the reader
    events: tuple[FeedEvent, ...] = ()
    is_too_much: bool = False  # not searched for: fetch afresh


class Stream:
    """One browser's stream: what waits to be sent, and how far it has come."""

    def __init__(self, *, audience: Audience, ticket: sessions.Ticket, catch_up: CatchUp) -> None:
        self.audience = audience
        self.ticket = ticket
        self.catch_up = catch_up
        self.last_seq = catch_up.after or 0  # the newest number this stream was given; a beat repeats it
        self.waiting: deque[bytes] = deque()
        self.woken = asyncio.Event()
        self.closing = False
        self.task = asyncio.current_task()
        self.cut: asyncio.TimerHandle | None = None

    def offer(self, notice: Notice) -> None:
        """Queue a notice. A reader too far behind is told to fetch the state afresh, and closed."""
        if self.closing or (notice.seq is not None and notice.seq <= self.last_seq):
            return
        if notice.seq is not None:
            self.last_seq = notice.seq
        if len(self.waiting) >= BACKLOG:
            figures.RESYNCS.inc()
            self.waiting.clear()
            self.end(notices.resync(seq=self.last_seq))
            return
        self.waiting.append(notice.encode())
        self.woken.set()

    def end(self, last: Notice | None = None) -> None:
        """Say the last word and close; if the browser does not take it, cut the line."""
        if self.closing:
            return
        self.closing = True
        if last is not None:
            self.waiting.append(last.encode())
        self.woken.set()
        if self.task is not None:
            self.cut = asyncio.get_running_loop().call_later(STUCK_S, self.task.cancel)

    def take(self) -> bytes:
        """Everything that waits, as one write."""
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        self.woken.clear()
        return chunk
