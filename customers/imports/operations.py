"""Running an import: chunk by chunk, each with its checkpoint in one transaction; killed and resumed without a trace."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, Refused
from customers import news
from customers.identity import assembling, normalise, sealed
from customers.imports import facts, kinds, packing, profiling, readers
from customers.imports.kinds.base import FactReader, Reading, Told
from customers.imports.mapping import Row, RowReader
from customers.imports.merge import merge_chunk, staged
from customers.imports.models import ErasedKey, ImportJob, RowError
from customers.imports.profiling import Profile
from customers.imports.refusals import Facts, Wrong, gettext_noop, said
from customers.imports.steps import Step, header_after
from customers.imports.steps import read as read_steps
from customers.imports.versions import SavedMapping

CHUNK = 10_000
COUNTS = ("stored", "updated", "same", "superseded", "refused", "unplaced", "withheld")
Understood = Row | Told
SOURCE = re.compile(r"[a-z0-9_-]{1,32}")
ERASED = gettext_noop("This person asked to be erased and is not taken in again.")
_FIELDS_NEEDED = ("phone", "landline", "email", "id_document", "wechat", "qq", "weibo", "member", "name")


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    number: int
    column: str
    sentence: str  # with places
    facts: Facts = field(default_factory=dict)  # what stands in them
    row: Mapping[str, str]
    is_unplaced: bool = False


def prepare(
    *, path: Path, source: str, actor: str, now: datetime, mapping: dict[str, str] | None = None, dry_run: bool = False,
    name: str = "", waits: bool = False, steps: Sequence[Mapping[str, Any]] = (), kind: str = "",
    feed: int | None = None,
) -> ImportJob:  # fmt: skip
    """A job for a file: its encoding decided, its columns mapped. Raises Invalid where nothing of it is usable.

    Without a `kind` its rows are what is remembered of these columns, else what their names speak of.

    A job of the same file and source that stands half done is answered instead: running it goes on where it stopped.
    With `waits` somebody says first what the columns mean (`control.start`); columns nobody knows are no refusal then.
    """
    check_source(source)
    if path.suffix.lower() not in readers.SUFFIXES | packing.SUFFIXES:
        raise Invalid(_("Only CSV, TSV, NDJSON, XLSX and Parquet files can be read."), field="/file")
    with _unpacked(path, name=name) as own:
        return _prepared(
            path=own, source=source, actor=actor, now=now, mapping=mapping, dry_run=dry_run, name=name or path.name,
            waits=waits, steps=steps, kind=kind, feed=feed,
        )  # fmt: skip


@contextmanager
def _unpacked(path: Path, *, name: str) -> Iterator[Path]:
    """The file itself, or what is packed in it; that goes again where no job takes it."""
    own = packing.plain(path, name=name)
    try:
        yield own
    except BaseException:
        if own != path:
            own.unlink(missing_ok=True)
        raise


def _prepared(
    *, path: Path, source: str, actor: str, now: datetime, mapping: dict[str, str] | None, dry_run: bool, name: str,
    waits: bool, steps: Sequence[Mapping[str, Any]], kind: str, feed: int | None,
) -> ImportJob:  # fmt: skip
    digest = _sha256(path)
    half_done = (ImportJob.State.RUNNING, ImportJob.State.PAUSED)
    halfway = ImportJob.objects.filter(source=source, sha256=digest, state__in=half_done, dry_run=dry_run)
    if (waiting := (halfway.filter(kind=kind) if kind else halfway).first()) is not None:
        ImportJob.objects.filter(pk=waiting.pk).update(path=str(path), state=ImportJob.State.RUNNING)
        waiting.refresh_from_db()
        return waiting
    encoding = readers.encoding_of(path) if path.suffix.lower() not in {".xlsx", ".parquet"} else ""
    header = readers.columns(path, encoding=encoding)
    kept = recalled(source=source, header=header, kind=kind) if mapping is None else None
    steps = [*(kept.steps if kept else steps)]
    header = header_with(steps, header)
    kind = kinds.check(kind or (kept.kind if kept else kinds.guessed(header)))
    chosen = mapping or (kept.mapping if kept else kinds.proposed(kind, header))
    if not waits:
        check_mapping(chosen, header, kind)
    return ImportJob.objects.create(
        source=source, kind=kind, feed_id=feed, name=name[:200], path=str(path), sha256=digest, mapping=chosen, steps=steps,
        dry_run=dry_run, encoding=encoding, actor=actor, at=now, rows_about=readers.rows_about(path, encoding=encoding),
        state=ImportJob.State.UPLOADED if waits else ImportJob.State.READY,
    )  # fmt: skip


def take_in(
    *, path: Path, source: str, kind: str, actor: str, now: datetime, dry_run: bool = False,
    mapping: dict[str, str] | None = None,
) -> ImportJob:  # fmt: skip
    """A file from its beginning, or from where it stopped, to its end. Raises what `prepare` and `run` raise."""
    job = prepare(path=path, source=source, kind=kind, actor=actor, now=now, dry_run=dry_run, mapping=mapping)
    return run(job_id=job.pk, now=now)


def check_mapping(chosen: Mapping[str, str], header: Sequence[str], kind: str = kinds.PEOPLE) -> None:
    """Raises Invalid: a column the file has not, a field there is not, or nothing to know a person or a fact by."""
    unknown = set(chosen) - set(header)
    if unknown:
        raise Invalid(_("The file has no column %(name)s.") % {"name": min(unknown)}, field="/mapping")
    fields = kinds.fields(kind)
    strange = set(chosen.values()) - set(fields)
    if strange:
        raise Invalid(
            _("There is no field %(name)s. Fields are: %(fields)s.")
            % {"name": min(strange), "fields": ", ".join(fields)},
            field="/mapping",
        )
    if kind in kinds.FACTS:
        _check_facts(kind, chosen)
    elif not set(chosen.values()) & set(_FIELDS_NEEDED):
        raise Invalid(
            _("No column is understood as a name or an identifier. Say which column means what."), field="/mapping"
        )


def _check_facts(kind: str, chosen: Mapping[str, str]) -> None:
    """Raises Invalid where a field is missing without which no row says anything, or two columns mean the same."""
    fields = list(chosen.values())
    if twice := next((field for field in fields if fields.count(field) > 1), None):
        raise Unmapped(gettext_noop("Two columns are taken for “%(field)s”. Keep one of them."), field=twice)
    if missing := kinds.FACTS[kind].missing(fields):
        nobody = gettext_noop("No column says whom the rows speak of. One of these is needed: %(fields)s.")
        nothing = gettext_noop("Without a column for %(fields)s the rows say nothing.")
        raise Unmapped(nobody if missing[0] in kinds.WHO else nothing, fields=[*missing])


class Unmapped(Invalid):
    """Columns that do not say enough; sentence and facts apart, for whoever reads it later in another language."""

    def __init__(self, plain: str, **places: object) -> None:
        names = kinds.field_names()
        super().__init__(
            said(plain, places, translate=_, name=lambda field: str(names.get(field, field))), field="/mapping"
        )
        self.plain, self.places = plain, places


def steps_of(told: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Steps as somebody said them. Raises Invalid for what is none."""
    try:
        return read_steps(told)
    except Wrong as wrong:
        raise Invalid(said(wrong.sentence, wrong.facts, translate=_), field="/steps") from None


