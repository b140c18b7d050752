"""The pusher: one at a time in the whole installation, a lane for each trunk, so that a slow one holds up itself alone.

The event log is the outbox and the trunk's cursor its place in it. A push that was not confirmed is sent again under
the same id, by us within seconds or by our successor after a crash; the switch treats an id it knows as done. What
cannot be told in time is not lost: the ring lease ends, the caller keeps the place, and `GET /instructions` tells it too.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection

import routing.operations
from callcenter import hall
from callcenter.accounts.models import ApiKey
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.telephony import feed, instructions, naming
from callcenter.telephony.dialects import ringing_back
from callcenter.telephony.instructions import Reader, Told
from callcenter.telephony.push import operations
from callcenter.telephony.push.models import TrunkPush
from callcenter.telephony.webhooks import figures, signing
from callcenter.telephony.webhooks.sending import Parcel, Reply, Send

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Found = TypeVar("Found")

PAUSES_S = (0.1, 0.3, 1.0, 3.0)  # between the five tries of one instruction
ATTEMPT_S = 2.0
_PAGE = 50
_AT_ONCE = 8  # requests to one trunk
_LOCK = 0x70757368  # "push": the pusher's advisory lock
_PASSING = frozenset({408, 425, 429})  # refusals worth another try


def _database(act: Callable[P, Found]) -> Callable[P, Any]:
    """A look into the book, in the thread that holds the lock: one connection, one after another."""
    return sync_to_async(act, thread_sensitive=True)


def take_lock() -> bool:
    """Be the one pusher, as long as this connection lives. Asked again each turn: a lost connection loses it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND pid = pg_backend_pid())"
            " OR pg_try_advisory_lock(%s)",
            [_LOCK, _LOCK],
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, kw_only=True)
class Place:
    """One trunk and how far it was told."""

    push: int
    trunk: str
    url: str
    cursor: int
    failures: int
    secrets: Sequence[str]
    reader: Reader


@dataclass
class Pusher:
    """Tells every trunk what to do next, over `send`."""

    send: Send
    pauses_s: Sequence[float] = PAUSES_S
    _lanes: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    async def turn(self) -> None:
        """Open a lane for each trunk that is behind and has none; raise what went wrong in one that has ended."""
        for push_id, lane in list(self._lanes.items()):
            if lane.done():
                del self._lanes[push_id]
                lane.result()
        for place in await _database(_behind)():
            if place.push not in self._lanes:
                self._lanes[place.push] = asyncio.create_task(self._lane(place))

    async def finish(self) -> None:
        """Until every lane has told what there is."""
        await asyncio.gather(*self._lanes.values())
        self._lanes.clear()

    def stop(self) -> None:
        for lane in self._lanes.values():
            lane.cancel()
        self._lanes.clear()

    async def _lane(self, place: Place) -> None:
        """One page of what is to be told, calls side by side, each call's instructions one after another."""
        found, reached = await _database(instructions.since)(place.reader, after=place.cursor)
        places = asyncio.Semaphore(_AT_ONCE)

        async def in_order(told: Sequence[Told]) -> None:
            for one in told:
                async with places:
                    await self._tell(place, one)

        await asyncio.gather(*(in_order(told) for told in _by_call(found)))
        await _database(operations.walk_on)(push_id=place.push, since=place.cursor, cursor=reached)

    async def _tell(self, place: Place, told: Told) -> None:
        """Until it is taken, refused for good, or not worth telling any more."""
        pauses = iter(self.pauses_s if place.failures < operations.FAILING_AFTER else ())
        while True:
            reply = await self.send(_parcel(place, told, await _database(db_now)()))
            figures.PUSHES.labels(str(reply.status or "none")).inc()
            await _database(_settle)(place, told, reply)
            pause = next(pauses, None) if _may_repeat(reply) else None
            if pause is None:
                return
            await asyncio.sleep(pause)
            if told.reservation is not None and not await _database(instructions.stands)(told):
                return


def _behind() -> list[Place]:
    """Trunks with something new in the feed since they were last told."""
    now = db_now()
    rows = TrunkPush.objects.filter(active=True, cursor__lt=feed.newest()).select_related("trunk")
    return [_place(row, now) for row in rows]


def _place(row: TrunkPush, now: datetime) -> Place:
    keys = ApiKey.objects.filter(trunk=row.trunk.key).values_list("prefix", flat=True)
    actors = frozenset({_actor(row.trunk.key), *(f"key:{prefix}" for prefix in keys)})
    reader = Reader(
        domain=row.trunk.domain,
        source=row.trunk.group,
        actors=actors,
        limit=_PAGE,
        trunk=row.trunk.key,
        leaves_promises=naming.leaves_promises(row.trunk),
        asks_hooks=row.trunk.dialect in ringing_back.DIALECTS,
    )
    secrets = tuple(operations.secrets(row, now=now))
    return Place(
        push=row.pk, trunk=row.trunk.key, url=row.url, cursor=row.cursor, failures=row.failures, secrets=secrets,
        reader=reader,
    )  # fmt: skip


def _actor(trunk: str) -> str:
    return f"push:{trunk}"


def _by_call(told: Sequence[Told]) -> list[list[Told]]:
    def key(one: Told) -> UUID:
        return one.call

    return [list(group) for _, group in groupby(sorted(told, key=lambda one: (one.call, one.number)), key=key)]


def _parcel(place: Place, told: Told, now: datetime) -> Parcel:
    name = f"ins_{told.event}"
    body = json.dumps(told.instruction | {"id": name}, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signing.headers(secrets=place.secrets, message_id=name, at=now, body=body)
    headers |= {"Instruction-Id": name, "Content-Type": "application/json", "User-Agent": "Zhiyin-Push/1"}
    return Parcel(url=place.url, body=body, headers=headers)


def _may_repeat(reply: Reply) -> bool:
    return reply.status is None or reply.status >= 500 or reply.status in _PASSING


def _settle(place: Place, told: Told, reply: Reply) -> None:
    now = db_now()
    operations.note(push_id=place.push, reply=reply, now=now)
    if reply.taken:
        routing.operations.switch_asks(source=place.reader.source, reached=told.number)
    if reply.status == 410 and told.instruction["kind"] in {"route", "dial"}:
        _let_go(place, told, now)


def _let_go(place: Place, told: Told, now: datetime) -> None:
    """The switch has this caller no more, or has moved on: the agent is free at once, nobody is blamed."""
    try:
        hall.talk.agent_leg_failed(
            call_id=told.call,
            reservation_id=told.reservation,
            reason="failed",
            actor=_actor(place.trunk),
            now=now,
        )
    except Refused as why:
        logger.info("a route that is gone was over already", extra={"code": why.code})
