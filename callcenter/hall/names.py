"""The hall, by whose name: a call is held by what the switch calls it, so that no room hears of it twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import connection

import ivr.queries
import routing.operations
import routing.queries
from callcenter.foundation import asking
from callcenter.foundation.ids import uuid7


def shared_call_id(*, source: str, external_id: str) -> UUID:
    """The one UUID of a call for every room, whichever of them hears of it first.

    Held under a lock until the transaction ends, so that a call and its first path event cannot be born apart.
    """
    return held_name(source=source, external_id=external_id).shared_id()


@dataclass(frozen=True, kw_only=True)
class HeldName:
    """What is known of a call by the switch's name for it, which is held."""

    call: UUID | None  # it has arrived
    session: UUID | None  # it has been in our menus
    answers: Sequence[Any]  # to what was asked besides
    at: datetime  # held since, by the database

    def shared_id(self) -> UUID:
        """The one it has, or a new one."""
        return self.call or self.session or uuid7()


def held_name(*, source: str, external_id: str, besides: Sequence[str] = (), **values: Any) -> HeldName:
    """Hold a call's name, then look who knows it; `besides` are questions of others, as `foundation.asking` takes them,
    with their values; `now` is the instant since which the name is held.

    Two statements: what the second sees is all that was committed by whoever held the name before.
    """
    now = hold_name(source=source, external_id=external_id)
    call, session, *answers = asking.together(
        routing.queries.CALL_ID, ivr.queries.SESSION_ID, *besides,
        source=source, external_id=external_id, now=now, **values,
    )  # fmt: skip
    return HeldName(call=call, session=session, answers=answers, at=now)


def hold_name(*, source: str, external_id: str) -> datetime:
    """Until this transaction ends nobody else brings this call into being or learns that it is not there yet.

    Answers the present instant by the database, once it is held.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp() FROM pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{source}\x1f{external_id}"],
        )
        [now] = cursor.fetchone()
    return cast("datetime", now)


@dataclass(frozen=True, kw_only=True)
class CallsAhead:
    """Calls that one transaction has locked and read at once, before it does several things with them."""

    routing: routing.operations.CallsAhead
    with_menus: Collection[UUID]  # of them, those who came through our menus
    answer: Any  # to the door's question

    def had_menus(self, call_id: UUID) -> bool:
        """False where it is known that the caller did not."""
        return call_id in self.with_menus or call_id not in self.routing.ids.values()


@contextmanager
def calls_ahead(*, source: str, external_ids: Collection[str], besides: str = "SELECT NULL") -> Iterator[CallsAhead]:
    """Inside a transaction: what follows with `agent_leg_bridged` and `caller_hung_up` asks the database for little.

    `besides` is a question of the door about these `calls`.
    """
    asked = (ivr.queries.WITH_SESSIONS, besides)
    with routing.operations.calls_ahead(source=source, external_ids=external_ids, besides=asked) as locked:
        with_menus, answer = locked.answers
        yield CallsAhead(routing=locked, with_menus=set(with_menus or ()), answer=answer)
