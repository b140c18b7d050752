"""A customer's fields out of what the sources say and what a person pinned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from callcenter.foundation import audit, masks
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.identity import rulebook
from customers.identity.golden import RULES, Chosen, FieldRule, Word, choose, rival
from customers.identity.models import Customer
from customers.identity.pins import FieldPin
from customers.imports.models import SourceRecord
from customers.imports.versions import FieldFill
from customers.quality.models import Source

MOST_DAYS = 730
LONGEST_REASON = 200
_LONGEST = {"name": 120, "title": 8, "language": 12, "region": 60}
_PLAIN = frozenset(RULES) - {"name"}


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """One field as it stands: by which rule or pin, how sure, and the newest word that says otherwise."""

    field: str
    masked: str
    rule: str  # trusted | newest | most_frequent | pinned
    confidence: float | None
    pin: FieldPin | None
    masked_rival: str
    rival_source: str
    rival_at: datetime | None
    rival_is_newer: bool  # than the pin


@command
def pin(*, customer_id: UUID, field: str, value: str, days: int, reason: str, actor: str, now: datetime) -> FieldPin:
    """This is how the field reads for so many days, whatever sources say. Raises Invalid, NotFound.

    A pin that stands on the field is closed by the new one.
    """
    customer = _locked(customer_id)
    value, reason = value.strip(), reason.strip()
    _check(field, value, now)
    if not 1 <= days <= MOST_DAYS or not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say for how many days (1 to %(most)s), and why in at most 200 characters.") % {"most": MOST_DAYS},
                      field="/days")  # fmt: skip
    FieldPin.objects.filter(customer=customer, field=field, closed_at__isnull=True).update(closed_at=now)
    held = FieldPin.objects.create(
        customer=customer, field=field, value=value, actor=actor, reason=reason, at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    setattr(customer, field, int(value) if field == "birth_year" else value)
    customer.save(update_fields=[field])
    _note("customer.pinned", held, actor, now)
    return held


@command
def release(*, customer_id: UUID, field: str, actor: str, now: datetime) -> None:
    """The pin goes; the field reads what the sources say by its rule. Raises Conflict where nothing is pinned."""
    customer = _locked(customer_id)
    held = FieldPin.objects.filter(customer=customer, field=field, closed_at__isnull=True).first()
    if held is None:
        raise Conflict(_("This field is not pinned."), code="not_pinned")
    _close(held, customer, actor, now)


@command
def assemble(*, now: datetime, actor: str = "golden") -> dict[str, int]:
    """Let pins go that ran out, and choose anew for everybody of whom several sources speak. Answers both counts."""
    expired = FieldPin.objects.filter(closed_at__isnull=True, expires_at__lte=now).select_related("customer")
    for held in expired:
        _close(held, held.customer, actor, now)
    several = (
        SourceRecord.objects.values("customer").annotate(n=Count("source", distinct=True)).filter(n__gt=1)
        .values_list("customer", flat=True)
    )  # fmt: skip
    changed, rules = 0, rulebook.present().rules
    for part in _parts(list(several), 1_000):
        changed += _chosen_anew(part, rules)
    return {"released": len(expired), "changed": changed}


def assemble_import(*, job_id: int, source: str) -> int:
    """Choose anew for whoever this import and another source speak of; answers how many read otherwise now.

    A thousand at a time, each a transaction: what a kill leaves is done by night. What is written is noted as the import's, so
    that taking it back gives the earlier word back.
    """
    if not SourceRecord.objects.exclude(source=source).exists():
        return 0
    others = SourceRecord.objects.filter(customer=OuterRef("customer")).exclude(source=source)
    several = SourceRecord.objects.filter(Exists(others), source=source, job=job_id).values_list("customer", flat=True)
    changed, rules = 0, rulebook.present().rules
    for part in _parts(list(several.distinct()), 1_000):
        with transaction.atomic():
            changed += _chosen_anew(part, rules, job_id=job_id)
    return changed


def fields_of(*, customer_id: UUID, now: datetime) -> list[FieldView]:
    """Every field that has a rule, as it stands. Five statements."""
    customer = Customer.objects.get(pk=customer_id)
    words = words_of([customer])[customer_id]
    pins = {one.field: one for one in FieldPin.objects.filter(customer=customer_id, closed_at__isnull=True)}
    rules = rulebook.present().rules
    return [_view(field, customer, words.get(field, []), pins.get(field), rules, now) for field in RULES]


def _view(
    field: str, customer: Customer, words: list[Word], held: FieldPin | None, rules: Mapping[str, FieldRule], now: datetime
) -> FieldView:  # fmt: skip
    stands = str(getattr(customer, field) or "")
    best = choose(field=field, words=words, rules=rules)
    against = rival(words, stands)
    said = [word for word in words if word.value == stands]
    return FieldView(
        field=field, masked=_masked(field, stands), rule="pinned" if held else (best.rule if best else ""),
        confidence=max((word.confidence(now) for word in said), default=None) if not held else 1.0, pin=held,
        masked_rival=_masked(field, against.value) if against else "", rival_source=against.source if against else "",
        rival_at=against.observed_at if against else None,
        rival_is_newer=bool(held and against and against.observed_at > held.at),
    )  # fmt: skip


def _close(held: FieldPin, customer: Customer, actor: str, now: datetime) -> None:
    held.closed_at = now
    held.save(update_fields=["closed_at"])
    words = words_of([customer])[customer.pk].get(held.field, [])
    best = choose(field=held.field, words=words, rules=rulebook.present().rules)
    if best:
        _write(customer, {held.field: best})
    _note("customer.unpinned", held, actor, now)


def _chosen_anew(part: list[UUID], rules: Mapping[str, FieldRule], *, job_id: int | None = None) -> int:
    customers = list(
        Customer.objects.select_for_update(no_key=True).filter(pk__in=part, status="active").order_by("pk")
    )
    pinned = set(FieldPin.objects.filter(customer__in=part, closed_at__isnull=True).values_list("customer", "field"))
    words = words_of(customers)
    changed, fills = 0, []
    for customer in customers:
        best = {field: choose(field=field, words=told, rules=rules) for field, told in words[customer.pk].items()}
        free = {field: one for field, one in best.items() if one and (customer.pk, field) not in pinned}
        before = _read(customer)
        if _write(customer, free):
            changed += 1
            fills += [FieldFill(job=job_id, customer=customer, before=before, after=_read(customer))] if job_id else []
    FieldFill.objects.bulk_create(fills)
    return changed


def _read(customer: Customer) -> dict[str, str | int | None]:
    return {field: getattr(customer, field) for field in RULES}


def _write(customer: Customer, best: dict[str, Chosen]) -> bool:
    told = {field: int(one.word.value) if field == "birth_year" else one.word.value for field, one in best.items()}
    fresh = {field: value for field, value in told.items() if getattr(customer, field) != value}
    for field, value in fresh.items():
        setattr(customer, field, value)
    if fresh:
        customer.save(update_fields=list(fresh))
    return bool(fresh)


def said_of(customer: Customer) -> dict[str, list[Word]]:
    """What the records of one customer say of each field, and nothing else."""
    return _said([customer])[0][customer.pk]


def words_together(survivor: Customer, absorbed: Customer) -> dict[str, list[Word]]:
    """What sources say of two who become one; of what stands from no record, the survivor's own word alone counts."""
    held, speaks = _said([survivor, absorbed])
    joined: dict[str, list[Word]] = {}
    for told in held.values():
        for field, words in told.items():
            joined.setdefault(field, []).extend(replace(one, is_held=one.source == survivor.source) for one in words)
    if survivor.source not in set().union(*speaks.values()):
        _add_own(survivor, joined)
    return joined


