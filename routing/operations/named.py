"""An agent whom somebody names: whether they could take this work now, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from callcenter.foundation.commands import TryAgain
from callcenter.foundation.errors import Conflict, NotFound
from routing.capacity import FIRST_SLOT, Group, group_of_slot
from routing.journal import claim_agent
from routing.matching import AgentNow
from routing.matching.floor import state_reason
from routing.models import Agent, Call, Reservation
from routing.operations.slots import group_of
from routing.roster import roster
from routing.states import LIVE_RESERVATION


def free_agent(*, call: Call, agent_id: int, now: datetime) -> Agent:
    """The agent, held until the transaction ends, if one more of this call's channel may begin with them.

    Never waits for an agent whom somebody else is just changing: two colleagues who ask each other must not lock up.
    Raises NotFound, Conflict (agent_not_free, with the reason), TryAgain.
    """
    agent = claim_agent(agent_id, token=None)
    if agent is None and Agent.objects.filter(pk=agent_id, domain=call.domain_id).exists():
        raise TryAgain(_("Somebody is just changing this agent's state. Try again."))
    if agent is None or agent.domain_id != call.domain_id:
        raise NotFound(_("There is no such agent."))
    group = group_of(call.channel, call.domain)
    capacity = roster(domain_id=call.domain_id, version=call.domain.roster_version).capacity
    against = state_reason(as_matched(agent, _slots(agent)), group=group, capacity=capacity, now=now.timestamp())
    if against is not None:
        raise Conflict(
            _("%(agent)s cannot take this now.") % {"agent": agent.key}, code="agent_not_free", reason=against.value
        )
    return agent


def slot_for(*, call: Call, agent: Agent) -> int:
    """The first slot of the call's group that this (locked) agent has free."""
    first = FIRST_SLOT[group_of(call.channel, call.domain)]
    taken = set(_slots(agent))
    return next(slot for slot in range(first, first + 10) if slot not in taken)


def as_matched(agent: Agent, slots: Iterable[int]) -> AgentNow:
    """The agent as matching sees everybody, with these slots taken."""
    groups = [group_of_slot(slot) for slot in slots]
    return AgentNow(
        id=agent.pk,
        presence=agent.presence,
        lease_expires_at=_epoch(agent.lease_expires_at),
        device=agent.device,
        device_at=_epoch(agent.device_at),
        blocked_until=_epoch(agent.blocked_until),
        idle_since=_epoch(agent.idle_since),
        busy=Group.LIVE in groups,
        messaging=groups.count(Group.MESSAGING),
        deferred=groups.count(Group.DEFERRED),
    )


def _slots(agent: Agent) -> list[int]:
    return list(Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION).values_list("slot", flat=True))


def _epoch(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()
