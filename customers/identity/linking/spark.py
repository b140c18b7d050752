"""The same model on Apache Spark, for who has more records than one machine weighs: keys in Spark SQL, bits by Splink.

Nothing is decided here: pairs with their bits and levels come back, and are trained and clustered as those of DuckDB are.
Local here; a cluster is a matter of `spark.master`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation.errors import Unavailable
from customers.identity.linking.model import COMPARISONS, splink_settings

_OWN = (
    "'d' || document", "'w' || wechat", "'q' || qq", "'e' || email", "'m' || phone", "'n' || name || coalesce(city, '')",
    "'p' || sound || coalesce(city, '')", "'a' || address || coalesce(city, '')", "'b' || birth || coalesce(city, '')",
    "'B' || birth", "'N' || name", "'A' || address", "'g' || given || surname || coalesce(city, '')",
    "'G' || given || postcode", "'S' || long_surname || postcode", "'s' || long_surname || city",
    "'z' || long_surname || substr(address, 1, 5)", "'i' || birth || long_surname", "'j' || birth || postcode",
    "'k' || given || city", "'K' || given || substr(address, 1, 5)",
    "CASE WHEN long_surname IS NOT NULL THEN 'o' || substr(address, 1, 8) || coalesce(city, '') END",
    "CASE WHEN long_surname IS NOT NULL THEN 'O' || substr(address, 1, 8) || postcode END", "'l' || city || postcode",
    "'h' || substr(phone, 1, length(phone) - 6) || city", "'t' || substr(phone, length(phone) - 5) || city",
)  # fmt: skip


def _but_one(letter: str, column: str) -> str:
    """Keys of a number with each of its signs left out once."""
    return (
        f"CASE WHEN {column} IS NULL THEN CAST(array() AS array<string>) ELSE transform(sequence(1, length({column})),"
        f" i -> '{letter}' || substr({column}, 1, i - 1) || substr({column}, i + 1)) END"
    )


_SPELLED = f"""
SELECT *, count(*) OVER (PARTITION BY phone) AS phone_n, array_distinct(filter(concat(
    array({", ".join(_OWN)}), {_but_one("x", "phone")}, {_but_one("y", "document")}), k -> k IS NOT NULL)) AS every_key
FROM given
"""  # noqa: S608 (made of constants)
_COMMON = "SELECT key FROM (SELECT explode(every_key) AS key FROM spelled) GROUP BY key HAVING count(*) > {largest}"
_KEPT = """
SELECT unique_id, collect_list(key) AS keys FROM (SELECT unique_id, explode(every_key) AS key FROM spelled)
WHERE key NOT IN (SELECT key FROM common) GROUP BY unique_id
"""
_PREPARED = """
SELECT spelled.*, coalesce(kept.keys, CAST(array() AS array<string>)) AS keys FROM spelled LEFT JOIN kept USING (unique_id)
"""


def predicted(
    rows: Iterable[Sequence[Any]], *, columns: Sequence[str], largest: int, lowest: float
) -> tuple[list[tuple[Any, ...]], int]:
    """Rows of (one record's number, the other's, bits, a level a field), and how many keys were too common.

    Raises Unavailable with the sentence that says what to install.
    """
    session = _session()
    from splink import Linker
    from splink.backends import spark as backend

    api: Any = backend.SparkAPI  # without types
    shape = ", ".join(f"{name} {'int' if name == 'unique_id' else 'string'}" for name in columns)
    session.createDataFrame([tuple(row) for row in rows], schema=shape).createOrReplaceTempView("given")
    for name, sql in (("spelled", _SPELLED), ("common", _COMMON.format(largest=largest)), ("kept", _KEPT)):
        session.sql(sql).cache().createOrReplaceTempView(name)
    prepared = session.sql(_PREPARED).drop("every_key")
    linker = Linker(
        api(spark_session=session, break_lineage_method="persist").register(prepared),
        splink_settings(dialect="spark"),
        log_level=logging.ERROR,
        validate_settings=False,
    )
    found = linker.inference.predict(threshold_match_weight=lowest)
    levels = ", ".join(f"gamma_{each.field}" for each in COMPARISONS)
    told = session.sql(f"SELECT unique_id_l, unique_id_r, match_weight, {levels} FROM {found.physical_name}")  # noqa: S608
    return [tuple(row) for row in told.collect()], session.table("common").count()


def _session() -> Any:
    import shutil

    try:
        from pyspark.sql import SparkSession
        from splink.backends.spark import similarity_jar_location
    except ImportError:
        raise Unavailable(_("PySpark is missing: install the spark set of packages.")) from None
    if not shutil.which("java"):
        raise Unavailable(_("Spark needs a JDK: apt-get install openjdk-17-jre-headless."))
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.jars", similarity_jar_location())  # how alike two names are: not among Spark's own functions
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.default.parallelism", "1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session
