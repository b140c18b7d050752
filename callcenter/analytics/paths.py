"""What the path explorer counts, as expressions over two Parquet tables: `steps` (a row a visit) and `calls` (a row a call).

No Django, no room: columns are handed in by `ivr.paths.study`, answers are Arrow tables. Nothing is sorted inside an
aggregate and no text is built: Spark refuses the one and is slow at the other, so ways are grouped by their fingerprint.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PARTED_BY = ["site", "day"]
ENGINES = ("duckdb", "spark")
DAY_MS, NEVER_MS = 86_400_000, 10**15
Tables = tuple[Any, Any]  # steps, calls


def write(folder: Path, table: str, columns: Mapping[str, Any]) -> None:
    """The columns as Parquet under folder/table, parted by site and day; what stood there of those days is replaced."""
    import pyarrow
    import pyarrow.dataset

    pyarrow.dataset.write_dataset(
        pyarrow.table(dict(columns)), folder / table, format="parquet", partitioning=PARTED_BY,
        partitioning_flavor="hive", existing_data_behavior="delete_matching",
    )  # fmt: skip


@contextmanager
def opened(folder: Path, engine: str) -> Iterator[Tables]:
    """Both tables in an engine. Raises EngineMissing with the sentence that says what to install."""
    connection = _duckdb() if engine == "duckdb" else _spark()
    try:
        pattern = "*/*/*.parquet" if engine == "duckdb" else ""
        more = {"hive_partitioning": True} if engine == "duckdb" else {}
        steps, calls = (connection.read_parquet(str(folder / name / pattern), **more) for name in ("steps", "calls"))
        yield steps, calls
    finally:
        connection.disconnect()


class EngineMissing(RuntimeError):
    """The engine is not installed here."""


def _duckdb() -> Any:
    try:
        import ibis
    except ImportError as missing:
        raise EngineMissing("Ibis is missing: install the analytics set of packages.") from missing
    return ibis.duckdb.connect(autoinstall_known_extensions=False)


def _spark() -> Any:
    import shutil

    try:
        import ibis
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise EngineMissing("PySpark is missing: install the spark set of packages.") from missing
    if not shutil.which("java"):
        raise EngineMissing("Spark needs a JDK: apt-get install openjdk-17-jre-headless.")
    logging.getLogger("py4j").setLevel(logging.ERROR)  # it tells of each closing at the very end
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return ibis.pyspark.connect(session)


def edges(tables: Tables) -> Any:
    """Entries of `target` directly after `source` in the same call, and the milliseconds from the one to the other."""
    import ibis

    steps, _ = tables
    in_order = ibis.window(group_by=steps.call, order_by=steps.step)
    moved = steps.mutate(target=steps.node.lead().over(in_order), spent_ms=ibis.greatest(steps.dwell_ms, 0))
    return (
        moved.filter(moved.target.notnull())
        .group_by(source="node", target="target")
        .aggregate(times=lambda t: t.count(), spent_ms=lambda t: t.spent_ms.sum())
    )


def nodes(tables: Tables) -> Any:
    """Visits, calls that met the node, known stays with their sum, and visits at which a person was asked for."""
    steps, _ = tables
    return steps.group_by("node").aggregate(
        visits=lambda t: t.count(),
        calls=lambda t: t.call.nunique(),
        stays=lambda t: (t.dwell_ms >= 0).cast("int64").sum(),
        stayed_ms=lambda t: (t.dwell_ms >= 0).ifelse(t.dwell_ms, 0).sum(),
        zero_outs=lambda t: t.zero_out.cast("int64").sum(),
    )


def outcomes(tables: Tables) -> Any:
    """Calls by how they ended."""
    _, calls = tables
    return calls.group_by("outcome").aggregate(calls=lambda t: t.count())


def variants(tables: Tables) -> Any:
    """Calls by the way they took."""
    _, calls = tables
    return calls.group_by("variant").aggregate(calls=lambda t: t.count())


def drop_offs(tables: Tables) -> Any:
    """Calls that were hung up at the node they met last."""
    _, calls = tables
    return (
        calls.filter(calls.outcome == "hangup", calls.last_node != "")
        .group_by("last_node")
        .aggregate(calls=lambda t: t.count())
    )


def repeats(tables: Tables) -> Any:
    """By outcome: calls of known callers, and those whose caller rang again within 24 h of the end."""
    import ibis

    _, calls = tables
    known = calls.filter(calls.caller >= 0)
    theirs = ibis.window(group_by=known.caller, order_by=[known.start_ms, known.call])
    after = known.mutate(next_ms=known.start_ms.lead().over(theirs))
    gap = (after.next_ms - after.start_ms - after.span_ms).fill_null(NEVER_MS)
    return (
        after.mutate(again=(gap < DAY_MS + 1000).cast("int64"))  # the explorer counts whole seconds
        .group_by("outcome")
        .aggregate(callers=lambda t: t.count(), again=lambda t: t.again.sum())
    )


STUDIES: Mapping[str, Callable[[Tables], Any]] = {
    "edges": edges, "nodes": nodes, "outcomes": outcomes, "variants": variants, "drop_offs": drop_offs,
    "repeats": repeats,
}  # fmt: skip


def answer(study: str, tables: Tables) -> list[tuple[Any, ...]]:
    """The rows of a study, sorted, so that engines can be compared."""
    table = STUDIES[study](tables).to_pyarrow()
    return sorted(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True), key=repr)
