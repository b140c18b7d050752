"""Taking back what one import stored, by set: rows it brought go, rows it changed say what they said before.

Where something newer stands on a row (a later word of its source, a call, a contract, a merge), it stays and is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from django.db import connection
from django.db.models import ForeignObjectRel
from psycopg import sql

from customers.accounts.statements import TAKE_BACK
from customers.identity.models import Customer

# What is computed from the rest: nothing stands on it, and it goes with its customer.
COMPUTED = frozenset(
    {
        "customers_facts", "customers_circlemember", "customers_levelterm", "customers_fraudsignal", "customers_proposal",
        "customers_tagassignment", "customers_taglog", "customers_groupcandidate",
    }
)  # fmt: skip
_BY_HAND: dict[str, LiteralString] = {
    "customers_tagassignment": "r.origin = 'manual'",
    "customers_proposal": "r.state <> 'open'",
}
_OWN = frozenset({"customers_sourcerecord", "customers_recordversion", "customers_fieldfill"})


class TakenBack(NamedTuple):
    """How many rows went, how many say again what they said before, and how many could not be taken back."""

    records: int  # that the import had brought
    restored: int  # that it had changed
    customers: int  # whom only it had told of
    identifiers: int
    kept_records: int  # a later word stands on them
    kept_customers: int  # something else speaks of them by now


NOTHING = TakenBack(0, 0, 0, 0, 0, 0)
# Every column that says which import wrote a row.
_MARKED = (
    ("customers_sourcerecord", "job_id"), ("customers_recordversion", "job"), ("customers_recordversion", "replaced_by"),
    ("customers_fieldfill", "job"), ("customers_identifier", "job"), ("customers_account", "job"),
    ("customers_subscription", "job"), ("customers_partyrole", "job"), ("customers_partyrole", "ended_by_job"),
)  # fmt: skip

_TOUCHED = """
CREATE TEMP TABLE undo_record ON COMMIT DROP AS
SELECT record.id, record.customer_id, before.id AS version
FROM customers_sourcerecord AS record LEFT JOIN LATERAL (
    SELECT id FROM customers_recordversion AS version
    WHERE version.record_id = record.id AND version.replaced_by = %(job)s AND version.job IS DISTINCT FROM %(job)s
    ORDER BY id LIMIT 1) AS before ON true
WHERE record.source = %(source)s AND record.job_id = %(job)s
"""
_NEWER = """
SELECT count(DISTINCT record_id) FROM customers_recordversion
WHERE job = %(job)s AND replaced_by IS DISTINCT FROM %(job)s
"""
_RESTORE = """
UPDATE customers_sourcerecord AS record SET job_id = version.job, row_no = version.row_no, fields = version.fields,
    content_hash = version.content_hash, observed_at = version.observed_at, received_at = version.received_at
FROM undo_record JOIN customers_recordversion AS version ON version.id = undo_record.version
WHERE record.id = undo_record.id
"""
_VERSIONS_DONE = """
DELETE FROM customers_recordversion USING undo_record
WHERE record_id = undo_record.id AND (replaced_by = %(job)s OR undo_record.version IS NULL)
"""
_RECORDS_GONE = """
DELETE FROM customers_sourcerecord AS record USING undo_record WHERE record.id = undo_record.id AND version IS NULL
"""
# What another record of the customer says too, and what was seen or proved since, stays.
_IDENTIFIERS_GONE = """
DELETE FROM customers_identifier AS own USING (SELECT DISTINCT customer_id FROM undo_record) AS touched
WHERE own.customer_id = touched.customer_id AND own.job = %(job)s AND own.verified_at IS NULL
  AND own.last_seen_at IS NULL AND NOT EXISTS (
    SELECT FROM customers_sourcerecord AS record, jsonb_each_text(record.fields) AS said
    WHERE record.customer_id = own.customer_id AND split_part(said.key, '#', 1) = own.kind AND said.value = own.value)
"""
# Fields that the import wrote into people known before, where nobody has written since.
_FIELD_BACK = """
UPDATE customers_customer AS customer SET {field} = written.before
FROM (SELECT customer_id, (array_agg(before->'{field}' ORDER BY id))[1] #>> '{{}}' AS told,
             (array_agg(after->'{field}' ORDER BY id DESC))[1] #>> '{{}}' AS after
      FROM customers_fieldfill WHERE job = %(job)s GROUP BY customer_id) AS raw,
     LATERAL (SELECT {cast} AS before) AS written
