"""A person's rights over what we hold: all of it as a file, and all of it gone (PIPL 45 and 47, GDPR 15, 17 and 20).

Both walk every table of this room that names a customer, found by itself, merged parts included: a new table is
exported and erased without being named here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, NotFound
from customers import news
from customers.accounts import operations as accounts
from customers.accounts.models import Account, Subscription
from customers.identity.belongings import belongings, plain
from customers.identity.ledger import Decision, Moved, Proposal
from customers.identity.models import Customer, Identifier
from customers.identity.sealed import clear
from customers.imports.models import ErasedKey, RowError, SourceRecord
from customers.imports.operations import erased_digest, hold_off_imports
from customers.rights.models import Handout

_PERSONAL = {
    "name": "", "title": "", "language": "", "region": "", "birth_year": None, "level": "", "value_tier": "",
    "lifecycle": "", "since": None, "source": "", "observed_at": None,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What an erasure took away, by table, and what it found still standing afterwards (empty, or it was undone)."""

    customer: UUID
    parts: tuple[UUID, ...]  # the ids that had become one with it
    removed: dict[str, int]
    blocked: int  # hashes that keep later files from bringing the person back


def export(*, customer_id: UUID, actor: str, purpose: str, now: datetime) -> dict[str, Any]:
    """Everything we hold about a person, in clear, by table. The audit row is written before the answer leaves."""
    parts = _parts(customer_id)
    audit.write(
        actor=actor, action="customer.exported", subject=f"customer:{customer_id}", purpose=purpose[:120], now=now
    )
    told: dict[str, Any] = {"customers_customer": list(Customer.objects.filter(pk__in=parts).order_by("pk").values())}
    for model, columns in _tables():
        rows = list(model._default_manager.filter(_of(columns, parts)).order_by("pk").values())
        if rows:
            told[model._meta.db_table] = [_readable(row) for row in rows]
    boxes = {value: clear(kind, value, box) for kind, value, box in _identifiers(parts) if box}
    for row in told.get("customers_identifier", ()):
        row["value"], row["sealed"] = boxes.get(row["value"], row["value"]), ""
    for row in told.get("customers_sourcerecord", ()):
        row["fields"] = {name: boxes.get(str(value), value) for name, value in row["fields"].items()}
    theirs = Q(parties__customer__in=parts)
    told["customers_account"] = list(Account.objects.filter(theirs).distinct().order_by("pk").values())
    told["customers_subscription"] = list(Subscription.objects.filter(theirs).distinct().order_by("pk").values())
    merges = Decision.objects.filter(Q(survivor__in=parts) | Q(absorbed__in=parts)).order_by("pk")
    if merges:
        told["customers_decision"] = list(merges.values("kind", "survivor", "absorbed", "reason", "at", "closed_at"))
    exported: dict[str, Any] = plain({table: rows for table, rows in told.items() if rows})
    return exported


@command
def erase(*, customer_id: UUID, actor: str, purpose: str, now: datetime) -> Receipt:
    """Take away everything we hold about a person, merged parts included; an empty shell with the id remains.

    The shell keeps references of calls valid and says nothing. Keyed hashes of what led to the person stay, so that no
    later file brings them back. Raises NotFound, and Conflict for who is erased already.
    """
    hold_off_imports()
    parts = _parts(customer_id)
    if not Customer.objects.filter(pk__in=parts).exclude(status=Customer.Status.ERASED).exists():
        raise Conflict(_("This customer has been erased already."), code="erased")
    list(Customer.objects.select_for_update(no_key=True).filter(pk__in=parts).order_by("pk"))
    blocked = _block(parts, now)
    removed = {"customers_rowerror": _forget_refused_rows(parts)} | accounts.forget(customers=parts)
    for model, columns in _tables():
        count, _by_model = model._default_manager.filter(_of(columns, parts)).delete()
        if count:
            removed[model._meta.db_table] = count
    told_of = Q(survivor__in=parts) | Q(absorbed__in=parts)
    removed["customers_moved"] = Moved.objects.filter(decision__in=Decision.objects.filter(told_of)).delete()[0]
    removed["customers_decision"] = Decision.objects.filter(told_of).delete()[0]
    removed["customers_proposal"] = Proposal.objects.filter(Q(a__in=parts) | Q(b__in=parts)).delete()[0]
    removed["customers_handout"] = Handout.objects.filter(request__customer__in=parts).delete()[0]
    Customer.objects.filter(pk__in=parts).update(status=Customer.Status.ERASED, merged_into=None, **_PERSONAL)
    audit.write(
        actor=actor,
        action="customer.erased",
        subject=f"customer:{customer_id}",
        purpose=purpose[:120],
        data={"removed": {table: count for table, count in removed.items() if count}, "parts": len(parts)},
        now=now,
    )
    gone: dict[str, object] = {"customer": str(customer_id), "parts": [str(part) for part in sorted(parts)]}
    news.tell("customer.erased", data=gone, actor=actor, now=now)
    counts = {table: count for table, count in removed.items() if count}
    return Receipt(customer=customer_id, parts=tuple(sorted(parts)), removed=counts, blocked=blocked)


