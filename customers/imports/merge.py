"""A chunk of understood rows into the tables, by set: staged with COPY, then a handful of statements.

Of the server's processor, a row of a new customer with two identifiers costs half for the identifiers with their three indexes,
a tenth for the look whether record and identifiers name a customer (docs/decisions/0024), the rest for all else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from callcenter.foundation.ids import uuid7s
from customers.accounts.statements import ACCOUNTS
from customers.identity import generic
from customers.imports.mapping import Row

# Whatever is not found to be known is new.
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS import_judged (
    customer uuid, row_no bigint, key text, digest bytea, observed timestamptz, fields jsonb, identifiers text,
    verdict text DEFAULT 'new', met boolean DEFAULT false
) ON COMMIT DELETE ROWS;
TRUNCATE import_judged
"""
_COPY = "COPY import_judged (customer, row_no, key, digest, observed, fields, identifiers) FROM STDIN"

# One source is written by one import at a time: what is judged new stays new until the chunk is committed.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('import:' || %(source)s))"

# The planner has to know that keys differ, or it takes each for common; no more than that.
_KNOWN = "ANALYZE import_judged (key)"

# The records of a chunk, asked for by all its keys at once: else the planner walks the whole table of records for each chunk,
# as long as that looks cheaper than ten thousand looks into the index.
_HELD = "held.source = %(source)s AND held.key = told.key AND held.key = ANY (ARRAY(SELECT key FROM import_judged{of}))"
_OF_CHANGED = _HELD.format(of=" WHERE verdict = 'changed'")

# new | changed | same | superseded.
_JUDGE = f"""
UPDATE import_judged AS told SET customer = held.customer_id, met = true, verdict = CASE
    WHEN held.content_hash = told.digest THEN 'same' WHEN told.observed < held.observed_at THEN 'superseded' ELSE 'changed' END
FROM customers_sourcerecord AS held WHERE {_HELD.format(of="")}
"""  # noqa: S608 (made of constants)
# Inside the chunk the last row of a key counts; `older` are the numbers of the others.
_OLDER = "UPDATE import_judged SET verdict = 'superseded' WHERE row_no = ANY (%(older)s::bigint[])"

# The identifiers of a judged row stand in one text, for a second table to be filled row by row would cost as much again.
_TOLD = """
(SELECT row_no, customer, met, verdict, observed, split_part(pair, E'\\x1e', 1) AS kind,
        split_part(pair, E'\\x1e', 2) AS value,
        split_part(pair, E'\\x1e', 3) AS sealed, nullif(split_part(pair, E'\\x1e', 4), '')::smallint AS born,
        split_part(pair, E'\\x1e', 5) AS scope, coalesce(fields->>'role', 'user') AS role,
        coalesce(fields->>'kind', 'individual') AS party
 FROM import_judged, unnest(string_to_array(identifiers, E'\\x1f')) AS pair
 WHERE identifiers <> '' AND verdict IN ('new', 'changed'))
"""

# A valid id document, WeChat id, member number or credit code that exactly one open customer of this kind has is that
# customer, whatever the source; what the stop list says stands for nobody tells nothing.
_TELLING = ("id_document", "wechat", "member", "openid", "wecom", "credit_code")
_ATTACH = f"""
UPDATE import_judged AS fresh SET customer = found.customer_id, met = true FROM (
    SELECT told.row_no, min(own.customer_id::text)::uuid AS customer_id
    FROM {_TOLD} AS told
    JOIN customers_identifier AS own ON own.kind = told.kind AND own.scope = told.scope AND own.value = told.value
        AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
    JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'
        AND customer.kind = told.party
    WHERE told.verdict = 'new' AND told.kind IN ({", ".join(f"'{kind}'" for kind in _TELLING)})
        AND NOT {generic.IS_LISTED.format(kind="told.kind", scope="own.scope", value="own.value")}
    GROUP BY told.row_no HAVING count(DISTINCT own.customer_id) = 1
) AS found WHERE found.row_no = fresh.row_no
"""  # noqa: S608 (made of constants)

_NEW_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, status, name, title, language, region, birth_year, level, value_tier,
                                lifecycle, since, created_at, source, observed_at)
SELECT customer, coalesce(fields->>'kind', 'individual'), 'active', coalesce(fields->>'name', ''), coalesce(fields->>'title', ''),
       coalesce(fields->>'language', ''), coalesce(fields->>'region', ''), (fields->>'birth_year')::smallint,
       '', '', '', NULL, %(now)s, %(source)s, observed
