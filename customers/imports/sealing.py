"""Refused rows of before their sensitive cells were sealed, sealed now."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from customers.identity import sealed
from customers.identity.normalise import normalise
from customers.imports.mapping import SEALED
from customers.imports.models import RowError

BATCH = 2_000


def seal_refused_rows() -> int:
    """Seal every cell of a sensitive column, and residents' ids anywhere else; a batch a transaction. Answers how many rows."""
    return _each(_seal)


def renew_refused_rows() -> int:
    """After a change of keys: what is hidden in refused rows is found and sealed by those of today. Answers how many rows."""
    return _each(_renew)


def _each(act: Callable[[RowError], bool]) -> int:
    done, last = 0, 0
    while True:
        with transaction.atomic():
            after = RowError.objects.select_for_update(of=("self",)).filter(pk__gt=last).select_related("job")
            rows = list(after.order_by("pk")[:BATCH])
            if not rows:
                return done
            stale = [row for row in rows if act(row)]
            RowError.objects.bulk_update(stale, ["row", "sentence", "facts"])
            done, last = done + len(stale), rows[-1].pk


def _seal(row: RowError) -> bool:
    """Whether anything in the row had to be sealed."""
    mapping: dict[str, str] = row.job.mapping
    before = [*row.row], row.sentence, row.facts
    row.row = [[column, _cell(mapping.get(column, ""), str(text))] for column, text in row.row]
    row.sentence = sealed.blanked_in(row.sentence)
    row.facts = {place: sealed.blanked_in(said) if isinstance(said, str) else said for place, said in row.facts.items()}
    return before != ([*row.row], row.sentence, row.facts)


def _renew(row: RowError) -> bool:
    before = [*row.row]
    row.row = [[column, sealed.renewed_in(str(text))] for column, text in row.row]
    return bool(before != row.row)


def _cell(kind: str, text: str) -> str:
    if not text.strip() or sealed.shown_in(text) != text:
        return text
    return sealed.in_a_cell(kind, text, normalise(kind=kind, value=text)) if kind in SEALED else sealed.hidden_in(text)
