"""The hall's word on calls that go out: may this person be called now, for this purpose?"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

import customers.identity.queries
import customers.offers.queries
import routing.queries
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.phones import e164
from callcenter.hall.inbound import CallArrival
from customers.offers.contact.facts import Ask, Purpose


class UnableToDial(Conflict):
    """The contact policy says no."""

    code = "contact_not_allowed"


def may_be_dialled(number: str) -> bool:
    """Whether our switches dial this number (E.164) at somebody's wish, as `TRANSFER_PREFIXES` says.

    Whoever may have any number dialled can make us pay for it.
    """
    return number.startswith(tuple(settings.TRANSFER_PREFIXES))


def check(arrival: CallArrival, *, purpose: str, now: datetime) -> None:
    """Raises UnableToDial with the rule that says no and its end, Invalid where there is nobody to be called, or where
    our switch is to dial a number that it may not (number_not_allowed).

    A call that is known already was judged when it was dialled.
    """
    number = e164(arrival.to_number)
    if not number:
        raise Invalid("A call that goes out names the customer's number in `to`.", field="/to")
    if routing.queries.call_id(source=arrival.source, external_id=arrival.external_id) is not None:
        return
    if arrival.rung_by and not may_be_dialled(number):
        raise Invalid(
            "The switch may not dial this number: `TRANSFER_PREFIXES` says which it may.",
            code="number_not_allowed",
            field="/to",
        )
    ask = Ask(direction="out", channel=arrival.channel.upper(), purpose=Purpose(purpose.upper()))
    verdict = customers.offers.queries.contact_check(
        customer_id=_known(number, now), number_e164=number, ask=ask, now=now
    )
    if not verdict.allowed:
        until = verdict.next_allowed.isoformat() if verdict.next_allowed else None
        raise UnableToDial(
            "The contact policy does not allow this call now: see `rule`, and call after `until`.",
            rule=verdict.rule,
            until=until,
        )


def _known(number: str, now: datetime) -> UUID | None:
    return customers.identity.queries.find(kind="phone", value=number, now=now).customer_id
