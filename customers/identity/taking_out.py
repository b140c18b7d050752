"""One source record taken out of a person: it and what came with it alone go to whom it speaks of, all else stays.

Three ways, by how the record came: the party it came with had no other record, and has its id back (an unmerge); it is the
first and only record of the person themselves, and all who were merged into them leave, as one again; or it was attached
by an identifier, and goes to a customer of its own. Ids known before stay or come back; nobody's id moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import TryAgain, command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers import news
from customers.accounts.models import PartyRole
from customers.identity import assembling, belongings, merging, rulebook
from customers.identity.golden import RULES, choose
from customers.identity.ledger import Decision, Moved
from customers.identity.models import Customer, Identifier
from customers.identity.pins import FieldPin
from customers.imports.mapping import SCOPED
from customers.imports.models import SourceRecord
from customers.imports.versions import FieldFill, RecordVersion

LONGEST_REASON = merging.LONGEST_REASON
_RECORDS = "customers_sourcerecord"
_CORRECTED = ("name", "region")  # a source's later word replaces its earlier one; of the others the first stands


@dataclass(frozen=True, kw_only=True)
class TakenOut:
    """A record that speaks of somebody else now. `kept` goes on under its id, `parted` has its own again or a new one.

    `doubtful` are contacts since the record came that may be either's; `kept` has them.
    """

    record: int
    kept: UUID
    parted: UUID
    record_is_with: UUID
    doubtful: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Word:
    """What the record said at one time."""

    fields: dict[str, Any]
    job: int | None
    observed_at: datetime
    received_at: datetime


@command
def take_out(
    *, record_id: int, actor: str, reason: str, now: datetime, reached: Mapping[UUID, str] | None = None
) -> TakenOut:
    """Take one record out of the person it stands with; linking will not propose the two again.

    `reached` as in `merging.unmerge`. Raises NotFound, Invalid without a reason, Conflict where the record is all that
    speaks of the person, or the person is erased or restricted.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(_("Say in at most 200 characters why this record is taken out."), field="/reason")
    record = _locked(record_id)
    person: UUID = record.customer_id
    came_by = _came_by(record)
    told: dict[str, Any] = {"actor": actor, "now": now, "reached": reached or {}}
    if came_by is not None and came_by.moved.get(table=_RECORDS).rows == [record.pk]:
        done = merging.unmerge(absorbed=came_by.absorbed_id, reason=reason, **told)
        out = TakenOut(
            record=record.pk, kept=done.remaining, parted=done.restored, record_is_with=done.restored,
            doubtful=done.doubtful,
        )  # fmt: skip
    elif came_by is not None:
        out = _out_of_a_part(record, came_by, reason=reason, **told)
    elif _is_all_of_it(record):
        out = _all_others_leave(record, reason=reason, **told)
    else:
        out = _split(record, reason=reason, **told)
    _note(out, record, person, actor, reason, now)
    return out


