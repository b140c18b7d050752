"""Agents who talk past us: a direct call, one they dial themselves, another system's. Nobody is sent to them meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from callcenter.foundation.commands import command
from routing.journal import Journal, lock_agent
from routing.models import Reservation
from routing.operations.presence import device_report
from routing.results import AgentView
from routing.showing import show_agent
from routing.states import LIVE_RESERVATION, Device


@command
def occupy(*, agent_id: int, kind: str, seconds: int, now: datetime, actor: str) -> AgentView:
    """This agent's phone is in use by something that is not ours, for so long at most; what rings already rings on.

    Unlike a phone's own report it holds without being repeated. Told again, the time begins anew.
    """
    agent = lock_agent(agent_id)
    journal = Journal(domain=agent.domain.key, now=now, actor=actor)
    journal.open(agent)
    agent.device, agent.device_at, agent.device_told_at = Device.IN_USE, now, now
    agent.blocked_until = now + timedelta(seconds=seconds)
    journal.tell_agent(agent, "agent.occupied", kind=kind)
    journal.close()
    return show_agent(agent, list(Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION)))


def vacate(*, agent_id: int, now: datetime, actor: str) -> AgentView:
    """The phone is free again, and so is the agent as far as we know; harmless where nothing was said before."""
    return device_report(agent_id=agent_id, device=Device.IDLE, at=now, now=now, actor=actor)
