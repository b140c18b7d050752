"""Filling tables of a benchmark by SQL: foreign keys are not asked row by row meanwhile, and stand again afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import connection

_PROMISES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid::regclass::text = ANY (%s)
"""


def fill(statements: str, values: Mapping[str, Any]) -> None:
    """Run INSERTs that are parted by `;` at the end of a line, then VACUUM ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute(_PROMISES, [re.findall(r"INSERT INTO (\w+)", statements)])
        promises = cursor.fetchall()
        for table, name, _promise in promises:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for statement in filter(str.strip, statements.split(";\n")):
            cursor.execute(statement, values)
        for table, name, promise in promises:
            # asked of new rows from here on; those that stand are ours
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {promise.removesuffix(' NOT VALID')} NOT VALID")
        cursor.execute("VACUUM ANALYZE")
