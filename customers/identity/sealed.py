"""Identifiers that are never stored in clear: an index to find them by, a sealed text to read them from."""

from __future__ import annotations

import re
from typing import LiteralString, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from callcenter.foundation import sealing
from callcenter.foundation.errors import Conflict
from customers.identity.models import Identifier
from customers.identity.normalise import is_valid_id_document, normalise

KINDS = frozenset({"id_document"})
BATCH = 2_000
_JOINT = "~"  # between index and sealed text where both stand in one cell
_RESIDENT = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{14}(?:[0-9]{2}[0-9Xx])?(?![0-9A-Za-z])")
_HIDDEN = re.compile(rf"b1\.[\w-]+{_JOINT}(?P<sealed>s1\.\w+\.[\w-]+)")


class Stored(NamedTuple):
    """An identifier as its row holds it."""

    value: str  # what it is found by: the spelling itself, or its index
    sealed: str = ""
    born: int | None = None  # the year of birth that a resident's id tells: checked against what sources say
    is_valid: bool = False  # of a resident's id: date and check digit are right


def stored(kind: str, spelled: str) -> Stored:
    """A normalised value as it is stored."""
    if kind not in KINDS or sealing.is_index(spelled):
        return Stored(spelled)
    year = spelled[6:10] if len(spelled) == 18 else ""
    born = int(year) if year.isascii() and year.isdigit() and 1900 <= int(year) <= 2100 else None
    return Stored(
        sealing.index(spelled, context=kind), sealing.seal(spelled, context=kind), born, is_valid_id_document(spelled)
    )


def found_by(kind: str, spelled: str) -> str:
    """What a normalised value is looked up by."""
    return sealing.index(spelled, context=kind) if kind in KINDS else spelled


def clear(kind: str, value: str, sealed: str) -> str:
    """The value itself; "" where its key is gone."""
    return sealing.unseal(sealed, context=kind) if kind in KINDS else value


def in_a_cell(kind: str, text: str, spelled: str) -> str:
    """A refused cell: what it is found by, when the person is to be forgotten, and what it said."""
    return f"{found_by(kind, spelled or text)}{_JOINT}{sealing.seal(text, context=kind)}"


def hidden_in(text: str) -> str:
    """A text that fell into no column, the residents' ids in it hidden as in cells of their own."""
    kind = "id_document"
    return _RESIDENT.sub(lambda found: in_a_cell(kind, found[0], normalise(kind=kind, value=found[0])), text)


def blanked_in(text: str) -> str:
    """A text without the residents' ids that stood in it."""
    return _RESIDENT.sub("…", text)


def shown_in(text: str) -> str:
    """What a refused cell or line said; what was never sealed says itself."""
    return _HIDDEN.sub(lambda found: sealing.unseal(found["sealed"], context="id_document"), text)


def renewed_in(text: str) -> str:
    """A refused cell or line, what is hidden in it found and sealed by the keys of today."""
    kind = "id_document"

    def anew(found: re.Match[str]) -> str:
        told = sealing.unseal(found["sealed"], context=kind)
        return in_a_cell(kind, told, normalise(kind=kind, value=told)) if told else found[0]

    return _HIDDEN.sub(anew, text)


def rotate() -> int:
    """Seal anew what an older key sealed, a batch a transaction; answers how many. Raises Conflict where a key is gone."""
    done, last = 0, 0
    while True:
        with transaction.atomic():
            after = Identifier.objects.select_for_update(no_key=True).filter(kind__in=KINDS, pk__gt=last).order_by("pk")
            rows = list(after[:BATCH])
            if not rows:
                return done
            stale = [row for row in rows if not sealing.is_current(row.sealed)]
            for row in stale:
                row.sealed = sealing.seal(_opened(row), context=row.kind)
            Identifier.objects.bulk_update(stale, ["sealed"])
            done, last = done + len(stale), rows[-1].pk


@transaction.atomic
def reindex() -> int:
    """Write every index under the index key of today, at identifiers and in what sources say and said; all of it or nothing.

    Nobody is found by a sealed identifier between the change of the key and this. Raises Conflict where a key is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE customers_identifier IN SHARE ROW EXCLUSIVE MODE")
        moved: dict[str, str] = {}
        rows = list(Identifier.objects.filter(kind__in=KINDS))
        for row in rows:
            text = _opened(row)
            before, row.value = row.value, sealing.index(text, context=row.kind)
            moved[before] = row.value
            row.sealed = sealing.seal(text, context=row.kind)
        Identifier.objects.bulk_update(rows, ["value", "sealed"], batch_size=BATCH)
        values = {"before": list(moved), "after": list(moved.values()), "kinds": list(KINDS)}
        for table in ("customers_sourcerecord", "customers_recordversion"):
            cursor.execute(sql.SQL(_SAID).format(table=sql.Identifier(table)), values)
    return len(rows)


_SAID: LiteralString = """
UPDATE {table} AS record SET fields = jsonb_set(fields, ARRAY[kind], to_jsonb(moved.after))
FROM unnest(%(before)s::text[], %(after)s::text[]) AS moved (before, after), unnest(%(kinds)s::text[]) AS kind
WHERE record.fields->>kind = moved.before
"""


def _opened(row: Identifier) -> str:
    text = clear(row.kind, row.value, row.sealed)
    if not text:
        raise Conflict(
            _("Identifier %(id)s was sealed under a key that is not in FIELD_KEYS any more: put the key back.")
            % {"id": row.pk},
            code="field_key_missing",
        )
    return text
