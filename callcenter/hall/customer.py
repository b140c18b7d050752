"""The hall's second corridor: what happens to calls when people turn out to be one, or turn out to be two."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

import customers.identity.merging as merging
import customers.identity.queries
import ivr.forgetting
import routing.of_customers
import routing.operations
from callcenter.foundation import disclosure, erasures, redaction
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import AuditEntry
from customers import privacy
from customers.identity import review, sampling, taking_out
from customers.identity.belongings import plain
from customers.identity.merging import Merged, Unmerged
from customers.identity.operations import create_provisional
from customers.identity.taking_out import TakenOut
from customers.rights import operations as rights
from customers.rights.models import Restriction
from customers.timeline import refs
from routing.facts import CallerFacts


@command
def customers_merged(
    *, one: UUID, other: UUID, actor: str, reason: str, now: datetime, evidence: Sequence[dict[str, Any]] = ()
) -> Merged:
    """Two customers are one from here on; open calls of the absorbed one go on as the survivor's. Raises as `merge`."""
    done = merging.merge(one=one, other=other, actor=actor, reason=reason, now=now, evidence=evidence)
    _repoint(calls=routing.of_customers.open_calls(customer_id=done.absorbed), to=done.survivor, actor=actor, now=now)
    return done


@command
def pair_judged(*, proposal_id: int, verdict: str, reason: str, actor: str, now: datetime) -> Merged | None:
    """A person's word on a pair that waits: `same` merges, `not_same` keeps apart, `later` puts off. The first word counts.

    Raises NotFound, Invalid, Conflict with who was first and what they said; and as `merge`.
    """
    one, other = review.open_pair(proposal_id=proposal_id)
    if verdict == "same":
        return customers_merged(one=one, other=other, actor=actor, reason=reason, now=now)
    if verdict == "not_same":
        merging.keep_apart(one=one, other=other, actor=actor, reason=reason, now=now)
    elif verdict == "later":
        review.put_off(proposal_id=proposal_id, actor=actor, now=now)
    else:
        raise Invalid("The verdict is same, not_same or later.", field="/verdict")
    return None


@command
def merge_audited(*, audit_id: int, verdict: str, reason: str, actor: str, now: datetime) -> Unmerged | None:
    """A person's word on an automatic merge: `right` lets it stand, `wrong` takes it apart. Raises as `judge`, `unmerge`."""
    row = sampling.judge(audit_id=audit_id, verdict=verdict, actor=actor, now=now)
    if verdict == "right":
        return None
    return customers_unmerged(absorbed=row.decision.absorbed_id, actor=actor, reason=reason, now=now)


@transaction.atomic
def customers_unmerged(*, absorbed: UUID, actor: str, reason: str, now: datetime, may_relink: bool = False) -> Unmerged:
    """One customer is two again; open calls go to whom their number belongs alone. Raises as `unmerge`."""
    survivor = merging.resolve(customer_id=absorbed)
    calls = refs.calls_of(customer_id=survivor)
    reached = routing.of_customers.numbers_of(calls=calls)
    done = merging.unmerge(
        absorbed=absorbed, actor=actor, reason=reason, now=now, reached=reached, may_relink=may_relink
    )
    _repoint(calls=_open_calls_of(done.restored, done.remaining, now), to=done.restored, actor=actor, now=now)
    return done


@command
def record_taken_out(*, record_id: int, actor: str, reason: str, now: datetime) -> TakenOut:
    """One record speaks of somebody else from here on; open calls follow their number. Raises as `take_out`."""
    whose = taking_out.whose(record_id=record_id)
    reached = routing.of_customers.numbers_of(calls=refs.calls_of(customer_id=whose))
    done = taking_out.take_out(record_id=record_id, actor=actor, reason=reason, now=now, reached=reached)
    _repoint(calls=_open_calls_of(done.parted, done.kept, now), to=done.parted, actor=actor, now=now)
    return done


