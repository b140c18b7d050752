"""Path events by the file: calls that are new here are folded in memory and copied in, the others go the usual way.

Any file twice, in any order, killed and resumed, gives the same rows as its events sent one by one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from callcenter.foundation.errors import Conflict, Invalid
from ivr.flows import queries as flows
from ivr.flows.definition import Definition
from ivr.intake import operations, reading
from ivr.intake.models import PathImport, RefusedRow
from ivr.intake.reading import Cells, Unreadable, UnreadableFile
from ivr.intake.rules import SILENCE, doubt, identity_of, kept_key
from ivr.paths.fold import Happening, fold
from ivr.results import PathEventIn

CHUNK_ROWS, CHUNK_CALLS = 15_000, 2_000  # each new call is held under a lock of its own until the chunk is committed
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)
NameCalls = Callable[[str, Sequence[str]], Mapping[str, UUID]]  # source, the switch's names → our ids, held


@dataclass(kw_only=True)
class Chunk:
    """What became of some rows."""

    stored: int = 0
    duplicate: int = 0
    refused: list[tuple[int, str, str, Any]] = field(default_factory=list)  # row, code, sentence, what it says
    unlisted: Counter[str] = field(default_factory=Counter)
    calls: set[UUID] = field(default_factory=set)  # that may have ended elsewhere already


class Item(NamedTuple):
    """One sound row; its call is named when it is stored."""

    number: int
    event: PathEventIn


class Draft:
    """A session that is nowhere yet: as a row of the table, without what the ORM takes for one."""

    __slots__ = (
        "backward", "call", "closed_as", "closed_at", "ended_at", "entry", "external_id", "flow_version_id", "last_at",
        "node", "node_at", "outcome", "path", "reason", "revision", "source", "started_at",
    )  # fmt: skip

    def __init__(self, call: UUID, first: PathEventIn) -> None:
        self.call, self.source, self.external_id = call, first.source, first.external_id
        self.started_at = self.last_at = first.t
        self.flow_version_id: int | None = None
        self.ended_at: datetime | None = None
        self.node_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.entry = self.outcome = self.node = self.reason = self.closed_as = ""
        self.path: list[Any] = []
        self.backward = self.revision = 0


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
    try:
        for first, rows, items, refused in _read_ahead(job, zone, now):
            with transaction.atomic():
                job = PathImport.objects.select_for_update().get(pk=job_id)
                if first <= job.read:
                    raise Conflict("Another run of this import is at work.")
                done = _judged(items) if job.dry_run else take(items=items, name_calls=name_calls, now=now)
                done.refused += refused
                _write_down(job, done, rows)
                then(done.calls)
    except (UnreadableFile, OSError) as wrong:
        job.state, job.sentence = "failed", str(wrong)[:240]
        job.save()
        return job
    job.state = "done"
    job.save()
    return job


def _read_ahead(job: PathImport, zone: tzinfo | None, now: datetime) -> Iterator[tuple[int, int, list[Any], list[Any]]]:
    """Chunks as (first row, rows, items, refusals), the next one read while the database works on this one."""
    chunks = _chunks(reading.rows(Path(job.path), job.encoding, job.mapping), skip=job.read)

    def read() -> tuple[int, int, list[Any], list[Any]] | None:
        cells = next(chunks, None)
        return None if cells is None else (cells[0].number, len(cells), *_events(cells, job.source, zone, now))

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


def _events(
    cells: Sequence[Cells], source: str, zone: tzinfo | None, now: datetime
) -> tuple[list[Item], list[tuple[int, str, str, Any]]]:
    items: list[Item] = []
    refused = []
    for row in cells:
        event = row.broken or _event(row, source, zone)
        if isinstance(event, PathEventIn):
            wrong = doubt(event, now=now, history=True)
            if wrong is None and event.t < OLDEST:
                wrong = operations.TOO_OLD
            if wrong is None:
                items.append(Item(number=row.number, event=event))
                continue
            event = Unreadable(wrong.code, wrong.sentence)
        refused.append((row.number, event.code, event.sentence, [_said(value) for value in row.values]))
    return items, refused


def _said(value: Any) -> str:
    return "" if value is None else str(value).replace("\x00", "\ufffd")[:200]


def _event(row: Cells, source: str, zone: tzinfo | None) -> PathEventIn | Unreadable:
    call, t, kind, node, key, event_id, seq, entry, flow, version, detail = row.values
    name = "" if call is None else str(call).strip()
    if not name:
        return Unreadable("call_missing", "The row names no call.")
    at, number = reading.instant(t, zone), reading.whole(seq, "seq")
    of, more = reading.whole(version, "version"), reading.detail_of(detail)
    for one in (at, number, of, more):
        if isinstance(one, Unreadable):
            return one
    return PathEventIn(
        call_id=NOBODY, source=source, external_id=name, t=at, kind=str(kind or "").strip(),  # type: ignore[arg-type]
        node=str(node or ""), key="" if key is None else str(key), event_id=str(event_id or ""), seq=number,  # type: ignore[arg-type]
        entry=str(entry or ""), flow=str(flow or ""), version=of, detail=more,  # type: ignore[arg-type]
    )  # fmt: skip


def _judged(items: Sequence[Item]) -> Chunk:
    """A dry run: what could be taken counts as stored; what is known already is not looked up."""
    return Chunk(stored=len(items))


def take(*, items: Sequence[Item], name_calls: NameCalls, now: datetime) -> Chunk:
    """Store rows inside the caller's transaction. Calls met for the first time are folded here and copied in."""
    done = Chunk()
    by_source: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        by_source[item.event.source][item.event.external_id].append(item)
    for source, named in by_source.items():
        ids = name_calls(source, sorted(named))
        known = _with_a_path(ids.values())
        fresh = {ids[name]: some for name, some in named.items() if ids[name] not in known}
        rest = [
            Item(item.number, replace(item.event, call_id=ids[name]))
            for name, some in named.items()
            if ids[name] in known
            for item in some
        ]
        _store_fresh(fresh, done, now)
        _store_rest(sorted(rest, key=lambda one: one.number), done, now)
        done.calls |= set(ids.values())
    return done