def words_of(customers: list[Customer]) -> dict[UUID, dict[str, list[Word]]]:
    """What every source says of each field; what stands from no record is a word of the customer's own source."""
    held, speaks = _said(customers)
    for customer in customers:
        if customer.source not in speaks[customer.pk]:
            _add_own(customer, held[customer.pk])
    return held


def _add_own(customer: Customer, held: dict[str, list[Word]]) -> None:
    at = customer.observed_at or customer.created_at
    for field in RULES:
        if value := str(getattr(customer, field) or ""):
            held.setdefault(field, []).append(Word(value=value, source=customer.source, observed_at=at, is_held=True))


def _said(customers: list[Customer]) -> tuple[dict[UUID, dict[str, list[Word]]], dict[UUID, set[str]]]:
    """What the records of each customer say of each field; and which sources speak of them at all."""
    sources = {one.code: one for one in Source.objects.all()}
    held: dict[UUID, dict[str, list[Word]]] = {customer.pk: {} for customer in customers}
    own = {customer.pk: customer.source for customer in customers}
    speaks: dict[UUID, set[str]] = {customer.pk: set() for customer in customers}
    for record in SourceRecord.objects.filter(customer__in=held).order_by("observed_at", "pk"):
        speaks[record.customer_id].add(record.source)
        told = sources.get(record.source) or Source(code=record.source)
        for field in RULES:
            if value := str(record.fields.get(field) or ""):
                held[record.customer_id].setdefault(field, []).append(
                    Word(
                        value=value, source=record.source, observed_at=record.observed_at, trust=told.trust,
                        promised_days=told.promised_days, is_held=record.source == own[record.customer_id],
                    )
                )  # fmt: skip
    return held, speaks


def _locked(customer_id: UUID) -> Customer:
    closed = (Customer.Status.MERGED, Customer.Status.ERASED, Customer.Status.RESTRICTED)
    found = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).exclude(status__in=closed).first()
    if found is None:
        raise NotFound(_("There is no such customer."))
    return found


def _check(field: str, value: str, now: datetime) -> None:
    if field not in RULES:
        raise Invalid(_("Only these fields can be pinned: %(fields)s.") % {"fields": ", ".join(RULES)}, field="/field")
    if field == "birth_year":
        if not (value.isascii() and value.isdigit() and 1900 <= int(value) <= now.year):
            raise Invalid(_("A year of birth lies between 1900 and this year."), field="/value")
    elif not value or len(value) > _LONGEST[field] or not value.isprintable():
        raise Invalid(_("The value is empty or too long."), field="/value")


def _masked(field: str, value: str) -> str:
    return value if field in _PLAIN else masks.person(value)


def _note(action: str, held: FieldPin, actor: str, now: datetime) -> None:
    audit.write(
        actor=actor, action=action, subject=f"customer:{held.customer_id}", purpose=held.reason[:120],
        data={"field": held.field, "until": held.expires_at.isoformat()}, now=now,
    )  # fmt: skip


def _parts(all_of: list[UUID], size: int) -> Iterable[list[UUID]]:
    return (all_of[start : start + size] for start in range(0, len(all_of), size))
