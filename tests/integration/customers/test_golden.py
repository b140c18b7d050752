"""Ada pins a name; files come and go; then the pin runs out and the sources count again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid
from customers.identity import assembling, sealed
from customers.imports import control, operations, queries, records
from customers.imports.models import ImportJob, RowError
from customers.imports.sealing import seal_refused_rows
from customers.models import Customer, FieldPin, Source
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}


def say(source: str, **fields: Any) -> Customer:
    (one,) = records.take(source=source, records=[{"key": "1", "wechat": "chen-mei", **fields}], **ACTOR)
    assert one.outcome != "refused"
    return Customer.objects.get(pk=str(one.customer))


def view(customer: Customer, field: str, days: int = 0) -> assembling.FieldView:
    told = assembling.fields_of(customer_id=customer.pk, now=NOW + timedelta(days=days))
    return next(one for one in told if one.field == field)


def test_a_pinned_name_outlasts_files_shows_the_newer_rival_and_expires() -> None:
    chen = say("crm", name="陈美", region="广州", observed_at="2026-01-01")
    pinned: dict[str, Any] = {"customer_id": chen.pk, "field": "name", "reason": "told us", **ACTOR}
    assembling.pin(value="陈美丽", days=30, **pinned)
    say("crm", name="陈梅", region="深圳", observed_at="2026-11-23")
    chen.refresh_from_db()
    assert (chen.name, chen.region) == ("陈美丽", "深圳")
    told = view(chen, "name")
    assert (told.rule, told.masked_rival, told.rival_source, told.rival_is_newer) == ("pinned", "陈*", "crm", True)
    assert assembling.assemble(now=NOW + timedelta(days=29)) == {"released": 0, "changed": 0}
    assert assembling.assemble(now=NOW + timedelta(days=31))["released"] == 1
    chen.refresh_from_db()
    assert (chen.name, view(chen, "name").rule, FieldPin.objects.get().closed_at is None) == ("陈梅", "trusted", False)


def test_only_known_fields_for_some_days_with_a_reason(mrs_chen: Customer) -> None:
    pinned: dict[str, Any] = {"customer_id": mrs_chen.pk, **ACTOR}
    for field, value, days, reason in (
        ("level", "gold", 9, "x"), ("birth_year", "3000", 9, "x"), ("name", " ", 9, "x"), ("name", "陈", 0, "x"),
        ("name", "陈", 9, " "),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            assembling.pin(field=field, value=value, days=days, reason=reason, **pinned)
    with pytest.raises(Conflict, match="not pinned"):
        assembling.release(field="name", **pinned)
    assembling.pin(field="birth_year", value="1981", days=9, reason="passport", **pinned)
    assembling.release(field="birth_year", **pinned)
    mrs_chen.refresh_from_db()
    assert mrs_chen.birth_year == 1981  # no source says otherwise, so what was told stays


def test_a_more_trusted_source_is_believed_by_night() -> None:
    chen = say("shop", name="陈小美", region="深圳")
    say("crm", name="陈美", region="广州")
    assert assembling.assemble(now=NOW)["changed"] == 0  # equal trust: who was first stays
    Source.objects.create(code="crm", trust=0.9)
    assert assembling.assemble(now=NOW)["changed"] == 1
    chen.refresh_from_db()
    assert (chen.name, chen.region) == ("陈美", "广州")


def test_refused_rows_of_earlier_days_are_sealed_and_still_come_back_to_be_corrected() -> None:
    paper = "440101198003011234"
    job = ImportJob.objects.create(
        source="crm", name="a.csv", sha256="0" * 64, mapping={"证件": "id_document", "手机": "phone"}, actor="x", at=NOW
    )
    row = [["证件", paper], ["手机", paper], ["备注", f"见 {paper}"], ["空", ""]]
    RowError.objects.create(job=job, row_no=1, column="手机", sentence=f"“{paper}” cannot be.", row=row)
    assert (seal_refused_rows(), seal_refused_rows()) == (1, 0)
    kept = RowError.objects.get()
    assert paper not in str(kept.row) + kept.sentence
    assert [sealed.shown_in(text) for _column, text in kept.row] == [paper, paper, f"见 {paper}", ""]
    assert paper in "".join(queries.errors_file(job_id=job.pk))


def test_which_word_counts_is_settled_by_the_import_itself_and_comes_back_with_it(tmp_path: Path) -> None:
    Source.objects.create(code="crm", trust=0.3)
    Source.objects.create(code="shop", trust=0.9)

    def bring(source: str, name: str) -> ImportJob:
        path = tmp_path / f"{source}.csv"
        path.write_text(f"id,name,member\n1,{name},M-77\n", encoding="utf-8")
        return operations.run(job_id=operations.prepare(path=path, source=source, **ACTOR).pk, now=NOW)

    bring("crm", "陈美")
    chen = Customer.objects.get()
    shop = bring("shop", "陈梅")
    chen.refresh_from_db()
    assert (Customer.objects.count(), chen.name) == (1, "陈梅")  # whom we trust more, without waiting for the night
    assert assembling.assemble(now=NOW)["changed"] == 0
    control.undo(job_id=shop.pk, **ACTOR)
    chen.refresh_from_db()
    assert chen.name == "陈美"
