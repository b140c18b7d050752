"""Reading what came in by the file, and what could not be taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.foundation.errors import NotFound
from callcenter.foundation.spreadsheets import defused
from ivr.intake.models import PathImport, RefusedRow
from ivr.models import QuarantinedEvent

FIRST_ERRORS = 100


@dataclass(frozen=True, kw_only=True)
class ImportLine:
    """One file and what became of its rows: read = stored + duplicate + refused."""

    id: int
    name: str
    source: str
    state: str  # running | done | failed
    dry_run: bool
    sentence: str
    at: datetime
    encoding: str
    read: int
    stored: int
    duplicate: int
    refused: int
    unlisted: tuple[tuple[str, int], ...]  # node or version that no definition knows, rows; most first


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """One kind of reason why events of switches were set aside."""

    code: str
    source: str
    sentence: str  # of the newest
    events: int
    newest: datetime


def imports(*, limit: int = 30) -> tuple[ImportLine, ...]:
    """The newest first."""
    return tuple(_line(row) for row in PathImport.objects.order_by("-at")[:limit])


def _line(row: PathImport) -> ImportLine:
    return ImportLine(
        id=row.pk, name=row.name, source=row.source, state=row.state, dry_run=row.dry_run, sentence=row.sentence,
        at=row.at, encoding=row.encoding, read=row.read, stored=row.stored, duplicate=row.duplicate,
        refused=row.refused, unlisted=tuple(sorted(row.unlisted.items(), key=lambda one: (-one[1], one[0]))),
    )  # fmt: skip


def first_refused(*, job_id: int) -> Sequence[RefusedRow]:
    """The first hundred refused rows of a file. Raises NotFound."""
    if not PathImport.objects.filter(pk=job_id).exists():
        raise NotFound("There is no such import.")
    return list(RefusedRow.objects.filter(job_id=job_id).order_by("number")[:FIRST_ERRORS])


def refused_file(*, job_id: int) -> Iterator[str]:
    """All refused rows as CSV with their numbers and reasons."""
    yield "\ufeff" + _csv(["row", "code", "reason", "values"])
    for one in RefusedRow.objects.filter(job_id=job_id).order_by("number").iterator(2_000):
        yield _csv([one.number, one.code, one.sentence, *(defused(str(value)) for value in one.row)])


def _csv(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


def set_aside(*, since: datetime, limit: int = 30) -> tuple[SetAside, ...]:
    """Events of switches that could not be taken, by reason, the most first."""
    found: dict[tuple[str, str], list[QuarantinedEvent]] = {}
    for row in QuarantinedEvent.objects.filter(received_at__gte=since).order_by("-received_at")[:20_000]:
        found.setdefault((row.code, row.source), []).append(row)
    lines = [
        SetAside(code=code, source=source, sentence=some[0].sentence, events=len(some), newest=some[0].received_at)
        for (code, source), some in found.items()
    ]
    return tuple(sorted(lines, key=lambda one: -one.events)[:limit])
