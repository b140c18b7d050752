"""The newcomer's wait is measured on a fresh clone, and nothing is left running."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from benchmarks import bench_demo, run

MAKEFILE = """
demo:
	@echo "starting"; sleep 0.3; {demo}
stop:
	@touch {stopped}
"""


def repository(folder: Path, demo: str) -> Path:
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE.format(demo=demo, stopped=folder / "stopped"), "utf-8")
    git = ["git", "-C", str(folder), "-c", "user.name=Lin", "-c", "user.email=lin@zhiyin.example"]
    for words in (["init", "-q"], ["add", "Makefile"], ["commit", "-qm", "Start"]):
        subprocess.run([*git, *words], check=True)
    return folder


def test_it_waits_for_the_first_call_twice_and_presses_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "zhiyin", 'echo "first call on screen after 0.3 s"; exec sleep 60')
    monkeypatch.setattr(bench_demo, "ROOT", folder)
    started = time.monotonic()
    rows = list(run.figures([bench_demo], only="demo"))
    assert time.monotonic() - started < 30
    assert [row.name for row in rows] == list(bench_demo.NAMES)
    assert all(row.value is not None and 0.3 <= row.value < 15 for row in rows)
    assert (folder / "stopped").exists()


def test_a_demo_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "zhiyin", 'echo "port 8000 is taken"; exit 1')
    monkeypatch.setattr(bench_demo, "ROOT", folder)
    rows = list(run.figures([bench_demo], only="demo"))
    assert [row.ok for row in rows] == [None, None]
    assert rows[0].scale.startswith("not run: NoCall: make demo ended with 2:")
    assert "port 8000 is taken" in rows[0].scale
