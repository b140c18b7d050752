"""`manage.py simulate_routing`: a day of the bank and a made-up floor, and what it says to what it cannot play."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

JANUARY = Path(__file__).resolve().parents[2] / "data" / "anonymous_bank_january.txt.gz"


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real days: a month takes seconds to read."""
    with gzip.open(JANUARY, "rt", encoding="latin-1") as month:
        kept = [line for line in month if "\t99010" in line and line.split("\t")[5] in {"990108", "990109"}]
    path = tmp_path_factory.mktemp("bank") / "days.txt"
    path.write_text("".join(kept), "latin-1")
    return path


def test_a_real_day_beside_the_rivals(two_days: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "simulate_routing", data=two_days, days="990108,990109", policies="longest_idle,fifo",
        html=tmp_path / "days.html", json=tmp_path / "days.json",
    )  # fmt: skip
    told = json.loads((tmp_path / "days.json").read_text())
    assert set(told) == {"longest_idle", "fifo", "log"}
    for day, logged in told["log"].items():
        assert abs(told["longest_idle"][day]["mean_wait_s"] - logged["mean_wait_s"]) < 0.6 * logged["mean_wait_s"]
    said = capsys.readouterr().out
    assert "median error of the mean wait" in said and "no difference" in said and "Fluid bound" in said
    assert (tmp_path / "days.html").read_text().count("<svg") == 6


def test_a_made_up_floor_beside_its_bounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "simulate_routing", calls=400, agents=8, patience=200.0, json=tmp_path / "f.json", html=tmp_path / "f.html"
    )
    told = json.loads((tmp_path / "f.json").read_text())
    assert max(told["values"].values()) <= min(told["hindsight"], 1.0)
    assert told["fair"] <= told["free"]
    assert told["values"]["paired"] > told["values"]["longest_idle"]
    assert "bound: hindsight" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"data": Path("nothing.gz")}, "cannot be played"),
        ({"days": "never"}, "write yymmdd"),
        ({"days": "980101"}, "no caller in the queue on 980101"),
        ({"policies": "magic"}, "There is no policy magic"),
        ({"calls": 5}, "100 calls"),
    ],
)
def test_what_cannot_be_played_is_said(two_days: Path, asked: dict[str, object], sentence: str) -> None:
    given = asked if "calls" in asked else {"data": two_days, **asked}
    with pytest.raises(CommandError, match=sentence):
        call_command("simulate_routing", **given)
