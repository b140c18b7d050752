"""The hall's second corridor: what happens to calls when people turn out to be one, or turn out to be two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

import customers.identity.merging as merging
import customers.identity.queries
import routing.of_customers
import routing.operations
from customers.identity.merging import Merged, Unmerged
from customers.timeline import refs


@transaction.atomic
def customers_merged(*, one: UUID, other: UUID, actor: str, reason: str, now: datetime) -> Merged:
    """Two customers are one from here on; open calls of the absorbed one go on as the survivor's. Raises as `merge`."""
    done = merging.merge(one=one, other=other, actor=actor, reason=reason, now=now)
    _repoint(calls=routing.of_customers.open_calls(customer_id=done.absorbed), to=done.survivor, actor=actor, now=now)
    return done


@transaction.atomic
def customers_unmerged(*, absorbed: UUID, actor: str, reason: str, now: datetime) -> Unmerged:
    """One customer is two again; open calls go to whom their number belongs alone. Raises as `unmerge`."""
    survivor = merging.resolve(customer_id=absorbed)
    calls = refs.calls_of(customer_id=survivor)
    reached = routing.of_customers.numbers_of(calls=calls)
    done = merging.unmerge(absorbed=absorbed, actor=actor, reason=reason, now=now, reached=reached)
    _repoint(calls=_open_calls_of_the_restored(done, now), to=done.restored, actor=actor, now=now)
    return done


def _open_calls_of_the_restored(done: Unmerged, now: datetime) -> list[UUID]:
    """Open calls that came in by a number which only the restored customer has."""
    calls = routing.of_customers.open_calls(customer_id=done.remaining)
    numbers = routing.of_customers.numbers_of(calls=calls)
    return [
        call
        for call, number in numbers.items()
        if customers.identity.queries.find(kind="phone", value=number, now=now).customer_id == done.restored
    ]


def _repoint(*, calls: list[UUID], to: UUID, actor: str, now: datetime) -> None:
    for call in calls:
        routing.operations.relink_customer(call_id=call, customer_id=to, match_basis="chosen", actor=actor, now=now)
