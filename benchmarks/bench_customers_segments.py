"""Counting a condition of eight parts over a million customers, beside the same rows in a bare DuckDB table."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, measured, percentile

NAMES = ("customers.segment_ms", "customers.segment_ratio_to_duckdb")
ROWS = 1_000_000
RUNS = 30
NOW = datetime(2026, 11, 22, tzinfo=UTC)
_CONDITIONS = (
    ("age", ">=", 25), ("age", "<=", 60), ("data_gb", ">", 8), ("bill_fen", ">=", 6_900), ("calls_90", "<=", 5),
    ("region", "in", ["r1", "r2", "r3", "r4"]), ("rfm", "!=", "low"), ("contract_days", "<=", 180),
)  # fmt: skip
TREE: dict[str, Any] = {"all": [{"field": field, "op": op, "value": value} for field, op, value in _CONDITIONS]}
_BARE = (
    "SELECT count(*) FROM bare WHERE age >= 25 AND age <= 60 AND data_gb > 8 AND bill_fen >= 6900 AND calls_90 <= 5"
    " AND region IN ('r1', 'r2', 'r3', 'r4') AND rfm <> 'low' AND contract_days <= 180"
)


def run(scale: str) -> Iterator[Figure]:
    """By hand: `make bench ONLY=customers.segment`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        yield from _measure(Path(folder))


def _measure(var: Path) -> Iterator[Figure]:
    import django
    import duckdb

    django.setup()
    from django.conf import settings

    from customers.segments import counting, mirror

    settings.VAR_DIR = var
    _make(mirror.folder())
    bare = duckdb.connect()
    bare.execute(f"ATTACH '{mirror.folder() / 'facts-bench.duckdb'}' AS made (READ_ONLY)")
    bare.execute("CREATE TABLE bare AS SELECT * FROM made.facts")
    bare.execute("DETACH made")
    ours, theirs = [], []
    for _turn in range(RUNS):
        began = time.perf_counter()
        told = counting.count(tree=TREE, now=NOW)
        ours.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        plain = bare.execute(_BARE).fetchone()
        theirs.append(1000 * (time.perf_counter() - began))
        assert plain == (told.matched,)
        assert told.engine == "mirror"
    mirror.close()
    middle, bare_middle = percentile(ours, 0.5), percentile(theirs, 0.5)
    words = f"{ROWS:,} customers, 8 conditions, 7 exclusions counted apart, median of {RUNS}"
    yield measured(NAMES[0], middle, scale=words)
    yield measured(NAMES[1], middle / bare_middle, scale=f"{words}; bare table in memory {bare_middle:.1f} ms")


def _make(folder: Path) -> None:
    """A mirror with the columns that `mirror.build` writes, its rows drawn by DuckDB."""
    import duckdb

    from customers.segments.fields import FIELDS, FLAG, LIST, NUMBER

    drawn = {
        "age": "14 + (random() * 70)::INT", "data_gb": "random() * 20", "bill_fen": "(random() * 20000)::INT",
        "calls_90": "(random() * 8)::INT", "region": "'r' || (random() * 20)::INT", "is_open": "true",
        "rfm": "CASE WHEN random() < .1 THEN 'low' ELSE 'keep' END", "contract_days": "(random() * 700)::INT",
    }  # fmt: skip
    shapes = {
        NUMBER: ("random() * 100", "DOUBLE"),
        FLAG: ("random() < .1", "BOOLEAN"),
        LIST: ("['a', 'b']", "VARCHAR[]"),
    }
    columns = []
    for key, one in FIELDS.items():
        value, kind = shapes.get(one.kind, ("'a'", "VARCHAR"))
        columns.append(f'({drawn.get(key, value)})::{kind} AS "{key}"')
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "facts-bench.duckdb")) as database:
        database.execute(
            f"CREATE TABLE facts AS SELECT uuid() AS customer_id, {', '.join(columns)} FROM range({ROWS});"
            ' CREATE TABLE told AS SELECT $at::VARCHAR AS "at"',
            {"at": NOW.isoformat()},
        )
    (folder / "current").write_text("facts-bench.duckdb")
