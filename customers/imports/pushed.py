"""Single facts pushed by another system: an import of its own each time, so that it is judged, told and taken back as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.imports import kinds, operations, pulling, records
from customers.imports.models import ImportJob, RowError

MOST_FACTS = 1_000


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """The import that was made of it, done; and the rows that were not taken, by their number."""

    job: ImportJob
    refused: list[RowError]


def push(*, source: str, kind: str, facts: Sequence[Mapping[str, Any]], actor: str, now: datetime) -> Pushed:
    """Store facts of people who are known already; sent again, they change nothing.

    A fact is field → text or number; whom it speaks of is told by `key` or an identifier. Raises Invalid for a kind, a source,
    a field or a number of facts that cannot be, and where nothing says whom or what the facts speak of.
    """
    if kind not in kinds.FACTS:
        raise Invalid(_("Facts are of these kinds: %(kinds)s.") % {"kinds": ", ".join(kinds.FACTS)}, field="/kind")
    operations.check_source(source)
    if not 1 <= len(facts) <= MOST_FACTS:
        raise Invalid(_("Send 1 to %(most)s facts at a time.") % {"most": MOST_FACTS}, field="/facts")
    rows = [_row(number, fact, kinds.fields(kind)) for number, fact in enumerate(facts)]
    columns = list(dict.fromkeys(field for row in rows for field in row))
    operations.check_mapping({field: field for field in columns}, columns, kind)
    path = pulling.fresh_file()
    try:
        with path.open("w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps({field: row.get(field, "") for field in columns}, ensure_ascii=False) + "\n")
        job = operations.prepare(
            path=path, source=source, kind=kind, actor=actor, now=now, mapping={field: field for field in columns},
            name=f"pushed {kind}",
        )  # fmt: skip
        done = operations.run(job_id=job.pk, now=now)
    finally:
        path.unlink(missing_ok=True)
    return Pushed(job=done, refused=list(RowError.objects.filter(job=done).order_by("row_no", "pk")))


def _row(number: int, fact: Mapping[str, Any], known: Sequence[str]) -> dict[str, str]:
    """A fact's filled fields as text. Raises Invalid."""
    row: dict[str, str] = {}
    for field, value in fact.items():
        if field not in known:
            raise Invalid(
                _("There is no field %(name)s. Fields are: %(fields)s.") % {"name": field[:80], "fields": ", ".join(known)},
                field=f"/facts/{number}",
            )  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise Invalid(_("A value is a text or a number."), field=f"/facts/{number}/{field}")
        text = "" if value is None else str(value).strip()
        if not records.is_kept(text):
            raise Invalid(
                _("The value is too long, or holds signs that are no text."), field=f"/facts/{number}/{field}"
            )
        if text:
            row[field] = text
    return row
