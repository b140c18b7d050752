"""The same model weighs the same pairs with the same bits on DuckDB and on Spark. Needs THOROUGH=1, PySpark, a JDK."""

from __future__ import annotations

import shutil
from dataclasses import replace
from random import Random

import pytest

from customers.identity.linking.clustering import Guards, join
from customers.identity.linking.weighing import Record, Weighed, weigh
from tests.thorough import THOROUGH

pytest.importorskip("splink", reason="Splink is missing: install the analytics set of packages")
pytestmark = pytest.mark.filterwarnings("ignore")  # what Spark and DuckDB import


def people(many: int, seed: int = 7) -> list[Record]:
    """Three records a person, each with a slip of its own: a wrong digit, a title for a name, a value left out."""
    random, records = Random(seed), []
    for n in range(many):
        name = (
            random.choice("王李张刘陈杨黄赵吴周")
            + random.choice("伟芳娜敏静丽强磊")
            + random.choice("军洋勇艳杰娟涛明")
        )
        whole = Record(
            name=name, birth=f"19{random.randint(50, 99)}0{random.randint(1, 9)}{random.randint(10, 28)}",
            document=f"440106{random.randint(10**11, 10**12 - 1)}", phone=f"139{n:04d}{random.randint(1000, 9999)}",
            email=f"u{n}@example.com", address=f"天河区体育西路{random.randint(1, 400)}号{n}室", city="广州",
            wechat=f"wx{n}",
        )  # fmt: skip
        wrong = whole.phone[:5] + str((int(whole.phone[5]) + 1) % 10) + whole.phone[6:]
        records += [whole, replace(whole, phone=wrong, wechat="", name=f"{name[0]}先生"),
                    replace(whole, document="", email="", address=whole.address.replace("天河区", ""))]  # fmt: skip
    records += [Record(name="John Fairweather", city="London", postcode="EC1A 1BB", birth="19800101"),
                Record(name="Fairwether John", city="London", postcode="EC1A 1BC", birth="19800101")]  # fmt: skip
    return records


def told(found: Weighed) -> dict[tuple[int, int], float]:
    return {(min(pair.a, pair.b), max(pair.a, pair.b)): pair.bits for pair in found.pairs}


@pytest.mark.skipif(not THOROUGH, reason="A JVM of half a gigabyte starts: asked for by THOROUGH=1")
@pytest.mark.timeout(900)  # a JVM starts, plans and compiles: on a busy machine that is minutes
def test_spark_weighs_as_duckdb_does() -> None:
    pytest.importorskip("pyspark", reason="PySpark is missing: install the spark set of packages")
    if not shutil.which("java"):
        pytest.skip("Spark needs a JDK: apt-get install openjdk-17-jre-headless")
    records = people(40)
    here, there = weigh(records), weigh(records, engine="spark")
    assert here.skipped_keys == there.skipped_keys > 0
    assert set(told(here)) == set(told(there))
    assert told(there) == pytest.approx(told(here), abs=1e-6)
    assert here.levels == there.levels
    groups = [
        join(records=len(records), pairs=found.pairs, guards=Guards(source=[""] * len(records))).group
        for found in (here, there)
    ]
    assert groups[0] == groups[1]
    assert len(set(groups[0])) <= 41 + 2