FROM import_judged WHERE verdict = 'new' AND NOT met
"""

# Another source's word is never overwritten here: it fills what is empty. The same source corrects itself.
# What a person pinned is not touched.
_FILL = """
UPDATE customers_customer AS customer SET
    name = CASE WHEN 'name' = ANY (told.pinned) THEN customer.name
           WHEN told.name <> '' AND (customer.source = %(source)s OR customer.name = '') THEN told.name
           ELSE customer.name END,
    title = CASE WHEN 'title' <> ALL (told.pinned) AND customer.title = '' THEN told.title ELSE customer.title END,
    language = CASE WHEN 'language' <> ALL (told.pinned) AND customer.language = '' THEN told.language ELSE customer.language END,
    region = CASE WHEN 'region' = ANY (told.pinned) THEN customer.region
             WHEN told.region <> '' AND (customer.source = %(source)s OR customer.region = '') THEN told.region
             ELSE customer.region END,
    birth_year = coalesce(customer.birth_year, told.birth_year),
    observed_at = CASE WHEN customer.source = %(source)s THEN greatest(customer.observed_at, told.observed)
                  ELSE customer.observed_at END
FROM (SELECT DISTINCT ON (customer) customer AS id, observed, coalesce(fields->>'name', '') AS name,
             coalesce(fields->>'title', '') AS title, coalesce(fields->>'language', '') AS language,
             coalesce(fields->>'region', '') AS region, (fields->>'birth_year')::smallint AS birth_year,
             ARRAY(SELECT pin.field FROM customers_fieldpin AS pin
                   WHERE pin.customer_id = customer AND pin.closed_at IS NULL AND pin.expires_at > %(now)s) AS pinned
      FROM import_judged WHERE verdict IN ('new', 'changed') AND met ORDER BY customer, row_no DESC) AS told
WHERE customer.id = told.id AND customer.status <> 'erased'
"""
_FILLED = ("name", "title", "language", "region", "birth_year", "observed_at")


def _document(version: str) -> str:
    """The filled fields of the old or the new row as JSON."""
    return "jsonb_build_object(" + ", ".join(f"'{name}', {version}.{name}" for name in _FILLED) + ")"


# What was written over is kept with what was written, for the import to be taken back.
_FILL_AND_NOTE = f"""
WITH filled AS ({_FILL} RETURNING customer.id, {_document("old")} AS before, {_document("new")} AS after)
INSERT INTO customers_fieldfill (job, customer_id, before, after)
SELECT %(job)s::bigint, id, before, after FROM filled WHERE %(job)s::bigint IS NOT NULL AND before <> after
"""  # noqa: S608

_VERSIONS = f"""
INSERT INTO customers_recordversion (record_id, customer_id, job, replaced_by, replaced_at, row_no, content_hash, fields,
                                     observed_at, received_at)
SELECT held.id, held.customer_id, held.job_id, %(job)s::bigint, %(now)s, held.row_no, held.content_hash, held.fields,
       held.observed_at, held.received_at
FROM import_judged AS told JOIN customers_sourcerecord AS held ON {_OF_CHANGED}
WHERE told.verdict = 'changed'
"""  # noqa: S608

_CHANGED_RECORDS = f"""
UPDATE customers_sourcerecord AS held SET job_id = %(job)s, row_no = told.row_no, content_hash = told.digest,
    fields = told.fields, observed_at = told.observed, received_at = %(now)s
FROM import_judged AS told
WHERE told.verdict = 'changed' AND {_OF_CHANGED}
"""  # noqa: S608
_NEW_RECORDS = """
INSERT INTO customers_sourcerecord (source, key, customer_id, job_id, row_no, content_hash, fields, observed_at,
                                    received_at)
SELECT %(source)s, key, customer, %(job)s, row_no, digest, fields, observed, %(now)s
FROM import_judged WHERE verdict = 'new'
"""

# Whom this chunk made has no identifier yet, so nothing can be there twice; the others are asked.
_NEW_IDENTIFIERS = f"""
INSERT INTO customers_identifier (customer_id, kind, scope, value, sealed, born, role, source, valid_from, job)
SELECT customer, kind, scope, value, sealed, born, role, %(source)s, observed, %(job)s::bigint FROM {_TOLD} AS told WHERE NOT met
"""  # noqa: S608
_MORE_IDENTIFIERS = f"""
INSERT INTO customers_identifier (customer_id, kind, scope, value, sealed, born, role, source, valid_from, job)
SELECT DISTINCT ON (customer, kind, scope, value) customer, kind, scope, value, sealed, born, role, %(source)s, observed,
       %(job)s::bigint
