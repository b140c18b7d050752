"""A copy of the facts for counting: a read-only DuckDB file, built beside the last and swapped in whole.

It names nobody, tells its age, and contacts nobody: lists are made in PostgreSQL. Where DuckDB is not installed or no
file stands yet, PostgreSQL counts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from callcenter.foundation.redaction import take_time
from customers.segments.compilers import POSTGRES
from customers.segments.fields import COLUMNS, FLAG, GROUP, LIST, NUMBER

_EVENTS_DAYS = 400
_TYPES = {NUMBER: "DOUBLE", FLAG: "BOOLEAN", LIST: "VARCHAR", GROUP: "UUID"}
_SPLIT = "\x1f"
_POINTER = "current"
_opening = threading.Lock()
_opened: dict[str, Any] = {}  # path → connection, the newest alone


@dataclass(frozen=True, kw_only=True)
class Built:
    """A mirror that stands: how many customers and events, and as of when."""

    customers: int
    events: int
    at: datetime


def folder() -> Path:
    return Path(settings.VAR_DIR) / "mirror"


@transaction.atomic
def build(*, now: datetime) -> Built:
    """Copy the facts and the events of 400 days into a new file and point readers at it."""
    import duckdb

    take_time()
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"facts-{now:%Y%m%d%H%M%S%f}.duckdb"
    rows, happened = place / f"{target.stem}.csv", place / f"{target.stem}-events.csv"
    try:
        _export(rows, _facts_query())
        _export(happened, _events_query(now))
        with duckdb.connect(str(target)) as database:
            customers, events = load(database, rows, happened)
            database.execute('CREATE TABLE told AS SELECT $at::VARCHAR AS "at"', {"at": now.isoformat()})
    finally:
        rows.unlink(missing_ok=True)
        happened.unlink(missing_ok=True)
    draft = place / f"{_POINTER}.new"
    draft.write_text(target.name)
    draft.replace(place / _POINTER)
    for old in place.glob("facts-*.duckdb"):
        if old != target:
            old.unlink(missing_ok=True)  # who reads it still keeps it open
    return Built(customers=customers, events=events, at=now)


_EVENTS = sql.SQL("""
SELECT customer_id, kind, channel, code, at AT TIME ZONE 'UTC' FROM {happened} AS happened
WHERE at > {now} - make_interval(days => {days}) AND at <= {now} ORDER BY kind, at
""")


def _events_query(now: datetime) -> sql.Composed:
    """COPY takes no parameters: psycopg writes them in as literals."""
    return _EVENTS.format(happened=sql.SQL(POSTGRES.events), now=sql.Literal(now), days=sql.Literal(_EVENTS_DAYS))


def _facts_query() -> sql.Composed:
    columns = [
        sql.SQL("array_to_string({}, {})").format(sql.Identifier(key), sql.Literal(_SPLIT))
        if field.kind == LIST
        else sql.Identifier(key)
        for key, field in COLUMNS.items()
    ]
    return sql.SQL("SELECT customer_id, {} FROM customers_facts ORDER BY id").format(sql.SQL(", ").join(columns))


def _export(path: Path, query: sql.Composed) -> None:
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    with path.open("wb") as out, connection.cursor() as cursor, cursor.copy(copy) as blocks:
        for block in blocks:
            out.write(block)


def load(database: Any, rows: Path, happened: Path) -> tuple[int, int]:
    """Fill an empty file from the two CSV exports; answers how many customers and events."""
    shapes = {"customer_id": "UUID"} | {key: _TYPES.get(field.kind, "VARCHAR") for key, field in COLUMNS.items()}
    picked = ", ".join(
        f'CASE WHEN "{key}" IS NULL THEN [] ELSE string_split("{key}", \'{_SPLIT}\') END AS "{key}"'
        if field.kind == LIST
        else f'coalesce("{key}", \'\') AS "{key}"'
        if field.kind == "text"
        else f'"{key}"'
        for key, field in COLUMNS.items()
    )
    database.execute(
        f"CREATE TABLE facts AS SELECT customer_id, {picked} FROM read_csv($path, header = false,"  # noqa: S608
        f" columns = {_struct(shapes)}, nullstr = '', auto_detect = false, quote = '\"', escape = '\"')",
        {"path": str(rows)},
    )
    shapes = {"customer_id": "UUID", "kind": "VARCHAR", "channel": "VARCHAR", "code": "VARCHAR", "at": "TIMESTAMP"}
    database.execute(
        f"CREATE TABLE events AS SELECT * REPLACE (coalesce(channel, '') AS channel, coalesce(code, '') AS code)"  # noqa: S608
        f" FROM read_csv($path, header = false, columns = {_struct(shapes)}, nullstr = '', auto_detect = false,"
        " quote = '\"', escape = '\"')",
        {"path": str(happened)},
    )
    told = database.execute("SELECT (SELECT count(*) FROM facts), (SELECT count(*) FROM events)").fetchone()
    customers, events = told or (0, 0)
    return int(customers), int(events)


def _struct(shapes: dict[str, str]) -> str:
    return "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in shapes.items()) + "}"


def reading() -> tuple[Any, datetime] | None:
    """A cursor on the newest mirror and the instant it tells of; None where there is none to be had."""
    try:
        name = (folder() / _POINTER).read_text().strip()
    except OSError:
        return None
    path = str(folder() / name)
    with _opening:
        if path not in _opened:
            opened = _open(path)
            if opened is None:
                return None
            for old in _opened.values():
                old[0].close()
            _opened.clear()
            _opened[path] = opened
        database, at = _opened[path]
        return database.cursor(), at


def _open(path: str) -> tuple[Any, datetime] | None:
    try:
        import duckdb
    except ImportError:
        return None
    try:
        database = duckdb.connect(path, read_only=True)
        told = database.execute('SELECT "at" FROM told').fetchone()
    except duckdb.Error:
        return None
    return (database, datetime.fromisoformat(told[0])) if told else None


def close() -> None:
    """Let go of the file: for tests, and before a folder is removed."""
    with _opening:
        for database, _at in _opened.values():
            database.close()
        _opened.clear()