@transaction.atomic
def customer_exported(
    *, customer_id: UUID, actor: str, purpose: str, now: datetime, request_id: int | None = None,
    progress: redaction.Progress = redaction.unheard,
) -> dict[str, Any]:  # fmt: skip
    """Everything the house holds about a person, in clear, by table: their own rows, their calls and what hangs on them.

    Calls are theirs by the customer, or by a number that is nobody else's; other rows by an identifier that stands in them.
    The audit row is written with it, and the request it answers. Raises NotFound.
    """
    redaction.take_time()
    parts, values = privacy.known(customer_id=customer_id)
    told = privacy.export(customer_id=customer_id, actor=actor, purpose=purpose, now=now)
    calls = routing.of_customers.calls_of(customers=parts, numbers=values)
    about = disclosure.rows_about(
        roots={"customers.Customer": parts, "routing.Call": calls},
        names={"customer": parts, "call": calls},
        leave="customers",
    )
    looked = AuditEntry.objects.filter(subject__in=[f"customer:{part}" for part in parts]).order_by("pk")
    about["foundation_auditentry"] = [dict(row) for row in looked.values()]
    written = [*values, *routing.of_customers.written(numbers=values)]
    for table, rows in redaction.rows_holding(values=written, progress=progress).items():
        if table not in told:
            about.setdefault(table, rows)
    rest: dict[str, Any] = plain({table: rows for table, rows in about.items() if rows})
    whole = told | rest
    counts = {table: len(rows) for table, rows in whole.items()}
    rights.note(
        kind="export",
        customer_id=customer_id,
        reference=purpose,
        actor=actor,
        now=now,
        request_id=request_id,
        rows=counts,
    )
    return whole


@command
def customer_erased(
    *, customer_id: UUID, actor: str, purpose: str, now: datetime, request_id: int | None = None,
    progress: redaction.Progress = redaction.unheard,
) -> tuple[privacy.Receipt, dict[str, int]]:  # fmt: skip
    """Take a person out of every room and table; answers the receipt, and where something still stands (nowhere).

    Calls stay as work that was done and name nobody. The id goes into the ledger beside the backups first, so that a
    restored backup can be told to forget again. Raises as `privacy.erase`.
    """
    redaction.take_time()
    parts, values = privacy.known(customer_id=customer_id)
    calls = routing.of_customers.calls_of(customers=parts)
    told = [*values, *routing.of_customers.written(numbers=values)]
    _let_go(calls=calls, numbers=values, actor=actor, now=now)
    receipt = privacy.erase(customer_id=customer_id, actor=actor, purpose=purpose, now=now)
    removed = dict(receipt.removed)
    for counts in (
        routing.of_customers.forget(customers=parts, calls=calls, numbers=values),
        ivr.forgetting.forget(calls=calls),
        redaction.forget_words(calls=calls),
        redaction.redact(values=told, progress=lambda share: progress(share / 2)),
    ):
        for table, count in counts.items():
            removed[table] = removed.get(table, 0) + count
    erasures.note(parts=parts, at=now)
    left = redaction.still_present(values=told, progress=lambda share: progress(0.5 + share / 2))
    rights.note(
        kind="erase", customer_id=customer_id, reference=purpose, actor=actor, now=now, request_id=request_id,
        parts=[str(part) for part in sorted(parts)], rows=removed, blocked=receipt.blocked, still_present=left,
    )  # fmt: skip
    return replace(receipt, removed=removed), left


@command
def customer_restricted(*, customer_id: UUID, ground: str, reference: str, actor: str, now: datetime) -> Restriction:
    """Nobody uses what we hold from here on; open calls go on as an unknown caller's. Raises as `rights.restrict`."""
    made = rights.restrict(customer_id=customer_id, ground=ground, reference=reference, actor=actor, now=now)
    for call in routing.of_customers.open_calls(customer_id=customer_id):
        unknown = create_provisional(call_id=call, kind="phone", value="", language="", now=now)
        # what was concluded about them goes from the call too: it is served as an unknown caller's
        routing.operations.relink_customer(
            call_id=call, customer_id=unknown, match_basis="new", facts=CallerFacts(), actor=actor, now=now
        )
    return made


def _let_go(*, calls: list[UUID], numbers: list[str], actor: str, now: datetime) -> None:
    for callback in routing.of_customers.live_callbacks(calls=calls, numbers=numbers):
        with suppress(Conflict):  # they are talking just now: the number goes all the same
            routing.operations.cancel_callback(callback_id=callback, reason="erased", now=now, actor=actor)


def _open_calls_of(restored: UUID, remaining: UUID, now: datetime) -> list[UUID]:
    """Open calls that came in by a number which only the restored customer has."""
    calls = routing.of_customers.open_calls(customer_id=remaining)
    numbers = routing.of_customers.numbers_of(calls=calls)
    return [
        call
        for call, number in numbers.items()
        if customers.identity.queries.find(kind="phone", value=number, now=now).customer_id == restored
    ]


def _repoint(*, calls: list[UUID], to: UUID, actor: str, now: datetime) -> None:
    for call in calls:
        routing.operations.relink_customer(call_id=call, customer_id=to, match_basis="chosen", actor=actor, now=now)
