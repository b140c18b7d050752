"""What a switch is to do next: agents to ring, phones to silence, callers to let go."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient

from callcenter import hall
from callcenter.foundation import wakeups
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import read_uuid
from callcenter.live.publishing import publish
from callcenter.telephony.models import Trunk
from routing.models import Call
from routing.operations import assign_waiting
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def _ask(switch: Caller, after: str = "") -> tuple[list[Any], str]:
    publish()
    answer = switch.get(f"/instructions?after={after}")
    assert answer.status_code == 200, answer.content
    return answer.json()["instructions"], answer.json()["next"]


def test_a_caller_who_waited_is_given_an_agent_by_the_poll(floor: Floor, switch: Caller) -> None:
    """Lin signs in while Mrs Chen waits."""
    _, start = _ask(switch)
    call = switch.post("/calls", arrival()).json()["call"]
    assert _ask(switch, start)[0] == []
    floor.sign_in(switch, floor.lin)
    switch.post(f"/calls/{call['id']}/enqueue", {"queue": "billing"})  # finds Lin, as the dispatcher would
    (told,), after = _ask(switch, start)
    assert (told["kind"], told["contact"], told["external_id"]) == (
        "route",
        "sip:1017@desk.example",
        call["external_id"],
    )
    assert told["headers"]["X-Zhiyin-Reservation"] == told["reservation"]
    assert _ask(switch, after)[0] == []


def test_a_switch_that_just_came_up_hears_whom_it_has_yet_to_ring(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    told, after = _ask(switch)
    assert [one["reservation"] for one in told] == [made["reservation"]["id"]]
    switch.post(f"/calls/{made['call']['id']}/events", event("answered", reservation=made["reservation"]["id"]))
    assert _ask(switch)[0] == []
    assert after.startswith("main:")


def test_a_phone_is_silenced_when_its_agent_declines_at_the_desk(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    _, after = _ask(switch)
    desk = floor.caller()
    desk.post(f"/reservations/{made['reservation']['id']}/reject", {"reason": "declined"})
    told, after = _ask(switch, after)
    assert ("release", made["reservation"]["id"]) in [(one["kind"], one.get("reservation")) for one in told]
    desk.post(f"/calls/{made['call']['id']}/cancel")
    assert "drop" in [one["kind"] for one in _ask(switch, after)[0]]


def test_end_at_the_desk_reaches_the_switch_at_once_and_only_once(floor: Floor, switch: Caller) -> None:
    """Lin ends the talk two seconds in: on purpose, so Mrs Chen is not put back into the queue; the wrap-up says nothing more."""
    lease = floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    reservation = made["reservation"]["id"]
    switch.post(f"/calls/{made['call']['id']}/events", event("answered", reservation=reservation))
    _, after = _ask(switch)
    hall.talk.agent_leg_ended(
        call_id=read_uuid("c", made["call"]["id"]), reservation_id=read_uuid("r", reservation), by="agent",
        actor="user:17", now=db_now(), on_purpose=True,
    )  # fmt: skip
    told, after = _ask(switch, after)
    assert [(one["kind"], one["reason"], one["external_id"]) for one in told] == [
        ("drop", "ended_by_agent", made["call"]["external_id"])
    ]
    floor.caller().post(f"/reservations/{reservation}/complete", {"disposition": "resolved", "lease_id": lease})
    switch.post(f"/calls/{made['call']['id']}/events", event("hangup", by="agent"))
    assert _ask(switch, after)[0] == []


def test_a_caller_who_hangs_up_is_not_told_to_the_switch_that_said_so(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    _, after = _ask(switch)
    for kind in ("answered", "hangup"):
        switch.post(f"/calls/{made['call']['id']}/events", event(kind, reservation=made["reservation"]["id"]))
    assert _ask(switch, after)[0] == []


def test_a_phone_that_rings_for_a_second_caller_falls_silent_when_the_first_is_answered(
    floor: Floor, switch: Caller
) -> None:
    """We had given Mrs Chen up and sent Lin the next caller; then the switch tells that Lin has answered Mrs Chen."""
    floor.sign_in(switch, floor.lin)
    first = switch.post("/calls", arrival()).json()
    floor.caller().post(f"/reservations/{first['reservation']['id']}/reject", {"reason": "declined"})
    floor.lin.refresh_from_db()
    type(floor.lin).objects.filter(pk=floor.lin.pk).update(blocked_until=None)
    second = switch.post("/calls", arrival(queue="retention")).json()
    _, after = _ask(switch)
    answered = event("answered", reservation=first["reservation"]["id"])
    assert switch.post(f"/calls/{first['call']['id']}/events", answered).json()["results"][0]["result"] == "applied"
    told = [(one["kind"], one.get("reservation")) for one in _ask(switch, after)[0]]
    assert ("release", second["reservation"]["id"]) in told


def test_what_the_switch_itself_told_is_not_told_back(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    _, after = _ask(switch)
    gone = event("leg_failed", sip_code=486, reservation=made["reservation"]["id"])
    switch.post(f"/calls/{made['call']['id']}/events", gone)
    kinds = [one["kind"] for one in _ask(switch, after)[0]]
    assert "release" not in kinds


# --- in the answer to events ----------------------------------------------------------------------------------------
def _one_rings_one_waits(floor: Floor, switch: Caller) -> tuple[Any, Any]:
    floor.sign_in(switch, floor.lin)
    rings, waits = (switch.post("/calls", arrival()).json() for _ in range(2))
    assert rings["instruction"] and not waits["instruction"]
    return rings["call"], waits["call"]


def test_who_waits_is_named_in_the_answer_to_the_hang_up_that_frees_an_agent(floor: Floor, switch: Caller) -> None:
    rings, waits = _one_rings_one_waits(floor, switch)
    _, after = _ask(switch)
    answer = switch.post("/switch-events?replies=heard", [event("hangup", call=f"ext:pbx:{rings['external_id']}")])
    (told,) = answer.json()["instructions"]
    assert (told["kind"], told["contact"], told["external_id"]) == (
        "route",
        "sip:1017@desk.example",
        waits["external_id"],
    )
    assert switch.get(f"/calls/{waits['id']}").json()["reservation"]["id"] == told["reservation"]
    assert _ask(switch, after)[0] == [told]  # the same again for whoever lost it
    again = switch.post("/switch-events?replies=heard", [event("hangup", call=f"ext:pbx:{waits['external_id']}")])
    assert again.json()["instructions"] == []


def test_a_switch_that_does_not_act_on_answers_is_told_by_the_poll_alone(floor: Floor, switch: Caller) -> None:
    rings, waits = _one_rings_one_waits(floor, switch)
    answer = switch.post("/switch-events", [event("hangup", call=f"ext:pbx:{rings['external_id']}")])
    assert "instructions" not in answer.json()
    assert switch.get(f"/calls/{waits['id']}").json()["reservation"] is None  # the dispatcher's to do


def test_a_hang_up_with_nobody_waiting_wakes_no_dispatcher(
    floor: Floor, switch: Caller, django_capture_on_commit_callbacks: Any
) -> None:
    floor.sign_in(switch, floor.lin)
    for door, woken in (("/switch-events", True), ("/switch-events?replies=heard", False)):
        call = switch.post("/calls", arrival()).json()["call"]
        with django_capture_on_commit_callbacks() as later:
            switch.post(door, [event("hangup", call=f"ext:pbx:{call['external_id']}")])
        assert (wakeups.wake_dispatcher in later) == woken, door


def test_a_caller_of_another_switch_is_served_and_told_to_that_switch(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    rings = switch.post("/calls", arrival()).json()["call"]
    Trunk.objects.create(key="other", group="other", domain="main")
    other = floor.caller("calls:write", "calls:read", "events:write", trunk="other")
    _, after = _ask(other)
    waits = other.post("/calls", arrival()).json()["call"]
    answer = switch.post("/switch-events?replies=heard", [event("hangup", call=f"ext:pbx:{rings['external_id']}")])
    assert answer.json()["instructions"] == []
    assert [one["external_id"] for one in _ask(other, after)[0]] == [waits["external_id"]]


def test_another_switch_hears_nothing_of_it(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="other", group="other", domain="main")
    other = floor.caller(trunk="other")
    floor.sign_in(switch, floor.lin)
    start = _ask(other)[1]
    switch.post("/calls", arrival())
    assert _ask(other)[0] == []
    assert _ask(other, start)[0] == []


def test_the_poll_waits_for_the_next_instruction(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    committed_floor.sign_in(switch, committed_floor.lin)
    _, after = _ask(switch)

    def a_call_comes() -> None:
        try:
            switch.post("/calls", arrival())
            publish()
        finally:
            connection.close()

    async def story() -> Any:
        path = f"/api/v1/instructions?after={after}&wait=20"
        asking = asyncio.create_task(_body(path, switch.key))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(a_call_comes)
        return await asyncio.wait_for(asking, 15)

    assert [one["kind"] for one in asyncio.run(story())["instructions"]] == ["route"]


async def _body(path: str, key: str) -> Any:
    response = await AsyncClient().get(path, headers={"Authorization": f"Bearer {key}"})
    return json.loads(b"".join([part async for part in response]))  # type: ignore[attr-defined]


# --- an answer that waits for the agent -------------------------------------------------------------------------------
async def _posted(path: str, key: str, body: dict[str, Any]) -> tuple[int, Any]:
    response = await AsyncClient().post(
        path, json.dumps(body), content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    if not response.streaming:
        return response.status_code, response.json()
    parts = [part async for part in response]  # type: ignore[attr-defined]
    return response.status_code, json.loads(b"".join(parts))


@pytest.mark.parametrize("door", ["arrival", "enqueue"])
def test_the_answer_to_a_caller_who_waits_comes_with_the_agent(committed_floor: Floor, door: str) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    path, body = "/api/v1/calls?wait=20", arrival()
    if door == "enqueue":
        call = switch.post("/calls", arrival(queue=...)).json()["call"]["id"]
        path, body = f"/api/v1/calls/{call}/enqueue?wait=20", {"queue": "billing"}

    def lin_signs_in() -> None:
        try:
            while not Call.objects.filter(state="queued").exists():
                time.sleep(0.02)
            committed_floor.sign_in(switch, committed_floor.lin)
            assign_waiting(domain="main", now=db_now())
            publish()
        finally:
            connection.close()

    async def story() -> tuple[int, Any]:
        asking = asyncio.create_task(_posted(path, switch.key, body))
        await asyncio.to_thread(lin_signs_in)
        return await asyncio.wait_for(asking, 15)

    status, told = asyncio.run(story())
    assert (status, told["call"]["state"], told["instruction"]["contact"]) == (
        202,
        "reserved",
        "sip:1017@desk.example",
    )


def test_who_waits_longer_than_asked_for_is_told_the_place(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    status, told = asyncio.run(_posted("/api/v1/calls?wait=1", switch.key, arrival()))
    assert (status, told["instruction"], told["position"]) == (202, None, 1)


def test_a_switch_that_leaves_while_its_answer_is_held_loses_no_caller(committed_floor: Floor) -> None:
    switch, wish = committed_floor.caller(trunk="pbx-1"), arrival()

    async def leaves() -> None:
        asking = asyncio.create_task(_posted("/api/v1/calls?wait=20", switch.key, wish))
        while not await asyncio.to_thread(_is_queued):
            await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(leaves())
    committed_floor.sign_in(switch, committed_floor.lin)
    assign_waiting(domain="main", now=db_now())
    again = switch.post("/calls?wait=20", wish)  # nobody waits any more: the answer comes at once
    assert (again.status_code, again["Idempotent-Replay"]) == (200, "true")
    assert again.json()["instruction"]["kind"] == "route"
    assert Call.objects.count() == 1


def test_an_answer_given_again_is_not_held_for_a_caller_who_waits_no_more(committed_floor: Floor) -> None:
    switch, wish = committed_floor.caller(trunk="pbx-1"), arrival()
    first = switch.post("/calls?wait=1", wish, Idempotency_Key="k1")
    assert first.streaming
    committed_floor.sign_in(switch, committed_floor.lin)
    assign_waiting(domain="main", now=db_now())
    again = switch.post("/calls?wait=1", wish, Idempotency_Key="k1")
    assert (again.streaming, again.status_code, again["Idempotent-Replay"]) == (False, 202, "true")


def _is_queued() -> bool:
    try:
        return Call.objects.filter(state="queued").exists()
    finally:
        connection.close()


def test_a_wait_that_is_none_is_refused_and_leaves_no_call(floor: Floor, switch: Caller) -> None:
    for text in ("26", "-1", "soon", ""):
        assert switch.post(f"/calls?wait={text}", arrival()).status_code == 422, text
    assert not Call.objects.exists()
    assert switch.post("/calls?note=mine", arrival()).status_code == 202, "others never were refused"
