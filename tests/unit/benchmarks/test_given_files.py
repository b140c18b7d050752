"""Whoever hands a benchmark a file of their own gets its figures, or a sentence about the line that is wrong."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks import bench_bank_calls, bench_bundles, bench_hillstrom, given, megaline
from benchmarks.figures import Figure, measured

Row = dict[str, Any]


def written(path: Path, rows: list[Row], delimiter: str = ",") -> Path:
    lines = path.with_suffix(".plain")
    with lines.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        out.writeheader()
        out.writerows(rows)
    path.write_bytes(gzip.compress(lines.read_bytes()) if path.suffix == ".gz" else lines.read_bytes())
    return path


def bank_calls(count: int) -> list[Row]:
    random = Random(4)
    rows: list[Row] = []
    for _ in range(count):
        previous = random.choice((0, 0, 1, 2))
        rows.append(
            {name: random.randrange(9) for name in (*bench_bank_calls.NUMBERS, *bench_bank_calls.ECONOMY)}
            | {name: random.choice("abc") for name in bench_bank_calls.WORDS}
            | {"previous": previous, "duration": 300, "y": "yes" if random.random() < 0.1 + 0.3 * previous else "no"}
        )
    return rows


def mailed(count: int) -> list[Row]:
    random = Random(5)
    return [
        {name: random.randrange(5) for name in bench_hillstrom.NUMBERS}
        | {"zip_code": random.choice(("Urban", "Rural")), "channel": "Web"}
        | {"segment": random.choice(bench_hillstrom.ARMS), "visit": int(random.random() < 0.4)}
        for _ in range(count)
    ]


def served(count: int) -> list[Row]:
    random = Random(6)
    return [{name: random.choice(("Yes", "No")) for name in bench_bundles.SERVICES} for _ in range(count)]


def test_a_small_part_of_the_bank_s_calls_is_judged_in_smaller_steps(tmp_path: Path) -> None:
    path = written(tmp_path / "calls.csv", bank_calls(1_000), ";")
    found = list(bench_bank_calls.measure(path))
    assert [one.name for one in found] == list(bench_bank_calls.NAMES)
    assert found[0].value is not None and found[0].value > 0.55 and "refit each 116" in found[0].scale


def test_a_part_of_the_experiment_and_of_the_services(tmp_path: Path) -> None:
    value, error, best = bench_hillstrom.measure(written(tmp_path / "mails.csv.gz", mailed(500)))
    assert value.value is not None and error.value is not None and best.value is not None
    assert 0.2 < value.value < 0.6 and 0 < error.value < 0.1
    (hit,) = bench_bundles.measure(written(tmp_path / "services.csv", served(300)))
    assert hit.value is not None


@pytest.mark.parametrize(
    ("measure", "rows", "delimiter", "sentence"),
    [
        (bench_bank_calls.measure, bank_calls(100), ";", "100 calls are too few"),
        (bench_bank_calls.measure, bank_calls(9), ",", "lacks the columns"),
        (bench_bank_calls.measure, [*bank_calls(3), bank_calls(1)[0] | {"age": "old"}], ";", "Line 5: age is 'old'"),
        (bench_bank_calls.measure, [bank_calls(1)[0] | {"y": "perhaps"}], ";", "y is 'perhaps', none of no, yes"),
        (bench_hillstrom.measure, mailed(40), ",", "An arm is too small"),
        (bench_hillstrom.measure, [mailed(1)[0] | {"segment": "Pigeon"}], ",", "'Pigeon', none of No E-Mail"),
        (bench_bundles.measure, served(20), ",", "too few to judge by"),
    ],
)
def test_what_is_of_no_use_is_said(
    tmp_path: Path, measure: Callable[[Path], list[Figure]], rows: list[Row], delimiter: str, sentence: str
) -> None:
    path = written(tmp_path / "file.csv", rows, delimiter)
    with pytest.raises(given.Unusable, match=sentence):
        list(measure(path))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "lacks the columns"), (b"a,b\n", "has no rows"), (b"a,b\n1\n", "line 2"), (b"a,b\n1,2,3\n", "line 2"),
        (b"\x1f\x8bxx", "whole gzip"), (b"\xff\xfe", "neither UTF-8"),
    ],
)  # fmt: skip
def test_no_table_at_all(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(given.Unusable, match=sentence):
        given.table(path, needs=("a", "b"))
    with pytest.raises(given.Unusable, match="no file"):
        given.table(tmp_path / "other.csv", needs=())


def test_a_run_goes_on_without_the_figures_of_a_bad_file(tmp_path: Path) -> None:
    def measure(path: Path) -> list[Figure]:
        given.table(path, needs=("a",))
        return [measured("offers.bank_auc", 0.6, scale="")]

    (told,) = given.figures(("offers.bank_auc",), str(tmp_path / "none.csv"), "name a file", measure)
    (asked,) = given.figures(("offers.bank_auc",), "", "name a file", measure)
    assert (told.value, asked.value) == (None, None)
    assert "There is no file" in told.scale and "name a file" in asked.scale


def operator(folder: Path) -> Path:
    """Two users over five months, of whom one uses far less than she pays for."""
    plans = "messages_included,mb_per_month_included,minutes_included,usd_monthly_pay,usd_per_gb,usd_per_message"
    plans += ",usd_per_minute,plan_name"
    (folder / "plans.csv").write_text(
        f"{plans}\n50,15360,500,20,10,0.03,0.03,surf\n1000,30720,3000,70,7,0.01,0.01,ultimate\n"
    )
    written(folder / "users.csv", [
        {"user_id": 1, "tariff": "ultimate", "reg_date": "2018-01-05", "churn_date": ""},
        {"user_id": 2, "tariff": "surf", "reg_date": "05/02/2018", "churn_date": ""},
    ])  # fmt: skip
    months = [(user, f"2018-{month:02}-10") for user in (1, 2) for month in range(2, 8)]
    written(folder / "calls.csv.gz", [{"user_id": u, "call_date": day, "duration": 8.5} for u, day in months])
    written(folder / "messages.csv", [{"user_id": u, "message_date": day} for u, day in months])
    written(folder / "internet.csv", [{"user_id": u, "session_date": day, "mb_used": 104.2} for u, day in months])
    return folder


def test_any_part_of_an_operator_s_months(tmp_path: Path) -> None:
    judged = megaline.judge(operator(tmp_path), earlier_only=False)
    assert (judged.users, judged.eligible, judged.spoken) == (2, 5, 0)  # a pool of two promises nothing


@pytest.mark.parametrize(
    ("name", "was", "becomes", "sentence"),
    [
        ("users.csv", "surf", "unheard", "knows no plan unheard"),
        ("users.csv", "2018-01-05", "yesterday", "'yesterday' is no day"),
        ("internet.csv", "104.2", "-5", "mb_used is '-5'"),
        ("plans.csv", "plan_name", "name", "lacks the columns plan_name"),
        ("messages.csv", "message_date", "day", "lacks the columns message_date"),
    ],
)
def test_months_nobody_can_have_used(tmp_path: Path, name: str, was: str, becomes: str, sentence: str) -> None:
    path = operator(tmp_path) / name
    path.write_text(path.read_text().replace(was, becomes, 1))
    with pytest.raises(given.Unusable, match=sentence):
        megaline.judge(tmp_path, earlier_only=True)
