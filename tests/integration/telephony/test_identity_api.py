"""A steward's system says who is who: merges, takes apart, keeps apart, and decides on pairs, the first word counting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry
from customers.imports.records import take
from customers.models import (
    Consent,
    Customer,
    Identifier,
    Interaction,
    LevelTerm,
    Proposal,
    Tag,
    TagAssignment,
)
from customers.rights import operations as rights
from tests.integration.telephony.conftest import Caller, Floor


@pytest.fixture
def now() -> datetime:
    return db_now()


@pytest.fixture
def twice(floor: Floor, now: datetime) -> tuple[Customer, Customer]:
    """Mrs Chen, twice, with one number."""
    chen, shop = (
        Customer.objects.create(name=name, region="广州", created_at=now - timedelta(days=days))
        for name, days in (("陈美丽", 90), ("陈女士", 30))
    )
    for customer in (chen, shop):
        Identifier.objects.create(customer=customer, kind="phone", value="+8613800138000")
    return chen, shop


@pytest.fixture
def pair(twice: tuple[Customer, Customer], now: datetime) -> Proposal:
    a, b = sorted(twice, key=lambda customer: customer.pk)
    evidence = [{"field": "phone", "agreement": "same", "bits": 13.5}]
    return Proposal.objects.create(a=a, b=b, bits=-1.5, evidence=evidence, why="band", at=now)


@pytest.fixture
def steward(floor: Floor) -> Caller:
    return floor.caller("identity:read", "identity:write")


def test_a_merge_by_api_is_the_pages_and_comes_apart_again(
    steward: Caller, twice: tuple[Customer, Customer], floor: Floor
) -> None:
    chen, shop = twice
    body = {"one": str(shop.pk), "other": str(chen.pk), "reason": "asked her"}
    done = steward.post("/identity/merges", body, **{"Idempotency-Key": "m1"})
    assert (done.status_code, done.json()["survivor"], done.json()["absorbed"]) == (201, str(chen.pk), str(shop.pk))
    assert steward.post("/identity/merges", body, **{"Idempotency-Key": "m1"}).json() == done.json()
    late = steward.post("/identity/merges", body).json()
    assert (late["code"], late["survivor"], late["by"].startswith("key:")) == ("already_merged", str(chen.pk), True)
    crm = floor.caller("customers:read")
    assert crm.get(f"/customers/{shop.pk}/tags").json()["customer"] == str(chen.pk)  # the old id leads on
    apart = steward.post("/identity/unmerges", {"absorbed": str(shop.pk), "reason": "sisters"}).json()
    assert (apart["restored"], apart["remaining"], apart["redone"]) == (str(shop.pk), str(chen.pk), [])
    again = steward.post("/identity/unmerges", {"absorbed": str(shop.pk), "reason": "sisters"})
    assert (again.status_code, again.json()["code"]) == (409, "not_merged")
    assert steward.post("/identity/merges", body).json()["code"] == "declared_apart"
    assert steward.post("/identity/merges", {**body, "other": str(shop.pk)}).status_code == 422


def test_what_a_merge_would_make_is_told_masked_and_nothing_is_written(
    steward: Caller, twice: tuple[Customer, Customer], now: datetime
) -> None:
    chen, shop = twice
    for customer, state in ((chen, "granted"), (shop, "refused")):
        Consent.objects.create(customer=customer, purpose="marketing", channel="sms", state=state, at=now)
    answered = steward.get(f"/identity/effects?one={shop.pk}&other={chen.pk}")
    told = answered.json()
    assert (told["survivor"], told["absorbed"], told["why"]) == (str(chen.pk), str(shop.pk), "older")
    assert told["identifiers"] == [{"kind": "phone", "value": "138****8000", "whose": "both"}]
    assert told["consents"][0] | {"purpose": "", "channel": ""} == {
        "purpose": "", "channel": "", "survivor": "granted", "absorbed": "refused", "stands": "refused", "changes": True,
    }  # fmt: skip
    assert "13800138000" not in answered.content.decode() and "陈美丽" not in answered.content.decode()
    assert Customer.objects.filter(status="merged").count() == 0
    same = steward.get(f"/identity/effects?one={chen.pk}&other={chen.pk}")
    assert (same.status_code, steward.get(f"/identity/effects?one={chen.pk}").status_code) == (422, 422)
    body = {"one": str(shop.pk), "other": str(chen.pk), "reason": "asked her"}
    steward.post("/identity/merges", body)
    late = steward.get(f"/identity/effects?one={shop.pk}&other={chen.pk}").json()
    assert (late["code"], late["survivor"]) == ("already_merged", str(chen.pk))


def test_one_record_is_taken_out_by_its_key(steward: Caller, now: datetime) -> None:
    for source, key, name in (("crm", "1", "陈美丽"), ("shop", "7", "李四")):
        take(source=source, records=[{"key": key, "name": name, "wechat": "chen"}], actor="user:1", now=now)
    chen = Customer.objects.get()
    body = {"source": "shop", "key": "7", "reason": "her neighbour's"}
    done = steward.post("/identity/unmerges/records", body, **{"Idempotency-Key": "r1"})
    assert (done.status_code, done.json()["kept"], done.json()["doubtful"]) == (201, str(chen.pk), 0)
    assert done.json()["record_is_with"] == done.json()["parted"] != str(chen.pk)
    assert steward.post("/identity/unmerges/records", body, **{"Idempotency-Key": "r1"}).json() == done.json()
    again = steward.post("/identity/unmerges/records", body)
    assert (again.status_code, again.json()["code"]) == (409, "only_record")
    assert steward.post("/identity/unmerges/records", {**body, "key": "8"}).status_code == 404


def test_links_hold_two_together_or_apart(steward: Caller, twice: tuple[Customer, Customer]) -> None:
    one, other = (str(customer.pk) for customer in twice)
    link: dict[str, Any] = {"one": one, "other": other, "reason": "father and son"}
    assert steward.post("/identity/links", {**link, "kind": "cannot_link"}).status_code == 201
    assert steward.post("/identity/links", {**link, "kind": "must_link"}).json()["code"] == "declared_apart"
    assert steward.post("/identity/links", {**link, "kind": "free"}).status_code == 201
    assert steward.post("/identity/links", {**link, "kind": "free"}).json()["code"] == "not_apart"
    assert steward.post("/identity/links", {**link, "kind": "must_link"}).json()["survivor"] == one
    refused = steward.post("/identity/links", {**link, "kind": "cannot_link"})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_merged")
    assert steward.post("/identity/links", {**link, "kind": "maybe"}).status_code == 422


def test_the_first_word_on_a_pair_counts_and_the_second_hears_whose_it_was(
    floor: Floor, steward: Caller, pair: Proposal
) -> None:
    told = steward.get("/identity/review")
    assert "13800138000" not in told.content.decode()
    assert "陈美丽" not in told.content.decode()
    case = told.json()["pairs"][0]
    assert (told.json()["waiting"], case["evidence"][0]["field"], case["state"]) == ({"band": 1}, "phone", "open")
    assert [side["identifiers"][0]["at_both"] for side in case["sides"]] == [True, True]
    word = {"verdict": "not_same", "reason": "asked both"}
    first = steward.post(f"/identity/review/{pair.pk}/decision", word).json()["pair"]
    assert (first["state"], first["decided_by"].startswith("key:")) == ("not_same", True)
    late = floor.caller("identity:write").post(f"/identity/review/{pair.pk}/decision", {**word, "verdict": "same"})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")
    assert (late.json()["state"], late.json()["by"]) == ("not_same", first["decided_by"])
    assert Customer.objects.filter(status="merged").count() == 0
    assert steward.get("/identity/review").json()["pairs"] == []
    assert steward.get("/identity/review/999999").status_code == 404


def test_the_queue_is_read_page_by_page_and_shows_nobody_who_is_restricted(
    steward: Caller, pair: Proposal, twice: tuple[Customer, Customer], now: datetime
) -> None:
    for number in range(3):
        other = Customer.objects.create(name=f"陈{number}", created_at=now)
        a, b = sorted((twice[0], other), key=lambda customer: customer.pk)
        Proposal.objects.create(a=a, b=b, bits=-1.5 - number // 2, evidence=[], why="band", at=now)
    seen, after = [], ""
    while True:
        page = steward.get(f"/identity/review?limit=1&after={after}").json()
        seen += [one["id"] for one in page["pairs"]]
        after = page["next"]
        if after is None:
            break
    expected = Proposal.objects.order_by("-bits", "id").values_list("pk", flat=True)
    assert seen == list(expected)
    assert steward.get("/identity/review?after=x").status_code == 422
    rights.restrict(customer_id=twice[1].pk, ground="accuracy", reference="letter", actor="user:1", now=now)
    assert pair.pk not in [one["id"] for one in steward.get("/identity/review").json()["pairs"]]
    assert steward.get(f"/identity/review/{pair.pk}").status_code == 404


def test_tags_by_hand_are_put_on_renewed_and_taken_off(
    floor: Floor, twice: tuple[Customer, Customer], now: datetime
) -> None:
    chen, _shop = twice
    Tag.objects.create(key="reader", name_en="Reader", name_zh="阅读", layer="hobby")
    crm, other = floor.caller("customers:read", "customers:write"), floor.caller("customers:write")
    where = f"/customers/{chen.pk}/tags"
    put = crm.post(where, {"key": "reader", "why": "told us", "days": 30, "locked": True})
    tag = put.json()["tags"][0]
    assert (put.status_code, tag["origin"], tag["locked"]) == (201, "manual", True)
    held = TagAssignment.objects.get()
    assert held.expires_at is not None
    assert (held.expires_at - held.at).days == 30
    locked = other.ask("DELETE", f"{where}/reader", {"why": "no more"})
    assert (locked.status_code, locked.json()["code"]) == (409, "tag_locked")
    assert other.post(where, {"key": "reader", "why": "mine now"}).json()["code"] == "tag_locked"
    assert crm.post(where, {"key": "wizard", "why": "x"}).status_code == 404
    assert crm.post(where, {"key": "reader", "why": "x", "days": 0}).status_code == 422
    assert crm.ask("DELETE", f"{where}/reader", {"why": "no more"}).json()["tags"] == []
    assert crm.ask("DELETE", f"{where}/reader", {"why": "no more"}).status_code == 404
    assert AuditEntry.objects.filter(action__startswith="tag.").count() == 2


def test_points_are_moved_by_api_and_never_go_below_nothing(
    floor: Floor, twice: tuple[Customer, Customer], now: datetime
) -> None:
    chen, shop = twice
    crm, shopkeeper = floor.caller("customers:read"), floor.caller("points:write")
    where = f"/customers/{chen.pk}/points"
    move = {"kind": "earn", "points": 500, "ref": "o-1", "reason": "festival"}
    earned = shopkeeper.post(where, move)
    assert (earned.status_code, earned.json()["balance"]) == (201, 500)
    assert shopkeeper.post(where, move).json()["entry"]["id"] == earned.json()["entry"]["id"]
    assert shopkeeper.post(where, {**move, "points": 501}).json()["code"] == "reference_taken"
    spent = shopkeeper.post(where, {**move, "kind": "redeem", "points": 200}).json()
    assert (spent["balance"], spent["entry"]["points"]) == (300, -200)
    short = shopkeeper.post(where, {**move, "kind": "redeem", "points": 301, "ref": "o-2"})
    assert (short.status_code, short.json()["code"]) == (409, "points_short")
    assert shopkeeper.post(where, {**move, "kind": "adjust", "points": -300, "ref": "o-3"}).json()["balance"] == 0
    back = f"{where}/{spent['entry']['id']}/reverse"
    assert shopkeeper.post(back, {"reason": "sent back"}).json()["balance"] == 200
    elsewhere = f"/customers/{shop.pk}/points/{spent['entry']['id']}/reverse"
    assert shopkeeper.post(elsewhere, {"reason": "sent back"}).status_code == 404
    told = crm.get(where).json()
    assert (told["balance"], [lot["points"] for lot in told["lots"]]) == (200, [200])
    assert {one["kind"] for one in told["entries"]} == {"earn", "redeem", "adjust", "reverse"}
    day = now.date()
    LevelTerm.objects.create(customer=chen, level="gold", since=day, ends=day + timedelta(days=365), reason="given")
    lounge = {"benefit": "lounge", "ref": "CA981"}
    left = shopkeeper.post(f"/customers/{chen.pk}/benefits", lounge).json()["benefits"]
    assert {one["key"]: one["left"] for one in left} == {"head_start": None, "lounge": 1}
    shopkeeper.post(f"/customers/{chen.pk}/benefits", {**lounge, "ref": "CA982"})
    assert shopkeeper.post(f"/customers/{chen.pk}/benefits", {**lounge, "ref": "x"}).json()["code"] == "benefit_used_up"


def test_contacts_come_page_by_page_and_consents_by_customer(
    floor: Floor, twice: tuple[Customer, Customer], now: datetime
) -> None:
    chen, shop = twice
    for number in range(5):
        Interaction.objects.create(customer=chen, at=now - timedelta(hours=number), kind="call", channel="voice",
                                   direction="in", note="private")  # fmt: skip
    Interaction.objects.create(customer=shop, at=now, kind="note", channel="voice", direction="in")
    Consent.objects.create(customer=chen, purpose="marketing", channel="sms", state="refused", at=now)
    crm, where = floor.caller("customers:read"), f"/customers/{chen.pk}/timeline"
    seen, after = [], ""
    while after is not None:
        answer = crm.get(f"{where}?limit=2&after={after}")
        assert "private" not in answer.content.decode()
        page = answer.json()
        seen += [one["id"] for one in page["rows"]]
        after = page["next"]
    assert seen == list(Interaction.objects.filter(customer=chen).order_by("-at", "-pk").values_list("pk", flat=True))
    assert crm.get(f"{where}?kind=note").json()["rows"] == []
    assert crm.get(f"{where}?after=1").status_code == 422
    assert crm.get(f"{where}?kind=gossip").status_code == 422
    assert crm.get(f"/customers/{chen.pk}/consents").json()["consents"][0]["state"] == "refused"


def test_whoever_is_restricted_is_not_there_for_any_of_these(
    floor: Floor, twice: tuple[Customer, Customer], now: datetime
) -> None:
    chen, shop = twice
    steward = floor.caller("identity:write")
    merge = {"one": str(chen.pk), "other": str(shop.pk), "reason": "same"}
    assert steward.post("/identity/merges", merge).status_code == 201
    rights.restrict(customer_id=chen.pk, ground="accuracy", reference="letter", actor="user:1", now=now)
    crm = floor.caller("customers:read", "customers:write", "points:write", "contact:read")
    for one in twice:  # the redirect of a merged id leads to nobody either
        for path in ("timeline", "tags", "points", "consents"):
            assert crm.get(f"/customers/{one.pk}/{path}").status_code == 404, path
        assert crm.get(f"/consents?customer={one.pk}").status_code == 404
        move = {"kind": "earn", "points": 5, "ref": "x", "reason": "x"}
        assert crm.post(f"/customers/{one.pk}/points", move).status_code == 404
        assert crm.post(f"/customers/{one.pk}/tags", {"key": "reader", "why": "x"}).status_code == 404
        assert crm.post(f"/customers/{one.pk}/benefits", {"benefit": "lounge", "ref": "x"}).status_code == 404
    assert crm.get("/customers/nobody/timeline").status_code == 404
