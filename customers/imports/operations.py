"""Running an import: chunk by chunk, each with its checkpoint in one transaction; killed and resumed without a trace."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, Refused
from customers import news
from customers.identity import normalise, sealed
from customers.imports import readers
from customers.imports.mapping import Row, RowReader, Wrong, propose
from customers.imports.merge import merge_chunk
from customers.imports.models import ErasedKey, ImportJob, RowError

CHUNK = 10_000
SOURCE = re.compile(r"[a-z0-9_-]{1,32}")
ERASED = "This person asked to be erased and is not taken in again."
_FIELDS_NEEDED = ("phone", "landline", "email", "id_document", "wechat", "qq", "weibo", "member", "name")


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    number: int
    column: str
    sentence: str
    row: dict[str, str]


def prepare(
    *, path: Path, source: str, actor: str, now: datetime, mapping: dict[str, str] | None = None, dry_run: bool = False,
    name: str = "",
) -> ImportJob:  # fmt: skip
    """A job for a file: its encoding decided, its columns mapped. Raises Invalid where nothing of it is usable.

    A job of the same file and source that stands half done is answered instead: running it goes on where it stopped.
    """
    check_source(source)
    if path.suffix.lower() not in readers.SUFFIXES:
        raise Invalid(_("Only CSV, TSV, NDJSON, XLSX and Parquet files can be read."), field="/file")
    digest = _sha256(path)
    halfway = ImportJob.objects.filter(source=source, sha256=digest, state=ImportJob.State.RUNNING, dry_run=dry_run)
    if (waiting := halfway.first()) is not None:
        ImportJob.objects.filter(pk=waiting.pk).update(path=str(path))
        waiting.refresh_from_db()
        return waiting
    encoding = readers.encoding_of(path) if path.suffix.lower() not in {".xlsx", ".parquet"} else ""
    header = readers.columns(path, encoding=encoding)
    chosen = mapping or propose(header)
    unknown = set(chosen) - set(header)
    if unknown:
        raise Invalid(_("The file has no column %(name)s.") % {"name": min(unknown)}, field="/mapping")
    if not set(chosen.values()) & set(_FIELDS_NEEDED):
        raise Invalid(
            _("No column is understood as a name or an identifier. Say which column means what."), field="/mapping"
        )
    return ImportJob.objects.create(
        source=source, name=(name or path.name)[:200], path=str(path), sha256=digest, mapping=chosen,
        dry_run=dry_run, encoding=encoding, actor=actor, at=now,
    )  # fmt: skip


def check_source(source: str) -> None:
    """Raises Invalid."""
    if not SOURCE.fullmatch(source):
        raise Invalid(_("A source is named by 1 to 32 small letters, digits, - and _."), field="/source")


def run(*, job_id: int, now: datetime, chunk: int = CHUNK) -> ImportJob:
    """Work through a job from its checkpoint to its end. Two runs of one job take turns and do nothing twice.

    Raises Conflict for a job that is done. A file that breaks as a whole leaves the job failed, with a sentence.
    """
    job = ImportJob.objects.get(pk=job_id)
    if job.state in {ImportJob.State.DONE, ImportJob.State.FAILED}:
        raise Conflict(_("This import is finished. Start a new one for the corrected file."), code="import_finished")
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.RUNNING)
    erased = frozenset(bytes(digest) for digest in ErasedKey.objects.values_list("digest", flat=True))
    try:
        lines = enumerate(readers.rows(Path(job.path), encoding=job.encoding), start=1)
        parts = _parts(job, islice(lines, job.checkpoint, None), erased, chunk)
        for part in _ahead(parts):
            _work(job, part, now)
    except Refused as refusal:
        ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.FAILED, sentence=refusal.sentence[:300])
    else:
        ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.DONE, finished_at=now)
        audit.write(
            actor=job.actor,
            action="customers.imported",
            subject=f"import:{job.pk}",
            data={"source": job.source},
            now=now,
        )
    job.refresh_from_db()
    _tell(job, now)
    return job


def _tell(job: ImportJob, now: datetime) -> None:
    counts = {name: getattr(job, name) for name in ("stored", "updated", "same", "superseded", "refused")}
    data: dict[str, object] = {
        "import": job.pk,
        "source": job.source,
        "state": job.state,
        "dry_run": job.dry_run,
        **counts,
    }
    news.tell("import.finished", data=data, actor=job.actor, now=now)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A chunk of the file, understood: `last` is the number of its last row."""

    last: int
    good: list[Row]
    refused: list[_Refusal]


