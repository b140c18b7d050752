"""A log to try things on: the same seed writes the same rows, each one an import takes, and the truth stands beside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ivr.intake import reading
from ivr.intake.judging import Judge


def write(file: Path, seed: int) -> bytes:
    call_command("generate_ivr_log", str(file), calls=60, seed=seed, faults=["dead_key"], stdout=StringIO())
    return file.read_bytes()


def test_the_same_seed_writes_the_same_log_and_its_truth(tmp_path: Path) -> None:
    log = write(tmp_path / "a.csv", 3)
    assert write(tmp_path / "b.csv", 3) == log != write(tmp_path / "c.csv", 4)
    (truth,) = json.loads((tmp_path / "a.truth.json").read_text("utf-8"))
    assert (truth["kind"], bool(truth["node"]), bool(truth["key"])) == ("dead_key", True, True)


def test_every_row_is_sound(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    rows = write(file, 3).count(b"\n") - 1
    cells = list(reading.rows(file, "utf-8", reading.mapping_of(reading.columns_of(file, "utf-8"), {})))
    steps, refused = Judge(source="main-trunk", zone=None, now=datetime(2026, 6, 1, tzinfo=UTC)).judged(cells)
    assert (len(steps), refused) == (rows, [])


def test_a_day_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="write 2026-03-02"):
        call_command("generate_ivr_log", str(tmp_path / "log.csv"), first="Monday")
