"""The hall's corridor of two agents: a colleague is asked, brought in, given the caller, or given the caller unasked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

import routing.operations
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from callcenter.foundation.phones import e164
from callcenter.hall import dialling
from callcenter.hall.ending import remember
from routing.results import CallView, ReservationView


def colleague_asked(*, call_id: UUID, agent_id: int, actor: str, now: datetime) -> ReservationView:
    """The caller is on hold, the colleague's phone and desk ring. 409 where they are not free or another is asked."""
    return routing.operations.consult(call_id=call_id, agent_id=agent_id, now=now, actor=actor)


def all_brought_together(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    """Caller, agent and colleague talk."""
    return routing.operations.join(call_id=call_id, now=now, actor=actor)


def caller_handed_over(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    """The attended transfer: the colleague serves the caller, the first agent wraps up."""
    return routing.operations.hand_over(call_id=call_id, now=now, actor=actor)


def caller_taken_back(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    """The colleague goes, the first agent and the caller talk on."""
    return routing.operations.end_consult(call_id=call_id, now=now, actor=actor)


def sent_to_colleague(*, call_id: UUID, agent_id: int, actor: str, now: datetime) -> CallView:
    """The blind transfer to a named agent: not answered, the caller waits at the old place."""
    return routing.operations.transfer_to_agent(call_id=call_id, agent_id=agent_id, now=now, actor=actor)


@command
def sent_outside(*, call_id: UUID, number: str, actor: str, now: datetime) -> CallView:
    """The blind transfer to a number of nobody here: the switch dials it, the agent wraps up.

    Raises Invalid (no number, not_allowed_number), Conflict (illegal_transition, consult_open).
    """
    to = e164(number)
    if not to:
        raise Invalid(_("This is no telephone number."), code="no_number", field="/number")
    if not dialling.may_be_dialled(to):
        raise Invalid(
            _("Callers may not be sent to this number. Ask a supervisor."), code="number_not_allowed", field="/number"
        )
    call = routing.operations.send_outside(call_id=call_id, number=to, now=now, actor=actor)
    remember(call=call, now=now)
    return call
