"""The hall's third corridor: rules of contact are asked when a callback is promised and again when it is due."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import customers.offers.queries
import routing.callback_queries
import routing.operations
import routing.queries
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.phones import e164
from customers.offers.contact.facts import Ask, Purpose
from customers.offers.contact_policy import Verdict
from routing.results import CallbackView

ACTOR = "callbacks"


@command
def callback_promised(*, call_id: UUID, number: str, at: datetime | None, actor: str, now: datetime) -> CallbackView:
    """The caller hangs up and keeps the place. `number` is the caller's own where it is left out.

    Raises Invalid (no number to ring), Conflict (contact_not_allowed, callback_promised, illegal_transition).
    """
    call = routing.queries.call(call_id=call_id)
    target = e164(number) if number else call.from_e164
    if not target:
        raise Invalid("There is no number to ring back: name one.", field="/number")
    verdict = _may(customer_id=call.customer_id, number=target, at=at or now)
    if not verdict.allowed:
        raise Conflict(
            "The rules of contact do not allow this callback.",
            code="contact_not_allowed",
            rule=verdict.rule,
            until=verdict.until.isoformat() if verdict.until else None,
            next_allowed=verdict.next_allowed.isoformat() if verdict.next_allowed else None,
        )
    return routing.operations.promise_callback(call_id=call_id, number=target, at=at, now=now, actor=actor)


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


def _may(*, customer_id: UUID | None, number: str, at: datetime) -> Verdict:
    """The customer asked for this call: it is service, which hours, pauses and bars may still forbid."""
    ask = Ask(direction="out", channel="VOICE", purpose=Purpose.SERVICE)
    return customers.offers.queries.contact_check(customer_id=customer_id, number_e164=number, ask=ask, now=at)
