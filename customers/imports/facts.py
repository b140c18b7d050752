"""A chunk of understood facts into the table of their kind, by set, and out of it again when an import is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from customers.imports.kinds.base import Column, Kind, Target, Told
from customers.imports.refusals import gettext_noop
from customers.imports.undoing import TakenBack

NOBODY = gettext_noop("Nobody we know is found by this. Send the row again once the person is known.")
SEVERAL = gettext_noop("Several customers are found by this; a key or another identifier tells which.")

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS fact_stage (row_no bigint, key text, kind text, value text, fields jsonb) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS fact_judged (
    row_no bigint, customer uuid, people bigint, fields jsonb, target bigint, verdict text
) ON COMMIT DELETE ROWS;
TRUNCATE fact_stage, fact_judged
"""
# One kind is written by one import at a time: what is judged new stays new until the chunk is committed.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('facts:' || %(kind)s))"

# Whoever is restricted is found, so that their facts are not taken for a stranger's and kept in a file.
_WHO = """
asked AS (SELECT DISTINCT key, kind, value FROM fact_stage),
who AS (
    SELECT asked.*, found.* FROM asked CROSS JOIN LATERAL (
        SELECT min(customer.id::text)::uuid AS customer, count(DISTINCT customer.id) AS people,
               bool_or(customer.status = 'restricted') AS closed
        FROM (SELECT own.customer_id FROM customers_identifier AS own
              WHERE asked.kind <> '' AND own.kind = asked.kind AND own.scope = '' AND own.value = asked.value
                AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
              UNION ALL
              SELECT record.customer_id FROM customers_sourcerecord AS record
              WHERE asked.kind = '' AND record.source = %(source)s AND record.key = asked.key) AS leads
        JOIN customers_customer AS customer ON customer.id = leads.customer_id AND customer.status IN ('active', 'restricted')
    ) AS found
)
"""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What became of a chunk: counts by the columns of a job, and the rows that found nobody, each with why."""

    counts: dict[str, int]
    unplaced: list[tuple[int, str]]


def store(
    *, rows: Sequence[Told], kind: Kind, source: str, now: datetime, job_id: int, dry_run: bool = False
) -> Stored:
    """Put facts where they belong. In the caller's transaction. A dry run judges and counts, and writes nothing."""
    if not rows:
        return Stored(counts={}, unplaced=[])
    values: dict[str, Any] = {"source": source, "job": job_id, "now": now, "kind": kind.code}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_STAGE)
        with cursor.copy("COPY fact_stage FROM STDIN") as out:
            for row in rows:
                found, value = row.identifiers[0] if row.identifiers else ("", "")
                out.write_row((row.number, row.key, found, value, row.fields))
        cursor.execute("ANALYZE fact_stage")
        cursor.execute(_judging(kind.target), values)
        for statement in () if dry_run else (_inserting(kind.target), _updating(kind.target)):
            cursor.execute(statement, values)
        cursor.execute("SELECT verdict, count(*) FROM fact_judged GROUP BY verdict")
        counts = {_COLUMN_OF.get(verdict, verdict): count for verdict, count in cursor.fetchall()}
        cursor.execute("SELECT row_no, people FROM fact_judged WHERE verdict = 'unplaced' ORDER BY row_no")
        unplaced = [(number, SEVERAL if people else NOBODY) for number, people in cursor.fetchall()]
    return Stored(counts=counts, unplaced=unplaced)


_COLUMN_OF = {"new": "stored", "changed": "updated"}


def _judging(target: Target) -> str:
    """new | changed | same | superseded | unplaced | withheld. Inside the chunk the last row of a fact counts."""
    known_by = ", ".join(
        ["who.people = 1", *(["who.customer"] if target.by_customer else []), *(_told(one) for one in target.keys)]
    )
    meets = " AND ".join(
        [f'held."{one.name}" = {_told(one)}' for one in target.keys]
        + (["held.customer_id = told.customer"] if target.by_customer else [])
    )
    written = ", ".join(f'held."{one.name}"' for one in target.values)
    wanted = ", ".join(_told(one) for one in target.values)
    return f"""
WITH {_WHO}, placed AS (
    SELECT told.row_no, told.fields, who.customer, who.people, CASE WHEN who.people <> 1 THEN 'unplaced'
        WHEN who.closed OR NOT ({target.allowed}) THEN 'withheld' ELSE '' END AS verdict,
        max(told.row_no) OVER (PARTITION BY {known_by}) AS newest
    FROM fact_stage AS told JOIN who ON who.key = told.key AND who.kind = told.kind AND who.value = told.value
)
INSERT INTO fact_judged
SELECT told.row_no, told.customer, told.people, told.fields, held.id, CASE WHEN verdict <> '' THEN verdict
    WHEN told.row_no < told.newest THEN 'superseded' WHEN held.id IS NULL THEN 'new'
    WHEN ({written}) IS NOT DISTINCT FROM ({wanted}) THEN 'same' ELSE 'changed' END
FROM placed AS told LEFT JOIN LATERAL (
    SELECT * FROM {target.table} AS held WHERE told.verdict = '' AND {meets} AND {target.also} ORDER BY held.id LIMIT 1
) AS held ON true
"""  # noqa: S608 (made of constants)