def whose(*, record_id: int) -> UUID:
    """The person a record stands with. Raises NotFound."""
    found = SourceRecord.objects.filter(pk=record_id).values_list("customer", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such record."))
    return found


def _locked(record_id: int) -> SourceRecord:
    """The record, the person it stands with locked: whoever moves records holds their person first."""
    person = Customer.objects.select_for_update(no_key=True).get(pk=whose(record_id=record_id))
    record = SourceRecord.objects.get(pk=record_id)
    if record.customer_id != person.pk:
        raise TryAgain(_("This customer is being changed by somebody else. Try again in a moment."))
    if person.status not in {Customer.Status.ACTIVE, Customer.Status.PROVISIONAL}:
        raise Conflict(_("An erased or restricted customer cannot be taken apart."), code="not_open")
    return record


def _came_by(record: SourceRecord) -> Decision | None:
    """The first merge that stands and brought the record along; None where it stood with the person before any."""
    brought = Moved.objects.filter(decision__in=_merges_into(record.customer_id), table=_RECORDS)
    found = [one for one in brought.select_related("decision").order_by("decision") if record.pk in one.rows]
    return found[0].decision if found else None


def _merges_into(person: UUID) -> list[int]:
    """Merges that stand, through which others live on in this person; a statement for each step of a chain."""
    standing = Decision.objects.filter(kind=Decision.Kind.MERGE, closed_at__isnull=True)
    found: list[int] = []
    into = [person]
    while into:
        step = list(standing.filter(survivor__in=into).values_list("pk", "absorbed"))
        found += [decision for decision, _absorbed in step]
        into = [absorbed for _decision, absorbed in step]
    return found


def _is_all_of_it(record: SourceRecord) -> bool:
    """It made the person, and every other record came with a merge."""
    merges = Decision.objects.filter(kind=Decision.Kind.MERGE, closed_at__isnull=True, survivor=record.customer_id)
    brought = {key for one in Moved.objects.filter(decision__in=merges, table=_RECORDS) for key in one.rows}
    others = SourceRecord.objects.filter(customer=record.customer_id).exclude(pk__in=brought | {record.pk})
    return not others.exists() and record.customer.created_at >= _words(record)[0].received_at


def _out_of_a_part(
    record: SourceRecord, came_by: Decision, *, actor: str, reason: str, now: datetime, reached: Mapping[UUID, str]
) -> TakenOut:
    """The party it came with has other records: they part, the record leaves, and the party is merged again."""
    whole: UUID = record.customer_id
    apart = merging.unmerge(
        absorbed=came_by.absorbed_id, actor=actor, reason=reason, now=now, reached=reached, may_relink=True
    )
    record.refresh_from_db()
    out = _split(record, actor=actor, reason=reason, now=now, reached=reached)
    merging.merge(
        one=merging.resolve(customer_id=came_by.survivor_id), other=came_by.absorbed_id, actor=actor,
        reason=came_by.reason, evidence=came_by.evidence, now=now,
    )  # fmt: skip
    whole = merging.resolve(customer_id=whole)
    merging.declare_not_same(one=whole, other=out.parted, actor=actor, reason=reason, now=now)
    return TakenOut(
        record=record.pk, kept=whole, parted=out.parted, record_is_with=out.parted,
        doubtful=tuple(sorted({*apart.doubtful, *out.doubtful})),
    )  # fmt: skip


def _all_others_leave(
    record: SourceRecord, *, actor: str, reason: str, now: datetime, reached: Mapping[UUID, str]
) -> TakenOut:
    """The person is this record; who was merged into them leaves and is one again, under the oldest id among them."""
    person: UUID = record.customer_id
    merges = Decision.objects.filter(kind=Decision.Kind.MERGE, closed_at__isnull=True, survivor=person)
    leaving = list(merges.order_by("-pk"))
    if not leaving:
        raise Conflict(
            _("This record is all that speaks of the customer: there is nothing to take it out of."), code="only_record"
        )
    doubtful: set[int] = set()
    for one in leaving:
        part = merging.unmerge(
            absorbed=one.absorbed_id, actor=actor, reason=reason, now=now, reached=reached, may_relink=True
        )
        doubtful |= set(part.doubtful)
    others = leaving[-1].absorbed_id
    for one in reversed(leaving[:-1]):
        others = merging.merge(
            one=others, other=one.absorbed_id, actor=actor, reason=one.reason, evidence=one.evidence, now=now
        ).survivor
    merging.declare_not_same(one=person, other=others, actor=actor, reason=reason, now=now)
    return TakenOut(
        record=record.pk, kept=person, parted=others, record_is_with=person, doubtful=tuple(sorted(doubtful))
    )


def _split(record: SourceRecord, *, actor: str, reason: str, now: datetime, reached: Mapping[UUID, str]) -> TakenOut:
    """The record was attached to the person: it gets a customer of its own, with what it alone brought."""
    person, words = record.customer, _words(record)
    since = words[0].received_at
    newcomer = _made_of(record, words, person.kind)
    SourceRecord.objects.filter(pk=record.pk).update(customer=newcomer)
    RecordVersion.objects.filter(record=record).update(customer=newcomer)
    rest = [
        *SourceRecord.objects.filter(customer=person).order_by("observed_at", "pk"),
        *RecordVersion.objects.filter(customer=person).order_by("observed_at", "pk"),
    ]
    _part_identifiers(record, words, rest, person, newcomer)
    _part_roles(record, words, person, newcomer)
    _read_anew(record, words, person)
    doubtful = belongings.share_since(kept=person.pk, restored=newcomer.pk, since=since, reached=reached)
    merging.declare_not_same(one=person.pk, other=newcomer.pk, actor=actor, reason=reason, now=now)
    told: dict[str, object] = {"customer": str(person.pk), "restored": str(newcomer.pk)}
    news.tell("customer.unmerged", data=told, actor=actor, now=now)
    return TakenOut(
        record=record.pk, kept=person.pk, parted=newcomer.pk, record_is_with=newcomer.pk, doubtful=tuple(doubtful)
    )


def _words(record: SourceRecord) -> list[Word]:
    """Everything the record ever said, the first word first."""
    earlier = RecordVersion.objects.filter(record=record).order_by("pk")
    return [
        Word(fields=one.fields, job=one.job, observed_at=one.observed_at, received_at=one.received_at)
        for one in earlier
    ] + [
        Word(fields=record.fields, job=record.job_id, observed_at=record.observed_at, received_at=record.received_at)
    ]  # fmt: skip


def _made_of(record: SourceRecord, words: list[Word], kind: str) -> Customer:
    """A customer as an import makes one of these words."""
    fields: dict[str, Any] = {}
    for one in words:
        for name in RULES:
            if (value := one.fields.get(name)) and (name in _CORRECTED or name not in fields):
                fields[name] = int(value) if name == "birth_year" else value
    return Customer.objects.create(
        kind=kind, created_at=words[0].received_at, source=record.source,
        observed_at=max(one.observed_at for one in words), **fields,
    )  # fmt: skip


def _identifiers(fields: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """(kind, scope, value) of each identifier that a record tells; a second one of a kind is called phone#2."""
    for name, value in fields.items():
        kind = name.partition("#")[0]
        if kind in Identifier.Kind.values and value:
            yield kind, str(fields.get(SCOPED[kind], "")) if kind in SCOPED else "", str(value)


def _part_identifiers(
    record: SourceRecord, words: list[Word], rest: list[Any], person: Customer, newcomer: Customer
) -> None:
    """What the record alone told goes with it; what others tell too stands at both."""
    first: dict[tuple[str, str, str], Word] = {}
    for word in words:
        for key in _identifiers(word.fields):
            first.setdefault(key, word)
    elsewhere: dict[tuple[str, str, str], Any] = {}
    for one in rest:
        for key in _identifiers(one.fields):
            elsewhere.setdefault(key, one)
    for row in Identifier.objects.filter(customer=person):
        key = (row.kind, row.scope, row.value)
        if key not in first:
            continue
        if row.source == record.source and key not in elsewhere:
            Identifier.objects.filter(pk=row.pk).update(customer=newcomer)
            continue
        word = first[key]
        Identifier.objects.create(
            customer=newcomer, kind=row.kind, scope=row.scope, value=row.value, sealed=row.sealed, born=row.born,
            role=str(word.fields.get("role") or "user"), source=record.source, valid_from=word.observed_at, job=word.job,
        )  # fmt: skip
        if row.source == record.source and key in elsewhere:
            _told_by_another(row, elsewhere[key])


def _told_by_another(row: Identifier, one: Any) -> None:
    """Of whom the identifier is now by another record alone, so it is that record's word."""
    is_version = isinstance(one, RecordVersion)
    row.source = one.record.source if is_version else one.source
    row.job = one.job if is_version else one.job_id
    row.valid_from = one.observed_at
    row.role = str(one.fields.get("role") or "user")
    row.save(update_fields=["source", "job", "valid_from", "role"])


def _part_roles(record: SourceRecord, words: list[Word], person: Customer, newcomer: Customer) -> None:
    """Accounts and subscriptions that the record alone of its source names are its own."""
    named = {
        name: {word.fields[name] for word in words if word.fields.get(name)} for name in ("account", "subscription")
    }
    for other in SourceRecord.objects.filter(customer=person, source=record.source):
        for name, held in named.items():
            held.discard(other.fields.get(name))
    PartyRole.objects.filter(
        Q(account__number__in=named["account"]) | Q(subscription__number__in=named["subscription"]),
        customer=person, source=record.source,
    ).update(customer=newcomer)  # fmt: skip


def _read_anew(record: SourceRecord, words: list[Word], person: Customer) -> None:
    """The person's fields say what the remaining records say; what only the record had filled is empty again."""
    pinned = set(FieldPin.objects.filter(customer=person, closed_at__isnull=True).values_list("field", flat=True))
    remaining = list(SourceRecord.objects.filter(customer=person).order_by("observed_at", "pk"))
    fills = FieldFill.objects.filter(customer=person, job__in=[one.job for one in words if one.job])
    fills = fills.exclude(job__in=[one.job_id for one in remaining if one.job_id]).order_by("pk")
    told, rules = assembling.said_of(person), rulebook.present().rules
    for field in set(RULES) - pinned:
        stands, said = getattr(person, field), {str(one.fields.get(field) or "") for one in words}
        best = choose(field=field, words=told.get(field, []), rules=rules)
        if best is not None and (str(stands or "") in said or len(told[field]) > 1):
            value: Any = best.word.value
        elif str(stands or "") in said:
            value = next((one.before.get(field) for one in fills if str(one.after.get(field)) == str(stands)), None)
        else:
            continue
        setattr(person, field, (int(value) if value else None) if field == "birth_year" else value or "")
    of_its_source = [one.observed_at for one in remaining if one.source == person.source]
    if person.source == record.source and remaining:
        person.source = person.source if of_its_source else remaining[-1].source
        person.observed_at = max(of_its_source, default=remaining[-1].observed_at)
    person.save()
    fills.delete()


def _note(out: TakenOut, record: SourceRecord, person: UUID, actor: str, reason: str, now: datetime) -> None:
    audit.write(
        actor=actor, action="customer.record_taken_out", subject=f"customer:{person}", purpose=reason[:120], now=now,
        data={"record": record.pk, "source": record.source, "parted": str(out.parted)},
    )  # fmt: skip
