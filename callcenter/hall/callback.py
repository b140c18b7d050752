"""The hall's third corridor: rules of contact are asked when a callback is promised and again when it is due."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

import customers.offers.queries
import routing.callback_queries
import routing.closing
import routing.operations
import routing.queries
from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound, Refused
from callcenter.foundation.phones import e164, far_end
from customers.offers.contact.facts import Ask, Purpose
from customers.offers.contact_policy import Verdict
from routing.closing import AfterClosing
from routing.hours import AtClosing, WrittenAtClosing
from routing.operations.reasons import said
from routing.results import CallbackView, ReservationView

ACTOR = "callbacks"
log = logging.getLogger(__name__)


@command
def callback_promised(*, call_id: UUID, number: str, at: datetime | None, actor: str, now: datetime) -> CallbackView:
    """The caller hangs up and keeps the place. `number` is the caller's own where it is left out.

    Raises Invalid (no number to ring), Conflict (contact_not_allowed, callback_promised, illegal_transition).
    """
    call = routing.queries.call(call_id=call_id)
    target = e164(number) if number else far_end(call)
    if not target:
        raise Invalid("There is no number to ring back: name one.", field="/number")
    _insist(customer_id=call.customer_id, number=target, at=at or now)
    return routing.operations.promise_callback(call_id=call_id, number=target, at=at, now=now, actor=actor)


@command
def callback_agreed(*, call_id: UUID, at: datetime, actor: str, now: datetime) -> CallbackView:
    """The agent and the caller agree that the caller's own number is rung at this time. The talk goes on.

    Raises Invalid (no number to ring), Conflict (contact_not_allowed, callback_promised, illegal_transition).
    """
    call = routing.queries.call(call_id=call_id)
    number = far_end(call)
    if not number:
        raise Invalid(_("The caller's number is not known: there is nothing to ring."), code="no_number")
    _insist(customer_id=call.customer_id, number=number, at=at)
    return routing.operations.agree_on_callback(call_id=call_id, number=number, at=at, now=now, actor=actor)


@command
def callback_taken(*, callback_id: UUID, agent_id: int, actor: str, now: datetime) -> ReservationView:
    """An agent of the queue keeps a promise now. Raises NotFound, Conflict (contact_not_allowed, agent_not_free)."""
    one = routing.callback_queries.callback(callback_id=callback_id)
    if one.queue not in routing.queries.queues_of(agent_id=agent_id):
        raise NotFound(_("There is no such callback."))
    _insist(customer_id=one.customer_id, number=one.number, at=now)
    why = _("Taken at the desk.")
    return routing.operations.take_callback(callback_id=callback_id, agent_id=agent_id, why=why, now=now, actor=actor)


@command
def callback_rescheduled(*, callback_id: UUID, at: datetime, why: str, actor: str, now: datetime) -> CallbackView:
    """Another time was agreed. Raises Invalid, Conflict (contact_not_allowed; over, or an agent is held for it)."""
    why = said(why)
    one = routing.callback_queries.callback(callback_id=callback_id)
    _insist(customer_id=one.customer_id, number=one.number, at=at)
    view = routing.operations.reschedule_callback(callback_id=callback_id, at=at, now=now, actor=actor)
    _note(one, "callback.rescheduled", why, actor, now, at=at.isoformat())
    return view


@command
def callback_withdrawn(*, callback_id: UUID, why: str, actor: str, now: datetime) -> CallbackView:
    """A supervisor takes the promise back. Raises Invalid, Conflict (they talk already, or it is over)."""
    why = said(why)
    one = routing.callback_queries.callback(callback_id=callback_id)
    view = routing.operations.cancel_callback(callback_id=callback_id, reason="withdrawn", now=now, actor=actor)
    _note(one, "callback.canceled", why, actor, now)
    return view


def _note(one: CallbackView, action: str, why: str, actor: str, now: datetime, **data: object) -> None:
    audit.write(
        actor=actor, action=action, now=now, subject=f"callback:{one.id}", purpose=why, call=one.origin, data=data
    )


def waiting_at_closing(*, now: datetime) -> int:
    """Those who still wait when their queue's hours end: told so, or promised a callback at the next opening.

    In the order of their places, which the promises keep. Who may not be rung is told. Who waits in writing is promised
    an answer in writing. How many were sent home or promised something.
    """
    moved = 0
    for one in routing.closing.after_closing(now=now):
        moved += _sent_home(one, now)
    return moved


def _sent_home(one: AfterClosing, now: datetime) -> bool:
    if one.at_closing is WrittenAtClosing.PROMISE and one.opens_at is not None:
        return routing.operations.promise_answer(call_id=one.call_id, opens_at=one.opens_at, now=now, actor=ACTOR)
    if one.at_closing is AtClosing.CALLBACK and one.opens_at is not None:
        try:
            at = _first_allowed(one.call_id, one.opens_at)
            callback_promised(call_id=one.call_id, number="", at=at, actor=ACTOR, now=now)
            return True
        except Refused as refused:
            log.info("No callback for c_%s at closing: %s", one.call_id.hex, refused.sentence)
    try:
        routing.operations.divert(call_id=one.call_id, reason="closed", now=now, actor=ACTOR)
    except Conflict:
        return False  # an agent has answered, or the caller has hung up, meanwhile
    return True


def _first_allowed(call_id: UUID, at: datetime) -> datetime:
    """The queue may open before anybody may be rung."""
    call = routing.queries.call(call_id=call_id)
    return _may(customer_id=call.customer_id, number=call.from_e164, at=at).next_allowed or at


def callbacks_looked_after(*, now: datetime) -> int:
    """One round: open what is due and allowed, put off what is not, read what became of tries. How many moved."""
    due, tried = routing.callback_queries.callbacks_to_look_after(now=now)
    for one in tried:
        routing.operations.settle_callback(callback_id=one.id, now=now, actor=ACTOR)
    for one in due:
        verdict = _may(customer_id=one.customer_id, number=one.number, at=now)
        if verdict.allowed:
            routing.operations.open_callback(callback_id=one.id, now=now, actor=ACTOR)
        else:
            routing.operations.postpone_callback(callback_id=one.id, due_at=verdict.next_allowed, now=now, actor=ACTOR)
    return len(due) + len(tried)


def _insist(*, customer_id: UUID | None, number: str, at: datetime) -> None:
    verdict = _may(customer_id=customer_id, number=number, at=at)
    if not verdict.allowed:
        raise Conflict(
            _("The rules of contact do not allow this callback."),
            code="contact_not_allowed",
            rule=verdict.rule,
            until=verdict.until.isoformat() if verdict.until else None,
            next_allowed=verdict.next_allowed.isoformat() if verdict.next_allowed else None,
        )


def _may(*, customer_id: UUID | None, number: str, at: datetime) -> Verdict:
    """The customer asked for this call: it is service, which hours, pauses and bars may still forbid."""
    ask = Ask(direction="out", channel="VOICE", purpose=Purpose.SERVICE)
    return customers.offers.queries.contact_check(customer_id=customer_id, number_e164=number, ask=ask, now=at)
