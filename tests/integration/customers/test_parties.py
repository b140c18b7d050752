"""Who holds, who pays, who uses; four kinds of customer; what is known within one app only."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers import privacy
from customers.accounts import operations as accounts
from customers.accounts.operations import Used
from customers.accounts.queries import accounts_of
from customers.identity import merging, queries, relating
from customers.imports import control, operations, records
from customers.imports.models import ImportJob, RowError
from customers.imports.queries import refusal
from customers.models import Account, Customer, Identifier, PartyRole, Relationship, Subscription
from tests.integration.customers.conftest import NOW

pytestmark = pytest.mark.django_db
ACTOR: dict[str, Any] = {"actor": "user:1", "now": NOW}
BILLED = "编号,姓名,手机号,合同号,业务号码,角色,更新时间\n"


def bring(folder: Path, text: str, source: str = "crm") -> ImportJob:
    path = folder / f"{len(text)}.csv"
    path.write_text(text)
    job = operations.prepare(path=path, source=source, **ACTOR)
    return operations.run(job_id=job.pk, now=NOW)


def roles() -> set[tuple[str, str, bool]]:
    return {(row.customer.name, row.role, row.until is None) for row in PartyRole.objects.select_related("customer")}


def test_a_file_tells_who_pays_and_who_uses_and_undo_takes_that_back(tmp_path: Path) -> None:
    first = BILLED + (
        "1,张三,13900139000,A-7,,,2026-01-01\n2,陈美,13800138000,,13800138000,使用人,2026-01-01\n"
        "3,小张,13700137000,A-7,13700137000,使用人,2026-01-01\n"
    )
    bring(tmp_path, first)
    assert roles() == {
        ("张三", "holder", True),
        ("张三", "payer", True),
        ("陈美", "user", True),
        ("小张", "user", True),
    }
    assert Subscription.objects.get(number="+8613700137000").account == Account.objects.get(number="A-7")
    second = bring(tmp_path, BILLED + "4,李四,13600136000,A-7,,付费人,2026-03-01\n")
    assert roles() >= {("张三", "holder", True), ("张三", "payer", False), ("李四", "payer", True)}
    assert PartyRole.objects.get(role="payer", until__isnull=False).until == date(2026, 3, 1)
    control.undo(job_id=second.pk, **ACTOR)
    assert roles() == {
        ("张三", "holder", True),
        ("张三", "payer", True),
        ("陈美", "user", True),
        ("小张", "user", True),
    }
    (seen,) = accounts_of(customer_id=Customer.objects.get(name="小张").pk)
    assert [(party.role, party.masked_name) for party in seen.parties] == [("holder", "张*"), ("payer", "张*")]
    assert [line.masked_number for line in seen.lines] == ["137****7000"]


def test_told_by_api_the_one_before_stays_with_an_end(mrs_chen: Customer, zhang_san: Customer) -> None:
    told: dict[str, Any] = {"source": "billing", "number": "A-1", **ACTOR}
    line = Used(kind="mobile", number="138 0013 8000", user=mrs_chen.pk)
    accounts.tell(holder=mrs_chen.pk, payer=mrs_chen.pk, lines=[line], since=date(2024, 1, 1), **told)
    accounts.tell(payer=zhang_san.pk, lines=[line], since=date(2025, 1, 1), **told)
    accounts.tell(payer=zhang_san.pk, lines=[line], since=date(2025, 1, 1), **told)
    (view,) = accounts_of(customer_id=mrs_chen.pk)
    assert [(party.role, party.masked_name, party.until) for party in view.parties] == [
        ("payer", "张*", None), ("holder", "陈*", None), ("payer", "陈*", date(2025, 1, 1)),
    ]  # fmt: skip
    with pytest.raises(Invalid, match="Kinds are: mobile"):
        accounts.tell(lines=[Used(kind="pigeon", number="1")], **told)
    done = merging.merge(one=mrs_chen.pk, other=zhang_san.pk, reason="one", **ACTOR)
    with pytest.raises(Invalid, match="no open customer"):
        accounts.tell(payer=done.absorbed, **told)


def test_an_erased_user_leaves_no_number_behind_and_the_payer_keeps_the_account(
    mrs_chen: Customer, zhang_san: Customer
) -> None:
    line = Used(kind="mobile", number="13800138000", user=mrs_chen.pk)
    accounts.tell(source="billing", number="A-1", payer=zhang_san.pk, lines=[line], **ACTOR)
    assert "customers_subscription" in privacy.export(customer_id=mrs_chen.pk, purpose="7", **ACTOR)
    privacy.erase(customer_id=mrs_chen.pk, purpose="7", **ACTOR)
    assert (Subscription.objects.count(), Account.objects.count(), roles()) == (0, 1, {("张三", "payer", True)})


def test_four_kinds_come_in_and_are_never_one(tmp_path: Path) -> None:
    text = "编号,名称,客户类型,统一社会信用代码,宽带账号\n1,知音科技,企业,91440300MA5DA1234X,\n2,陈家,家庭,,GZ001\n"
    text += "3,中大,校园,,\n4,某,动物,,\n"
    job = bring(tmp_path, text)
    kinds = set(Customer.objects.values_list("name", "kind"))
    assert kinds == {("知音科技", "enterprise"), ("陈家", "household"), ("中大", "campus")}
    assert job.refused == 1
    assert "individual, household, campus, enterprise" in refusal(RowError.objects.get())
    # the same credit code from another source is the same enterprise, and no person
    again = bring(
        tmp_path,
        "编号,名称,客户类型,统一社会信用代码\n9,知音,集团,91440300ma5da1234x\n8,张三,个人,91440300MA5DA1234X\n",
        "shop",
    )
    assert (again.stored, Customer.objects.filter(kind="enterprise").count(), Customer.objects.count()) == (2, 1, 4)


def test_openids_of_two_apps_are_two_people_and_one_without_an_app_is_refused() -> None:
    def told(key: str, **more: str) -> str:
        (one,) = records.take(source="wechat", records=[{"key": key, "name": "陈美", **more}], **ACTOR)
        return one.outcome if one.outcome != "refused" else one.sentence

    assert "in a column of its own (openid_app)" in told("1", openid="oABC")
    assert told("1", openid="oABC", openid_app="wx1") == told("2", openid="oABC", openid_app="wx2") == "stored"
    assert told("3", openid="oABC", openid_app="wx1") == "stored"
    assert Customer.objects.count() == 2
    found = queries.find(kind="openid", value="oABC", scope="wx2", now=NOW)
    assert found.customer_id == Identifier.objects.get(scope="wx2").customer_id
    assert queries.find(kind="openid", value="oABC", scope="", now=NOW).basis == "none"
    assert told("4", wecom="wmX", corp_id="ww1", app="i-1", app_id="shop") == "stored"


def test_a_tie_has_dates_fits_its_kinds_and_ends_without_vanishing(mrs_chen: Customer, zhang_san: Customer) -> None:
    home = Customer.objects.create(kind="household", name="陈家", created_at=NOW)
    relating.relate(one=zhang_san.pk, other=mrs_chen.pk, role="payer", since=date(2024, 1, 1), **ACTOR)
    held = relating.relate(one=mrs_chen.pk, other=home.pk, role="head", **ACTOR)
    for wrong, why in (
        ({"one": home.pk, "other": mrs_chen.pk, "role": "member"}, "does not fit"),
        ({"one": mrs_chen.pk, "other": mrs_chen.pk, "role": "payer"}, "themselves"),
        ({"one": mrs_chen.pk, "other": home.pk, "role": "aunt"}, "Roles are: payer"),
    ):
        with pytest.raises(Invalid, match=why):
            relating.relate(**wrong, **ACTOR)  # type: ignore[arg-type]
    relating.relate(one=mrs_chen.pk, other=home.pk, role="head", until=NOW.date() + timedelta(days=9), **ACTOR)
    assert Relationship.objects.count() == 2
    relating.end(relation_id=held.pk, customer_id=home.pk, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="ended already"):
        relating.end(relation_id=held.pk, customer_id=home.pk, actor="user:1", now=NOW)
    with pytest.raises(NotFound):
        relating.end(relation_id=held.pk, customer_id=zhang_san.pk, **ACTOR)
