"""Another system asks who somebody is: masked, by scope, with the date of what is computed, and audited."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from customers.identity import assembling, merging
from customers.imports.records import take
from customers.insight import points
from customers.insight.computing import compute
from customers.insight.models import TagRule
from customers.models import Consent, Customer, Identifier, PrivacyRequest, Tag, TagAssignment
from customers.segments import operations
from tests.integration.telephony.conftest import Caller, Floor


@pytest.fixture
def now() -> datetime:
    return db_now()


@pytest.fixture
def mrs_chen(floor: Floor, now: datetime) -> Customer:
    customer = Customer.objects.create(name="陈美丽", region="广州", created_at=now - timedelta(days=90))
    Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    return customer


@pytest.fixture
def crm(floor: Floor) -> Caller:
    return floor.caller("customers:read", "segments:read")


def test_one_customer_in_one_answer_masked_and_audited(crm: Caller, mrs_chen: Customer, now: datetime) -> None:
    compute(now=now)
    found = crm.post("/customers/lookup", {"kind": "phone", "value": "138 0013 8000"}).json()
    assert (found["basis"], found["customer"]) == ("exact", str(mrs_chen.pk))
    answer = crm.get(f"/customers/{mrs_chen.pk}")
    told = answer.json()
    assert told["name"] == "陈**"
    assert told["identifiers"][0]["masked"] == "138****8000"
    assert told["insight"]["facts"]["lifecycle"] == "prospect"
    assert "陈美丽" not in answer.content.decode()
    assert "13800138000" not in answer.content.decode()
    assert AuditEntry.objects.filter(action="customer.read", subject=f"customer:{mrs_chen.pk}").count() == 1
    assert set(crm.get(f"/customers/{mrs_chen.pk}?sections=tags").json()) & {"insight", "identifiers"} == set()
    assert crm.get(f"/customers/{mrs_chen.pk}?sections=wealth").status_code == 422


def test_a_merged_id_answers_with_whom_it_lives_on_in(crm: Caller, mrs_chen: Customer, now: datetime) -> None:
    twin = Customer.objects.create(name="陈女士", created_at=now)
    merging.merge(one=mrs_chen.pk, other=twin.pk, actor="user:1", reason="asked her", now=now)
    told = crm.get(f"/customers/{twin.pk}").json()
    assert (told["id"], told["merged"]) == (str(mrs_chen.pk), True)
    assert [(one["customer"], one["reason"]) for one in told["merged_from"]] == [(str(twin.pk), "asked her")]


def test_each_field_says_which_word_counts_and_what_was_said_before(crm: Caller, now: datetime) -> None:
    for region, day in (("广州", "2026-01-01"), ("深圳", "2026-02-01")):
        told_us = {"key": "1", "wechat": "chen-mei", "region": region, "observed_at": day}
        take(source="crm", records=[told_us], actor="x", now=now)
    chen = Customer.objects.get()
    pinned: dict[str, Any] = {"field": "region", "value": "佛山", "days": 30, "reason": "told us"}
    assembling.pin(customer_id=chen.pk, actor="user:1", now=now, **pinned)
    points.earn(customer_id=chen.pk, points=120, ref="a", reason="top_up", actor="x", now=now)
    tag = Tag.objects.create(key="near", name_en="Near", name_zh="近", layer="derived")
    rule = TagRule.objects.create(tag=tag, version=1, tree={"field": "age", "op": ">", "value": 1}, author="x", at=now)
    TagAssignment.objects.create(customer=chen, tag=tag, origin="rule", evidence="rule v1", at=now, rule_version=1)
    told = crm.get(f"/customers/{chen.pk}?sections=golden,earlier,points,tags").json()
    region = next(one for one in told["golden"] if one["field"] == "region")
    assert (region["value"], region["rule"], region["pinned"]["reason"]) == ("佛山", "pinned", "told us")
    assert region["rival"]["value"] == "深圳"
    assert ("广州", "深圳") in {(one["masked_before"], one["masked_after"]) for one in told["earlier"]}
    assert told["points"]["entries"][0]["points"] == 120
    assert told["tags"][0]["condition"] == rule.tree


def test_segments_are_counted_and_refusals_name_their_place(crm: Caller, mrs_chen: Customer, now: datetime) -> None:
    compute(now=now)
    told = crm.post("/segments/count", {"tree": {"field": "region", "op": "=", "value": "广州"}}).json()
    assert (told["matched"], told["reachable"], told["excluded"]["no_consent"]) == (1, 0, 1)
    bad = crm.post("/segments/count", {"tree": {"all": [{"field": "wealth", "op": "=", "value": 1}]}})
    assert (bad.status_code, "wealth" in bad.json()["detail"]) == (422, True)


def test_another_system_calls_up_who_matches_a_segment_now(crm: Caller, mrs_chen: Customer, now: datetime) -> None:
    twin = Customer.objects.create(name="陈二", region="广州", created_at=now)
    for one in (mrs_chen, twin):
        Consent.objects.create(customer=one, purpose="marketing", channel="voice", state="granted", at=now)
    compute(now=now)
    tree = {"field": "region", "op": "=", "value": "广州"}
    kept = operations.save(name="Here", note="", tree=tree, channel="voice", actor="user:1", now=now).segment
    (listed,) = crm.get("/segments").json()["segments"]
    assert (listed["id"], listed["name"], listed["version"], listed["reachable"]) == (kept.pk, "Here", 1, 2)
    one = crm.get(f"/segments/{kept.pk}").json()
    assert (one["tree"], one["used_by"]) == (tree, [])
    first = crm.post(f"/segments/{kept.pk}/members", {"limit": 1}).json()
    rest = crm.post(f"/segments/{kept.pk}/members", {"limit": 2, "after": first["next"]}).json()
    told = [*first["members"], *rest["members"]]
    assert {member["customer"] for member in told} == {str(mrs_chen.pk), str(twin.pk)} and rest["next"] is None
    assert all("*" in member["name"] for member in told)
    Consent.objects.filter(customer=twin).update(state="refused")  # since the night
    after = crm.post(f"/segments/{kept.pk}/members", {}).json()["members"]
    assert [member["customer"] for member in after] == [str(mrs_chen.pk)]
    assert crm.post("/segments/999/members", {}).status_code == 404
    assert crm.post(f"/segments/{kept.pk}/members", {"limit": 500}).status_code == 422


def test_without_the_scope_or_the_customer_there_is_nothing(floor: Floor, crm: Caller, mrs_chen: Customer) -> None:
    assert floor.caller("calls:read").get(f"/customers/{mrs_chen.pk}").status_code == 403
    assert crm.get("/customers/nobody").status_code == 404


def test_another_system_pushes_its_records_and_each_is_answered(floor: Floor, mrs_chen: Customer) -> None:
    shop = floor.caller("customers:write")
    records = [
        {"key": "7", "name": "张三", "phone": ["13900139000", "13900139001"], "birth": "1975-06-02"},
        {"key": 8, "phone": "12"},
        {"key": "9", "fax": "1"},
        {"name": "李四"},
    ]
    told = shop.post("/customers/records", {"source": "shop", "records": records}).json()["results"]
    assert [one["outcome"] for one in told] == ["stored", "refused", "refused", "refused"]
    assert [one["field"] for one in told] == [None, "phone", "fax", "key"]
    zhang = Customer.objects.get(pk=told[0]["customer"])
    assert (zhang.name, zhang.birth_year, zhang.identifiers.count()) == ("张三", 1975, 2)
    again = shop.post("/customers/records", {"source": "shop", "records": records[:1]}).json()["results"]
    assert (again[0]["outcome"], again[0]["customer"]) == ("same", told[0]["customer"])
    record = zhang.records.get()
    assert (record.source, record.key, record.job_id) == ("shop", "7", None)


def test_one_record_is_put_under_its_key(floor: Floor, crm: Caller) -> None:
    shop = floor.caller("customers:write")
    put = shop.put("/customers/records/shop/7", {"record": {"name": "张三", "observed_at": "2026-03-01"}}).json()
    assert put["outcome"] == "stored"
    older = {"record": {"name": "张", "observed_at": "2025-03-01"}}
    assert shop.put("/customers/records/shop/7", older).json()["outcome"] == "superseded"
    bad = shop.put("/customers/records/shop/8", {"record": {"name": "张", "birth": "never"}})
    assert (bad.status_code, "never" in bad.json()["detail"]) == (422, True)
    assert shop.put("/customers/records/SHOP/8", {"record": {"name": "张"}}).status_code == 422
    assert crm.put("/customers/records/shop/7", {"record": {"name": "张"}}).status_code == 403
    assert AuditEntry.objects.filter(action="customers.pushed", subject="source:shop").count() == 3


def test_another_system_tells_who_pays_and_who_uses(floor: Floor, crm: Caller, mrs_chen: Customer) -> None:
    billing, chen = floor.caller("customers:write"), str(mrs_chen.pk)
    home = Customer.objects.create(kind="household", name="陈家", created_at=mrs_chen.created_at)
    line = {"kind": "mobile", "number": "138 0013 8000", "user": chen}
    body = {"holder": chen, "payer": str(home.pk), "since": "2024-03-01", "subscriptions": [line]}
    assert billing.put("/accounts/billing/A-1", body).json()["subscriptions"] == 1
    tie = {"other": str(home.pk), "role": "head", "since": "2024-03-01"}
    assert billing.post(f"/customers/{chen}/relations", tie).json()["until"] is None
    assert billing.post(f"/customers/{chen}/relations", {**tie, "role": "aunt"}).status_code == 422
    told = crm.get(f"/customers/{chen}?sections=accounts,relations").json()
    assert {party["role"] for party in told["accounts"][0]["parties"]} == {"holder", "payer"}
    assert told["accounts"][0]["lines"][0]["users"][0]["customer"] == chen
    assert told["relations"][0]["role"] == "head"
    bare = crm.post("/customers/lookup", {"kind": "openid", "value": "oABC"})
    assert (bare.status_code, "Kinds are: phone" in bare.json()["detail"]) == (422, True)


def test_what_people_ask_of_us_is_done_by_api_and_answered_with_a_receipt(
    floor: Floor, mrs_chen: Customer, settings: Any, tmp_path: Path
) -> None:
    settings.ERASURE_LEDGER = tmp_path / "ledger"
    desk, crm = floor.caller("privacy:write"), floor.caller("customers:read")
    asked = {"customer": str(mrs_chen.pk), "reference": "letter 7"}
    wanted = desk.post("/privacy/exports", asked)
    number = wanted.json()["request"]["id"]
    assert (wanted.status_code, desk.post("/privacy/exports", asked).json()["request"]["id"]) == (202, number)
    assert desk.get(f"/privacy/exports/{number}").json()["data"] is None
    assert floor.caller("privacy:write").post("/privacy/exports", asked).json()["code"] == "in_hand"
    hall.privacy.answer(number)
    told = desk.get(f"/privacy/exports/{number}").json()
    assert told["data"]["customers_customer"][0]["name"] == "陈美丽"
    assert floor.caller("privacy:write").get(f"/privacy/exports/{number}").status_code == 404
    assert desk.post("/privacy/corrections", asked | {"field": "region", "value": "深圳"}).json()["act"] == "correct"
    assert desk.post("/privacy/restrictions", asked | {"ground": "accuracy"}).status_code == 200
    assert crm.get(f"/customers/{mrs_chen.pk}").status_code == 404
    assert desk.post("/privacy/restrictions", asked | {"ground": "accuracy"}).json()["code"] == "not_in_use"
    assert desk.post("/privacy/restrictions", asked | {"act": "lift"}).json()["act"] == "lift"
    assert crm.get(f"/customers/{mrs_chen.pk}").json()["region"] == "深圳"
    assert desk.post("/privacy/objections", asked).json()["act"] == "object"
    assert desk.post("/privacy/erasures", asked | {"sure": False}).status_code == 422
    number = desk.post("/privacy/erasures", asked | {"sure": True}).json()["request"]["id"]
    hall.privacy.answer(number)
    receipt = desk.get(f"/privacy/erasures/{number}").json()["receipt"]
    assert (receipt["parts"], receipt["still_present"]) == ([str(mrs_chen.pk)], {})
    assert receipt["removed"]["customers_identifier"] == 1
    assert desk.post("/privacy/erasures", asked | {"sure": True}).json()["code"] == "erased"
    assert crm.post("/privacy/exports", asked).json()["code"] == "scope_missing"
    kinds = PrivacyRequest.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["export", "correct", "restrict", "lift", "object", "erase"]
