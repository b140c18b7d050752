"""Reading imports: the jobs, one in full with its first rows, and refused rows as a file to correct and send again."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from callcenter.foundation import background, masks
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.spreadsheets import defused
from customers.identity import sealed
from customers.imports import kinds, operations, readers, refusals
from customers.imports.feed_models import Feed
from customers.imports.kinds.base import FactReader
from customers.imports.mapping import RowReader
from customers.imports.models import ImportJob, RowError
from customers.imports.versions import SavedMapping

FIRST_ROWS = 5
FIRST_ERRORS = 100
_CLIPPED = 40
_WAITS_FOR_FILE = (
    ImportJob.State.UPLOADED, ImportJob.State.HELD, ImportJob.State.READY, ImportJob.State.RUNNING, ImportJob.State.PAUSED,
)  # fmt: skip


def recent(*, most: int = 50, before: int = 0, source: str = "") -> list[ImportJob]:
    """The newest jobs first; with `before` those that came before this one, with `source` only its own."""
    found = ImportJob.objects.filter(pk__lt=before) if before else ImportJob.objects.all()
    return list((found.filter(source=source) if source else found).order_by("-pk")[:most])


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a waiting file: what it is taken for ("" for nothing), and its first values."""

    name: str
    field: str
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One import in full. `columns` of a file that waits, `tried` its last try, `errors` the first refused rows."""

    job: ImportJob
    columns: tuple[Column, ...]
    tried: ImportJob | None
    errors: list[RowError]


def job(*, job_id: int) -> Job:
    """One import as its page shows it. Raises NotFound."""
    found = ImportJob.objects.filter(pk=job_id).first()
    if found is None:
        raise NotFound(_("There is no such import."))
    tried = ImportJob.objects.filter(tries=found).order_by("-pk").first()
    told = found if found.checkpoint or tried is None else tried  # what became of it says more than the try before
    errors = RowError.objects.filter(job=told).order_by("row_no", "pk")[:FIRST_ERRORS]
    return Job(job=found, columns=_columns(found), tried=tried, errors=list(errors))


def _columns(found: ImportJob) -> tuple[Column, ...]:
    """Of a file that still waits; none where it cannot be read any more."""
    path = Path(found.path)
    if found.state not in {ImportJob.State.UPLOADED, ImportJob.State.HELD} or not path.is_file():
        return ()
    try:
        reader = operations.row_reader(found)
        header = operations.header_with(found.steps, readers.columns(path, encoding=found.encoding))
        whole = (row for row in readers.rows(path, encoding=found.encoding) if isinstance(row, dict))
        first = [_as_prepared(reader, row) for row in islice(whole, FIRST_ROWS)]
    except Refused:
        return ()
    return tuple(
        Column(
            name=name, field=found.mapping.get(name, ""),
            examples=tuple(_example(reader.sensitive.get(name, ""), row.get(name, "")) for row in first),
        )
        for name in header
    )  # fmt: skip


def _as_prepared(reader: RowReader | FactReader, row: readers.Cells) -> Mapping[str, str]:
    """A row after its steps; where one of them cannot be done, its column says why."""
    try:
        return reader.prepared(row)
    except refusals.Wrong as wrong:
        return {**row, wrong.column: refusals.said(wrong.sentence, wrong.facts, translate=_)}


def _example(kind: str, text: str) -> str:
    """`kind` of what is sensitive, else ""."""
    told = masks.identifier(kind=kind, value=text) if kind and text else text
    return told if len(told) <= _CLIPPED else f"{told[:_CLIPPED]}…"


def fields(kind: str = kinds.PEOPLE) -> tuple[str, ...]:
    """What a column can mean in a file of this kind."""
    return kinds.fields(kind)


def set_feeds() -> list[Feed]:
    """What comes by itself as somebody set it on a page, by name."""
    return list(Feed.objects.order_by("name"))


def saved_mappings() -> list[SavedMapping]:
    """What is remembered of columns, by source."""
    return list(SavedMapping.objects.order_by("source", "-at"))


def left_behind(*, now: datetime) -> list[int]:
    """Imports that a worker should be at, for whatever became of the last one: the lock of each says whether one is.

    Whoever runs theirs themselves (folder, pull, command) goes on with it by themselves.
    """
    by_workers = ~Q(actor__in=["folder", "pull", "command"]) | ~Q(let_in_by="")
    begun = Q(state=ImportJob.State.RUNNING) | Q(state=ImportJob.State.READY, at__lt=now - background.PATIENCE)
    return list(ImportJob.objects.filter(by_workers, begun).order_by("pk").values_list("pk", flat=True))


def half_undone() -> list[tuple[int, str]]:
    """Imports that are to be taken back and still stand, and who asked for it: a worker died before the end."""
    asked = Q(state=ImportJob.State.CANCELLED) | ~Q(taken_back_by="")
    stands = ImportJob.objects.filter(asked, taken_back_at=None, dry_run=False).exclude(stored=0, updated=0)
    found = stands.order_by("pk").values_list("pk", "taken_back_by", "actor")
    return [(pk, asked_by or actor) for pk, asked_by, actor in found]


def drop_file(found: ImportJob) -> None:
    """Take away the file of a job that has no more use for it; what was refused is kept by row."""
    others = ImportJob.objects.filter(path=found.path, state__in=_WAITS_FOR_FILE).exclude(pk=found.pk)
    if found.path and found.state not in _WAITS_FOR_FILE and not others.exists():
        Path(found.path).unlink(missing_ok=True)


def drop_stray(path: Path) -> None:
    """Take away a file that came and that no job has taken."""
    if not ImportJob.objects.filter(path=str(path)).exists():
        path.unlink(missing_ok=True)


def refusal(one: RowError | ImportJob | Feed, *, name: Callable[[str], str] = str) -> str:
    """Why a row was refused, or a whole file, in the reader's language; `name` says what fields are called there."""
    facts = one.facts
    if "why_zh" in facts and (get_language() or "").startswith("zh"):  # what brings its own words in both languages
        facts = {**facts, "why": facts["why_zh"]}
    return refusals.said(one.sentence, facts, translate=_, name=name)


def errors_file(
    *, job_id: int, language: str = "", name: Callable[[str], str] = str, unplaced: bool = False
) -> Iterator[str]:
    """Refused rows as CSV with their own columns and one more that says why; that one is ignored when sent again.

    With `unplaced` those that found nobody, to be sent again once the people are known.

    What a spreadsheet would compute stands behind a ', which is taken off again when the file comes back. `language`
    is the reader's, else the installation's: the file is written while it is sent, when the request's own is forgotten.
    """
    refused = RowError.objects.filter(job=job_id, is_unplaced=unplaced).order_by("row_no", "pk")
    rows = refused.values_list("row", flat=True).iterator(chunk_size=2_000)
    header = list(dict.fromkeys(column for row in rows for column, _value in row))
    language = language or settings.LANGUAGE_CODE
    with override(language):
        reason = _(readers.REASON)
    yield _line([*header, reason])
    for one in refused.iterator(chunk_size=2_000):
        cells = dict(one.row)
        with override(language):  # by row: between two of them other threads may have their turn
            why = refusal(one, name=name)
        yield _line(
            [*(sealed.shown_in(cells.get(column, "")) for column in header), f"{one.row_no}: {one.column} {why}"]
        )


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(map(defused, cells))
    return out.getvalue()
