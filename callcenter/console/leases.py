"""Who vouches for an agent: one browser window at a time, by lease. `ConsoleSession` rows follow the lease."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from callcenter.console.models import ConsoleSession
from routing import operations as routing
from routing.results import AgentView


def live_session(*, agent_id: int) -> ConsoleSession | None:
    return ConsoleSession.objects.filter(agent=agent_id, closed_at__isnull=True).first()


@transaction.atomic
def open_desk(
    *, agent_id: int, lease_id: UUID, fingerprint: str, browser: str, take_over: bool, now: datetime, actor: str
) -> AgentView:
    """Sign the agent in by this window; a reload goes on with its lease. Raises Conflict(lease_held) without `take_over`."""
    agent = routing.sign_in(agent_id=agent_id, lease_id=lease_id, take_over=take_over, now=now, actor=actor)
    others = ConsoleSession.objects.filter(agent=agent_id, closed_at__isnull=True).exclude(lease_id=lease_id)
    others.update(closed_at=now, closed_reason="taken_over" if take_over else "replaced")
    session, created = ConsoleSession.objects.get_or_create(
        lease_id=lease_id,
        defaults={"agent_id": agent_id, "fingerprint": fingerprint, "browser": browser, "opened_at": now},
    )
    if not created and session.closed_at is not None:
        session.closed_at, session.closed_reason = None, ""
        session.save(update_fields=["closed_at", "closed_reason"])
    return agent


def pulse(*, agent_id: int, lease_id: UUID, now: datetime) -> AgentView:
    """The window is alive: renew. Raises Conflict(lease_lost) once another window or the sweeper has it."""
    return routing.pulse(agent_id=agent_id, lease_id=lease_id, now=now)
