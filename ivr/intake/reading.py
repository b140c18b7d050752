"""Path events out of files: CSV, NDJSON, Parquet; one row at a time, each an event or the reason why it is none. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

FIELDS = ("call", "t", "kind", "node", "key", "event_id", "seq", "entry", "flow", "version", "detail")
# What others call these columns.
ALIASES = {
    "call_id": "call", "external_id": "call", "callid": "call", "session": "call", "session_id": "call", "case": "call",
    "time": "t", "at": "t", "timestamp": "t", "event_time": "t", "event": "kind", "type": "kind", "event_type": "kind",
    "menu": "node", "state": "node", "node_key": "node", "digit": "key", "digits": "key", "dtmf": "key", "input": "key",
    "sequence": "seq", "dnis": "entry", "entry_number": "entry",
}  # fmt: skip
SUFFIXES = (".csv", ".tsv", ".ndjson", ".jsonl", ".parquet")
_BATCH = 20_000  # rows of a Parquet file held at once


class UnreadableFile(ValueError):
    """The file as a whole cannot be read."""


class Unreadable(NamedTuple):
    """One row that is no event."""

    code: str
    sentence: str


class Cells(NamedTuple):
    """One row as it stands in the file: values in the order of FIELDS, None where there is no such column."""

    number: int
    values: Sequence[Any]
    broken: Unreadable | None = None


def encoding_of(path: Path) -> str:
    """utf-8-sig unless some line is no UTF-8 and all lines are GB18030."""
    try:
        with path.open(encoding="utf-8-sig") as text:
            for _ in text:
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def mapping_of(columns: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """Which column holds which field: as named, else by its own or a usual name. Raises UnreadableFile."""
    unknown = sorted(set(named) - set(columns))
    if unknown:
        raise UnreadableFile(f"The file has no column {unknown[0]!r}; it has {', '.join(columns)}.")
    wrong = sorted(set(named.values()) - set(FIELDS))
    if wrong:
        raise UnreadableFile(f"There is no field {wrong[0]!r}; there are {', '.join(FIELDS)}.")
    found = dict(named)
    for column in columns:
        plain = column.strip().lower()
        field = plain if plain in FIELDS else ALIASES.get(plain, "")
        if column not in found and field and field not in found.values():
            found[column] = field
    missing = [field for field in ("call", "t", "kind") if field not in found.values()]
    if missing:
        raise UnreadableFile(f"No column is understood as {missing[0]!r}; say which one it is.")
    return found


def columns_of(path: Path, encoding: str) -> list[str]:
    """The header of a table, the keys of the first NDJSON row. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return [str(name) for name in _parquet(path).schema_arrow.names]
    if suffix not in SUFFIXES:
        raise UnreadableFile("Only CSV, TSV, NDJSON and Parquet files can be read.")
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        first = text.readline(1_000_000)
        if suffix in {".csv", ".tsv"}:
            columns = next(csv.reader([first], delimiter=_delimiter(first)), [])
        else:
            columns = list(_json_row(first)) if isinstance(_json_row(first), dict) else []
    if not any(name.strip() for name in columns):
        raise UnreadableFile("The file is empty, or its first line names no columns.")
    return columns


def _delimiter(header: str) -> str:
    return max(",\t;|", key=header.count)


def rows(path: Path, encoding: str, mapping: Mapping[str, str]) -> Iterator[Cells]:
    """Every row after the header, in order."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet_rows(path, mapping)
    return _csv_rows(path, encoding, mapping) if suffix in {".csv", ".tsv"} else _json_rows(path, encoding, mapping)


def _csv_rows(path: Path, encoding: str, mapping: Mapping[str, str]) -> Iterator[Cells]:
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        first = text.readline(1_000_000)
        delimiter = _delimiter(first)
        header = next(csv.reader([first], delimiter=delimiter))
        place = {mapping[name]: at for at, name in enumerate(header) if name in mapping}
        picked = itemgetter(*(place.get(field, -1) for field in FIELDS))  # -1: the None put at the end of each row
        width = len(header)
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter), start=1):
            if len(cells) != width:
                said = f"The row has {len(cells)} values, the header names {width} columns."
                yield Cells(number=number, values=cells, broken=Unreadable("bad_row", said))
            else:
                cells.append(None)  # type: ignore[arg-type]
                yield Cells(number, picked(cells))


def _json_row(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _json_rows(path: Path, encoding: str, mapping: Mapping[str, str]) -> Iterator[Cells]:
    column = {field: name for name, field in mapping.items()}
    picked = [column.get(field, "\x00") for field in FIELDS]
    with path.open(encoding=encoding, errors="replace") as text:
        number = 0
        for line in text:
            if not line.strip():
                continue
            number += 1
            row = _json_row(line)
            if isinstance(row, dict):
                yield Cells(number=number, values=[row.get(name) for name in picked])
            else:
                said = "The line is no JSON object."
                yield Cells(number=number, values=[line.strip()[:200]], broken=Unreadable("bad_row", said))


def _parquet(path: Path) -> Any:
    try:
        import pyarrow.parquet  # large, of the analytics set, and only this file needs it
    except ImportError as missing:
        raise UnreadableFile("Parquet needs the analytics set of packages (pyarrow); send CSV or NDJSON.") from missing
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as why:
        raise UnreadableFile(f"The file is no Parquet: {str(why)[:120]}") from why


def _parquet_rows(path: Path, mapping: Mapping[str, str]) -> Iterator[Cells]:
    column = {field: name for name, field in mapping.items()}
    number = 0
    for batch in _parquet(path).iter_batches(_BATCH, columns=list(mapping)):
        held = {name: batch.column(name).to_pylist() for name in mapping}
        empty = [None] * batch.num_rows
        for values in zip(*(held.get(column.get(field, ""), empty) for field in FIELDS), strict=True):
            number += 1
            yield Cells(number=number, values=values)


def instant(value: Any, zone: tzinfo | None) -> datetime | Unreadable:
    """ISO 8601, a timestamp of Parquet, or milliseconds since 1970. Without a zone it is read in `zone`."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if not value.isdigit() or len(value) < 9 else int(value)
        except ValueError:
            return Unreadable("bad_time", f"{value[:40]!r} is no time; write 2026-03-02T09:15:00Z.")
    if isinstance(value, int):
        if not 0 < value < 10**14:
            return Unreadable("bad_time", f"{value} is no number of milliseconds since 1970.")
        return datetime.fromtimestamp(value / 1000, UTC)
    if not isinstance(value, datetime):
        return Unreadable("bad_time", "The time is missing.")
    at: datetime = value
    if at.tzinfo is None:
        if zone is None:
            return Unreadable("time_without_zone", "The time has no zone; send UTC, or say which zone the file means.")
        at = at.replace(tzinfo=zone)
    return at


def whole(value: Any, name: str) -> int | Unreadable | None:
    """A whole number, or none."""
    if value is None or value == "":
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return Unreadable("bad_number", f"The field {name!r} holds {str(value)[:40]!r}, which is no whole number.")


def detail_of(value: Any) -> dict[str, object] | Unreadable | None:
    """A JSON object, as text or read already."""
    if value is None or value == "":
        return None
    found = json_text(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else Unreadable("bad_detail", "The detail must be a JSON object.")


def json_text(text: str) -> Any:
    return _json_row(text)
