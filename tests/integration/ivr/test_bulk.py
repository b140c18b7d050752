"""A log of Mrs Chen and Zhang San by the file: whatever its form and order, the same paths as event by event."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from django.core.management import call_command

from callcenter import hall
from callcenter.foundation.errors import Invalid
from ivr.flows import operations as flows
from ivr.intake import bulk, operations
from ivr.intake.models import PathImport, RefusedRow
from ivr.intake.operations import take
from ivr.models import PathEvent, Session
from ivr.results import PathEventIn
from tests.integration.ivr.story import NINE, asks_for_bill, said

pytestmark = pytest.mark.django_db
NOW = NINE + timedelta(days=60)
COLUMNS = ("call", "t", "kind", "node", "key", "event_id", "seq", "detail")


@pytest.fixture(autouse=True)
def _menus() -> None:
    flows.publish_shipped(now=NINE - timedelta(days=90))


def morning() -> list[PathEventIn]:
    """Forty callers; some never hang up, one carries a card number, one an odd character."""
    events = [event for number in range(40) for event in asks_for_bill(f"chen-{number}", at=7.5 * number)]
    events += [said("zhang", 3, "enter", "main"), said("zhang", 5, "key", "main", "6222021234567890")]
    events += [said("zhang", 9, "note", "main", detail={"said": "tab\tand \\ and 中文"})]
    return events


def cells(event: PathEventIn) -> dict[str, str]:
    return {
        "call": event.external_id,
        "t": event.t.isoformat(),
        "kind": event.kind,
        "node": event.node,
        "key": event.key,
        "event_id": event.event_id,
        "seq": "" if event.seq is None else str(event.seq),
        "detail": json.dumps(event.detail) if event.detail else "",
    }


def write(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8") -> Path:
    if path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pytest.importorskip("pyarrow").Table.from_pylist(rows), path)
    elif path.suffix == ".ndjson":
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding=encoding)
    else:
        with path.open("w", encoding=encoding, newline="") as out:
            table = csv.DictWriter(out, COLUMNS)
            table.writeheader()
            table.writerows(rows)
    return path


def bring(path: Path, **more: object) -> PathImport:
    job = bulk.prepare(path=path, source="main-trunk", actor="test", now=NOW, **more)  # type: ignore[arg-type]
    return hall.path_logs.run(job_id=job.pk, now=NOW)


def stands() -> list[tuple[object, ...]]:
    """Paths as they stand, without our ids."""
    fields = ("external_id", "path", "outcome", "reason", "started_at", "ended_at", "node", "closed_as")
    return sorted(Session.objects.values_list(*fields), key=str)


@pytest.mark.parametrize("name", ["log.csv", "log.ndjson", "log.parquet"])
def test_a_file_in_any_order_and_cut_anywhere_gives_the_same_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    events = morning()
    for place in range(0, len(events), 50):
        operations.store(items=events[place : place + 50], now=NOW)
    operations.close_silent(now=NOW)
    by_hand = stands()
    Session.objects.all().delete()

    rows = [cells(event) for event in events]
    Random(8).shuffle(rows)
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 37)  # every call is cut somewhere
    job = bring(write(tmp_path / name, rows))
    operations.close_silent(now=NOW)

    assert (job.state, job.read, job.stored, job.refused) == ("done", len(events), len(events), 0)
    assert stands() == by_hand
    assert PathEvent.objects.filter(key__contains="6222").count() == 0


def test_the_same_file_again_stores_nothing_and_adds_up(tmp_path: Path) -> None:
    rows = [cells(event) for event in morning()]
    first = bring(write(tmp_path / "log.csv", rows + rows[:10]))
    again = bring(write(tmp_path / "log.csv", rows + rows[:10]))

    assert (first.stored, first.duplicate) == (len(rows), 10)
    assert (again.read, again.stored, again.duplicate) == (len(rows) + 10, 0, len(rows) + 10)
    assert PathEvent.objects.count() == len(rows)


def test_what_cannot_be_taken_is_named_with_its_row_and_the_rest_is_stored(tmp_path: Path) -> None:
    good = [cells(event) for event in asks_for_bill("chen")]
    bad = [
        good[0] | {"call": ""},
        good[0] | {"t": "nine o'clock"},
        good[0] | {"t": "2026-03-02T09:00:00"},
        good[0] | {"t": "1999-12-31T09:00:00Z"},
        good[0] | {"kind": "dance"},
        good[0] | {"seq": "first"},
        good[1] | {"event_id": "e1"},
        good[1] | {"event_id": "e1", "key": "2"},
        good[0] | {"node": "ballroom"},
    ]
    job = bring(write(tmp_path / "log.csv", good + bad))
    refused = dict(RefusedRow.objects.filter(job=job).values_list("number", "code"))

    assert refused == {
        9: "call_missing", 10: "bad_time", 11: "time_without_zone", 12: "too_old", 13: "unknown_kind",
        14: "bad_number", 16: "other_content",
    }  # fmt: skip
    assert (job.read, job.stored, job.duplicate, job.refused) == (17, 10, 0, 7)
    assert job.unlisted == {"ballroom": 1}


def test_times_without_a_zone_are_read_in_the_zone_of_the_file_and_chinese_files_are_read(tmp_path: Path) -> None:
    rows = [cells(said("陈", 0, "enter", "main")) | {"t": "2026-03-02 09:00:00"}]
    job = bring(write(tmp_path / "log.csv", rows, encoding="gb18030"), zone="Asia/Shanghai")

    assert job.encoding == "gb18030"
    assert Session.objects.get(external_id="陈").started_at == NINE


def test_a_file_told_late_completes_a_path_that_came_by_the_switch(tmp_path: Path) -> None:
    events = asks_for_bill("chen")
    take(items=events[:4], now=NINE + timedelta(minutes=1))
    operations.close_silent(now=NOW)
    job = bring(write(tmp_path / "log.csv", [cells(event) for event in events]))

    assert (job.stored, job.duplicate) == (4, 4)
    session = Session.objects.get()
    assert (session.outcome, session.revision) == ("agent", 1)


def test_a_run_that_died_goes_on_from_its_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "log.csv", [cells(event) for event in morning()])
    monkeypatch.setattr(bulk, "CHUNK_ROWS", 100)
    whole, done = bulk.take, 0

    def dies(**asked: object) -> bulk.Chunk:
        nonlocal done
        done += 1
        if done == 3:
            raise KeyboardInterrupt
        return whole(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(bulk, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        bring(path)
    assert PathImport.objects.get().read == 200
    monkeypatch.setattr(bulk, "take", whole)
    job = bring(path)

    assert PathImport.objects.count() == 1
    assert (job.state, job.read, job.stored) == ("done", 323, 323)


def test_the_command_maps_columns_and_says_what_became_of_the_rows(tmp_path: Path) -> None:
    rows = [{"CallGUID": "a", "EventTime": "1772413200000", "What": "enter", "menu": "main"}]
    path = tmp_path / "log.ndjson"
    path.write_text(json.dumps(rows[0]))
    out = StringIO()
    call_command(
        "import_path_events", str(path), source="ivr-1", map=["CallGUID=call", "EventTime=t", "What=kind"], stdout=out
    )

    assert "1 rows read = 1 stored + 0 duplicate + 0 refused." in out.getvalue()
    with pytest.raises(Invalid, match="'call'"):
        bulk.prepare(path=path, source="ivr-1", actor="test", now=NOW)