def header_with(steps: Sequence[Mapping[str, Any]], header: Sequence[str]) -> list[str]:
    """The columns there are once the steps are done. Raises Invalid for a step that cannot be done."""
    try:
        return header_after(steps_of(steps), header)
    except Wrong as wrong:
        raise Invalid(said(wrong.sentence, wrong.facts, translate=_), field="/steps") from None


def recalled(*, source: str, header: Sequence[str], kind: str = "") -> SavedMapping | None:
    """What somebody said the last time that a file of this source had these columns, and was of this kind."""
    found = SavedMapping.objects.filter(source=source, fingerprint=fingerprint(header))
    return (found.filter(kind=kind) if kind else found).first()


def fingerprint(header: Sequence[str]) -> str:
    """The same for the same names of columns, in any order; a file of refused rows is known as the file it came from."""
    own = sorted(name for name in header if not readers.is_added(name))
    return hashlib.blake2b("\x1f".join(own).encode(), digest_size=16).hexdigest()


def check_source(source: str) -> None:
    """Raises Invalid."""
    if not SOURCE.fullmatch(source):
        raise Invalid(_("A source is named by 1 to 32 small letters, digits, - and _."), field="/source")


def run(
    *, job_id: int, now: datetime, chunk: int = CHUNK, at_row: Callable[[int], None] = lambda _row: None
) -> ImportJob:
    """Work through a job from its checkpoint to its end. Two runs of one job take turns and do nothing twice.

    Raises Conflict for a job that is done, or waits for a person. A file that breaks as a whole leaves the job failed,
    with a sentence. Somebody may pause or cancel it meanwhile: the chunk under way is finished, and no more. `at_row` hears
    after each chunk up to which row it is.
    """
    job = ImportJob.objects.get(pk=job_id)
    may_run = {ImportJob.State.READY, ImportJob.State.RUNNING}
    if not ImportJob.objects.filter(pk=job.pk, state__in=may_run).update(state=ImportJob.State.RUNNING):
        raise _no_run(job)
    erased = frozenset(bytes(digest) for digest in ErasedKey.objects.values_list("digest", flat=True))
    stopped = False

    def worked(part: _Part) -> bool:
        done = _work(job, part, now)
        at_row(part.last)
        return done

    try:
        lines = enumerate(readers.rows(Path(job.path), encoding=job.encoding), start=1)
        reader = row_reader(job)  # asks the database: not from the thread that reads ahead
        parts = _parts(job, islice(lines, job.checkpoint, None), reader, erased, chunk, now)
        stopped = not all(worked(part) for part in _ahead(parts))
    except readers.Unreadable as refusal:
        _fail(job, refusal.plain, refusal.places)
    except Refused as refusal:
        _fail(job, refusal.sentence, {})
    if not stopped and _running(job).update(state=ImportJob.State.DONE, finished_at=now):
        audit.write(
            actor=job.actor,
            action="customers.imported",
            subject=f"import:{job.pk}",
            data={"source": job.source, "kind": job.kind},
            now=now,
        )
    job.refresh_from_db()
    if job.state == ImportJob.State.DONE and not job.dry_run and job.kind == kinds.PEOPLE:
        assembling.assemble_import(job_id=job.pk, source=job.source)
    if job.state in {ImportJob.State.DONE, ImportJob.State.FAILED}:
        _tell(job, now)
    return job


