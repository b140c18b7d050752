"""Single records pushed by another system: judged and stored as the rows of a file are, each answered for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from callcenter.foundation.storable import unstorable
from customers.imports.mapping import IDENTIFIERS, SYNONYMS, Row, RowReader
from customers.imports.merge import judged, merge_chunk
from customers.imports.models import SourceRecord
from customers.imports.operations import ERASED, check_source, erased_rows, hold_off_erasures, seal, spell
from customers.imports.refusals import Wrong, said

_NO_FIELD = gettext_noop("There is no field %(name)s. Fields are: %(fields)s.")
MOST_RECORDS = 1_000
MOST_VALUES = 5  # of one kind of identifier
LONGEST = 500  # characters of a value
FIELDS = tuple(SYNONYMS)
# A second telephone is called phone#2 on its way in.
_MAPPING = {field: field for field in FIELDS} | {
    f"{field}#{n}": field for field in IDENTIFIERS for n in range(2, MOST_VALUES + 1)
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one record: stored, updated, same, superseded or refused; `field` and `sentence` of a refusal."""

    key: str
    outcome: str
    customer: UUID | None = None
    field: str = ""
    sentence: str = ""


@command
def take(*, source: str, records: Sequence[Mapping[str, Any]], actor: str, now: datetime) -> list[Outcome]:
    """Store records of one source and answer for each, in their order; sent again, they change nothing.

    A record is field → text, number, or for identifiers a list of them; `key` is the source's own id and must be there.
    Raises Invalid for a source or a number of records that cannot be.
    """
    check_source(source)
    if not 1 <= len(records) <= MOST_RECORDS:
        raise Invalid(_("Send 1 to %(most)s records at a time.") % {"most": MOST_RECORDS}, field="/records")
    reader = RowReader(mapping=_MAPPING, spell=spell, seal=seal)
    read = [_read(reader, number, record) for number, record in enumerate(records)]
    rows = [one for one in read if isinstance(one, Row)]
    hold_off_erasures()
    erased = erased_rows(source=source, rows=rows)
    good = [row for row in rows if row.number not in erased]
    counts = merge_chunk(rows=good, source=source, now=now)
    verdicts = judged() if good else {}
    held = SourceRecord.objects.filter(source=source, key__in={row.key for row in good})
    customers = dict(held.values_list("key", "customer_id"))
    refused = len(records) - len(good)
    audit.write(
        actor=actor, action="customers.pushed", subject=f"source:{source}", data={**counts, "refused": refused}, now=now
    )
    return [_told(one, verdicts, customers) for one in read]


def _read(reader: RowReader, number: int, record: Mapping[str, Any]) -> Row | Outcome:
    key = record.get("key")
    try:
        if not isinstance(key, str | int) or not str(key).strip():
            raise Wrong("key", gettext_noop("Every record needs the key it has in its source."))
        return reader.read(number=number, cells=_cells(record))
    except Wrong as wrong:
        sentence = said(wrong.sentence, wrong.facts, translate=_)
        return Outcome(
            key=str(key or "")[:80], outcome="refused", field=wrong.column.partition("#")[0], sentence=sentence
        )


def _cells(record: Mapping[str, Any]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for field, told in record.items():
        if field not in FIELDS:
            raise Wrong(field[:80], _NO_FIELD, name=field[:80], fields=", ".join(FIELDS))
        values = told if isinstance(told, list) and field in IDENTIFIERS else [told]
        if len(values) > MOST_VALUES:
            raise Wrong(field, gettext_noop("At most %(most)s values of one kind are taken."), most=MOST_VALUES)
        for n, value in enumerate(values, start=1):
            cells[field if n == 1 else f"{field}#{n}"] = _text(field, value)
    return cells


def is_kept(text: str) -> bool:
    """Whether a value that was sent can be kept: not too long, and text."""
    return len(text) <= LONGEST and unstorable(text) is None


def _text(field: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong(field, gettext_noop("A value is a text or a whole number."))
    text = str(value)
    if not is_kept(text):
        raise Wrong(field, gettext_noop("The value is too long, or holds signs that are no text."))
    return text


def _told(one: Row | Outcome, verdicts: Mapping[int, str], customers: Mapping[str, UUID]) -> Outcome:
    if isinstance(one, Outcome):
        return one
    if one.number not in verdicts:
        return Outcome(key=one.key, outcome="refused", sentence=_(ERASED))
    return Outcome(key=one.key, outcome=verdicts[one.number], customer=customers.get(one.key))
