"""Files of other systems: whatever is in them, the report adds up, and a second time changes nothing."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from callcenter.foundation.errors import Conflict, Invalid
from customers.identity import queries as identity
from customers.imports import operations, queries
from customers.imports.models import ErasedKey, ImportJob, RowError, SourceRecord
from customers.models import Customer, Identifier
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
HEADER = "编号,姓名,手机号,城市,出生日期,更新时间\n"
GOOD = HEADER + "1,陈美,138 0013 8000,广州,1980-03-01,2026-01-01\n2,张三,13900139000,上海,1975年6月2日,2026-01-01\n"


def bring(path: Path, source: str = "crm", **more: Any) -> ImportJob:
    job = operations.prepare(path=path, source=source, actor="user:1", now=NOW, **more)
    return operations.run(job_id=job.pk, now=NOW, chunk=2)


def file(folder: Path, text: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def counts(job: ImportJob) -> tuple[int, int, int, int, int]:
    return job.stored, job.updated, job.same, job.superseded, job.refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_every_usual_encoding_is_read_as_it_was_meant(tmp_path: Path, encoding: str) -> None:
    job = bring(file(tmp_path, GOOD.replace("陈美", "陈𠀀"), encoding=encoding))
    assert (job.state, counts(job)) == ("done", (2, 0, 0, 0, 0))
    assert set(Customer.objects.values_list("name", "region", "birth_year")) == {
        ("陈𠀀", "广州", 1980), ("张三", "上海", 1975),
    }  # fmt: skip
    assert identity.find(kind="phone", value="13800138000", now=NOW).basis == "exact"


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    bring(path)
    before = [list(model.objects.order_by("pk").values()) for model in (Customer, Identifier, SourceRecord)]
    assert counts(bring(path)) == (0, 0, 2, 0, 0)
    assert [list(model.objects.order_by("pk").values()) for model in (Customer, Identifier, SourceRecord)] == before


def test_broken_rows_go_into_a_file_and_the_corrected_file_brings_only_them(tmp_path: Path) -> None:
    bad = GOOD + "3,李四,12,北京,,\n4,王五,13700137000\n5,,,,,\n6,赵六,13600136000,南京,1980-13-45,\n"
    job = bring(file(tmp_path, bad))
    assert (job.checkpoint, counts(job)) == (6, (2, 0, 0, 0, 4))
    refused = RowError.objects.order_by("row_no")
    sentences = [(one.row_no, one.column, queries.refusal(one)) for one in refused]
    assert sentences[0] == (3, "手机号", "“12” cannot be a value of “phone”.")
    assert "4 values" not in sentences[1][2]
    assert "3 values" in sentences[1][2]
    assert "neither a name" in sentences[2][2]
    lines = list(csv.DictReader(StringIO("".join(queries.errors_file(job_id=job.pk)))))
    assert (lines[1]["姓名"], lines[1]["手机号"]) == ("王五", "13700137000")  # too short, and still not lost
    lines[0]["手机号"] = "13500135000"
    lines[3]["出生日期"] = "1980-12-05"
    out = StringIO()
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(line for line in lines if line["手机号"])
    again = bring(file(tmp_path, out.getvalue(), name="corrected.csv"))
    assert counts(again) == (3, 0, 0, 0, 0)
    assert Customer.objects.count() == 5


def test_what_falls_into_no_columns_comes_back_as_it_stood_and_runs_nowhere(tmp_path: Path) -> None:
    bad = GOOD + '3,李四,12,北京,,,=1+1\n4,"王"五,13700137000,,,\n5,=李,12,北京,,\n'
    job = bring(file(tmp_path, bad))
    assert counts(job) == (2, 0, 0, 0, 3)
    long, torn, formula = csv.DictReader(StringIO("".join(queries.errors_file(job_id=job.pk))))
    assert (long["姓名"], long["+1"]) == ("李四", "'=1+1")
    assert torn["line as it stood"] == '4,"王"五,13700137000,,,\n'
    assert formula["姓名"] == "'=李"
    formula["手机号"] = "13500135000"
    out = StringIO()
    writer = csv.DictWriter(out, list(formula))
    writer.writeheader()
    writer.writerow(formula)
    assert counts(bring(file(tmp_path, out.getvalue(), name="corrected.csv"))) == (1, 0, 0, 0, 0)
    assert Customer.objects.filter(name="=李").exists()


def test_an_id_document_in_a_torn_row_is_sealed_too_and_stands_in_the_file_of_refused_rows(tmp_path: Path) -> None:
    paper = "11010519491231002X"
    torn = f'id,姓名,身份证\n1,陈美,{paper},,\n2,"陈"美,{paper}\n'
    job = bring(file(tmp_path, torn))
    assert counts(job) == (0, 0, 0, 0, 2)
    assert paper not in str(list(RowError.objects.values_list("row", flat=True)))
    told = list(csv.DictReader(StringIO("".join(queries.errors_file(job_id=job.pk)))))
    assert told[0]["身份证"] == paper
    assert told[1]["line as it stood"] == f'2,"陈"美,{paper}\n'


def test_two_columns_of_one_name_are_refused_before_a_row_is_read(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="手机号 stands twice"):
        bring(file(tmp_path, "id,姓名,手机号,手机号\n1,陈美,13800138000,13900139000\n"))


def test_bytes_of_another_encoding_are_refused_by_row_and_never_guessed(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(
        GOOD.encode() + "3,李四,13500135000,北京,,\n".encode("gb18030") + "4,王五,13700137000,,,\n".encode()
    )
    job = bring(path)
    assert (job.encoding, counts(job)) == ("utf-8", (3, 0, 0, 0, 1))
    assert "not text in the encoding" in queries.refusal(RowError.objects.get())


def test_a_later_word_counts_and_an_older_file_does_not_undo_it(tmp_path: Path) -> None:
    bring(file(tmp_path, GOOD))
    newer = HEADER + "1,陈美丽,13800138000,深圳,1980-03-01,2026-03-01\n"
    assert counts(bring(file(tmp_path, newer, name="newer.csv"))) == (0, 1, 0, 0, 0)
    older = HEADER + "1,陈,13800138000,北京,1980-03-01,2025-01-01\n"
    assert counts(bring(file(tmp_path, older, name="older.csv"))) == (0, 0, 0, 1, 0)
    assert set(Customer.objects.filter(birth_year=1980).values_list("name", "region")) == {("陈美丽", "深圳")}


def test_a_key_twice_in_a_file_counts_by_its_last_row(tmp_path: Path) -> None:
    job = bring(file(tmp_path, HEADER + "1,陈,13800138000,,,\n1,陈美,13800138000,,,\n"))
    assert counts(job) == (1, 0, 0, 1, 0)
    assert Customer.objects.get().name == "陈美"


def test_another_source_fills_what_is_empty_and_overwrites_nothing(tmp_path: Path, people: People) -> None:
    chen = people.customer("陈美", region="", source="crm")
    people.reached_by(chen, "wx_chen", kind="wechat")
    job = bring(file(tmp_path, "id,name,city,wechat\n9,Chen Mei,广州,wx_chen\n"), source="shop")
    assert counts(job) == (1, 0, 0, 0, 0)
    chen.refresh_from_db()
    assert (Customer.objects.count(), chen.name, chen.region) == (1, "陈美", "广州")
    assert SourceRecord.objects.get().customer_id == chen.pk


def test_killed_at_any_chunk_it_goes_on_and_the_totals_are_those_of_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},客户{n},1380013{n:04d},,,\n" for n in range(1, 8)) + "8,甲,12,,,\n"
    path = file(tmp_path, HEADER + rows)
    job = operations.prepare(path=path, source="crm", actor="user:1", now=NOW)
    real = operations._work
    done = 0

    def killed(*args: Any) -> bool:
        nonlocal done
        done += 1
        if done % 2 == 0:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(operations, "_work", killed)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            operations.run(job_id=job.pk, now=NOW, chunk=2)
    monkeypatch.setattr(operations, "_work", real)
    again = operations.prepare(path=path, source="crm", actor="user:1", now=NOW)
    assert (again.pk, again.checkpoint) == (job.pk, 6)
    finished = operations.run(job_id=job.pk, now=NOW, chunk=2)
    assert (finished.state, counts(finished)) == ("done", (7, 0, 0, 0, 1))
    assert (Customer.objects.count(), RowError.objects.count()) == (7, 1)
    with pytest.raises(Conflict, match="finished"):
        operations.run(job_id=job.pk, now=NOW)


def test_a_dry_run_judges_everything_and_writes_nothing(tmp_path: Path) -> None:
    job = bring(file(tmp_path, GOOD + "3,李四,12,,,\n"), dry_run=True)
    assert counts(job) == (2, 0, 0, 0, 1)
    assert not Customer.objects.exists()
    assert not SourceRecord.objects.exists()


def test_an_erased_person_is_not_brought_back(tmp_path: Path) -> None:
    digest = operations.erased_digest(kind="phone", value="+8613800138000")
    ErasedKey.objects.create(digest=digest, at=NOW)
    job = bring(file(tmp_path, GOOD))
    assert counts(job) == (1, 0, 0, 0, 1)
    assert "erased" in RowError.objects.get().sentence


def test_lines_of_json_sheets_and_parquet_tell_the_same(tmp_path: Path) -> None:
    line = {"id": 1, "name": "=SUM(1)", "phone": 13800138000, "city": None}
    job = bring(file(tmp_path, json.dumps(line) + "\n[1]\n{\n", name="a.ndjson"))
    assert counts(job) == (1, 0, 0, 0, 2)
    openpyxl = pytest.importorskip("openpyxl", reason="XLSX needs requirements/analytics.txt")
    book = openpyxl.Workbook()
    for cells in (list(line), list(line.values())):
        book.active.append(cells)
    book.save(tmp_path / "b.xlsx")
    assert counts(bring(tmp_path / "b.xlsx")) == (0, 0, 1, 0, 0)
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs requirements/analytics.txt")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([line]), tmp_path / "c.parquet")
    assert counts(bring(tmp_path / "c.parquet")) == (0, 0, 1, 0, 0)
    assert Customer.objects.get().name == "=SUM(1)"  # a formula is text and is never computed


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [("a.csv", "", "names no columns"), ("a.csv", "x,y\n1,2\n", "No column is understood"), ("a.pdf", "x", "Only CSV"),
     ("a.xlsx", "no zip", "no XLSX"), ("a.csv", ",".join(f"c{n}" for n in range(600)), "500 columns")],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused_whole(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        bring(file(tmp_path, text, name=name))
    assert not ImportJob.objects.exists()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, GOOD + "3,李四,12,,,\n")
    errors = tmp_path / "errors.csv"
    call_command("import_customers", str(path), source="crm", errors=errors)
    assert "3 rows read (utf-8): 2 new, 0 changed, 0 the same, 0 superseded, 1 refused." in capsys.readouterr().out
    assert "李四" in errors.read_text(encoding="utf-8")
    with pytest.raises(CommandError, match="small letters"):
        call_command("import_customers", str(path), source="C R M")
    with pytest.raises(CommandError, match="no file"):
        call_command("import_customers", str(tmp_path / "none.csv"), source="crm")
    assert SourceRecord.objects.filter(received_at__gt=NOW - timedelta(days=1)).count() == 2


def test_why_a_row_was_refused_is_said_in_the_readers_language(tmp_path: Path) -> None:
    bad = GOOD + '3,李四,12,北京,,\n4,"王"五,13700137000,,,\n5,赵六,13600136000,南京,1980-13-45,\n'
    job = bring(file(tmp_path, bad))
    told = "".join(queries.errors_file(job_id=job.pk, language="zh-hans", name={"phone": "手机"}.__getitem__))
    for sentence in ("拒绝原因", "“12”不能作为“手机”的值。", "引号出现在不该出现的位置", "“1980-13-45”不是日期"):
        assert sentence in told
