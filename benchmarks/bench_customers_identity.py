"""Linking against data whose truth is known: pairwise F1 of the persons found, guards and learnt repeats included."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, measured, not_run
from customers.identity.linking.clustering import Guards, join, learn_repeat_bits, pairwise_f1
from customers.identity.linking.weighing import Record, Weighed, weigh

NAMES = (
    "customers.identity_febrl3_f1",
    "customers.identity_febrl4_f1",
    "customers.identity_cn_f1",
    "customers.identity_cn_f1_undeclared",
)
Row = dict[str, str]
_TOLD_AS = {"shop": "web", "wechat": "call"}  # the set itself has nobody twice in one source


def run(scale: str) -> Iterator[Figure]:
    """By hand: `DATA_DIR=… make bench ONLY=customers.identity`."""
    folder = Path(os.environ.get("DATA_DIR", "data"))
    if not (folder / "cn-identity" / "records.csv.gz").exists():
        yield from (not_run(name, "the data sets are not here; set DATA_DIR to their folder") for name in NAMES)
        return
    yield _febrl(NAMES[0], folder, "dataset3")
    yield _febrl(NAMES[1], folder, "dataset4a", "dataset4b")
    yield from _chinese(folder)


def _read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [{(name or "").strip(): value.strip() for name, value in row.items()} for row in
                csv.DictReader(lines, skipinitialspace=True)]  # fmt: skip


def _febrl(name: str, folder: Path, *parts: str) -> Figure:
    rows = [row | {"source": part} for part in parts for row in _read(folder / "febrl" / f"{part}.csv.gz")]
    records = [
        Record(
            name=f"{row['given_name']} {row['surname']}".strip(),
            birth=row["date_of_birth"],
            document=row["soc_sec_id"],
            address=f"{row['street_number']} {row['address_1']}".strip(),
            city=row["suburb"],
            postcode=row["postcode"],
        )
        for row in rows
    ]
    found, source = weigh(records), [row["source"] for row in rows]
    single = frozenset(parts) if len(parts) > 1 else frozenset()
    f1 = _f1(found, Guards(source=source, single=single), [row["rec_id"].split("-")[1] for row in rows])
    return measured(name, f1, scale=f"{len(rows):,} records, {len(found.pairs):,} pairs weighed")


def _chinese(folder: Path) -> Iterator[Figure]:
    rows = _read(folder / "cn-identity" / "records.csv.gz")
    records = [
        Record(
            name=row["name"], birth=row["dob"], document=row["idno"], phone=row["mobile"], address=row["address"],
            city=row["city"], wechat=row["wechat"], qq=row["qq"],
        )
        for row in rows
    ]  # fmt: skip
    found, source, truth = weigh(records), [row["source"] for row in rows], [row["person"] for row in rows]
    scale = f"{len(rows):,} records, {len(found.pairs):,} pairs weighed, threshold 0 bits"
    papers = [record.document for record in records]
    declared = Guards(source=source, document=papers, single=frozenset(source))
    yield measured(NAMES[2], _f1(found, declared, truth), scale=scale)
    repeating = [_TOLD_AS.get(each, each) for each in source]
    learnt, again = (
        _f1(
            found,
            Guards(source=told, document=papers, repeat_bits=learn_repeat_bits(pairs=found.pairs, source=told)),
            truth,
        )
        for told in (source, repeating)
    )
    words = f"repeats learnt, nothing declared; people standing twice in a source (five told as three): {again:.4f}"
    yield measured(NAMES[3], learnt, scale=f"{scale}, {words}")


def _f1(found: Weighed, guards: Guards, truth: list[str]) -> float:
    clusters = join(records=len(truth), pairs=found.pairs, guards=guards)
    return pairwise_f1(group=clusters.group, truth=truth)[2]
