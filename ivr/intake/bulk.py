"""Path events by the file: calls that are new here are folded in memory and copied in, the others go the usual way.

Any file twice, in any order, killed and resumed, gives the same rows as its events sent one by one.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from callcenter.foundation.errors import Conflict, Invalid
from ivr.flows import queries as flows
from ivr.flows.definition import Definition
from ivr.intake import drafts, operations, reading
from ivr.intake.drafts import Draft
from ivr.intake.judging import Judge, Refused, Step, said
from ivr.intake.models import PathImport, RefusedRow
from ivr.intake.reading import Cells, UnreadableFile

CHUNK_ROWS, CHUNK_CALLS = 15_000, 2_000  # each new call is held under a lock of its own until the chunk is committed
NameCalls = Callable[[str, Sequence[str]], Mapping[str, UUID]]  # source, the switch's names → our ids, held


@dataclass(kw_only=True)
class Chunk:
    """What became of some rows."""

    stored: int = 0
    duplicate: int = 0
    refused: list[Refused] = field(default_factory=list)
    unlisted: Counter[str] = field(default_factory=Counter)
    calls: set[UUID] = field(default_factory=set)  # that may have ended elsewhere already


def prepare(
    *, path: Path, source: str, actor: str, now: datetime, mapping: Mapping[str, str] | None = None, zone: str = "",
    dry_run: bool = False, name: str = "",
) -> PathImport:  # fmt: skip
    """A job for a file. One that stands half done for the same file and source is answered instead. Raises Invalid."""
    if not source or len(source) > 48:
        raise Invalid("Say which source the events come from: 1 to 48 characters.", field="/source")
    if zone:
        _zone(zone)
    digest = _sha256(path)
    halfway = PathImport.objects.filter(source=source, sha256=digest, state="running", dry_run=dry_run).first()
    if halfway is not None:
        PathImport.objects.filter(pk=halfway.pk).update(path=str(path))
        halfway.path = str(path)
        return halfway
    try:
        encoding = "" if path.suffix.lower() == ".parquet" else reading.encoding_of(path)
        chosen = reading.mapping_of(reading.columns_of(path, encoding), mapping or {})
    except UnreadableFile as wrong:
        raise Invalid(str(wrong), field="/file") from wrong
    return PathImport.objects.create(
        name=(name or path.name)[:200], path=str(path), sha256=digest, source=source, mapping=chosen, zone=zone,
        encoding=encoding, dry_run=dry_run, actor=actor, at=now,
    )  # fmt: skip


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:
        raise Invalid(f"There is no time zone {name!r}; write Asia/Shanghai.", field="/zone") from wrong


def _sha256(path: Path) -> str:
    with path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def run(
    *, job_id: int, name_calls: NameCalls, now: datetime, then: Callable[[set[UUID]], None] = lambda calls: None
) -> PathImport:
    """Work from the checkpoint to the end, a chunk a transaction; `then` hears the calls of a chunk inside it.

    A file that breaks as a whole leaves the job failed, with a sentence; what was read until then stays.
    """
    job = PathImport.objects.get(pk=job_id)
    if job.state != "running":
        raise Conflict(f"This import is {job.state} already.")
    zone = _zone(job.zone) if job.zone else None
    gc.disable()  # rows make no circles; looking for some costs a fifth
    try:
        for first, rows, steps, refused in _read_ahead(job, zone, now):
            with transaction.atomic():
                _answer_before_the_disk()
                job = PathImport.objects.select_for_update().get(pk=job_id)
                if first <= job.read:
                    raise Conflict("Another run of this import is at work.")
                done = _judged(steps) if job.dry_run else _taken(job, steps, name_calls, now)
                done.refused += refused
                _write_down(job, done, rows)
                then(done.calls)
    except (UnreadableFile, OSError) as wrong:
        job.state, job.sentence = "failed", str(wrong)[:240]
        job.save()
        return job
    finally:
        gc.enable()
    job.state = "done"
    job.save()
    return job


def _answer_before_the_disk() -> None:
    """A chunk and its checkpoint are lost together or not at all: nobody need wait for the disk between them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")


def _taken(job: PathImport, steps: Sequence[Step], name_calls: NameCalls, now: datetime) -> Chunk:
    return take(source=job.source, steps=steps, name_calls=name_calls, now=now)


def _read_ahead(
    job: PathImport, zone: tzinfo | None, now: datetime
) -> Iterator[tuple[int, int, list[Step], list[Refused]]]:
    """Chunks as (first row, rows, steps, refusals), the next one read while the database works on this one."""
    chunks = _chunks(reading.rows(Path(job.path), job.encoding, job.mapping), skip=job.read)
    judge = Judge(source=job.source, zone=zone, now=now)

    def read() -> tuple[int, int, list[Step], list[Refused]] | None:
        cells = next(chunks, None)
        return None if cells is None else (cells[0].number, len(cells), *judge.judged(cells))

    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(read)
        while (chunk := coming.result()) is not None:
            coming = reader.submit(read)
            yield chunk


