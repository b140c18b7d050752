"""Contacts, money, products and months come in through the door that people come in by; and go out of it again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils.translation import override

from callcenter.foundation.errors import Conflict, Invalid
from customers import privacy
from customers.identity import merging
from customers.imports import control, gates, kinds, operations, queries
from customers.imports.models import FactNote, ImportJob, RowError
from customers.insight.facts import Transaction
from customers.models import Customer, Holding, Interaction, Offering, UsageMonth
from tests.integration.customers.conftest import NOW, People

pytestmark = pytest.mark.django_db
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}
USE = "手机号,账期,通话分钟,流量MB,账单金额\n"
MONEY = "流水号,手机号,交易时间,交易类型,金额\n"


def bring(folder: Path, text: str, kind: str = "", source: str = "billing", **more: Any) -> ImportJob:
    path = folder / f"{kind}-{len(text)}.csv"
    path.write_text(text)
    job = operations.prepare(path=path, source=source, kind=kind, **ACTOR, **more)
    return operations.run(job_id=job.pk, now=NOW, chunk=2)


def counts(job: ImportJob) -> dict[str, int]:
    return {name: count for name in operations.COUNTS if (count := getattr(job, name))}


def test_months_in_plain_columns_come_in_once_are_corrected_and_taken_back(
    tmp_path: Path, mrs_chen: Customer, zhang_san: Customer
) -> None:
    first = USE + "13800138000,2026-09,120,2048,59.00\n13900139000,2026年10月,60,1024,39\n13000000000,202610,1,1,9\n"
    job = bring(tmp_path, first)
    assert (job.kind, counts(job)) == ("usage", {"stored": 2, "unplaced": 1})
    month = UsageMonth.objects.get(customer=mrs_chen)
    assert (str(month.month), month.voice_s, month.data_kb, month.bill_fen, month.full) == (
        "2026-09-01", 7_200, 2_097_152, 5_900, True,
    )  # fmt: skip
    assert counts(bring(tmp_path, first)) == {"same": 2, "unplaced": 1}
    later = bring(tmp_path, USE + "13800138000,2026-09,120,2048,49.00\n13800138000,2026-10,1,1,1\n")
    assert counts(later) == {"updated": 1, "stored": 1}
    taken = control.undo(job_id=later.pk, **ACTOR)
    assert (taken.records, taken.restored, taken.kept_records) == (1, 1, 0)
    assert UsageMonth.objects.get(customer=mrs_chen).bill_fen == 5_900
    with pytest.raises(Conflict, match="already"):
        control.undo(job_id=later.pk, **ACTOR)


def test_where_a_later_file_or_a_person_wrote_since_it_stays_and_is_counted(
    tmp_path: Path, mrs_chen: Customer, zhang_san: Customer
) -> None:
    job = bring(tmp_path, USE + "13800138000,2026-09,1,1,59\n13900139000,2026-09,1,1,39\n13900139000,2026-08,1,1,39\n")
    bring(tmp_path, USE + "13800138000,2026-09,1,1,49\n")
    UsageMonth.objects.filter(customer=zhang_san, month="2026-08-01").update(bill_fen=1)  # by hand
    taken = control.undo(job_id=job.pk, **ACTOR)
    assert (taken.records, taken.kept_records, UsageMonth.objects.count()) == (1, 2, 2)


def test_the_very_same_file_takes_over_what_the_first_one_wrote(tmp_path: Path, mrs_chen: Customer) -> None:
    text = USE + "13800138000,2026-09,1,1,59\n"
    first, later = bring(tmp_path, text), bring(tmp_path, text)
    control.undo(job_id=first.pk, **ACTOR)
    assert UsageMonth.objects.count() == 1
    assert control.undo(job_id=later.pk, **ACTOR).records == 1
    assert not UsageMonth.objects.exists()


def test_rows_of_nobody_are_a_file_that_finds_the_person_once_they_are_known(tmp_path: Path, people: People) -> None:
    one, other = (people.customer(name, "+8613700137000") for name in ("陈美", "陈丽"))
    job = bring(
        tmp_path,
        MONEY + "T1,13600136000,2026-11-01 10:00,充值,50\nT2,13700137000,2026-11-02,购买,12.5\nT3,13,x,充值,1\n",
    )
    assert counts(job) == {"unplaced": 2, "refused": 1}
    nobody, several = RowError.objects.filter(job=job, is_unplaced=True).order_by("row_no")
    assert "Nobody we know" in queries.refusal(nobody)
    assert "Several customers" in queries.refusal(several)
    text = "".join(queries.errors_file(job_id=job.pk, unplaced=True))
    assert "T1" in text
    assert "T3" not in text
    assert "T3" in "".join(queries.errors_file(job_id=job.pk))
    who = people.customer("王五", "+8613600136000")
    again = bring(tmp_path, text, "transactions")
    assert counts(again) == {"stored": 1, "unplaced": 1}
    money = Transaction.objects.get()
    assert (money.customer_id, money.amount_fen, money.kind, money.source) == (who.pk, 5_000, "top_up", "billing")
    assert money.at.isoformat() == "2026-11-01T02:00:00+00:00"  # the house's clock
    assert {one.pk, other.pk}.isdisjoint({money.customer_id})


def test_whoever_is_restricted_or_erased_gets_no_facts_and_stands_in_no_file(
    tmp_path: Path, mrs_chen: Customer, zhang_san: Customer
) -> None:
    privacy.erase(customer_id=zhang_san.pk, actor="user:1", purpose="asked", now=NOW)
    Customer.objects.filter(pk=mrs_chen.pk).update(status=Customer.Status.RESTRICTED)
    job = bring(tmp_path, MONEY + "T1,13800138000,2026-11-01,充值,50\nT2,13900139000,2026-11-01,充值,50\n")
    assert counts(job) == {"withheld": 1, "refused": 1}
    assert list(RowError.objects.values_list("row", flat=True)) == [[]]
    assert not Transaction.objects.exists()


def test_contacts_stand_on_the_timeline_once_and_a_ticket_is_closed_by_the_next_file(
    tmp_path: Path, mrs_chen: Customer
) -> None:
    head = "客户编号,联系时间,联系类型,渠道,事由,结果,摘要\n"
    bring(tmp_path, "编号,姓名,手机号\n7,陈美,13600136000\n", "people", "crm")
    open_ticket = head + "7,2026-11-01 10:00,投诉,电话,billing,open,账单不对\n"
    assert counts(bring(tmp_path, open_ticket, "contacts", "crm")) == {"stored": 1}
    assert counts(bring(tmp_path, open_ticket, "contacts", "crm")) == {"same": 1}
    assert counts(bring(tmp_path, open_ticket.replace("open", "solved"), source="crm")) == {"updated": 1}
    contact = Interaction.objects.get()
    assert (contact.kind, contact.channel, contact.outcome, contact.data) == (
        "complaint", "voice", "solved", {"source": "crm"},
    )  # fmt: skip
    assert Customer.objects.get(pk=contact.customer_id).name == "陈美"


def test_products_are_known_by_their_code(tmp_path: Path, mrs_chen: Customer, shelves: dict[str, Offering]) -> None:
    code = next(iter(shelves.values())).code
    before = Holding.objects.count()
    text = f"手机号,产品编码,开通日期,到期日期\n13800138000,{code},2025/3/1,2027-03-01\n13800138000,no-such,2025/3/1,\n"
    job = bring(tmp_path, text)
    assert (job.kind, counts(job)) == ("holdings", {"stored": 1, "refused": 1})
    (wrong,) = RowError.objects.all()
    assert (wrong.column, "no-such" in queries.refusal(wrong)) == ("产品编码", True)
    assert Holding.objects.count() == before + 1


def test_a_dry_run_writes_nothing_and_facts_go_with_whoever_they_are_merged_into(
    tmp_path: Path, mrs_chen: Customer, zhang_san: Customer
) -> None:
    text = USE + "13900139000,2026-09,1,1,39\n13900139000,2026-09,1,1,40\n"
    tried = bring(tmp_path, text, dry_run=True)
    assert counts(tried) == {"stored": 1, "superseded": 1}
    assert not UsageMonth.objects.exists()
    assert not FactNote.objects.exists()
    job = bring(tmp_path, text)
    merging.merge(one=mrs_chen.pk, other=zhang_san.pk, reason="one", actor="user:1", now=NOW)
    assert control.undo(job_id=job.pk, **ACTOR).records == 1
    assert not UsageMonth.objects.exists()


def test_a_wrong_mapping_is_said_in_the_readers_language(tmp_path: Path) -> None:
    with override("zh-hans"), pytest.raises(Invalid, match="账期"):
        bring(tmp_path, "手机号,通话分钟\n1,2\n", "usage")
    with pytest.raises(Invalid, match="whom the rows speak of"):
        bring(tmp_path, "账期,通话分钟\n1,2\n", "usage")
    with pytest.raises(Invalid, match="Two columns"):
        bring(
            tmp_path,
            USE,
            "usage",
            mapping={"手机号": "phone", "账期": "month", "通话分钟": "data_mb", "流量MB": "data_mb"},
        )
    with pytest.raises(Invalid, match="no kind of rows"):
        bring(tmp_path, USE, "letters")


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("number,day,kind,what,part,times", "activity"), ("number,month,usage,lines", "usage"),
        ("流水号,手机号,交易时间,交易类型,金额", "transactions"), ("编号,姓名,手机号,产品编码,开通日期", "people"),
        ("手机号,产品编码,开通日期", "holdings"), ("手机号,时间,渠道,联系类型", "contacts"), ("手机号,备注", "people"),
    ],
)  # fmt: skip
def test_what_rows_are_is_told_by_their_columns(header: str, kind: str) -> None:
    assert kinds.guessed(header.split(",")) == kind


def test_the_kind_is_said_on_the_page_and_remembered_with_the_columns(tmp_path: Path, mrs_chen: Customer) -> None:
    path = tmp_path / "x.csv"
    path.write_text("who,when,m\n13800138000,2026-09,3\n")
    job = operations.prepare(path=path, source="billing", waits=True, **ACTOR)
    assert job.kind == "people"
    control.take_for(job_id=job.pk, kind="usage")
    mapping = {"who": "phone", "when": "month", "m": "voice_minutes"}
    begun = control.start(job_id=job.pk, mapping=mapping, **ACTOR)
    assert counts(operations.run(job_id=begun.pk, now=NOW)) == {"stored": 1}
    path.write_text("who,when,m\n13800138000,2026-10,4\n")
    again = operations.prepare(path=path, source="billing", **ACTOR)
    assert (again.kind, again.mapping) == ("usage", mapping)
    assert gates.last_delivery("billing", "people") is None


def test_the_command_takes_any_kind_and_writes_both_files(
    tmp_path: Path, mrs_chen: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "money.csv"
    path.write_text(
        MONEY + "T1,13800138000,2026-11-01,充值,50\nT2,13000000000,2026-11-01,充值,50\nT3,13800138000,x,充值,1\n"
    )
    out = {"errors": tmp_path / "errors.csv", "unplaced": tmp_path / "unplaced.csv"}
    call_command("import_customers", str(path), source="billing", kind="transactions", **out)
    assert "1 new, 0 changed, 0 the same, 0 superseded, 1 refused, 1 of nobody we know" in capsys.readouterr().out
    assert "T3" in out["errors"].read_text()
    assert "T2" in out["unplaced"].read_text()


def test_notes_of_what_stood_before_are_forgotten(tmp_path: Path, mrs_chen: Customer) -> None:
    from customers.rights.forgetting import forget

    bring(tmp_path, USE + "13800138000,2026-09,1,1,59\n")
    forget(now=NOW + timedelta(days=1))
    assert FactNote.objects.exists()
    forget(now=NOW + timedelta(days=30))
    assert not FactNote.objects.exists()
    assert UsageMonth.objects.exists()
