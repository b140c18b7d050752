"""Writing to the event log. Reading it as a feed belongs to `callcenter.live`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from callcenter.foundation import wakeups
from callcenter.foundation.models import Event


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
) -> Event:
    """Write one event inside the caller's transaction and wake the relay after commit."""
    event = Event.objects.create(
        type=type,
        at=now,
        domain=domain,
        actor=actor,
        call=call,
        seq_in_call=seq_in_call,
        agent=agent,
        reservation=reservation,
        data=data or {},
    )
    transaction.on_commit(wakeups.wake_relay)
    return event