def _chunks(rows: Iterator[Cells], skip: int) -> Iterator[list[Cells]]:
    """Rows after the checkpoint, so many that one transaction is neither long nor holds too many locks."""
    chunk: list[Cells] = []
    calls: set[Any] = set()
    for row in rows:
        if row.number <= skip:
            continue
        chunk.append(row)
        calls.add(row.values[0] if row.values else None)
        if len(chunk) >= CHUNK_ROWS or len(calls) >= CHUNK_CALLS:
            yield chunk
            chunk, calls = [], set()
    if chunk:
        yield chunk


def _judged(steps: Sequence[Step]) -> Chunk:
    """A dry run: what could be taken counts as stored; what is known already is not looked up."""
    return Chunk(stored=len(steps))


def take(*, source: str, steps: Sequence[Step], name_calls: NameCalls, now: datetime) -> Chunk:
    """Store rows inside the caller's transaction. Calls met for the first time are folded here and copied in."""
    done = Chunk()
    named: dict[str, list[Step]] = {}
    for step in steps:
        named.setdefault(step.name, []).append(step)
    ids = name_calls(source, sorted(named)) if named else {}
    known = _with_a_path(ids.values())
    fresh = {ids[name]: some for name, some in named.items() if ids[name] not in known}
    rest = [(step, ids[name]) for name, some in named.items() if ids[name] in known for step in some]
    if fresh:
        _store_fresh(fresh, source, done, now)
    _store_rest(sorted(rest, key=lambda one: one[0].number), source, done, now)
    done.calls |= set(ids.values())
    return done


def _with_a_path(calls: Collection[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:  # as one text: a list of thousands costs its driver more than the database
        cursor.execute(
            "SELECT call FROM ivr_session WHERE call = ANY(string_to_array(%s, ',')::uuid[])",
            [",".join(str(call) for call in calls)],
        )
        return {row[0] for row in cursor.fetchall()}


def _store_rest(steps: Sequence[tuple[Step, UUID]], source: str, done: Chunk, now: datetime) -> None:
    """Calls that have a path already: a duplicate is found, a contradiction refused, a settled path opened again."""
    items = [step.event(call_id=call, source=source) for step, call in steps]
    results = operations.store(items=items, now=now) if items else []
    for (step, _), result in zip(steps, results, strict=True):
        if result.result == "stored":
            done.stored += 1
            if result.code:
                done.unlisted[step.node] += 1
        elif result.result == "duplicate":
            done.duplicate += 1
        else:
            done.refused.append((step.number, result.code, result.sentence, _values(step)))


def _values(step: Step) -> list[str]:
    return [said(value) for value in (step.name, step.at, step.kind, step.node, step.key, step.event_id, step.seq)]


def _store_fresh(calls: Mapping[UUID, Sequence[Step]], source: str, done: Chunk, now: datetime) -> None:
    """Which menus they walk is asked first: while the rows flow in, the connection can be asked nothing."""
    versions = operations.Versions()
    begun: list[tuple[Draft, Sequence[Step]]] = []
    for call, steps in sorted(calls.items()):
        draft = Draft(call, source, steps[0])
        operations.learn_flow(steps, draft, versions)
        begun.append((draft, steps))
    definitions = flows.definitions_of(version_ids=[draft.flow_version_id for draft, _ in begun])
    drafts.write_sessions(drafts.write_events(_folded(begun, definitions, done, now), now=now))


def _folded(
    begun: Sequence[tuple[Draft, Sequence[Step]]], definitions: Mapping[int, Definition], done: Chunk, now: datetime
) -> Iterator[tuple[Draft, list[Step]]]:
    for draft, steps in begun:
        once = _once(steps, done)
        definition = definitions.get(draft.flow_version_id or 0)
        draft.fold(once, definition, now)
        _note_unlisted(draft, once, definition, done)
        done.stored += len(once)
        yield draft, list(once.values())


def _once(steps: Sequence[Step], done: Chunk) -> dict[str, Step]:
    """Each event of one call once; a repetition is counted, a contradiction refused."""
    once = {step.identity: step for step in steps}
    if len(once) == len(steps):
        return once
    once = {}
    for step in steps:
        first = once.setdefault(step.identity, step)
        if first is step:
            continue
        if _content(first) == _content(step):
            done.duplicate += 1
        else:
            wrong = operations.OTHER_CONTENT
            done.refused.append((step.number, wrong.code, wrong.sentence, _values(step)))
    return once


def _content(step: Step) -> tuple[Any, ...]:
    """What an event says, to tell a repetition from a contradiction."""
    return step.seq, step.t, step.kind, step.node, step.key, repr(sorted((step.detail or {}).items()))


def _note_unlisted(draft: Draft, once: Mapping[str, Step], definition: Definition | None, done: Chunk) -> None:
    for step in once.values():
        if step.flow and draft.flow_version_id is None:
            done.unlisted[f"{step.flow}/{step.version or ''}"] += 1
        elif step.node and definition is not None and step.node not in definition.nodes:
            done.unlisted[step.node] += 1


def _write_down(job: PathImport, done: Chunk, rows: int) -> None:
    job.read += rows
    job.stored += done.stored
    job.duplicate += done.duplicate
    job.refused += len(done.refused)
    noted = Counter(job.unlisted)
    noted.update(done.unlisted)
    job.unlisted = dict(noted.most_common(200))
    job.save()
    RefusedRow.objects.bulk_create(
        RefusedRow(job=job, number=number, code=code, sentence=sentence[:240], row=row)
        for number, code, sentence, row in done.refused
    )
