"""The harness of the figures: honest about what it did not measure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.figures import TARGETS, Figure, measured, not_run, percentile


class Routing:
    NAMES = ("routing.arrival_to_reservation_ms.p50", "routing.arrival_to_reservation_ms.p99")

    def run(self, scale: str) -> Iterator[Figure]:
        yield measured(self.NAMES[0], 4.0, scale=scale)
        yield measured(self.NAMES[1], 80.0, scale=scale)


class Broken:
    NAMES = ("demo.first_call_s", "demo.second_start_s")

    def run(self, scale: str) -> Iterator[Figure]:
        yield measured(self.NAMES[0], 100.0, scale=scale)
        raise RuntimeError("port 8000 is taken\nand more")


def by_name(rows: Iterator[Figure]) -> dict[str, Figure]:
    return {row.name: row for row in rows}


def test_a_figure_carries_its_verdict() -> None:
    rows = by_name(run.figures([Routing()], only="routing.arrival", scale="full"))
    assert [(row.value, row.ok, row.target, row.scale.partition(";")[0]) for row in rows.values()] == [
        (4.0, True, "≤ 10", "full"),
        (80.0, False, "≤ 50", "full"),
    ]
    assert all(re.search(rf"; {run.PACE} \d+ and \d+ ms$", row.scale) for row in rows.values())


def test_a_broken_benchmark_says_why_and_the_others_go_on() -> None:
    rows = by_name(run.figures([Broken(), Routing()]))
    assert rows["demo.first_call_s"].ok
    assert rows["demo.second_start_s"].scale == "not run: RuntimeError: port 8000 is taken"
    assert (rows["demo.second_start_s"].value, rows["demo.second_start_s"].ok) == (None, None)
    assert rows["routing.arrival_to_reservation_ms.p50"].ok


def test_every_name_is_printed_even_if_nothing_measures_it() -> None:
    rows = by_name(run.figures([]))
    assert rows.keys() == TARGETS.keys()
    assert {row.scale for row in rows.values()} == {"not run: nothing here measures it"}


def test_only_runs_no_module_of_other_names() -> None:
    assert by_name(run.figures([Broken(), Routing()], only="routing.arrival")).keys() == set(Routing.NAMES)


def test_every_module_names_registered_figures() -> None:
    named = [name for bench in run.found() for name in bench.NAMES]
    assert set(named) <= TARGETS.keys()
    assert len(named) == len(set(named))


def test_the_results_are_a_list_of_the_agreed_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(run, "found", lambda: [Routing()])
    assert run.main(["routing.arrival"]) == 0
    (first, _) = json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert list(first) == ["name", "value", "unit", "target", "ok", "scale"]


def test_an_unknown_prefix_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["rooting"]) == 2
    assert "No figure starts with rooting." in capsys.readouterr().err


def test_a_name_must_be_registered() -> None:
    with pytest.raises(KeyError):
        not_run("routing.typo", "x")


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (0.95, 95), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_measured_value(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected
