"""What belongs to a party, table by table, and how it goes over to another party and comes back.

Every table of this room with a foreign key to Customer is found by itself, so that a new table is moved, restored and
erased without being named here. Rows that would collide with the survivor's by a unique constraint stay where they are:
the absorbed party keeps them, unseen, for the day it comes back. A few tables combine instead (`_FOLDS`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import F, Max
from psycopg import sql

from customers.identity.consenting import GRANTED, REFUSED, UNKNOWN, strictest
from customers.identity.ledger import Decision, Moved, Proposal
from customers.identity.models import Customer, Identifier, Relationship
from customers.insight import lots, parting

# The ledger tells of parties; it is not theirs to move. Nor is the pointer of one customer to another.
LEDGER: tuple[type[models.Model], ...] = (Decision, Moved, Proposal, Customer)
Folded = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """One column of one table that names a customer."""

    model: type[models.Model]
    column: str

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def rows_of(self, customer: UUID) -> int:
        """How many rows name this customer."""
        return self.model._default_manager.filter(**{_field(self): customer}).count()


def belongings() -> Iterator[Belonging]:
    """Every column of this room that says whose a row is, the ledger's own apart; in a fixed order."""
    for model in sorted(apps.get_app_config("customers").get_models(), key=lambda one: one._meta.db_table):
        if model in LEDGER:
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Customer:
                yield Belonging(model=model, column=field.column)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What becomes of one column of one table: keys of `rows` that go over, rows of either party that read otherwise."""

    what: Belonging
    rows: list[Any]
    folded: Folded


def steps(*, survivor: UUID, absorbed: UUID, now: datetime) -> Iterator[Step]:
    """What a merge of these two would move and combine, table by table; nothing is written."""
    for one in belongings():
        fold = _FOLDS.get(one.table)
        folded = fold(survivor, absorbed, now) if fold else []
        rows = _goes_over(one, survivor=survivor, absorbed=absorbed)
        if rows or folded:
            yield Step(what=one, rows=rows, folded=folded)


def take_over(*, decision: Decision, now: datetime) -> None:
    """Give what the absorbed party has to the survivor, and write down how to give it back."""
    for step in steps(survivor=decision.survivor_id, absorbed=decision.absorbed_id, now=now):
        one = step.what
        for change in step.folded:
            _fold(one.model, change)
        if step.rows:
            column = {_field(one): decision.survivor_id}
            owned = {_field(one): decision.absorbed_id}
            one.model._default_manager.filter(pk__in=step.rows, **owned).update(**column)
        Moved.objects.create(
            decision=decision, table=one.table, column=one.column, rows=step.rows, folded=plain(step.folded)
        )


def give_back(*, decision: Decision, reached: Mapping[UUID, str], actor: str, now: datetime) -> list[int]:
    """Undo `take_over`: every row goes back to whom it came from; what was changed since keeps its later state. Points
    spent meanwhile are shared by whose they were.

    `reached` says by which number each call since the merge came in, where known. Answered are contacts since the
    merge of which nobody can say whose they were: they stay with the survivor, for a person to look at.
    """
    refusals = _refusals_since(decision.survivor_id, decision.at)
    by_name = {(one.table, one.column): one for one in belongings()}
    for moved in decision.moved.all():
        one = by_name.get((moved.table, moved.column))
        if one is None:  # the customers themselves, or a table that a later release took away
            continue
        here = {_field(one): decision.survivor_id}  # what was taken out of the survivor since is not theirs to give
        one.model._default_manager.filter(pk__in=moved.rows, **here).update(**{_field(one): decision.absorbed_id})
        if one.table == _POINTS:
            _part_points(decision, moved, actor, now)
            continue
        for change in moved.folded:
            _unfold(one.model, change)
    decision.moved.all().delete()
    parties = (decision.survivor_id, decision.absorbed_id)
    _follow_records(*parties)
    _refuse_at_both(refusals, parties, decision.at)
    return _share_contacts(parties, decision.at, reached)


def share_since(*, kept: UUID, restored: UUID, since: datetime, reached: Mapping[UUID, str]) -> list[int]:
    """What came since two were one and cannot be told by whose row it is: a refusal holds for both, a contact goes by its
    number. Answers the doubtful ones as `give_back` does.
    """
    _refuse_at_both(_refusals_since(kept, since), (kept, restored), since)
    return _share_contacts((kept, restored), since, reached)


def _field(one: Belonging) -> str:
    return next(field.attname for field in one.model._meta.concrete_fields if field.column == one.column)


def _goes_over(one: Belonging, *, survivor: UUID, absorbed: UUID) -> list[Any]:
    """Rows of the absorbed party that the survivor can take without breaking a promise of the table, by their keys."""
    clash = [_clash(one, names) for names in _unique_sets(one)]
    if one.model is Relationship:  # nobody becomes related to themselves
        other = "b_id" if one.column == "a_id" else "a_id"
        clash.append(sql.SQL("own.{} = %(survivor)s").format(sql.Identifier(other)))
    statement = sql.SQL(
        "SELECT own.{key} FROM {table} AS own WHERE {column} = %(absorbed)s{stays} ORDER BY own.{key}"
    ).format(
        table=sql.Identifier(one.table),
        column=sql.Identifier(one.column),
        key=sql.Identifier(str(one.model._meta.pk.column)),
        stays=sql.SQL("").join(sql.SQL(" AND NOT ({})").format(part) for part in clash),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"survivor": survivor, "absorbed": absorbed})
        return [key if isinstance(key, int) else str(key) for (key,) in cursor.fetchall()]


def _unique_sets(one: Belonging) -> Iterator[list[str]]:
    """Columns that must be unique together with the customer, the customer's own left out."""
    columns = {field.name: field.column for field in one.model._meta.concrete_fields}
    for constraint in one.model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            named = [str(columns[name]) for name in constraint.fields]
            if one.column in named:
                yield [column for column in named if column != one.column]


