"""Who vouches for an agent: one browser window at a time, by lease. `ConsoleSession` rows follow the lease."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction

from callcenter.console.models import ConsoleSession
from routing import operations as routing
from routing.results import AgentView

_BROWSERS = (
    ("Edge", r"Edg/(\d+)"),
    ("Firefox", r"Firefox/(\d+)"),
    ("Chrome", r"Chrom(?:e|ium)/(\d+)"),
    ("Safari", r"Version/(\d+)"),
)
_SYSTEMS = (("Windows", "Windows"), ("macOS", "Mac OS"), ("Android", "Android"), ("Linux", "Linux"))


def live_session(*, agent_id: int) -> ConsoleSession | None:
    return ConsoleSession.objects.filter(agent=agent_id, closed_at__isnull=True).first()


@transaction.atomic
def open_desk(
    *, agent_id: int, lease_id: UUID, fingerprint: str, browser: str, take_over: bool, now: datetime, actor: str
) -> AgentView:
    """Sign the agent in by this window; a reload goes on with its lease.

    A window of the same login goes on where the former one stood: between tabs the browser's own lock has decided.
    Raises Conflict(lease_held) where another browser vouches and `take_over` is not asked.
    """
    before = live_session(agent_id=agent_id)
    take_over = take_over or (before is not None and before.fingerprint == fingerprint)
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


def bring_to_front(*, agent_id: int, lease_id: UUID, reservation_id: UUID) -> None:
    """Which conversation this window shows, of several. Another window's wish changes nothing."""
    ConsoleSession.objects.filter(agent=agent_id, lease_id=lease_id, closed_at__isnull=True).update(
        focus=reservation_id
    )


def browser_name(user_agent: str) -> str:
    """What a person would call it: "Chrome 156, Windows"."""
    name = next((f"{word} {m[1]}" for word, rule in _BROWSERS if (m := re.search(rule, user_agent))), "")
    system = next((word for word, mark in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (name, system) if part)


def pulse(*, agent_id: int, lease_id: UUID, now: datetime) -> AgentView:
    """The window is alive: renew. Raises Conflict(lease_lost) once another window or the sweeper has it."""
    return routing.pulse(agent_id=agent_id, lease_id=lease_id, now=now)