def forget_unnamed(*, customers: Collection[UUID]) -> int:
    """Callers whom nobody could name: all about them goes, a shell keeps their calls valid. Nothing is blocked: the number
    may ring again. Answers how many. In the caller's transaction.
    """
    parts = set(customers)
    for model, columns in _tables() if parts else ():
        model._default_manager.filter(_of(columns, parts)).delete()
    return Customer.objects.filter(pk__in=parts).update(status=Customer.Status.ERASED, **_PERSONAL)


def known(*, customer_id: UUID) -> tuple[frozenset[UUID], list[str]]:
    """The ids a person has had, and the identifiers that led to them and to nobody else: what to look for elsewhere."""
    parts = frozenset(_parts(customer_id))
    values = {value: (kind, box) for kind, value, box in _identifiers(parts)}
    shared = Identifier.objects.filter(value__in=values).exclude(customer__in=parts).values_list("value", flat=True)
    own = {value: values[value] for value in values.keys() - set(shared)}
    return parts, sorted(dict.fromkeys(own) | {clear(kind, value, box): None for value, (kind, box) in own.items()})


def erased_again(*, customer_id: UUID) -> bool:
    """Whether this id is a person whom an older backup has brought back, so that the erasure must be done once more."""
    return Customer.objects.filter(pk=customer_id).exclude(status=Customer.Status.ERASED).exists()


def _identifiers(parts: Collection[UUID]) -> list[tuple[str, str, str]]:
    """Kind, value and sealed text of everything that leads to them."""
    return list(Identifier.objects.filter(customer__in=parts).values_list("kind", "value", "sealed"))


def _parts(customer_id: UUID) -> set[UUID]:
    """The customer and every party that lives on in it."""
    if not Customer.objects.filter(pk=customer_id).exists():
        raise NotFound(_("There is no such customer."))
    parts, fresh = {customer_id}, {customer_id}
    while fresh:
        fresh = set(Customer.objects.filter(merged_into__in=fresh).values_list("pk", flat=True)) - parts
        parts |= fresh
    return parts


def _tables() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each table once, with its columns that name a customer; whoever points at another of them comes before it.

    So nothing that is to go is still protected by something that goes with it.
    """
    columns: dict[type[models.Model], list[str]] = {}
    for one in belongings():
        columns.setdefault(one.model, []).append(one.column)
    left = list(columns)
    while left:
        free = [model for model in left if not any(_points_at(other, model) for other in left if other is not model)]
        for model in free or left[:1]:
            left.remove(model)
            yield model, columns[model]


def _points_at(one: type[models.Model], other: type[models.Model]) -> bool:
    return any(field.related_model is other for field in one._meta.concrete_fields)


def _of(columns: list[str], parts: set[UUID]) -> Q:
    """Rows that name any of these customers; columns are called as their fields' attributes are."""
    who = Q()
    for column in columns:
        who |= Q(**{f"{column}__in": parts})
    return who


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.hex() if isinstance(value, bytes | memoryview) else value for name, value in row.items()}


def _block(parts: set[UUID], now: datetime) -> int:
    led_here = [(kind, clear(kind, value, box)) for kind, value, box in _identifiers(parts)]
    told = SourceRecord.objects.filter(customer__in=parts).values_list("source", "key")
    led_here += [(f"record:{source}", key) for source, key in told]
    keys = [ErasedKey(digest=erased_digest(kind=kind, value=value), at=now) for kind, value in led_here]
    ErasedKey.objects.bulk_create(keys, ignore_conflicts=True)
    return len(keys)


def _forget_refused_rows(parts: set[UUID]) -> int:
    """Refused rows of files that hold one of the person's identifiers as the file wrote it, or as we spell it."""
    count = 0
    for kind, value in Identifier.objects.filter(customer__in=parts).values_list("kind", "value"):
        told = value.removeprefix("+86") if kind == "phone" else value
        count += RowError.objects.filter(row__icontains=told).delete()[0]
    return count
