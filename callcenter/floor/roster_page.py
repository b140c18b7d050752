"""Tables of skills, agents and queues: an upload read and taken, its refused rows kept to be corrected and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from callcenter.floor.files import csv_bytes
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.ids import uuid7
from customers.imports import readers
from customers.imports.refusals import said
from routing.operations.importing import ImportReport, Unread, import_table
from routing.sheets import COLUMNS, PROBLEM, Column, Kind

LARGEST = 5_000_000  # bytes of an upload
SHOWN = 20  # refused rows on the page; the file holds all


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A table that went in, and the name under which its refused rows are kept."""

    report: ImportReport
    errors: UUID | None

    @property
    def shown(self) -> list[tuple[int, str]]:
        return [(row.line, row.sentence) for row in self.report.refused[:SHOWN]]


def columns() -> list[tuple[Kind, tuple[Column, ...]]]:
    """What a table of each kind may hold."""
    return list(COLUMNS.items())


def kind_named(word: str) -> Kind:
    """Raises Invalid."""
    if word not in set(Kind):
        raise Invalid(_("Choose which table it is."), field="/kind")
    return Kind(word)


def take(
    *, kind: Kind, sent: UploadedFile[bytes] | None, domain: str, dry_run: bool, now: datetime, actor: str
) -> Taken:
    """Read an upload and take its rows. Raises Invalid."""
    if sent is None:
        raise Invalid(_("Choose a file."), field="/file")
    if (sent.size or 0) > LARGEST:
        raise Invalid(_("The file is larger than 5 MB. Send it in parts."), field="/file")
    with NamedTemporaryFile(suffix=Path(sent.name or "").suffix.lower()[:10]) as kept:
        for block in sent.chunks():
            kept.write(block)
        kept.flush()
        report = take_file(Path(kept.name), kind=kind, domain=domain, dry_run=dry_run, now=now, actor=actor)
    return Taken(report=report, errors=_keep(report))


def take_file(path: Path, *, kind: Kind, domain: str, dry_run: bool, now: datetime, actor: str) -> ImportReport:
    """A file on this machine. Raises Invalid."""
    rows = _rows(path)
    return import_table(kind=kind, domain=domain, rows=rows, dry_run=dry_run, now=now, actor=actor)


def _rows(path: Path) -> Iterator[dict[str, str] | Unread]:
    for row in readers.rows(path, encoding=readers.encoding_of(path)):
        if isinstance(row, readers.Broken):
            yield Unread(sentence=said(row.sentence, row.facts, translate=_), cells=row.row)
        else:
            yield row


def errors_csv(report: ImportReport) -> bytes:
    """Refused rows as they came, with the reason: corrected, the file is sent again as it is."""
    header = list(dict.fromkeys(name for row in report.refused for name in row.cells if name != PROBLEM))
    rows = ([*(row.cells.get(name, "") for name in header), f"{row.line}: {row.sentence}"] for row in report.refused)
    return csv_bytes([*header, PROBLEM], rows)


def _keep(report: ImportReport) -> UUID | None:
    if not report.refused:
        return None
    name = uuid7()
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(errors_csv(report))
    return name


def kept_errors(name: UUID) -> bytes:
    """Raises NotFound."""
    try:
        return _path(name).read_bytes()
    except FileNotFoundError:
        raise NotFound(_("This file is not kept any more.")) from None


def _path(name: UUID) -> Path:
    folder: Path = settings.VAR_DIR / "imports"
    return folder / f"roster-{name}.csv"