def _clash(one: Belonging, names: list[str]) -> sql.Composed:
    same = [sql.SQL("theirs.{0} IS NOT DISTINCT FROM own.{0}").format(sql.Identifier(name)) for name in names]
    mine = sql.SQL("theirs.{} = %(survivor)s").format(sql.Identifier(one.column))
    return sql.SQL("EXISTS (SELECT FROM {} AS theirs WHERE {})").format(
        sql.Identifier(one.table), sql.SQL(" AND ").join([mine, *same])
    )


def _fold(model: type[models.Model], change: Mapping[str, Any]) -> None:
    """Write what a step says of one row; what only notes something changes none."""
    values = dict(change.get("after", {}))
    values |= {name: F(name) + amount for name, amount in change.get("added", {}).items()}
    if values:
        model._default_manager.filter(pk=change["row"]).update(**values)


def _unfold(model: type[models.Model], change: Mapping[str, Any]) -> None:
    """Put back what a row said before, unless somebody has written it since.

    Amounts that were added are taken off again, so that what came in between stays.
    """
    row: Any = model._default_manager.select_for_update(no_key=True).filter(pk=change["row"]).first()
    if row is None:
        return
    if "added" in change:
        for name, amount in change["added"].items():
            setattr(row, name, max(0, getattr(row, name) - amount))
        row.save()
    elif plain({name: getattr(row, name) for name in change["after"]}) == change["after"]:
        _restore(model, change)


def _restore(model: type[models.Model], change: Mapping[str, Any]) -> None:
    values = {name: model._meta.get_field(name).to_python(value) for name, value in change["before"].items()}  # type: ignore[union-attr]
    model._default_manager.filter(pk=change["row"]).update(**values)


# An identifier goes with the record that alone told it; what the party has already is not brought twice.
_FOLLOW = """
WITH told AS (
    SELECT record.customer_id AS party, record.source, split_part(word.key, '#', 1) AS kind, word.value
    FROM (SELECT customer_id, source, fields FROM customers_sourcerecord WHERE customer_id IN (%(kept)s, %(restored)s)
          UNION ALL
          SELECT record.customer_id, record.source, version.fields FROM customers_recordversion AS version
          JOIN customers_sourcerecord AS record ON record.id = version.record_id
          WHERE record.customer_id IN (%(kept)s, %(restored)s)) AS record, jsonb_each_text(record.fields) AS word
)
UPDATE customers_identifier AS own SET customer_id = %(restored)s
WHERE own.customer_id = %(kept)s
    AND EXISTS (SELECT FROM told WHERE party = %(restored)s AND told.source = own.source AND told.kind = own.kind
                AND told.value = own.value)
    AND NOT EXISTS (SELECT FROM told WHERE party = %(kept)s AND told.kind = own.kind AND told.value = own.value)
    AND NOT EXISTS (SELECT FROM customers_identifier AS theirs WHERE theirs.customer_id = %(restored)s
                    AND theirs.kind = own.kind AND theirs.scope = own.scope AND theirs.value = own.value)
"""


def _follow_records(kept: UUID, restored: UUID) -> None:
    """What the restored party's records said and told while the two were one is the restored party's."""
    versions = apps.get_model("customers", "RecordVersion").objects
    versions.filter(customer=kept, record__customer=restored).update(customer=restored)
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"kept": kept, "restored": restored})


def _refusals_since(customer: UUID, since: datetime) -> list[dict[str, Any]]:
    """What was refused while the two were one: nobody can say which of them it was, so it will hold for both."""
    names = ("purpose", "channel", "state", "proof", "at", "until")
    rows = apps.get_model("customers", "Consent").objects.filter(customer=customer, state=REFUSED, at__gt=since)
    return list(rows.values(*names))


def _refuse_at_both(refusals: list[dict[str, Any]], parties: tuple[UUID, UUID], since: datetime) -> None:
    model = apps.get_model("customers", "Consent")
    for wish in refusals:
        key = {"purpose": wish["purpose"], "channel": wish["channel"]}
        spoken = {name: wish[name] for name in ("state", "proof", "at", "until")}
        for party in parties:
            model.objects.update_or_create(customer_id=party, **key, defaults=spoken)
    silent = apps.get_model("customers", "DoNotCall")
    kept, restored = parties
    for row in silent.objects.filter(customer=kept, at__gt=since):
        silent.objects.get_or_create(
            customer_id=restored, number=row.number, defaults={"source": row.source, "at": row.at}
        )