def _ahead(parts: Iterator[_Part]) -> Iterator[_Part]:
    """The next chunk is read while the server stores this one: two processors, half the time."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as reader:
        coming = reader.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = reader.submit(next, parts, None)
            yield part


def _work(job: ImportJob, part: _Part, now: datetime) -> None:
    """One chunk, whole or not at all: rows, refusals, counts and checkpoint."""
    with transaction.atomic():
        hold_off_erasures()
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.checkpoint >= part.last:  # another worker was faster
            return
        part = _without_the_erased(part, job.source)
        counts = merge_chunk(rows=part.good, source=job.source, job_id=job.pk, dry_run=job.dry_run, now=now)
        RowError.objects.bulk_create(
            RowError(
                job=held, row_no=one.number, column=one.column[:80], sentence=one.sentence[:300], row=[*one.row.items()]
            )
            for one in part.refused
        )
        ImportJob.objects.filter(pk=job.pk).update(
            checkpoint=part.last, refused=F("refused") + len(part.refused),
            **{name: F(name) + n for name, n in counts.items()},
        )  # fmt: skip


def _without_the_erased(part: _Part, source: str) -> _Part:
    """The chunk less who was erased since the file was begun: nobody comes back through a file that was under way."""
    gone = erased_rows(source=source, rows=part.good)
    if not gone:
        return part
    refused = [_Refusal(number=number, column="", sentence=ERASED, row={}) for number in sorted(gone)]
    return replace(part, good=[row for row in part.good if row.number not in gone], refused=[*part.refused, *refused])


def _parts(
    job: ImportJob, lines: Iterator[tuple[int, readers.Cells | readers.Broken]], erased: frozenset[bytes], chunk: int
) -> Iterator[_Part]:
    reader = RowReader(mapping=job.mapping, spell=spell, seal=seal)
    last = job.checkpoint
    while True:
        part = _Part(last=last, good=[], refused=[])
        for number, cells in islice(lines, chunk):
            last = number
            one = _understood(job.source, number, cells, reader, erased)
            (part.good if isinstance(one, Row) else part.refused).append(one)  # type: ignore[arg-type]
        if not part.good and not part.refused:
            return
        yield replace(part, last=last)


def _understood(
    source: str, number: int, cells: readers.Cells | readers.Broken, reader: RowReader, erased: frozenset[bytes]
) -> Row | _Refusal:
    if isinstance(cells, readers.Broken):
        return _Refusal(number=number, column="", sentence=str(cells), row=_hidden(reader, cells.row, torn=True))
    try:
        row = reader.read(number=number, cells=cells)
    except Wrong as wrong:
        return _Refusal(number=number, column=wrong.column, sentence=wrong.sentence, row=_hidden(reader, cells))
    if erased and any(digest in erased for digest in digests_of(source, row)):
        # the row itself is not kept either
        return _Refusal(number=number, column="", sentence=ERASED, row={})
    return row


def _hidden(reader: RowReader, cells: readers.Cells, *, torn: bool = False) -> readers.Cells:
    """A refused row as it is kept: sensitive cells sealed until the file of refused rows is asked for.

    In a `torn` row, whose cells may stand in wrong columns or in none, what looks like a resident's id is sealed anywhere.
    """
    boxes = {
        column: sealed.in_a_cell(kind, cells[column], spell(kind, cells[column]))
        for column, kind in reader.sensitive.items()
        if cells.get(column, "").strip()
    }
    if torn and reader.sensitive:
        return {column: boxes.get(column) or sealed.hidden_in(text) for column, text in cells.items()}
    return cells | boxes if boxes else cells


def hold_off_erasures() -> None:
    """Until this transaction ends nobody is erased, and who was erased before is known: call it before anything else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('erasure'))")


def hold_off_imports() -> None:
    """The other side: chunks under way are finished first, and what they brought is seen; the next wait for this erasure."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('erasure'))")


def erased_rows(*, source: str, rows: Sequence[Row]) -> set[int]:
    """Numbers of rows that speak of somebody who asked to be erased."""
    if not ErasedKey.objects.exists():
        return set()
    digests = {row.number: list(digests_of(source, row)) for row in rows}
    asked = [digest for each in digests.values() for digest in each]
    hit = {bytes(one) for one in ErasedKey.objects.filter(digest__in=asked).values_list("digest", flat=True)}
    return {number for number, each in digests.items() if hit.intersection(each)}


def erased_digest(*, kind: str, value: str) -> bytes:
    """What is kept of an erased identifier: a keyed hash that names nobody and still recognises them."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"{kind}\x1f{value}".encode(), "sha256")


def digests_of(source: str, row: Row) -> Iterator[bytes]:
    """Everything that could tell a row of an erased person."""
    yield erased_digest(kind=f"record:{source}", value=row.key)
    boxes = {value: box for value, box, _born in row.sealed}
    for kind, value in row.identifiers:
        yield erased_digest(kind=kind, value=sealed.clear(kind, value, boxes.get(value, "")))


def seal(kind: str, spelled: str) -> tuple[str, str, dict[str, str]]:
    """A sensitive identifier as it is stored, and what quality asks of it: its year of birth, and whether it can be right."""
    kept = sealed.stored(kind, spelled)
    notes = {"document_ok": "true" if kept.is_valid else "false"}
    return kept.value, kept.sealed, notes | ({"document_year": str(kept.born)} if kept.born else {})


def spell(kind: str, value: str) -> str:
    """The one spelling of an identifier, "" for none."""
    return normalise.normalise(kind=kind, value=value)


def _sha256(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()
