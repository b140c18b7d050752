"""Writing to the event log. Reading it as a feed belongs to `callcenter.live`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from django.db import connection, transaction

from callcenter.foundation import rows, wakeups
from callcenter.foundation.rows import Change

# By hand: several stand in every command, and building the statement anew costs more than running it.
_INSERT = " INSERT INTO event_log (type, at, domain, call, seq_in_call, agent, reservation, actor, data)"
_ROW = "(%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)"
_TYPED = "(%s, %s::timestamptz, %s, %s::uuid, %s::int, %s::bigint, %s::uuid, %s, %s::jsonb)"


class NewEvent(TypedDict, total=False):
    """One thing that happened, as its room tells it."""

    type: Required[str]
    call: UUID | None
    seq_in_call: int | None
    agent: int | None
    reservation: UUID | None
    data: dict[str, Any]


def record(*, now: datetime, domain: str, actor: str, **event: Unpack[NewEvent]) -> None:
    """Write one event inside the caller's transaction and wake the relay after commit."""
    record_all([event], now=now, domain=domain, actor=actor)


def record_all(
    told: Sequence[NewEvent], *, now: datetime, domain: str, actor: str, beside: Sequence[Change] = ()
) -> None:
    """Write what one command tells, in this order, inside its transaction; wake the relay after commit.

    What it changed may go `beside`, in the same statement, where there is anything to tell: the round trips are half of
    what such a command costs. Only changes that need no order among them.
    """
    if not told:
        return
    values = rows.values_of(beside) + _values(told, now, domain, actor)
    with connection.cursor() as cursor:
        cursor.execute(f"{rows.beside(beside)}{_INSERT} VALUES {', '.join([_ROW] * len(told))}", values)
    wake_relay_after_commit()


def record_with(made: Change, told: Sequence[NewEvent], *, now: datetime, domain: str, actor: str) -> bool:
    """Make a row and write what is told of it, in one statement; False, and nothing told, where it was there already.

    `made` inserts one row, or none, and returns it.
    """
    sql, given = made
    values = [*given, *_values(told, now, domain, actor)]
    lines = ", ".join([_TYPED] * len(told))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH made AS ({sql}) {_INSERT} SELECT told.* FROM (VALUES {lines}) AS told, made", values)  # noqa: S608
        if cursor.rowcount == 0:
            return False
    wake_relay_after_commit()
    return True


def _values(told: Sequence[NewEvent], now: datetime, domain: str, actor: str) -> list[Any]:
    values: list[Any] = []
    for event in told:
        values += (
            event["type"], now, domain, event.get("call"), event.get("seq_in_call"), event.get("agent"),
            event.get("reservation"), actor, json.dumps(event.get("data") or {}),
        )  # fmt: skip
    return values


def wake_relay_after_commit() -> None:
    if not any(after is wakeups.wake_relay for _, after, *_ in connection.run_on_commit):
        transaction.on_commit(wakeups.wake_relay)  # once is enough
