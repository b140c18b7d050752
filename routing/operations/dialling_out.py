"""An agent dials a customer: held for that call from the first ring, and for no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import uuid7
from routing.capacity import Group, group_of_slot
from routing.journal import Journal, lock_agent, lock_call
from routing.models import Agent, Call, Reservation
from routing.operations import endings
from routing.operations.slots import free_slot, group_of
from routing.results import DIALLED, CallView, ReservationView
from routing.showing import show_call, show_reservation
from routing.states import CALL_TABLE, LIVE_RESERVATION, CallAct, CallState, Presence, ReservationState

# So long may the customer's phone ring: after three minutes proxies give an INVITE up (RFC 3261, timer C).
FAR_END_S = 180


@command
def dial_out(
    *, call_id: UUID, agent_id: int, now: datetime, actor: str, trunk: str = ""
) -> tuple[CallView, ReservationView]:
    """Hold this agent for the call they dial: busy at once, talking when the switch reports `bridged`.

    At their own phone, which has dialled already; or at another system's wish by `trunk`, which is to ring both. On a break
    or not: who dials works. Raises Conflict (not_signed_in, agent_not_free, illegal_transition), Invalid (the channel is none
    for talking, no_contact), NotFound.
    """
    call = lock_call(call_id)
    if CALL_TABLE[CallState(call.state)][CallAct.DIAL] is not CallState.RESERVED or call.direction != "out":
        raise endings.refuse(call, "dialled by an agent")
    if group_of(call.channel, call.domain) is not Group.LIVE:
        raise Invalid(_("An agent dials calls alone; nothing in writing."), field="/channel")
    agent = lock_agent(agent_id)
    if agent.domain_id != call.domain_id:
        raise NotFound(_("There is no such agent."))
    _check(agent, now)
    if trunk and not agent.contact:
        raise Invalid(_("This agent has no phone that could be rung."), code="no_contact", field="/agent")
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call)
    held = _held(call, agent, journal.moment(call.arrived_at), trunk)
    journal.add(held)
    journal.tell_reservation(call, held, "reservation.created")
    call.state = CallState.RESERVED
    journal.tell_call(call, "call.reserved", reservation=held)
    journal.close()
    return show_call(call), show_reservation(held)


def _check(agent: Agent, now: datetime) -> None:
    if agent.presence == Presence.OFFLINE or agent.lease_expires_at is None or agent.lease_expires_at <= now:
        raise Conflict(_("Sign in first."), code="not_signed_in", presence=str(agent.presence), version=agent.version)
    work = Reservation.objects.filter(agent=agent, state__in=LIVE_RESERVATION)
    talks = next((one for one in work if group_of_slot(one.slot) is Group.LIVE), None)
    if talks is not None:
        raise Conflict(
            _("The agent has a call at hand: it rings, is talked on or wrapped up."),
            code="agent_not_free",
            reason=str(talks.state),
            presence=str(agent.presence),
        )


def _held(call: Call, agent: Agent, moment: datetime, trunk: str) -> Reservation:
    because = {"rule": DIALLED} | ({"trunk": trunk} if trunk else {})
    return Reservation(
        id=uuid7(), domain=call.domain, call=call, agent=agent, state=ReservationState.ACCEPTED,
        slot=free_slot(agent, Group.LIVE), because=because, created_at=moment, accepted_at=moment,
        expires_at=moment + timedelta(seconds=FAR_END_S),
    )  # fmt: skip
