"""A person stops an import, lets it go on, takes it back; what stands on it by now stays, and is counted."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid
from customers import tasks
from customers.imports import control, feeds, gates, operations, queries, records
from customers.imports.models import ImportJob, SourceRecord
from customers.imports.versions import FieldFill, RecordVersion, SavedMapping
from customers.models import Customer, Identifier, Interaction
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
HEADER = "编号,姓名,手机号,城市\n"
FIRST = HEADER + "1,陈美,13800138000,广州\n2,张三,13900139000,上海\n"
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}
TABLES: tuple[Any, ...] = (Customer, Identifier, SourceRecord, RecordVersion, FieldFill)


def prepared(folder: Path, text: str, source: str = "crm", **more: Any) -> ImportJob:
    path = folder / f"{source}-{len(text)}.csv"
    path.write_text(text)
    return operations.prepare(path=path, source=source, **ACTOR, **more)


def bring(folder: Path, text: str, source: str = "crm") -> ImportJob:
    return operations.run(job_id=prepared(folder, text, source).pk, now=NOW, chunk=2)


def everything() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def test_undo_leaves_the_world_as_if_the_file_had_never_come(tmp_path: Path, people: People) -> None:
    known = people.customer("", "+8613700137000", source="shop")
    bring(tmp_path, FIRST)
    before = everything()
    changed = (
        FIRST.replace("上海", "南京").replace("2,张三", "2,张三丰") + "3,李四,13700137000,北京\n4,王五,13600136000,\n"
    )
    job = bring(tmp_path, changed)
    # the shop's customer is met by nothing stronger than a number, so 李四 is a customer of the file alone
    assert (job.stored, job.updated, Customer.objects.count()) == (2, 1, 5)
    taken = control.undo(job_id=job.pk, **ACTOR)
    assert (taken.records, taken.restored, taken.customers, taken.kept_records, taken.kept_customers) == (2, 1, 2, 0, 0)
    assert everything() == before
    job.refresh_from_db()
    assert (job.state, job.taken_back["records"], known.pk in {row["id"] for row in before[0]}) == ("undone", 2, True)
    with pytest.raises(Conflict, match="already"):
        control.undo(job_id=job.pk, **ACTOR)
    assert bring(tmp_path, changed).stored == 2  # and it may come again


def test_undo_gives_back_what_was_filled_in_unless_somebody_wrote_since(tmp_path: Path, people: People) -> None:
    chen = people.customer("陈美", "+8613800138000", source="shop", birth_year=None)
    people.reached_by(chen, "chen-mei", kind="wechat")
    job = bring(tmp_path, "编号,姓名,微信,城市,出生日期\n9,陈小美,chen-mei,深圳,1980\n")
    chen.refresh_from_db()
    assert (chen.name, chen.region, chen.birth_year) == ("陈美", "深圳", 1980)
    Customer.objects.filter(pk=chen.pk).update(region="珠海")  # by hand
    control.undo(job_id=job.pk, **ACTOR)
    chen.refresh_from_db()
    assert (chen.region, chen.birth_year, SourceRecord.objects.count()) == ("珠海", None, 0)


def test_what_something_newer_stands_on_stays_and_is_counted(tmp_path: Path, people: People) -> None:
    job = bring(tmp_path, FIRST)
    zhang = Customer.objects.get(name="张三")
    people.told(zhang, NOW)  # he has called since
    records.take(source="crm", records=[{"key": "1", "name": "陈美丽", "phone": "13800138000"}], **ACTOR)
    taken = control.undo(job_id=job.pk, **ACTOR)
    assert (taken.records, taken.kept_records, taken.kept_customers, taken.customers) == (1, 1, 1, 0)
    assert set(Customer.objects.values_list("name", flat=True)) == {"陈美丽", "张三"}
    assert Interaction.objects.count() == 1


def test_an_identifier_that_another_record_tells_too_stays(tmp_path: Path) -> None:
    bring(tmp_path, "编号,姓名,微信\n1,陈美,chen-mei\n", "shop")
    one = bring(tmp_path, "编号,姓名,微信,手机号\n7,陈美,chen-mei,13800138000\n", "crm")
    bring(tmp_path, "编号,姓名,微信,手机号\n5,陈美,chen-mei,13800138000\n", "web")
    assert Customer.objects.count() == 1
    taken = control.undo(job_id=one.pk, **ACTOR)
    assert (taken.records, taken.identifiers, taken.customers) == (1, 0, 0)
    assert set(Identifier.objects.values_list("kind", flat=True)) == {"phone", "wechat"}


def test_paused_between_two_chunks_it_goes_on_there_and_cancelled_it_is_rolled_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},客户{n},1380013{n:04d},\n" for n in range(1, 8))
    job = prepared(tmp_path, HEADER + rows)
    real = operations._work

    def paused_after_the_first(held: ImportJob, part: Any, now: Any) -> bool:
        done = real(held, part, now)
        if part.last == 2:
            control.pause(job_id=held.pk, **ACTOR)
        return done

    monkeypatch.setattr(operations, "_work", paused_after_the_first)
    half = operations.run(job_id=job.pk, now=NOW, chunk=2)
    assert (half.state, half.checkpoint, Customer.objects.count()) == ("paused", 2, 2)
    with pytest.raises(Conflict, match="waits"):
        operations.run(job_id=job.pk, now=NOW)
    control.resume(job_id=job.pk, **ACTOR)
    monkeypatch.setattr(operations, "_work", real)
    control.pause(job_id=job.pk, **ACTOR)
    control.cancel(job_id=job.pk, **ACTOR)
    taken = control.undo(job_id=job.pk, **ACTOR)
    job.refresh_from_db()
    assert (job.state, taken.customers, Customer.objects.count()) == ("cancelled", 2, 0)
    with pytest.raises(Conflict):
        control.resume(job_id=job.pk, **ACTOR)


def test_only_what_ended_lately_and_stored_something_can_be_taken_back(tmp_path: Path) -> None:
    waits = prepared(tmp_path, FIRST)
    with pytest.raises(Conflict, match="ended"):
        control.undo(job_id=waits.pk, **ACTOR)
    job = operations.run(job_id=waits.pk, now=NOW)
    with pytest.raises(Conflict, match="7 days"):
        control.undo(job_id=job.pk, actor="user:1", now=NOW + timedelta(days=8))
    again = bring(tmp_path, FIRST)
    with pytest.raises(Conflict, match="nothing"):
        control.undo(job_id=again.pk, **ACTOR)


def test_what_an_identical_later_file_said_too_stands_as_that_files_until_it_is_taken_back_itself(
    tmp_path: Path,
) -> None:
    before = everything()
    first = bring(tmp_path, FIRST)
    later = bring(tmp_path, FIRST)
    stands = Customer.objects.order_by("pk").values_list("pk", "name")
    held = list(stands)
    taken = control.undo(job_id=first.pk, **ACTOR)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.state, taken.records, list(stands)) == ("undone", 0, held)
    assert (later.stored, later.same, set(SourceRecord.objects.values_list("job", flat=True))) == (2, 0, {later.pk})
    assert control.undo(job_id=later.pk, **ACTOR).records == 2
    assert everything() == before


def test_what_columns_mean_is_said_once_tried_and_remembered(tmp_path: Path) -> None:
    text = "号,谁,打给\n1,陈美,13800138000\n2,张三,12\n"
    job = prepared(tmp_path, text, waits=True)
    assert (job.state, job.mapping) == ("uploaded", {})
    with pytest.raises(Invalid, match="No column"):
        control.start(job_id=job.pk, mapping={"号": "key"}, **ACTOR)
    with pytest.raises(Invalid, match="no field shoe"):
        control.start(job_id=job.pk, mapping={"号": "shoe"}, **ACTOR)
    meant = {"号": "key", "谁": "name", "打给": "phone"}
    tried = operations.run(job_id=control.start(job_id=job.pk, mapping=meant, dry_run=True, **ACTOR).pk, now=NOW)
    assert (tried.tries_id, tried.stored, tried.refused, Customer.objects.count()) == (job.pk, 1, 1, 0)
    done = operations.run(job_id=control.start(job_id=job.pk, mapping=meant, **ACTOR).pk, now=NOW)
    assert (done.stored, done.refused) == (1, 1)
    assert prepared(tmp_path, text + "3,李四,13700137000\n").mapping == meant
    control.forget(mapping_id=SavedMapping.objects.get().pk)
    with pytest.raises(Invalid):
        prepared(tmp_path, text + "4,李四,13700137000\n")


def test_steps_are_seen_on_the_first_rows_remembered_and_done_to_the_corrected_rows_too(tmp_path: Path) -> None:
    job = prepared(tmp_path, "号,谁,生\n1,陈美/13800138000,01.03.1980\n2,张三/12,02.06.1975\n", waits=True)
    steps = [
        {"do": "split", "column": "谁", "with": "/", "into": "姓名,手机"},
        {"do": "date", "column": "生", "with": "DD.MM.YYYY"},
    ]
    with pytest.raises(Invalid, match="no column 县"):
        control.preview(job_id=job.pk, mapping={}, steps=[{"do": "trim", "column": "县"}])
    control.preview(job_id=job.pk, mapping={"号": "key", "生": "birth"}, steps=steps)
    seen = {column.name: column for column in queries.job(job_id=job.pk).columns}
    assert (seen["手机"].field, seen["手机"].examples) == ("phone", ("13800138000", "12"))
    assert seen["生"].examples == ("1980-03-01", "1975-06-02")
    meant = {"号": "key", "姓名": "name", "手机": "phone", "生": "birth"}
    done = operations.run(job_id=control.start(job_id=job.pk, mapping=meant, steps=steps, **ACTOR).pk, now=NOW)
    assert (done.stored, done.refused) == (1, 1)
    sent_back = "".join(queries.errors_file(job_id=job.pk)).replace("张三/12", "张三/13900139000")
    again = bring(tmp_path, sent_back)
    assert (again.stored, again.refused) == (1, 0)
    assert Customer.objects.get(name="张三").birth_year == 1975


def people_of(town: str, count: int) -> str:
    return HEADER + "".join(f"{n},客户{n},1390013{n:04d},{town}\n" for n in range(count))


def test_a_delivery_unlike_the_last_one_is_held_with_the_reasons_until_somebody_lets_it_in(tmp_path: Path) -> None:
    folder = tmp_path / "crm"
    folder.mkdir()
    bring(tmp_path, people_of("广州", 300))
    came = folder / "today.csv"
    came.write_text(people_of("拉萨", 120) + "".join(f"x{n},坏,12,拉萨\n" for n in range(60)))
    os.utime(came, (1, 1))
    (delivery,) = feeds.watch(folder=tmp_path, now=NOW)
    job = delivery.job
    assert job is not None
    assert (job.state, job.checkpoint, Customer.objects.count()) == ("held", 0, 300)
    assert [(one["code"], one["field"]) for one in job.gates] == [
        ("few_rows", ""),
        ("refused", ""),
        ("drift", "region"),
    ]
    assert feeds.watch(folder=tmp_path, now=NOW) == []  # asked once, not every minute
    control.let_in(job_id=job.pk, **ACTOR)
    assert gates.hold(ImportJob.objects.get(pk=job.pk), now=NOW) is False
    done = operations.run(job_id=job.pk, now=NOW)
    assert (done.updated, done.refused, done.let_in_by) == (120, 60, "user:1")


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = prepared(tmp_path, FIRST)
    call_command("imports", "pause", str(job.pk))
    call_command("imports", "resume", str(job.pk))
    call_command("imports", "undo", str(job.pk))
    call_command("imports")
    told = capsys.readouterr().out
    assert "2 rows read: done." in told
    assert "Taken back: 2 records went" in told
    assert "undone, 2 rows" in told
    with pytest.raises(CommandError, match="taken back already"):
        call_command("imports", "undo", str(job.pk))


def test_what_a_dead_worker_left_is_sent_to_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = prepared(tmp_path, FIRST)
    cancelled = bring(tmp_path, FIRST.replace("138", "135"), "shop")
    # What is left behind is looked for by the true clock, and an import can be taken back for so many days only.
    ImportJob.objects.filter(pk=cancelled.pk).update(state="cancelled", at=db_now(), finished_at=db_now())
    assert queries.left_behind(now=NOW) == []  # just asked for: its worker may still come
    ImportJob.objects.filter(pk=job.pk).update(state="running")  # and then it died
    command = ImportJob.objects.create(source="crm", name="b", sha256="", actor="command", at=NOW, state="running")
    for task in (tasks.import_file, tasks.undo_import):
        monkeypatch.setattr(task, "apply_async", lambda told, expires, task=task: task(*told))
    assert tasks.go_on() == 2
    for one in (job, cancelled, command):
        one.refresh_from_db()
    assert (job.state, job.stored, command.state) == ("done", 2, "running")  # whoever runs a command, runs it again
    assert (cancelled.state, cancelled.taken_back["records"]) == ("cancelled", 2)
    assert tasks.go_on() == 0


def test_why_a_whole_file_failed_is_said_in_the_language_of_the_reader(tmp_path: Path) -> None:
    job = prepared(tmp_path, FIRST)
    Path(job.path).write_text("编号,手机号,手机号\n1,2,3\n")
    with override("zh-hans"):  # the worker's language is nobody's
        failed = operations.run(job_id=job.pk, now=NOW)
    assert (failed.state, failed.facts) == ("failed", {"name": "手机号"})
    assert queries.refusal(failed) == "The column 手机号 stands twice. Give each a name of its own."
    with override("zh-hans"):
        assert queries.refusal(failed).startswith("“手机号”列")