def _with_a_path(calls: Collection[UUID]) -> set[UUID]:
    with connection.cursor() as cursor:  # as one text: a list of thousands costs its driver more than the database
        cursor.execute(
            "SELECT call FROM ivr_session WHERE call = ANY(string_to_array(%s, ',')::uuid[])",
            [",".join(str(call) for call in calls)],
        )
        return {row[0] for row in cursor.fetchall()}


def _store_rest(items: Sequence[Item], done: Chunk, now: datetime) -> None:
    """Calls that have a path already: a duplicate is found, a contradiction refused, a settled path opened again."""
    results = operations.store(items=[item.event for item in items], now=now) if items else []
    for item, result in zip(items, results, strict=True):
        if result.result == "stored":
            done.stored += 1
            if result.code:
                done.unlisted[item.event.node] += 1
        elif result.result == "duplicate":
            done.duplicate += 1
        else:
            done.refused.append((item.number, result.code, result.sentence, _values(item.event)))


def _values(event: PathEventIn) -> list[str]:
    said = (event.external_id, event.t.isoformat(), event.kind, event.node, kept_key(event), event.event_id, event.seq)
    return [_said(value) for value in said]


def _store_fresh(calls: Mapping[UUID, Sequence[Item]], done: Chunk, now: datetime) -> None:
    sessions: list[str] = []
    events: list[str] = []
    received, versions = now.isoformat(), operations.Versions()
    for call, items in sorted(calls.items()):
        once = _once(items, done)
        session = Draft(call, items[0].event)
        operations.learn_flow([item.event for item in items], session, versions)
        definition = flows.definition_of(version_id=session.flow_version_id)
        _fold(session, once, definition, now)
        _note_unlisted(session, once, definition, done)
        sessions.append(_session_line(session))
        begin, end = f"{call}\t", f"\t{received}\n"
        events += [begin + _event_line(identity, *told) + end for identity, told in once.items()]
        done.stored += len(once)
    if sessions:
        _copy("ivr_session", _SESSIONS, sessions)
        _copy("ivr_pathevent", _EVENTS, events)


def _once(items: Sequence[Item], done: Chunk) -> dict[str, tuple[PathEventIn, str]]:
    """Each event of one call once, with its time as text; a repetition is counted, a contradiction refused."""
    once: dict[str, tuple[PathEventIn, str]] = {}
    for number, event in items:
        at = event.t.isoformat()
        told = (event, at)
        first = once.setdefault(identity_of(event, at), told)
        if first is told:
            continue
        if operations.content_of(first[0]) == operations.content_of(event):
            done.duplicate += 1
        else:
            wrong = operations.OTHER_CONTENT
            done.refused.append((number, wrong.code, wrong.sentence, _values(event)))
    return once


def _fold(
    session: Draft, once: Mapping[str, tuple[PathEventIn, str]], definition: Definition | None, now: datetime
) -> None:
    happenings = [
        Happening(identity, event.seq, event.t, event.kind, event.node, kept_key(event))
        for identity, (event, _) in once.items()
    ]
    path = fold(happenings)
    if path.outcome is None and path.last_at <= now - SILENCE:
        session.closed_as, session.closed_at = operations.SILENT, path.last_at
        path = fold(happenings, closed_as=session.closed_as, closed_at=session.closed_at)
    operations.write_path(session, path, definition)


def _note_unlisted(
    session: Draft, once: Mapping[str, tuple[PathEventIn, str]], definition: Definition | None, done: Chunk
) -> None:
    for event, _ in once.values():
        if event.flow and session.flow_version_id is None:
            done.unlisted[f"{event.flow}/{event.version or ''}"] += 1
        elif event.node and definition is not None and event.node not in definition.nodes:
            done.unlisted[event.node] += 1


# What the columns hold is written as COPY's text: a line costs a tenth of what the ORM takes for a row.
_EVENTS = ("session_id", "identity", "seq", "t", "kind", "node", "key", "detail", "received_at")
_SESSIONS = (
    "call", "source", "external_id", "flow_version_id", "entry", "started_at", "ended_at", "outcome", "node", "node_at",
    "reason", "last_at", "closed_as", "closed_at", "path", "backward", "revision",
)  # fmt: skip
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]")


def _text(value: str) -> str:
    return value.translate(_ESCAPES) if _NEEDS_ESCAPE.search(value) else value


def _event_line(identity: str, event: PathEventIn, at: str) -> str:
    """All but the call and the time of receipt, which a whole call shares."""
    detail = _text(json.dumps(event.detail, ensure_ascii=False)) if event.detail else "{}"
    seq = "\\N" if event.seq is None else event.seq
    said = f"{_text(identity)}\t{seq}\t{at}\t{event.kind}"
    return f"{said}\t{_text(event.node)}\t{_text(kept_key(event))}\t{detail}"


_picked_session = attrgetter(*_SESSIONS)


def _session_line(session: Draft) -> str:
    return "\t".join(map(_value, _picked_session(session))) + "\n"


def _value(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is str:
        return _text(value)
    if type(value) is datetime:
        return value.isoformat()
    return _text(json.dumps(value, ensure_ascii=False)) if isinstance(value, list) else str(value)


def _copy(table: str, columns: Sequence[str], lines: Sequence[str]) -> None:
    """`table` and `columns` are ours, never input."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        stream.write("".join(lines).encode())


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