WHERE customer.id = raw.customer_id AND customer.{field}::text IS NOT DISTINCT FROM raw.after
  AND raw.told IS DISTINCT FROM raw.after
"""
_FILLED = {"name": "", "title": "", "language": "", "region": "", "birth_year": "smallint"}
_ALONE = """
CREATE TEMP TABLE undo_customer ON COMMIT DROP AS
SELECT DISTINCT customer.id FROM undo_record JOIN customers_customer AS customer ON customer.id = undo_record.customer_id
WHERE undo_record.version IS NULL AND customer.source = %(source)s AND customer.created_at >= %(begun)s
  AND NOT EXISTS (SELECT FROM customers_sourcerecord WHERE customer_id = customer.id)
"""


_NAMED: LiteralString = "DELETE FROM undo_customer USING {t} AS r WHERE r.{c} = undo_customer.id AND {only}"
_GO_WITH: LiteralString = "DELETE FROM {t} AS r USING undo_customer WHERE r.{c} = undo_customer.id"
_NOTHING = sql.SQL("")


def take_back(*, job_id: int, source: str, begun_at: datetime) -> TakenBack:
    """Undo one job in the caller's transaction, which holds its row."""
    values: dict[str, Any] = {"job": job_id, "source": source, "begun": begun_at}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import:' || %(source)s))", values)
        cursor.execute(_TOUCHED, values)
        cursor.execute(_NEWER, values)
        (newer,) = cursor.fetchone() or (0,)
        cursor.execute(_RESTORE, values)
        restored = cursor.rowcount
        cursor.execute(_VERSIONS_DONE, values)
        cursor.execute(_RECORDS_GONE, values)
        records = cursor.rowcount
        cursor.execute(_IDENTIFIERS_GONE, values)
        identifiers = cursor.rowcount
        for field, kind in _FILLED.items():
            cast = f"raw.told::{kind}" if kind else "coalesce(raw.told, '')"
            cursor.execute(_FIELD_BACK.format(field=field, cast=cast), values)
        for statement in ("DELETE FROM customers_fieldfill WHERE job = %(job)s", *TAKE_BACK):
            cursor.execute(statement, values)
        customers, kept = _forget_customers(cursor, values)
    return TakenBack(records, restored, customers, identifiers, newer, kept)


def hand_over(*, job_id: int, to: int) -> None:
    """What one import stored stands as another's from here on. In the caller's transaction."""
    with connection.cursor() as cursor:
        for table, column in _MARKED:
            cursor.execute(
                sql.SQL("UPDATE {t} SET {c} = %(to)s WHERE {c} = %(job)s").format(
                    t=sql.Identifier(table), c=sql.Identifier(column)
                ),
                {"to": to, "job": job_id},
            )


def _forget_customers(cursor: Any, values: dict[str, Any]) -> tuple[int, int]:
    """Those of whom only this import told go, with what was computed of them; those something else names stay."""
    cursor.execute(_ALONE, values)
    (alone,) = cursor.execute("SELECT count(*) FROM undo_customer").fetchone() or (0,)
    for table, column in _references():
        if table not in COMPUTED | _OWN or table in _BY_HAND:
            only = sql.SQL(_BY_HAND.get(table, "true"))
            cursor.execute(_statement(_NAMED, table, column, only))
    for table, column in _references():
        if table in COMPUTED | _OWN:
            cursor.execute(_statement(_GO_WITH, table, column))
    cursor.execute("DELETE FROM customers_customer USING undo_customer WHERE customers_customer.id = undo_customer.id")
    return cursor.rowcount, alone - cursor.rowcount


def _statement(text: LiteralString, table: str, column: str, only: sql.Composable = _NOTHING) -> sql.Composed:
    return sql.SQL(text).format(t=sql.Identifier(table), c=sql.Identifier(column), only=only)


def _references() -> Iterator[tuple[str, str]]:
    """Every column of every room that names a customer, found by itself; in a fixed order."""
    found = {
        (str(field.related_model._meta.db_table), str(field.field.column))
        for field in Customer._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel)
    }
    yield from sorted(found)
