"""The same questions asked of Parquet on DuckDB and on Spark are answered as the explorer answers them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from callcenter.analytics import paths
from ivr.paths import measures, study
from ivr.paths.measures import Selection
from ivr.paths.store import PathStore, build
from tests.thorough import THOROUGH
from tests.unit.ivr.callers import some_calls

pytest.importorskip("ibis", reason="Ibis is missing: install the analytics set of packages")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what DuckDB imports


@pytest.fixture(scope="module")
def store() -> PathStore:
    rows = some_calls(Random(2026), 400)
    return build(row._replace(start_ms=row.start_ms % (2 * study.DAY_MS)) for row in rows)  # two days: few files


@pytest.fixture(scope="module")
def folder(store: PathStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("study")
    paths.write(where, "steps", study.step_columns(store, site="main"))
    paths.write(where, "calls", study.call_columns(store, site="main"))
    return where


def edges(some: Selection) -> Any:
    return [
        (one.source, one.target, one.times, round((one.mean_s or 0) * one.times * 1000)) for one in measures.edges(some)
    ]


def nodes(some: Selection) -> Any:
    return [
        (
            row.node, row.visits, row.calls, row.dwell.n if row.dwell else 0,
            round(row.dwell.mean * row.dwell.n * 1000) if row.dwell else 0, row.zero_out.hits,
        )
        for row in measures.node_rows(some)
    ]  # fmt: skip


def variants(some: Selection) -> Any:
    return Counter(some.store.variant.tolist()).items()


def drop_offs(some: Selection) -> Any:
    return [(row.node, row.drop_off.hits) for row in measures.node_rows(some) if row.drop_off.hits]


def repeats(some: Selection) -> Any:
    far = int(some.store.start.max()) + 10**12  # no window is open
    return [
        (one.outcome, one.any.n, one.any.hits) for one in measures.repeats(some, within_s=measures.DAY_S, until_ms=far)
    ]


EXPLORED: dict[str, Callable[[Selection], Any]] = {
    "edges": edges, "nodes": nodes, "variants": variants, "drop_offs": drop_offs, "repeats": repeats,
    "outcomes": lambda some: [(name, calls) for name, calls in some.outcomes.items() if calls],
}  # fmt: skip


def agrees(store: PathStore, folder: Path, engine: str) -> None:
    assert set(EXPLORED) == set(paths.STUDIES)
    with paths.opened(folder, engine) as tables:
        for name, explored in EXPLORED.items():
            assert paths.answer(name, tables) == sorted(explored(Selection(store)), key=repr), (engine, name)


def test_duckdb_answers_as_the_explorer_does(store: PathStore, folder: Path) -> None:
    agrees(store, folder, "duckdb")


@pytest.mark.slow
@pytest.mark.skipif(not THOROUGH, reason="A JVM of half a gigabyte starts: asked for by THOROUGH=1")
@pytest.mark.timeout(600)  # half a minute where the machine is idle, most of it Spark's start
@pytest.mark.filterwarnings("ignore")  # Spark's own
def test_spark_answers_as_the_explorer_does(store: PathStore, folder: Path) -> None:
    try:
        agrees(store, folder, "spark")
    except paths.EngineMissing as missing:
        pytest.skip(str(missing))


def test_a_day_written_again_replaces_itself(store: PathStore, folder: Path) -> None:
    before = sorted(one.name for one in folder.rglob("*.parquet"))

    paths.write(folder, "calls", study.call_columns(store, site="main"))

    assert sorted(one.name for one in folder.rglob("*.parquet")) == before
    with paths.opened(folder, "duckdb") as tables:
        assert sum(calls for _, calls in paths.answer("outcomes", tables)) == len(store)
        assert np.unique(store.start // study.DAY_MS).size == len(
            {one.parent.name for one in folder.rglob("calls/**/*.parquet")}
        )