def _fail(job: ImportJob, sentence: str, facts: Facts) -> None:
    ImportJob.objects.filter(pk=job.pk).update(state=ImportJob.State.FAILED, sentence=sentence[:300], facts=facts)


def _running(job: ImportJob) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.RUNNING)


def _no_run(job: ImportJob) -> Conflict:
    waits = {ImportJob.State.UPLOADED, ImportJob.State.HELD, ImportJob.State.PAUSED}
    if job.state in waits:
        return Conflict(_("This import waits for somebody to look at it on the page Imports."), code="import_waits")
    return Conflict(_("This import is finished. Start a new one for the corrected file."), code="import_finished")


def _tell(job: ImportJob, now: datetime) -> None:
    counts = {name: getattr(job, name) for name in COUNTS}
    data: dict[str, object] = {
        "import": job.pk,
        "kind": job.kind,
        "source": job.source,
        "state": job.state,
        "dry_run": job.dry_run,
        **counts,
    }
    news.tell("import.finished", data=data, actor=job.actor, now=now)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A chunk of the file, understood: `last` is the number of its last row, `profile` the shape of a sample of it.

    `text` is its rows of people as they go to the server.
    """

    last: int
    good: list[Understood]
    refused: list[_Refusal]
    profile: Profile
    text: list[str] = field(default_factory=list)


def _ahead(parts: Iterator[_Part]) -> Iterator[_Part]:
    """The next chunk is read while the server stores this one: two processors, half the time."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="import") as reader:
        coming = reader.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = reader.submit(next, parts, None)
            yield part


def _work(job: ImportJob, part: _Part, now: datetime, at_row: Callable[[int], None] = lambda _row: None) -> bool:
    """One chunk, whole or not at all: rows, refusals, counts and checkpoint. False once somebody wants it to stop."""
    with transaction.atomic():
        hold_off_erasures()
        held = ImportJob.objects.select_for_update().get(pk=job.pk)
        if held.state != ImportJob.State.RUNNING:
            return False
        if held.checkpoint >= part.last:  # another worker was faster
            return True
        part = _without_the_erased(part, job.source)
        counts, unplaced = _stored(job, part, now)
        RowError.objects.bulk_create(
            RowError(
                job=held, row_no=one.number, column=one.column[:80], sentence=one.sentence[:300], facts=one.facts,
                row=[*one.row.items()], is_unplaced=one.is_unplaced,
            )
            for one in [*part.refused, *unplaced]
        )  # fmt: skip
        ImportJob.objects.filter(pk=job.pk).update(
            checkpoint=part.last, refused=F("refused") + len(part.refused),
            profile=profiling.joined(held.profile, part.profile), **{name: F(name) + n for name, n in counts.items()},
        )  # fmt: skip
    return True


def _people(rows: Sequence[Understood]) -> list[Row]:
    return [row for row in rows if isinstance(row, Row)]


def _stored(job: ImportJob, part: _Part, now: datetime) -> tuple[dict[str, int], list[_Refusal]]:
    """What became of the rows, by the counts of the job; and those of facts that found nobody."""
    if job.kind == kinds.PEOPLE:
        rows = _people(part.good)
        counts = merge_chunk(rows=rows, text=part.text, source=job.source, job_id=job.pk, dry_run=job.dry_run, now=now)
        return counts, []
    told = {row.number: row for row in part.good if isinstance(row, Told)}
    done = facts.store(
        rows=[*told.values()],
        kind=kinds.FACTS[job.kind],
        source=job.source,
        now=now,
        job_id=job.pk,
        dry_run=job.dry_run,
    )
    return done.counts, [
        _Refusal(number=number, column="", sentence=why, row=_clear_of_ids(told[number].cells), is_unplaced=True)
        for number, why in done.unplaced
    ]


