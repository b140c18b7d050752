"""The courier: one at a time in the whole installation, many errands at once, few of them to the same receiver.

A receiver that hangs holds its own few errands and nobody else's. The courier's rounds are short: a worker that dies
costs at most the errands in hand, which are repeated under the same ids when their claim has run out.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection

from callcenter.foundation.clock import db_now
from callcenter.telephony.webhooks import figures, outbox, queries
from callcenter.telephony.webhooks.outbox import Errand
from callcenter.telephony.webhooks.sending import Reply, Send

P = ParamSpec("P")
Found = TypeVar("Found")

IN_FLIGHT = 50  # errands at once
OF_ONE_RECEIVER = 4  # of them: 8 %; a tenth is what we promise at most
_HANDFUL = 16  # claimed at a time: what a death repeats
_LOOK_EVERY_S = 1.0
_PUT_BACK_S = 7.0  # later events of a call wait for the second try of the one that failed
_LOCK = 0x776562686F6F6B73  # "webhooks": the courier's advisory lock


def _database(act: Callable[P, Found]) -> Callable[P, Any]:
    """A look into the book, in the thread that runs the round: one connection, one after another."""
    return sync_to_async(act, thread_sensitive=True)


def take_lock() -> bool:
    """Become the one courier, as long as this connection lives. False while another one is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def release_lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


@dataclass
class Courier:
    """Sends what is due, over `send`, by `clock`. One round at a time."""

    send: Send
    clock: Callable[[], datetime] = db_now
    sent: int = 0  # attempts of this round
    most_in_flight: int = 0  # to one receiver, ever
    _in_flight: Counter[UUID] = field(default_factory=Counter)
    _lanes: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IN_FLIGHT))

    async def round(self, *, seconds: float = 20.0) -> int:
        """Send until nothing is due or the time is over, then finish what is in hand; answers the attempts made."""
        self.sent, until = 0, time.monotonic() + seconds
        self._places = asyncio.Semaphore(IN_FLIGHT)
        try:
            while True:
                if time.monotonic() < until:
                    await self._open_lanes(until)
                if not self._lanes:
                    return self.sent
                await asyncio.wait(self._lanes.values(), timeout=_LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                self._close_lanes()
        finally:
            for lane in self._lanes.values():
                lane.cancel()
            self._lanes.clear()

    async def _open_lanes(self, until: float) -> None:
        for endpoint in await _database(self._look)():
            if endpoint not in self._lanes:
                self._lanes[endpoint] = asyncio.create_task(self._lane(endpoint, until))

    def _close_lanes(self) -> None:
        """Forget lanes that have ended; what went wrong in one is the round's to raise."""
        for endpoint, lane in list(self._lanes.items()):
            if lane.done():
                del self._lanes[endpoint]
                lane.result()

    def _look(self) -> list[UUID]:
        """Walk the cursors on, then say who is due."""
        for endpoint in outbox.behind(newest=queries.newest()):
            outbox.spread(endpoint_id=endpoint, now=self.clock())
        return outbox.due(now=self.clock())

    async def _lane(self, endpoint: UUID, until: float) -> None:
        """All that is due to one receiver, a handful at a time."""
        places = asyncio.Semaphore(OF_ONE_RECEIVER)

        async def carry(errand: Errand) -> bool:
            async with places, self._places:
                self._in_flight[endpoint] += 1
                self.most_in_flight = max(self.most_in_flight, self._in_flight[endpoint])
                try:
                    reply = await self.send(errand.parcel)
                finally:
                    self._in_flight[endpoint] -= 1
            await _database(self._settle)(errand, reply)
            return reply.taken

        async def in_order(errands: list[Errand]) -> None:
            """Events of one call one after another: a receiver that answers hears them in their order."""
            for place, errand in enumerate(errands, start=1):
                went_well = await carry(errand)
                if not went_well or time.monotonic() > until:
                    await _database(self._put_back)(errands[place:], 0 if went_well else _PUT_BACK_S)
                    return

        while time.monotonic() < until:
            errands = await _database(lambda: outbox.claim(endpoint_id=endpoint, now=self.clock(), most=_HANDFUL))()
            if not errands:
                return
            await asyncio.gather(*(in_order(calls) for calls in _by_call(errands)))

    def _put_back(self, errands: list[Errand], seconds: float) -> None:
        outbox.put_back(errands=errands, due_at=self.clock() + timedelta(seconds=seconds))

    def _settle(self, errand: Errand, reply: Reply) -> None:
        self.sent += 1
        figures.ATTEMPTS.labels(str(reply.status or "none")).inc()
        outbox.settle(errand=errand, reply=reply, now=self.clock())


def _by_call(errands: list[Errand]) -> list[list[Errand]]:
    """Errands of one call together, in their order; each event without a call by itself."""

    def key(errand: Errand) -> str:
        return errand.call.hex if errand.call else f"-{errand.delivery}"

    return [list(group) for _, group in groupby(sorted(errands, key=lambda one: (key(one), one.delivery)), key=key)]
