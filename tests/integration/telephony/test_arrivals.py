"""Arrivals: repeated, contradicted, misnamed, overtaken by the hang-up."""

from __future__ import annotations

import pytest

from callcenter.foundation.clock import db_now
from callcenter.telephony.models import InboundEvent, Trunk
from customers.identity.models import Customer, Identifier
from routing.models import Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def test_the_switch_repeats_itself_and_nothing_happens_twice(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = arrival()
    first, second = switch.post("/calls", body), switch.post("/calls", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert second.json() == first.json()
    assert Call.objects.count() == 1


@pytest.mark.parametrize("other", [{"from": "+442079460000"}, {"to": "10010"}, {"channel": "video"}])
def test_the_same_id_for_another_call_is_refused(floor: Floor, switch: Caller, other: dict[str, str]) -> None:
    body = arrival()
    switch.post("/calls", body)
    answer = switch.post("/calls", body | other)
    assert (answer.status_code, answer.json()["code"]) == (422, "external_id_reused")


def test_the_same_number_in_another_spelling_is_the_same_call(floor: Floor, switch: Caller) -> None:
    body = arrival()
    switch.post("/calls", body)
    assert switch.post("/calls", body).status_code == 200


def test_two_trunks_may_use_the_same_id(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="sbc-9", group="sbc", domain="main")
    body = arrival(external_id="same")
    one = switch.post("/calls", body)
    other = floor.caller(trunk="sbc-9").post("/calls", body)
    assert one.json()["call"]["id"] != other.json()["call"]["id"]
    assert other.status_code == 202


@pytest.mark.parametrize("name", ["nobody", "elsewhere", "sbc-9"])
def test_a_key_speaks_for_its_own_trunk_only(floor: Floor, switch: Caller, name: str) -> None:
    Trunk.objects.create(key="elsewhere", group="far", domain="south")
    Trunk.objects.create(key="sbc-9", group="sbc", domain="main")
    answer = switch.post("/calls", arrival(trunk=name))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_trunk")


def test_a_key_without_a_trunk_names_one(floor: Floor) -> None:
    crm = floor.caller()
    assert crm.post("/calls", arrival(trunk="pbx-1")).status_code == 202
    assert crm.post("/calls", arrival()).json()["code"] == "unknown_trunk"


def test_an_unknown_queue_leaves_no_half_call(floor: Floor, switch: Caller) -> None:
    body = arrival(queue="nowhere")
    answer = switch.post("/calls", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_queue")
    assert not Call.objects.exists()
    assert switch.post("/calls", body | {"queue": "billing"}).status_code == 202


@pytest.mark.parametrize("number", ["", "anonymous", "sip:anonymous@anonymous.invalid", "1001"])
def test_who_hides_the_number_is_served_all_the_same(floor: Floor, switch: Caller, number: str) -> None:
    call = switch.post("/calls", arrival(**{"from": number})).json()["call"]
    assert (call["state"], call["from"], call["from_raw"], call["match_basis"]) == ("queued", "", number, "withheld")


def test_an_intent_told_by_the_switch_is_kept_for_matching(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival(intent="bill_dispute")).json()["call"]
    assert Call.objects.get(external_id=call["external_id"]).facts["intent"] == "bill_dispute"


def test_who_hung_up_before_we_heard_of_the_call_is_never_queued(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = arrival()
    hangup = event("hangup", seq=2, call=f"ext:pbx:{body['external_id']}")
    assert switch.post("/switch-events", [hangup]).json()["results"] == [{"result": "held"}]

    born = switch.post("/calls", body)

    assert (born.status_code, born.json()["call"]["state"]) == (201, "abandoned")
    assert born.json()["reservation"] is None
    assert born.json()["call"]["enqueued_at"] is None
    assert InboundEvent.objects.get().result == "applied"
    assert switch.get(f"/agents/a_{floor.lin.pk}/presence").json()["agent"]["state"] == "available"
    assert switch.post("/calls", body).status_code == 200


def test_a_ringing_heard_too_early_does_not_keep_a_caller_out(floor: Floor, switch: Caller) -> None:
    body = arrival()
    switch.post(f"/calls/ext:pbx:{body['external_id']}/events", event("ringing"))
    assert switch.post("/calls", body).status_code == 202


def test_ids_with_slashes_and_at_signs_are_found_again(floor: Floor, switch: Caller) -> None:
    body = arrival(external_id="a84b4c/76e6:67@10.1.2.3")
    switch.post("/calls", body)
    assert switch.get("/calls/ext:pbx:a84b4c/76e6:67@10.1.2.3").status_code == 200
    assert switch.get("/calls/ext:pbx:a84b4c/76e6:67@10.1.2.3/timeline").json()["call"]["state"] == "queued"


def test_who_writes_is_known_by_the_account_of_the_channel(floor: Floor, switch: Caller) -> None:
    """Mrs Chen writes by WeChat and by QQ; her QQ number looks like a telephone and is none."""
    chen = Customer.objects.create(name="Mrs Chen", created_at=db_now())
    accounts = {"wechat": "wx_chen", "qq": "13812345678", "web": "chen@example.com"}
    kinds = {"wechat": "wechat", "qq": "qq", "web": "email"}
    for channel, account in accounts.items():
        Identifier.objects.create(customer=chen, kind=kinds[channel], value=account, valid_from=db_now())
    for channel, account in accounts.items():
        call = switch.post("/calls", arrival(**{"channel": channel, "from": account})).json()["call"]
        assert (call["match_basis"], call["from_raw"], call["from"]) == ("exact", account, ""), channel
    stranger = switch.post("/calls", arrival(**{"channel": "wechat", "from": "wx_nobody"})).json()["call"]
    assert stranger["match_basis"] == "new"
    by_number = switch.post("/calls", arrival(**{"channel": "wechat", "from": "+8613900001111"})).json()["call"]
    assert by_number["from"] == "+8613900001111"
    assert set(Call.objects.filter(match_basis="exact").values_list("customer_id", flat=True)) == {chen.pk}