FROM {_TOLD} AS told WHERE met
ON CONFLICT (customer_id, kind, scope, value) DO NOTHING
"""  # noqa: S608

# What is done for rows of which kind: new, changed, and met, whose customer was there before. Nothing for nobody.
_WRITES = (
    (_NEW_CUSTOMERS, "new"), (_FILL_AND_NOTE, "met"), (_VERSIONS, "changed"), (_CHANGED_RECORDS, "changed"),
    (_NEW_RECORDS, "new"), (_NEW_IDENTIFIERS, "new"), (_MORE_IDENTIFIERS, "met"),
)  # fmt: skip
_COUNT = "SELECT verdict, count(*) FROM import_judged GROUP BY verdict"
_COLUMN_OF = {"new": "stored", "changed": "updated", "same": "same", "superseded": "superseded"}
_UNSAFE = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NO_BOXES: dict[str, str] = {}
_BLOCK = 500  # rows handed to the server in one piece


def merge_chunk(
    *, rows: Sequence[Row], source: str, now: datetime, job_id: int | None = None, dry_run: bool = False,
    text: Sequence[str] = (),
) -> dict[str, int]:  # fmt: skip
    """Put rows where they belong and answer stored, updated, same and superseded. In the caller's transaction.

    `text` is what `staged` made of these rows, where that was done before. A dry run judges and counts, and writes nothing.
    """
    if not rows:
        return {}
    text = text or staged(rows, now)
    values: dict[str, Any] = {"source": source, "job": job_id, "now": now, "older": _older(rows)}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as out:
            for block in text:
                out.write(block)
        cursor.execute(_KNOWN)
        cursor.execute(_JUDGE, values)
        if values["older"]:
            cursor.execute(_OLDER, values)
        cursor.execute(_COUNT)
        counts: dict[str, int] = dict(cursor.fetchall())
        if not dry_run:
            _write(cursor, {*counts}, text, values)
        return {_COLUMN_OF[verdict]: count for verdict, count in counts.items()}


def _write(cursor: Any, kinds: set[str], text: Sequence[str], values: dict[str, Any]) -> None:
    """The judged rows into the tables; `kinds` are the verdicts there are."""
    if "changed" in kinds:
        kinds.add("met")
    if "new" in kinds and any(f"{kind}\x1e" in block for kind in _TELLING for block in text):
        cursor.execute(_ATTACH, values)
        kinds |= {"met"} if cursor.rowcount else set()
    for statement, of in _WRITES:
        if of in kinds:
            cursor.execute(statement, values)
    if any('"account":' in block or '"subscription":' in block for block in text):
        for statement in ACCOUNTS:
            cursor.execute(statement, values)


def staged(rows: Sequence[Row], now: datetime) -> list[str]:
    """Rows as COPY reads them, in pieces of some hundred: made ahead while the server stores the rows before.

    Each begins with the id of its customer, should nobody be known by it: made here, where nobody waits for it.
    """
    lines = [f"{customer}\t{_staged(row, now)}" for customer, row in zip(uuid7s(len(rows)), rows, strict=True)]
    return ["".join(lines[at : at + _BLOCK]) for at in range(0, len(lines), _BLOCK)]


def _older(rows: Sequence[Row]) -> list[int]:
    """Numbers of the rows whose key comes again further down."""
    newest = {row.key: row.number for row in rows}
    return [] if len(newest) == len(rows) else [row.number for row in rows if row.number != newest[row.key]]


def judged() -> dict[int, str]:
    """What became of each row of the chunk that was merged last in this transaction, by its number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_no, verdict FROM import_judged")
        return {number: _COLUMN_OF[verdict] for number, verdict in cursor.fetchall()}


def _staged(row: Row, now: datetime) -> str:
    """A row as COPY reads it. JSON writes its own signs with backslashes, so only those need doubling there."""
    boxes = {value: f"\x1e{box}\x1e{born}" for value, box, born in row.sealed} if row.sealed else _NO_BOXES
    scopes = {kind: f"\x1e\x1e\x1e{scope}" for kind, scope in row.scopes} if row.scopes else _NO_BOXES
    told = "\x1f".join(
        [f"{kind}\x1e{value}{boxes.get(value, '') or scopes.get(kind, '')}" for kind, value in row.identifiers]
    )
    key = row.key
    if _UNSAFE.search(key + told):
        key, told = key.translate(_ESCAPED), told.translate(_ESCAPED)
    fields = row.fields.replace("\\", "\\\\")
    at = _written(row.observed_at or now)
    return f"{row.number}\t{key}\t\\\\x{row.digest.hex()}\t{at}\t{fields}\t{told}\n"


@lru_cache(maxsize=4_096)
def _written(at: datetime) -> str:
    return at.isoformat()
