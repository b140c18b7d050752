"""Taking a personal value out of every table there is, and looking whether it stands anywhere: for erasures.

Tables are found by themselves, so that a new one is reached without being named here. Each pass reads whole tables: this
is for the rare act of an erasure, not for a request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from psycopg import sql

# Shorter values (a six-digit account) stand by chance in too many places to be taken out of other people's rows.
SHORTEST = 8
# Written once and sealed, or counted on by others: they hold ids only, and the scan says so if they do not.
_SEALED = frozenset({"event_log", "foundation_auditentry"})
Progress = Callable[[float], None]  # hears the share that is done, 0–1
_TEXTS = (models.CharField, models.TextField, models.JSONField)


def unheard(_share: float) -> None:
    """Nobody asks how far it is."""


def spellings(values: Collection[str]) -> list[str]:
    """What to look for, the longest first: numbers with and without their codes; too short values left out."""
    found = set(values)
    for value in values:
        if value.startswith("+"):
            found |= {value[1:], f"00{value[1:]}"}
        if value.startswith("+86"):
            found |= {value[3:], f"0{value[3:]}"}
    return sorted((value for value in found if len(value) >= SHORTEST), key=lambda value: (-len(value), value))


def take_time() -> None:
    """Lift the limits of a page's transaction from this one: to look through every table takes as long as they are long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0;"
            " SET LOCAL idle_in_transaction_session_timeout = 0"
        )


def redact(*, values: Collection[str], leave: Collection[str] = (), progress: Progress = unheard) -> dict[str, int]:
    """Overwrite the values wherever they stand, in texts and documents; rows changed, by table. `leave` are tables.

    Digits become nines and other signs x, so that a document stays a document and a number a number. `progress` hears
    the share of columns read.
    """
    changed: dict[str, int] = {}
    looked_for = spellings(values)
    for table, column, is_document in _columns(progress):
        if table in _SEALED or table in leave or not _stands_in(table, column, looked_for):
            continue
        for value in looked_for:
            count = _overwritten(table, column, value, is_document=is_document)
            if count:
                changed[table] = changed.get(table, 0) + count
    return changed


def still_present(*, values: Collection[str], progress: Progress = unheard) -> dict[str, int]:
    """Rows in which one of the values still stands, by table; every table of the product is looked at."""
    looked_for = spellings(values)
    found: dict[str, int] = {}
    if not looked_for:
        return found
    told: dict[str, Any] = {"like": [f"%{_escaped(value)}%" for value in looked_for], "whole": _whole(*looked_for)}
    for table, column, _is_document in _columns(progress):
        statement = sql.SQL(
            "SELECT count(*) FROM {table} WHERE {column}::text LIKE ANY (%(like)s) AND {column}::text ~ %(whole)s"
        )
        with connection.cursor() as cursor:
            cursor.execute(_named(statement, table, column), told)
            (count,) = cursor.fetchone() or (0,)
        if count:
            found[table] = found.get(table, 0) + count
    return found


def rows_holding(*, values: Collection[str], progress: Progress = unheard) -> dict[str, list[dict[str, Any]]]:
    """The rows in which one of the values stands, by table: notes, drafts, what switches sent, refused rows of files."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    looked_for = spellings(values)
    if not looked_for:
        return {}
    told: dict[str, Any] = {"like": [f"%{_escaped(value)}%" for value in looked_for], "whole": _whole(*looked_for)}
    for table, column, _is_document in _columns(progress):
        statement = sql.SQL(
            "SELECT to_jsonb(row)::text FROM {table} AS row"
            " WHERE {column}::text LIKE ANY (%(like)s) AND {column}::text ~ %(whole)s"
        )
        with connection.cursor() as cursor:
            cursor.execute(_named(statement, table, column), told)
            for (text,) in cursor.fetchall():
                found.setdefault(table, {})[text] = json.loads(text)
    return {table: list(rows.values()) for table, rows in found.items()}


def forget_words(*, calls: Collection[UUID]) -> dict[str, int]:
    """Empty what was written freely about these calls (drafts of notes, comments), in every table that names a call."""
    emptied: dict[str, int] = {}
    for model in _models():
        names = {field.name: field for field in model._meta.concrete_fields}
        if not isinstance(names.get("call"), models.UUIDField):
            continue
        words = [name for name, field in names.items() if type(field) is models.TextField and field.blank]
        for name in words:
            rows = model._default_manager.filter(call__in=list(calls)).exclude(**{name: ""})
            count = rows.update(**{name: ""})
            if count:
                emptied[model._meta.db_table] = emptied.get(model._meta.db_table, 0) + count
    return emptied


def _stands_in(table: str, column: str, looked_for: list[str]) -> bool:
    """One look for all values at once: most columns hold none, and need not be read once for each."""
    statement = sql.SQL("SELECT EXISTS (SELECT FROM {table} WHERE {column}::text LIKE ANY (%(like)s))")
    with connection.cursor() as cursor:
        cursor.execute(_named(statement, table, column), {"like": [f"%{_escaped(value)}%" for value in looked_for]})
        (found,) = cursor.fetchone() or (False,)
    return bool(found)


def _overwritten(table: str, column: str, value: str, *, is_document: bool) -> int:
    statement = sql.SQL(
        "UPDATE {table} SET {column} = regexp_replace({column}::text, %(whole)s, %(blank)s, 'g'){cast}"
        " WHERE {column}::text LIKE %(like)s AND {column}::text ~ %(whole)s"
    )
    told: dict[str, Any] = {
        "like": f"%{_escaped(value)}%",
        "whole": _whole(value),
        "blank": "".join("9" if sign.isdigit() else sign if sign in "+@." else "x" for sign in value),
    }
    with connection.cursor() as cursor:
        cursor.execute(_named(statement, table, column, cast="::jsonb" if is_document else ""), told)
        return int(cursor.rowcount)


def _whole(*values: str) -> str:
    """One of the values, and not the middle of a longer number or word."""
    return rf"(?<![0-9A-Za-z])(?:{'|'.join(re.escape(value) for value in values)})(?![0-9A-Za-z])"


def _named(statement: sql.SQL, table: str, column: str, *, cast: str = "") -> sql.Composed:
    return statement.format(table=sql.Identifier(table), column=sql.Identifier(column), cast=sql.SQL(cast))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _models() -> Iterator[type[models.Model]]:
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda one: one._meta.db_table):
        if model._meta.managed and not model._meta.proxy:
            yield model


def _columns(progress: Progress) -> Iterator[tuple[str, str, bool]]:
    """Every table and column that can hold words, and whether it holds documents; how far they are read is told."""
    wordy = [
        (model._meta.db_table, str(field.column), isinstance(field, models.JSONField))
        for model in _models()
        for field in model._meta.concrete_fields
        if isinstance(field, _TEXTS) and not field.choices
    ]
    for number, one in enumerate(wordy):
        progress(number / len(wordy))
        yield one
