"""A waiting caller is given to one agent, whoever stands ahead: by a supervisor, or where the agent has promised to ring."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, NotFound
from routing.capacity import FIRST_SLOT
from routing.journal import Journal, lock_agent, lock_call, works
from routing.models import Agent, Call, Reservation
from routing.operations.reasons import note, said
from routing.operations.slots import group_of
from routing.results import ReservationView
from routing.service_clock import ring_lease
from routing.showing import show_reservation
from routing.states import CallState, Presence, ReservationState, Role


@command
def pull(*, call_id: UUID, agent_id: int, why: str, now: datetime, actor: str) -> ReservationView:
    """Give a waiting caller to this agent now, past everybody ahead and whatever the queue asks for.

    Raises Conflict (the caller no longer waits; the agent is not free), NotFound.
    """
    why = said(why)
    call = lock_call(call_id)
    if call.state != CallState.QUEUED:
        raise Conflict(
            _("Only a caller who waits can be given to an agent."), state=str(call.state), version=call.version
        )
    agent = lock_agent(agent_id)
    if agent.domain_id != call.domain_id:
        raise NotFound(_("There is no such agent."))
    _check_free(agent, call, now)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call)
    held = _held(call, agent, journal)
    journal.add(held)
    journal.tell_reservation(call, held, "reservation.created")
    call.state = CallState.RESERVED
    journal.tell_call(call, "call.reserved", reservation=held)
    journal.close()
    note(call, "call.pulled", why, now, actor, agent=agent_id)
    return show_reservation(held)


def _held(call: Call, agent: Agent, journal: Journal) -> Reservation:
    assert call.queue is not None and call.enqueued_at is not None
    moment = journal.moment(call.enqueued_at)
    return Reservation(
        domain=call.domain,
        call=call,
        agent=agent,
        queue=call.queue,
        slot=FIRST_SLOT[group_of(call.channel, call.domain)],
        role=Role.PRIMARY,
        state=ReservationState.PENDING,
        because={
            "rule": "forced",
            "mode": "forced",
            "queue": call.queue.key,
            "waited_s": round((moment - call.enqueued_at).total_seconds(), 3),
            "chosen": {"agent": agent.pk, "score": 0.0, "terms": {}},
            "by": journal.actor,
        },
        created_at=moment,
        expires_at=ring_lease(now=moment, ring_s=call.queue.ring_s, grace_s=settings.RING_GRACE_S),
    )


def _check_free(agent: Agent, call: Call, now: datetime) -> None:
    """The database would refuse it too; this says why."""
    if agent.presence != Presence.AVAILABLE or agent.lease_expires_at is None or agent.lease_expires_at <= now:
        raise Conflict(_("The agent is not available."), code="agent_not_free", presence=str(agent.presence))
    if works(agent, besides=call.pk):  # no reservation has a call's id
        raise Conflict(_("The agent has work open."), code="agent_not_free", presence=str(agent.presence))