def _share_contacts(parties: tuple[UUID, UUID], since: datetime, reached: Mapping[UUID, str]) -> list[int]:
    """Contacts that came while the two were one go to whom their number belongs alone."""
    model = apps.get_model("customers", "Interaction")
    kept, restored = parties
    numbers = {
        party: set(Identifier.objects.filter(customer=party).values_list("value", flat=True)) for party in parties
    }
    doubtful: list[int] = []
    for row in model.objects.filter(customer=kept, at__gt=since):
        number = reached.get(row.ref, "") if row.ref else ""
        owners = [party for party, own in numbers.items() if number and number in own]
        if owners == [restored]:
            model.objects.filter(pk=row.pk).update(customer=restored)
        elif owners != [kept]:
            doubtful.append(row.pk)
    return doubtful


def _part_points(decision: Decision, moved: Moved, actor: str, now: datetime) -> None:
    entries = apps.get_model("customers", "PointsEntry").objects.filter(at__lte=decision.at)
    pair = (decision.survivor_id, decision.absorbed_id)
    noted = (
        moved.folded[0]["last"] if moved.folded else entries.filter(customer__in=pair).aggregate(Max("pk"))["pk__max"]
    )
    parting.part(
        kept=decision.survivor_id, restored=decision.absorbed_id, last=noted or 0,
        ref=f"{lots.UNMERGE}{decision.pk}:{moved.pk}", actor=actor, now=now,
    )  # fmt: skip


# --- tables that combine ---------------------------------------------------------------------------------------------
_CONSENT = "customers_consent"
_POINTS = "customers_pointsentry"


def _note_points(survivor: UUID, absorbed: UUID, now: datetime) -> Folded:
    """Nothing is combined: only how far the ledgers of the two had come, where the absorbed party has any points."""
    last = parting.last_of(customers=(absorbed,))
    return [{"last": max(last, parting.last_of(customers=(survivor,)))}] if last else []


def _fold_consents(survivor: UUID, absorbed: UUID, now: datetime) -> Folded:
    """Where both have said something for a purpose and channel, the survivor's row says the strictest of it."""
    model = apps.get_model("customers", "Consent")
    theirs = {(row.purpose, row.channel): row for row in model.objects.filter(customer=absorbed)}
    folded: Folded = []
    for row in model.objects.filter(customer=survivor):
        other = theirs.get((row.purpose, row.channel))
        if other is None:
            continue
        stands = in_force(row, now), in_force(other, now)
        state = strictest(stands)
        if state == UNKNOWN or stands[0] == state:
            continue
        folded.append({"row": row.pk, "before": _wish(row), "after": _wish(other)})
    return folded


def _wish(row: Any) -> dict[str, Any]:
    return {"state": row.state, "proof": row.proof, "at": row.at, "until": row.until}


def in_force(row: Any, now: datetime) -> str:
    """A grant that ran out is silence; a refusal never runs out by itself."""
    if row.state == GRANTED and row.until is not None and row.until <= now:
        return UNKNOWN
    return str(row.state)


def _fold_usage(survivor: UUID, absorbed: UUID, now: datetime) -> Folded:
    """Both used something in the same month: the survivor's month is the sum."""
    model = apps.get_model("customers", "UsageMonth")
    names = ("voice_s", "data_kb", "messages", "bill_fen")
    theirs = {row.month: row for row in model.objects.filter(customer=absorbed)}
    return [
        {"row": row.pk, "added": {name: getattr(theirs[row.month], name) for name in names}}
        for row in model.objects.filter(customer=survivor, month__in=theirs)
    ]


def _fold_identifiers(survivor: UUID, absorbed: UUID, now: datetime) -> Folded:
    """The same number at both: the absorbed party's row stays with it and finds nobody until it comes back."""
    own = Identifier.objects.filter(customer=survivor)
    spelled = {(row.kind, row.scope, row.value) for row in own}
    return [
        {"row": row.pk, "before": {"valid_to": row.valid_to}, "after": {"valid_to": min(row.valid_to or now, now)}}
        for row in Identifier.objects.filter(customer=absorbed)
        if (row.kind, row.scope, row.value) in spelled
    ]


_FOLDS: dict[str, Callable[[UUID, UUID, datetime], Folded]] = {
    _CONSENT: _fold_consents,
    "customers_usagemonth": _fold_usage,
    "customers_identifier": _fold_identifiers,
    _POINTS: _note_points,
}


def plain(value: Any) -> Any:
    """As JSON keeps it, so that what is compared later is what was written."""
    return json.loads(json.dumps(value, cls=_Exact))


class _Exact(DjangoJSONEncoder):
    """Django's encoder cuts microseconds; a restore must be exact."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)
