"""Calls changed while they wait, sent elsewhere, and asked after one by one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient

from callcenter.foundation.ids import read_uuid
from callcenter.foundation.models import AuditEntry, Event
from callcenter.live.publishing import publish
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def _patch(switch: Caller, call: str, body: Any, **headers: str) -> Any:
    return switch.ask("PATCH", f"/calls/{call}", body, **headers)


@pytest.fixture
def chen(floor: Floor, switch: Caller) -> str:
    """Mrs Chen waits for billing."""
    call: str = switch.post("/calls", arrival(attributes={"site": "hangzhou-2", "old": 1})).json()["call"]["id"]
    return call


def test_a_waiting_caller_is_moved_ahead_and_told_of(switch: Caller, chen: str) -> None:
    wish = {"priority": "high", "reason": "Medical alarm", "attributes": {"old": None, "ticket": "T-1042"}}
    done = _patch(switch, chen, wish)
    assert done.status_code == 200, done.content
    call = done.json()["call"]
    assert (call["priority"], call["attributes"]) == ("high", {"site": "hangzhou-2", "ticket": "T-1042"})
    audited = AuditEntry.objects.get(action="call.reprioritised")
    assert (audited.purpose, audited.data["after"]) == ("Medical alarm", 180)
    told = list(Event.objects.filter(call=read_uuid("c", chen)).order_by("seq_in_call").values_list("type", flat=True))
    assert told[-2:] == ["call.described", "call.reprioritised"]


def test_another_queue_at_the_same_place_and_its_free_agent_at_once(floor: Floor, switch: Caller, chen: str) -> None:
    before = switch.get(f"/calls/{chen}").json()["call"]
    floor.billing.members.clear()
    floor.sign_in(switch, floor.lin)
    done = _patch(switch, chen, {"queue": "retention", "reason": "Wants to leave us"}).json()
    assert done["call"]["queue"] == "retention"
    assert done["call"]["enqueued_at"] == before["enqueued_at"]
    assert done["instruction"]["contact"] == "sip:1017@desk.example"


def test_all_of_a_change_or_nothing(switch: Caller, chen: str) -> None:
    refused = _patch(switch, chen, {"attributes": {"ticket": 1}, "queue": "nowhere", "reason": "x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_queue")
    assert "ticket" not in switch.get(f"/calls/{chen}").json()["call"]["attributes"]
    for body, code in (
        ({}, "invalid_field"),
        ({"priority": "high"}, "invalid_field"),
        ({"attributes": {"much": "x" * 4000, "more": "y" * 200}}, "invalid_field"),
        ({"state": "connected"}, "unknown_field"),
    ):
        assert _patch(switch, chen, body).json()["code"] == code, body
    grown = _patch(switch, chen, {"attributes": {"much": "x" * 4060}})
    assert grown.json()["code"] == "invalid_field", "together they are more than 4 KB"


def test_a_change_is_conditional_repeatable_and_needs_its_scope(floor: Floor, switch: Caller, chen: str) -> None:
    wish = {"attributes": {"ticket": "T-1"}}
    assert _patch(switch, chen, wish, If_Match='"99"').json()["code"] == "version_conflict"
    first = _patch(switch, chen, wish, Idempotency_Key="once").json()
    again = _patch(switch, chen, wish, Idempotency_Key="once")
    assert (again.json(), again["Idempotent-Replay"]) == (first, "true")
    reader = floor.caller("calls:read")
    assert _patch(reader, chen, wish).json()["code"] == "scope_missing"
    assert reader.get(f"/calls/{chen}").status_code == 200


def test_who_has_hung_up_is_not_moved(switch: Caller, chen: str) -> None:
    switch.post(f"/calls/{chen}/cancel")
    late = _patch(switch, chen, {"priority": "vip", "reason": "Too late"})
    assert (late.status_code, late.json()["state"]) == (409, "canceled")


def test_a_diverted_caller_is_sent_on_and_the_agent_is_free(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    publish()
    after = switch.get("/instructions").json()["next"]
    desk = floor.caller()
    done = desk.post(f"/calls/{call}/divert", {"reason": "outside", "to": "sip:night@partner.example"})
    assert done.status_code == 200, done.content
    assert (done.json()["call"]["state"], done.json()["call"]["end_reason"]) == ("diverted", "outside")
    assert switch.get("/agents/key:1017/presence").json()["agent"]["state"] == "available"
    publish()
    told = {one["kind"]: one for one in switch.get(f"/instructions?after={after}").json()["instructions"]}
    assert (told["drop"]["to"], told["drop"]["reason"]) == ("sip:night@partner.example", "outside")
    assert desk.post(f"/calls/{call}/divert", {"reason": "outside"}).status_code == 200, "it is diverted already"
    lost = desk.post(f"/calls/{call}/divert", {"reason": "outside", "to": "night desk"})
    assert (lost.status_code, lost.json()["errors"][0]["pointer"]) == (422, "/to")


def test_who_talks_is_transferred_not_diverted(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    call = made["call"]["id"]
    switch.post(f"/calls/{call}/events", {"type": "answered", "at": made["call"]["arrived_at"]})
    assert switch.post(f"/calls/{call}/divert", {"reason": "voicemail"}).json()["code"] == "illegal_transition"


# --- what next, of one call ---------------------------------------------------------------------------------------
def test_a_script_that_holds_one_caller_hears_whom_to_ring(floor: Floor, switch: Caller, chen: str) -> None:
    other = switch.post("/calls", arrival()).json()["call"]["id"]
    publish()
    start = switch.get(f"/calls/{chen}/next").json()
    assert start["instructions"] == []
    floor.sign_in(switch, floor.lin)
    switch.post(f"/calls/{chen}/enqueue", {"queue": "billing"})  # finds Lin, as the dispatcher would
    publish()
    (told,) = switch.get(f"/calls/{chen}/next?after={start['next']}").json()["instructions"]
    assert (told["kind"], told["call"]) == ("route", chen)
    (standing,) = switch.get(f"/calls/{chen}/next").json()["instructions"]
    assert standing["reservation"] == told["reservation"]
    assert switch.get(f"/calls/{other}/next?after={start['next']}").json()["instructions"] == []
    assert switch.get("/calls/c_01990f2a6c5b7d31a4c2f0b1d2e3f405/next").status_code == 404


@pytest.mark.parametrize("end", ["cancel", "hangup"])
def test_a_script_hears_that_its_call_is_over_even_where_its_own_switch_said_so(
    floor: Floor, switch: Caller, chen: str, end: str
) -> None:
    """Another process of the switch may have told it: who waits for this call alone must not wait for ever."""
    publish()
    stood = switch.get(f"/calls/{chen}/next").json()["next"]
    if end == "cancel":
        switch.post(f"/calls/{chen}/cancel")
    else:
        switch.post(f"/calls/{chen}/events", event("hangup"))
    publish()
    for _ in range(2):
        (told,) = switch.get(f"/calls/{chen}/next?wait=20&after={stood}").json()["instructions"]
        assert (told["kind"], told["call"]) == ("drop", chen)
    (told,) = switch.get(f"/calls/{chen}/next").json()["instructions"]
    assert told["kind"] == "drop"


@pytest.mark.django_db(transaction=True)
def test_the_long_poll_comes_back_with_the_first_thing_to_tell(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    publish()

    async def poll() -> Any:
        client = AsyncClient()
        asked = asyncio.ensure_future(
            client.get(f"/api/v1/calls/{call}/next?wait=20", headers={"Authorization": f"Bearer {switch.key}"})
        )
        answer = await asked
        body = asyncio.ensure_future(_whole(answer))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(_lin_comes, committed_floor, switch, call)
        return await asyncio.wait_for(body, 10)

    told = asyncio.run(poll())
    assert [one["kind"] for one in told["instructions"]] == ["route"]


async def _whole(answer: Any) -> Any:
    return json.loads(b"".join([part async for part in answer.streaming_content]))


def _lin_comes(floor: Floor, switch: Caller, call: str) -> None:
    try:
        floor.sign_in(switch, floor.lin)
        switch.post(f"/calls/{call}/enqueue", {"queue": "billing"})
        publish()
    finally:
        connection.close()
