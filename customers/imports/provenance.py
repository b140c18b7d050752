"""Where each value of a customer comes from: what every source says, how fresh it is, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import NotFound
from customers.identity import sealed
from customers.identity.models import Identifier
from customers.imports.mapping import IDENTIFIERS
from customers.imports.models import SourceRecord
from customers.imports.versions import RecordVersion

_NOTES = {"document_ok", "document_year"}  # for the measuring of quality
_PLAIN = {"language", "region", "birth_year", "title", "kind", "role", "openid_app", "corp_id", "app_id"}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One field as one source tells it; `agrees` is None where no other source speaks of it."""

    field: str
    masked: str
    source: str
    observed_at: datetime
    agrees: bool | None


def claims(*, customer_id: UUID) -> list[Claim]:
    """Every field of every record that speaks of this customer, newest first within a field. Two statements at most."""
    records = list(SourceRecord.objects.filter(customer=customer_id).order_by("-observed_at", "id")[:50])
    told = [
        (field, str(value), record.source, record.observed_at)
        for record in records
        for field, value in record.fields.items()
        if value not in (None, "") and field not in _NOTES
    ]
    boxes = _boxes(customer_id) if any(field in sealed.KINDS for field, *_rest in told) else {}
    return [
        Claim(
            field=field.partition("#")[0], masked=_masked(field, boxes.get(value, value)), source=source, observed_at=at,
            agrees=_agrees(field, value, source, told),
        )
        for field, value, source, at in sorted(told, key=lambda one: one[0])
    ]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Told:
    """One record that speaks of a customer: its key masked, and the fields it says something of."""

    pk: int
    source: str
    masked_key: str
    observed_at: datetime
    named: tuple[str, ...]


def records(*, customer_id: UUID) -> list[Told]:
    """The records that speak of a customer, newest first. One statement."""
    return [
        Told(
            pk=one.pk, source=one.source, masked_key=masks.other(one.key), observed_at=one.observed_at,
            named=tuple(dict.fromkeys(
                name.partition("#")[0] for name, value in one.fields.items() if value and name not in _NOTES
            )),
        )
        for one in SourceRecord.objects.filter(customer=customer_id).order_by("-observed_at", "id")[:50]
    ]  # fmt: skip


def record_by_key(*, source: str, key: str) -> int:
    """Our number of the record that a source calls so. Raises NotFound."""
    found = SourceRecord.objects.filter(source=source, key=key).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("There is no such record."))
    return found


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field that a source came to tell otherwise; "" where it had said nothing, or says nothing any more."""

    field: str
    masked_before: str
    masked_after: str
    source: str
    replaced_at: datetime


def earlier(*, customer_id: UUID, most: int = 40) -> list[Change]:
    """What sources had said before, field by field, the newest change first. Two statements at most."""
    versions = (
        RecordVersion.objects.filter(customer=customer_id)
        .select_related("record")
        .order_by("-replaced_at", "-pk")[:most]
    )
    after: dict[int, dict[str, Any]] = {}  # by record: what stood next
    told = []
    for one in versions:
        told.append((one, after.get(one.record_id, one.record.fields)))
        after[one.record_id] = one.fields
    named = {field for one, then in told for field in {**one.fields, **then}}
    boxes = _boxes(customer_id) if named & sealed.KINDS else {}

    def shown(field: str, value: Any) -> str:
        return "" if value in (None, "") else _masked(field, boxes.get(str(value), str(value)))

    return [
        Change(
            field=field.partition("#")[0], masked_before=shown(field, one.fields.get(field)),
            masked_after=shown(field, then.get(field)), source=one.record.source, replaced_at=one.replaced_at,
        )
        for one, then in told
        for field in sorted({**one.fields, **then}.keys() - _NOTES)
        if (one.fields.get(field) or "") != (then.get(field) or "")
    ]  # fmt: skip


def _boxes(customer_id: UUID) -> dict[str, str]:
    """What the records tell of sealed identifiers is their index: the values it stands for."""
    own = Identifier.objects.filter(customer=customer_id, kind__in=sealed.KINDS)
    return {value: sealed.clear(kind, value, box) for kind, value, box in own.values_list("kind", "value", "sealed")}


def _agrees(field: str, value: str, source: str, told: list[tuple[str, str, str, datetime]]) -> bool | None:
    others = {each for name, each, who, _at in told if name == field and who != source}
    return None if not others else value in others


def _masked(field: str, value: str) -> str:
    if field in _PLAIN:
        return value
    kind = field.partition("#")[0]
    return masks.identifier(kind=kind, value=value) if kind in IDENTIFIERS else masks.person(value)
