"""What a person says about themselves, and what their phone says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from routing.journal import Journal, lock_agent
from routing.models import Agent, Reservation
from routing.operations.endings import move_presence
from routing.operations.reservations import check_lease
from routing.results import AgentView
from routing.service_clock import DEVICE_SILENT_S
from routing.showing import show_agent
from routing.states import (
    LIVE_RESERVATION,
    PRESENCE_TABLE,
    Device,
    Presence,
    PresenceAct,
    Verdict,
    standing,
)

LOST = "lost_contact"
_ACT = {
    Presence.AVAILABLE: PresenceAct.AVAILABLE,
    Presence.BREAK: PresenceAct.BREAK,
    Presence.OFFLINE: PresenceAct.SIGN_OUT,
}


@command
def sign_in(*, agent_id: int, lease_id: UUID, take_over: bool, now: datetime, actor: str) -> AgentView:
    """A desk vouches for the person from now on. From offline they start on a break, `starting`.

    The same desk again renews its lease; another one needs `take_over`. Raises Conflict (lease_held).
    """
    agent = lock_agent(agent_id)
    journal = _journal(agent, now, actor)
    other = agent.lease_id is not None and agent.lease_id != lease_id
    if other and _lease_lives(agent, now) and not take_over:
        raise Conflict("You are already working at another desk.", code="lease_held", presence=str(agent.presence))
    if agent.presence == Presence.OFFLINE:
        move_presence(journal, agent, presence=Presence.BREAK, reason="starting")
        _vouch(agent, lease_id, now)
        journal.tell_agent(agent, "agent.signed_in")
    else:
        _vouch(agent, lease_id, now)
        back = _forget_loss(agent)
        if other or back:
            journal.tell_agent(agent, "agent.taken_over" if other else "agent.presence_changed")
    journal.close()
    return _show(agent)


@command
def pulse(*, agent_id: int, lease_id: UUID, now: datetime) -> AgentView:
    """The desk is alive: its lease runs PRESENCE_LEASE_S from now. Raises Conflict (lease_lost)."""
    lease = now + timedelta(seconds=settings.PRESENCE_LEASE_S)
    alive = Agent.objects.filter(pk=agent_id, lease_id=lease_id).exclude(presence=Presence.OFFLINE)
    if not alive.exclude(pending_reason=LOST).update(lease_expires_at=lease):
        agent = lock_agent(agent_id)
        check_lease(agent, lease_id)
        journal = _journal(agent, now, f"agent:{agent.key}")
        _vouch(agent, lease_id, now)
        if _forget_loss(agent):
            journal.tell_agent(agent, "agent.presence_changed")
        journal.close()
        return _show(agent)
    return _show(Agent.objects.select_related("domain", "team").get(pk=agent_id))


@command
def set_presence(
    *,
    agent_id: int,
    presence: str,
    reason: str,
    now: datetime,
    actor: str,
    lease_id: UUID | None = None,
) -> AgentView:
    """Available, break or offline, as the person says. With work open it waits until after the last wrap-up.

    Raises Conflict (not_signed_in, device_not_ready, lease_lost), Invalid.
    """
    if presence not in _ACT:
        raise Invalid("Presence is available, break or offline.", field="/presence")
    agent, wanted = lock_agent(agent_id), Presence(presence)
    if lease_id is not None and agent.presence != Presence.OFFLINE:
        check_lease(agent, lease_id)
    work = _work(agent)
    cell = PRESENCE_TABLE[standing(agent.presence, bool(work))][_ACT[wanted]]
    if cell is Verdict.CONFLICT:
        raise Conflict("Sign in first.", code="not_signed_in", presence=str(agent.presence), version=agent.version)
    if wanted == Presence.AVAILABLE and agent.presence != Presence.AVAILABLE:
        _check_device(agent, now)
    journal = _journal(agent, now, actor)
    if cell is Verdict.DEFER:
        _defer(journal, agent, wanted, reason)
    elif cell is not Verdict.SAME and not _holds(agent, wanted, reason):
        _say(journal, agent, wanted, reason)
    journal.close()
    return show_agent(agent, work)


def _holds(agent: Agent, wanted: Presence, reason: str) -> bool:
    same_reason = wanted == Presence.AVAILABLE or agent.reason == reason
    return agent.presence == wanted and same_reason and not agent.pending_presence


def _say(journal: Journal, agent: Agent, wanted: Presence, reason: str) -> None:
    if agent.presence == wanted == Presence.AVAILABLE:
        agent.pending_presence = agent.pending_reason = ""
    else:
        move_presence(journal, agent, presence=wanted, reason="" if wanted == Presence.AVAILABLE else reason)
    journal.tell_agent(agent, "agent.presence_changed")
    if wanted == Presence.AVAILABLE:
        journal.wake_dispatcher()


def _defer(journal: Journal, agent: Agent, wanted: Presence, reason: str) -> None:
    if (agent.pending_presence, agent.pending_reason) != (wanted, reason):
        agent.pending_presence, agent.pending_reason = wanted, reason
        journal.tell_agent(agent, "agent.presence_changed")


def _check_device(agent: Agent, now: datetime) -> None:
    fresh = agent.device_at is not None and agent.device_at > now - timedelta(seconds=DEVICE_SILENT_S)
    if fresh and agent.device in {Device.DND, Device.UNREACHABLE}:
        raise Conflict(
            "Your phone cannot be rung: it is " + agent.device + ".", code="device_not_ready", device=agent.device
        )


@command
def device_report(*, agent_id: int, device: str, at: datetime, now: datetime, actor: str) -> AgentView:
    """The phone's own state. A report older than the last one (`at`, the switch's clock) changes nothing.

    An idle phone ends the rest after a busy or unreachable one. Raises Invalid.
    """
    if device not in set(Device):
        raise Invalid(f"A device is one of {', '.join(Device)}.", field="/device")
    agent = lock_agent(agent_id)
    if agent.device_told_at is None or at >= agent.device_told_at:
        journal = _journal(agent, now, actor)
        changed = agent.device != device
        agent.device, agent.device_at, agent.device_told_at = device, now, at
        if device == Device.IDLE and agent.blocked_until is not None and agent.blocked_until > now:
            agent.blocked_until, changed = None, True
        if changed:
            journal.tell_agent(agent, "agent.device_changed")
            journal.wake_dispatcher()
        journal.close()
    return _show(agent)


# --- shared ---------------------------------------------------------------------------------------------------------
def _journal(agent: Agent, now: datetime, actor: str) -> Journal:
    journal = Journal(domain=agent.domain.key, now=now, actor=actor)
    journal.open(agent)
    return journal


def _vouch(agent: Agent, lease_id: UUID, now: datetime) -> None:
    agent.lease_id = lease_id
    agent.lease_expires_at = now + timedelta(seconds=settings.PRESENCE_LEASE_S)


def _forget_loss(agent: Agent) -> bool:
    """The desk is back before the talk ended: the sign-out that was to follow it is off."""
    if agent.pending_reason != LOST:
        return False
    agent.pending_presence = agent.pending_reason = ""
    return True


def _lease_lives(agent: Agent, now: datetime) -> bool:
    return agent.lease_expires_at is not None and agent.lease_expires_at > now


def _work(agent: Agent) -> list[Reservation]:
    return list(Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION))


def _show(agent: Agent) -> AgentView:
    return show_agent(agent, _work(agent))
