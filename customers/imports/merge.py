"""A chunk of understood rows into the tables, by set: staged with COPY, then a handful of statements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from callcenter.foundation.ids import uuid7
from customers.imports.mapping import Row
from customers.imports.models import ImportJob

_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS import_stage (
    row_no bigint, key text, digest bytea, customer uuid, observed timestamptz, fields jsonb,
    name text, title text, language text, region text, birth_year smallint,
    known uuid, verdict text
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS import_stage_identifier (row_no bigint, kind text, value text) ON COMMIT DELETE ROWS;
TRUNCATE import_stage, import_stage_identifier
"""

# One source is written by one import at a time: what is judged new stays new until the chunk is committed.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('import:' || %(source)s))"

# new | changed | same | superseded. Inside the chunk the last row of a key counts.
_JUDGE = """
UPDATE import_stage AS stage SET known = held.customer_id, verdict = CASE
    WHEN stage.row_no < newest.row_no THEN 'superseded'
    WHEN held.key IS NULL THEN 'new'
    WHEN held.content_hash = stage.digest THEN 'same'
    WHEN stage.observed < held.observed_at THEN 'superseded'
    ELSE 'changed' END
FROM (SELECT key, max(row_no) AS row_no FROM import_stage GROUP BY key) AS newest
LEFT JOIN customers_sourcerecord AS held ON held.source = %(source)s AND held.key = newest.key
WHERE newest.key = stage.key
"""

# A valid id document, a WeChat or member number that exactly one open customer has is that customer, whatever the source.
_ATTACH = """
UPDATE import_stage AS stage SET known = met.customer_id FROM (
    SELECT told.row_no, min(own.customer_id::text)::uuid AS customer_id
    FROM import_stage_identifier AS told
    JOIN import_stage AS fresh ON fresh.row_no = told.row_no AND fresh.verdict = 'new'
    JOIN customers_identifier AS own ON own.kind = told.kind AND own.scope = '' AND own.value = told.value
        AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
    JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'
    WHERE told.kind IN ('id_document', 'wechat', 'member')
    GROUP BY told.row_no HAVING count(DISTINCT own.customer_id) = 1
) AS met WHERE met.row_no = stage.row_no
"""

_NEW_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, status, name, title, language, region, birth_year, level, value_tier,
                                lifecycle, since, created_at, source, observed_at)
SELECT customer, 'individual', 'active', name, title, language, region, birth_year, '', '', '', NULL, %(now)s,
       %(source)s, observed
FROM import_stage WHERE verdict = 'new' AND known IS NULL
"""

# Another source's word is never overwritten here: it fills what is empty. The same source corrects itself.
_FILL = """
UPDATE customers_customer AS customer SET
    name = CASE WHEN told.name <> '' AND (customer.source = %(source)s OR customer.name = '') THEN told.name
           ELSE customer.name END,
    title = CASE WHEN customer.title = '' THEN told.title ELSE customer.title END,
    language = CASE WHEN customer.language = '' THEN told.language ELSE customer.language END,
    region = CASE WHEN told.region <> '' AND (customer.source = %(source)s OR customer.region = '') THEN told.region
             ELSE customer.region END,
    birth_year = coalesce(customer.birth_year, told.birth_year),
    observed_at = CASE WHEN customer.source = %(source)s THEN greatest(customer.observed_at, told.observed)
                  ELSE customer.observed_at END
FROM (SELECT DISTINCT ON (known) * FROM import_stage
      WHERE verdict IN ('new', 'changed') AND known IS NOT NULL ORDER BY known, row_no DESC) AS told
WHERE customer.id = told.known AND customer.status <> 'erased'
"""

_RECORDS = """
INSERT INTO customers_sourcerecord (source, key, customer_id, job_id, row_no, content_hash, fields, observed_at,
                                    received_at)
SELECT %(source)s, key, coalesce(known, customer), %(job)s, row_no, digest, fields, observed, %(now)s
FROM import_stage WHERE verdict IN ('new', 'changed')
ON CONFLICT (source, key) DO UPDATE SET job_id = EXCLUDED.job_id, row_no = EXCLUDED.row_no,
    content_hash = EXCLUDED.content_hash, fields = EXCLUDED.fields, observed_at = EXCLUDED.observed_at,
    received_at = EXCLUDED.received_at
"""

_IDENTIFIERS = """
INSERT INTO customers_identifier (customer_id, kind, scope, value, role, source, last_seen_at, valid_from)
SELECT DISTINCT ON (1, 2, 4) coalesce(stage.known, stage.customer), told.kind, '', told.value, 'user', %(source)s,
       NULL::timestamptz, stage.observed
FROM import_stage_identifier AS told JOIN import_stage AS stage USING (row_no)
WHERE stage.verdict IN ('new', 'changed')
ON CONFLICT (customer_id, kind, scope, value) DO NOTHING
"""

_COUNT = "SELECT verdict, count(*) FROM import_stage GROUP BY verdict"
_COLUMN_OF = {"new": "stored", "changed": "updated", "same": "same", "superseded": "superseded"}


def merge_chunk(*, rows: Sequence[Row], job: ImportJob, now: datetime) -> dict[str, int]:
    """Put rows where they belong and answer stored, updated, same and superseded. In the caller's transaction.

    A dry run judges and counts, and writes nothing.
    """
    if not rows:
        return {}
    values: dict[str, Any] = {"source": job.source, "job": job.pk, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_STAGE)
        stage = "COPY import_stage (row_no, key, digest, customer, observed, fields, name, title, language, region,"
        with cursor.copy(f"{stage} birth_year) FROM STDIN") as out:
            for row in rows:
                out.write_row(_staged(row, now))
        with cursor.copy("COPY import_stage_identifier (row_no, kind, value) FROM STDIN") as out:
            for row in rows:
                for kind, value in row.identifiers:
                    out.write_row((row.number, kind, value))
        cursor.execute("ANALYZE import_stage; ANALYZE import_stage_identifier")  # or it walks one for each of the other
        cursor.execute(_JUDGE, values)
        if not job.dry_run:
            for statement in (_ATTACH, _NEW_CUSTOMERS, _FILL, _RECORDS, _IDENTIFIERS):
                cursor.execute(statement, values)
        cursor.execute(_COUNT)
        return {_COLUMN_OF[verdict]: count for verdict, count in cursor.fetchall()}


def _staged(row: Row, now: datetime) -> tuple[object, ...]:
    told = row.values
    fields = json.dumps({**told, **dict(row.identifiers), "birth_year": row.birth_year}, ensure_ascii=False)
    return (
        row.number, row.key, row.digest, uuid7(), row.observed_at or now, fields, told.get("name", ""),
        told.get("title", ""), told.get("language", ""), told.get("region", ""), row.birth_year,
    )  # fmt: skip
