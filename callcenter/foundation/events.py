"""Writing to the event log. Reading it as a feed belongs to `callcenter.live`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from callcenter.foundation import wakeups

# By hand: several stand in every command, and building the statement anew costs more than running it.
_INSERT = """
INSERT INTO event_log (type, at, domain, call, seq_in_call, agent, reservation, actor, data)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)
"""


def record(
    *,
    type: str,
    now: datetime,
    domain: str,
    actor: str,
    call: UUID | None = None,
    seq_in_call: int | None = None,
    agent: int | None = None,
    reservation: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write one event inside the caller's transaction and wake the relay after commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT, [type, now, domain, call, seq_in_call, agent, reservation, actor, json.dumps(data or {})]
        )
    if not any(after is wakeups.wake_relay for _, after, *_ in connection.run_on_commit):
        transaction.on_commit(wakeups.wake_relay)  # once is enough
