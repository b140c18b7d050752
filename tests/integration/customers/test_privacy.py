"""All of it, or nothing of it: export and erasure of one person reach every table, merged parts included."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models import PROTECT

from callcenter.foundation import redaction
from callcenter.foundation.errors import Conflict, NotFound
from callcenter.foundation.ids import uuid7
from callcenter.foundation.models import AuditEntry
from customers import privacy
from customers.identity import merging, queries
from customers.imports import operations
from customers.imports.merge import merge_chunk
from customers.models import (
    Arbitration,
    Customer,
    DoNotCall,
    ImportJob,
    Offer,
    Offering,
    Relationship,
    RowError,
    SourceRecord,
)
from tests.integration.customers.conftest import NOW, People, ago

pytestmark = pytest.mark.django_db
WHO = {"actor": "user:1", "purpose": "request 7"}
VALUES = ["+8613800138000", "chen@example.com"]


@pytest.fixture
def chen(people: People, shelves: dict[str, Offering]) -> Customer:
    """Mrs Chen with something in every table, twice, merged; and Zhang San, who must not lose a thing."""
    crm = people.customer("陈美", "+8613800138000", region="广州")
    shop = people.customer("陈女士", "+8613800138000", created_at=ago(days=30))
    people.reached_by(shop, "chen@example.com", kind="email")
    for one in (crm, shop):
        people.tag(one, "reader")
        people.told(one, ago(days=3), kind="note", note="陈美 asked for 13800138000")
        people.used(one, date(2026, 10, 1), 1, 5)
        people.consents(one)
        people.holds(one, shelves["plan-19"])
        DoNotCall.objects.create(customer=one, number="+8613800138000", source="wish", at=NOW)
    job = ImportJob.objects.create(source="crm", name="a.csv", sha256="0", actor="user:1", at=NOW)
    RowError.objects.create(job=job, row_no=3, sentence="no date", row={"姓名": "陈美", "手机": "13800138000"})
    SourceRecord.objects.create(
        source="crm", key="17", customer=crm, row_no=1, content_hash=b"0", fields={"name": "陈美"},
        observed_at=NOW, received_at=NOW,
    )  # fmt: skip
    why = Arbitration.objects.create(call=uuid7(), customer=crm, at=NOW, cell="policy", led="just_serve", took_ms=1.0)
    Offer.objects.create(
        call=why.call,
        customer=crm,
        action="service",
        lane="service",
        rule="just_serve",
        rank=1,
        shown_at=NOW,
        decision=why,
    )
    merging.merge(one=crm.pk, other=shop.pk, actor="user:1", reason="same phone", now=NOW)
    zhang = people.customer("张三", "+8613900139000")
    people.tag(zhang, "gamer")
    Relationship.objects.create(a=crm, b=zhang, role="contact")
    return crm


def test_everything_is_in_the_export(chen: Customer) -> None:
    told = privacy.export(customer_id=chen.pk, now=NOW, **WHO)
    for table in ("identifier", "tagassignment", "interaction", "usagemonth", "consent", "holding", "donotcall",
                  "sourcerecord", "relationship", "decision"):  # fmt: skip
        assert told[f"customers_{table}"], table
    assert {row["name"] for row in told["customers_customer"]} == {"陈美", "陈女士"}
    assert AuditEntry.objects.get(action="customer.exported").purpose == "request 7"
    assert redaction.still_present(values=VALUES)


def test_nothing_is_left_after_the_erasure_and_nobody_else_loses_anything(chen: Customer) -> None:
    receipt = privacy.erase(customer_id=chen.pk, now=NOW, **WHO)
    assert len(receipt.parts) == 2
    assert redaction.still_present(values=VALUES) == {}
    assert set(Customer.objects.filter(pk__in=receipt.parts).values_list("status", "name")) == {("erased", "")}
    with pytest.raises(NotFound):
        queries.customer_view(customer_id=chen.pk, now=NOW)
    assert queries.find(kind="phone", value="13800138000", now=NOW).basis == "none"
    zhang = queries.find(kind="phone", value="13900139000", now=NOW).customer_id
    assert zhang is not None
    assert [tag.key for tag in queries.customer_view(customer_id=zhang, now=NOW).tags] == ["gamer"]
    with pytest.raises(Conflict, match="already"):
        privacy.erase(customer_id=chen.pk, now=NOW, **WHO)
    with pytest.raises(NotFound):
        privacy.erase(customer_id=uuid7(), now=NOW, **WHO)


def test_whatever_is_protected_goes_after_what_protects_it() -> None:
    order = [model for model, _columns in privacy._tables()]
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            held, told = field.related_model, field.remote_field
            if held in order and told is not None and told.on_delete is PROTECT and held is not model:
                assert order.index(model) < order.index(held), f"{model.__name__}.{field.name}"


def test_a_nightly_file_does_not_bring_the_person_back(chen: Customer, tmp_path: Path) -> None:
    privacy.erase(customer_id=chen.pk, now=NOW, **WHO)
    path = tmp_path / "nightly.csv"
    path.write_text("id,name,phone\n17,陈美,\n99,Chen,13800138000\n18,王五,13700137000\n", encoding="utf-8")
    job = operations.prepare(path=path, source="crm", actor="user:1", now=NOW)
    done = operations.run(job_id=job.pk, now=NOW)
    assert (done.stored, done.refused) == (1, 2)
    assert redaction.still_present(values=VALUES) == {}


def test_erased_between_two_chunks_of_a_file_the_person_stays_away(
    chen: Customer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nightly.csv"
    path.write_text("id,name,phone\n1,王五,13700137000\n2,赵六,13700137001\n99,Chen,13800138000\n", encoding="utf-8")
    job = operations.prepare(path=path, source="crm", actor="user:1", now=NOW)
    work = operations._work

    def erased_after_the_first(*told: Any) -> bool:
        goes_on = work(*told)
        if Customer.objects.filter(pk=chen.pk).exclude(status="erased").exists():
            privacy.erase(customer_id=chen.pk, now=NOW, **WHO)
        return goes_on

    monkeypatch.setattr(operations, "_work", erased_after_the_first)
    done = operations.run(job_id=job.pk, now=NOW, chunk=1)
    assert (done.stored, done.refused, done.checkpoint) == (2, 1, 3)
    assert redaction.still_present(values=VALUES) == {}


@pytest.mark.django_db(transaction=True)
def test_erased_while_a_chunk_is_being_stored_the_person_does_not_outlive_it(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two connections: the file has Mrs Chen's row in hand, not yet committed, when she is erased."""
    chen = people.customer("陈美", "+8613800138000")
    people.reached_by(chen, "M17", kind="member")
    path = tmp_path / "nightly.csv"
    path.write_text("id,name,phone,member\n99,Chen,13800138000,M17\n", encoding="utf-8")
    job = operations.prepare(path=path, source="shop", actor="user:1", now=NOW)
    merge, begun = merge_chunk, threading.Event()

    def erase() -> None:
        begun.set()
        privacy.erase(customer_id=chen.pk, now=NOW, **WHO)
        connection.close()

    eraser = threading.Thread(target=erase)

    def merged_meanwhile(**told: Any) -> dict[str, int]:
        counts = merge(**told)
        eraser.start()
        begun.wait()
        eraser.join(timeout=0.2)
        assert eraser.is_alive(), "the erasure waits for the chunk"
        return counts

    monkeypatch.setattr(operations, "merge_chunk", merged_meanwhile)
    done = operations.run(job_id=job.pk, now=NOW)
    eraser.join(timeout=60)
    assert (done.stored, eraser.is_alive()) == (1, False)
    assert redaction.still_present(values=["+8613800138000"]) == {}
    assert not SourceRecord.objects.exists()


def test_on_the_command_line(chen: Customer, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Path) -> None:
    call_command("export_subject", str(chen.pk), purpose="request 7")
    assert "chen@example.com" in capsys.readouterr().out
    settings.ERASURE_LEDGER = tmp_path / "ledger"
    call_command("erase_subject", str(chen.pk), purpose="request 7")
    assert "Still present: nothing." in capsys.readouterr().out