def _without_the_erased(part: _Part, source: str) -> _Part:
    """The chunk less who was erased since the file was begun: nobody comes back through a file that was under way."""
    gone = erased_rows(source=source, rows=part.good)
    if not gone:
        return part
    refused = [_Refusal(number=number, column="", sentence=ERASED, row={}) for number in sorted(gone)]
    good = [row for row in part.good if row.number not in gone]
    return replace(part, good=good, text=[], refused=[*part.refused, *refused])


def _parts(
    job: ImportJob,
    lines: Iterator[tuple[int, readers.Cells | readers.Broken]],
    reader: RowReader | FactReader,
    erased: frozenset[bytes],
    chunk: int,
    now: datetime,
) -> Iterator[_Part]:
    fields = profiled(job)
    last = job.checkpoint
    while True:
        part = _Part(last=last, good=[], refused=[], profile={})
        for number, cells in islice(lines, chunk):
            last = number
            one = _understood(job.source, number, cells, reader, erased)
            if isinstance(one, _Refusal):
                part.refused.append(one)
                continue
            part.good.append(one)
            if profiling.is_sampled(number):
                profiling.add(part.profile, fields, json.loads(one.fields))
        if not part.good and not part.refused:
            return
        yield replace(part, last=last, text=staged(_people(part.good), now))


def row_reader(job: ImportJob) -> RowReader | FactReader:
    """Reads the rows of a job as its kind, its mapping and its steps say."""
    steps: list[Step] = read_steps(job.steps)
    if job.kind in kinds.FACTS:
        kind = kinds.FACTS[job.kind]
        # days are judged by the day on which the file came: resumed tomorrow, it is the same file
        told = Reading(today=timezone.localdate(job.at), zone=timezone.get_default_timezone(), known=kind.known())
        return FactReader(kind=kind, mapping=job.mapping, spell=spell, steps=steps, reading=told)
    return RowReader(mapping=job.mapping, spell=spell, seal=seal, steps=steps)


def profiled(job: ImportJob) -> tuple[str, ...]:
    """The fields whose shape is remembered: what the file says of people, not its keys and times."""
    said = {"birth_year" if field == "birth" else field for field in job.mapping.values()}
    return tuple(sorted(said - {"key", "observed_at"} - (kinds.WHO.keys() if job.kind in kinds.FACTS else set())))


def _understood(
    source: str,
    number: int,
    cells: readers.Cells | readers.Broken,
    reader: RowReader | FactReader,
    erased: frozenset[bytes],
) -> Understood | _Refusal:
    if isinstance(cells, readers.Broken):
        row = _hidden(reader, cells.row, torn=True)
        return _Refusal(number=number, column="", sentence=cells.sentence, facts=cells.facts, row=row)
    try:
        told = reader.read(number=number, cells=cells)
    except Wrong as wrong:
        return _Refusal(
            number=number, column=wrong.column, sentence=wrong.sentence, facts=wrong.facts, row=_hidden(reader, cells)
        )
    if erased and any(digest in erased for digest in digests_of(source, told)):
        # the row itself is not kept either
        return _Refusal(number=number, column="", sentence=ERASED, row={})
    return told


def _hidden(reader: RowReader | FactReader, cells: readers.Cells, *, torn: bool = False) -> readers.Cells:
    """A refused row as it is kept: sensitive cells sealed until the file of refused rows is asked for.

    In a `torn` row, whose cells may stand in wrong columns or in none, and in rows of facts, none of whose columns is meant for
    it, what looks like a resident's id is sealed anywhere.
    """
    boxes = {
        column: sealed.in_a_cell(kind, cells[column], spell(kind, cells[column]))
        for column, kind in reader.sensitive.items()
        if cells.get(column, "").strip()
    }
    if isinstance(reader, FactReader) or (torn and reader.sensitive):
        return _clear_of_ids(cells | boxes)
    return cells | boxes if boxes else cells


def _clear_of_ids(cells: Mapping[str, str]) -> readers.Cells:
    return {column: sealed.hidden_in(text) for column, text in cells.items()}


def hold_off_erasures() -> None:
    """Until this transaction ends nobody is erased, and who was erased before is known: call it before anything else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('erasure'))")


def hold_off_imports() -> None:
    """The other side: chunks under way are finished first, and what they brought is seen; the next wait for this erasure."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('erasure'))")


def erased_rows(*, source: str, rows: Sequence[Understood]) -> set[int]:
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


def digests_of(source: str, row: Understood) -> Iterator[bytes]:
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