def _inserting(target: Target) -> str:
    columns = (*target.keys, *target.values)
    names = ", ".join(f'"{name}"' for name in ["customer_id", *(one.name for one in columns), *target.fixed])
    wanted = ", ".join(["told.customer", *(_told(one) for one in columns), *target.fixed.values()])
    return f"""
WITH fresh AS (
    INSERT INTO {target.table} AS held ({names}) SELECT {wanted} FROM fact_judged AS told WHERE told.verdict = 'new'
    RETURNING held.id, held.customer_id, {_mark(target, "held")} AS mark
)
INSERT INTO customers_factnote (job, row, customer_id, mark) SELECT %(job)s, id, customer_id, mark FROM fresh
"""  # noqa: S608


def _updating(target: Target) -> str:
    wanted = ", ".join(f'"{one.name}" = {_told(one)}' for one in target.values)
    return f"""
WITH fresh AS (
    UPDATE {target.table} AS held SET {wanted} FROM fact_judged AS told WHERE told.verdict = 'changed' AND held.id = told.target
    RETURNING held.id, held.customer_id, {_document(target, "old")} AS before, {_mark(target, "new")} AS mark
)
INSERT INTO customers_factnote (job, row, customer_id, before, mark) SELECT %(job)s, id, customer_id, before, mark FROM fresh
"""  # noqa: S608


def _told(column: Column, document: str = "told.fields") -> str:
    """A column's value out of a row's JSON."""
    text = f"{document}->'{column.name}'" if column.type == "jsonb" else f"({document}->>'{column.name}')"
    return text if column.type in {"jsonb", "text"} else f"{text}::{column.type}"


def _document(target: Target, version: str) -> str:
    return "jsonb_build_object(" + ", ".join(f"'{one.name}', {version}.\"{one.name}\"" for one in target.values) + ")"


def _mark(target: Target, version: str) -> str:
    return f"md5({_document(target, version)}::text)::uuid"


def take_back(*, job_id: int, kind: Kind) -> TakenBack:
    """Facts that the import brought go, those it corrected say what they said before, where nobody wrote since.

    In the caller's transaction, which holds the job's row.
    """
    values: dict[str, Any] = {"job": job_id, "kind": kind.code}
    target = kind.target
    restored = ", ".join(f'"{one.name}" = {_told(one, "told.before")}' for one in target.values)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_STANDING.format(table=target.table, mark=_mark(target, "held")), values)
        cursor.execute(
            f"DELETE FROM {target.table} AS held USING fact_undo AS told WHERE held.id = told.row AND told.stands"  # noqa: S608
            " AND told.before IS NULL"
        )
        gone = cursor.rowcount
        cursor.execute(
            f"UPDATE {target.table} AS held SET {restored} FROM fact_undo AS told"  # noqa: S608
            " WHERE held.id = told.row AND told.stands AND told.before IS NOT NULL"
        )
        back = cursor.rowcount
        cursor.execute("SELECT count(*) FROM fact_undo WHERE NOT stands")
        (kept,) = cursor.fetchone() or (0,)
        cursor.execute("DELETE FROM customers_factnote WHERE job = %(job)s", values)
    return TakenBack(gone, back, 0, 0, kept, 0)


# The first note of a fact says what stood there before the import, its last one what the import left there.
_STANDING = """
CREATE TEMP TABLE fact_undo ON COMMIT DROP AS
SELECT own.row, own.before, own.mark = {mark} AND NOT EXISTS (
    SELECT FROM customers_factnote AS later JOIN customers_importjob AS by ON by.id = later.job AND by.kind = %(kind)s
    WHERE later.row = own.row AND later.id > own.newest AND later.job <> %(job)s) AS stands
FROM (SELECT row, (array_agg(before ORDER BY id))[1] AS before, (array_agg(mark ORDER BY id DESC))[1] AS mark, max(id) AS newest
      FROM customers_factnote WHERE job = %(job)s GROUP BY row) AS own
JOIN {table} AS held ON held.id = own.row
"""


def hand_over(*, job_id: int, to: int) -> None:
    """What one import wrote stands as another's from here on. In the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_factnote SET job = %(to)s WHERE job = %(job)s", {"to": to, "job": job_id})
