"""Reading imports: the jobs, and refused rows as a file that can be corrected and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from callcenter.foundation.spreadsheets import defused
from customers.identity import sealed
from customers.imports.models import ImportJob, RowError

_REASON = "why it was refused"


def recent(*, most: int = 50) -> list[ImportJob]:
    """The newest jobs first."""
    return list(ImportJob.objects.order_by("-pk")[:most])


def errors_file(*, job_id: int) -> Iterator[str]:
    """Refused rows as CSV with their own columns and one more that says why; that one is ignored when sent again.

    What a spreadsheet would compute stands behind a ', which is taken off again when the file comes back.
    """
    refused = RowError.objects.filter(job=job_id).order_by("row_no", "pk")
    mapping = ImportJob.objects.filter(pk=job_id).values_list("mapping", flat=True).first() or {}
    kinds = {column: field for column, field in mapping.items() if field in sealed.KINDS}
    rows = refused.values_list("row", flat=True).iterator(chunk_size=2_000)
    header = list(dict.fromkeys(name for row in rows for name, _value in row))
    yield _line([*header, _REASON])
    for one in refused.iterator(chunk_size=2_000):
        cells = dict(one.row)
        cells |= {
            column: sealed.out_of_a_cell(kind, cells[column]) for column, kind in kinds.items() if cells.get(column)
        }
        yield _line([*(cells.get(name, "") for name in header), f"{one.row_no}: {one.column} {one.sentence}"])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(map(defused, cells))
    return out.getvalue()
