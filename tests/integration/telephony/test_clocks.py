"""A switch whose clock is wrong, and a key that says too little."""

from __future__ import annotations

import pytest

from callcenter.telephony.models import InboundEvent
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def test_a_phone_told_of_from_the_future_can_still_be_told_of_again(floor: Floor, switch: Caller) -> None:
    ahead = event("device", kind="device", agent="key:1017", device="dnd", event_id="1") | {
        "at": "2999-01-01T00:00:00Z"
    }
    after = event("device", kind="device", agent="key:1017", device="idle", event_id="2") | {
        "at": "2999-01-01T00:00:01Z"
    }
    for report in (ahead, after):
        assert switch.post("/switch-events", report).json()["results"] == [{"result": "applied"}]

    floor.lin.refresh_from_db()
    assert floor.lin.device == "idle"


def test_a_right_clock_is_heard_after_one_that_ran_ahead(floor: Floor, switch: Caller) -> None:
    ahead = event("device", kind="device", agent="key:1017", device="dnd", event_id="1") | {
        "at": "2999-01-01T00:00:00Z"
    }
    switch.post("/switch-events", ahead)
    assert switch.put("/agents/key:1017/device", {"device": "idle"}).status_code == 200

    floor.lin.refresh_from_db()
    assert floor.lin.device == "idle"


def test_a_hang_up_dated_far_ahead_ends_the_call_as_of_now(floor: Floor, switch: Caller) -> None:
    """It ends the call, and a later answer is no talk of a thousand years."""
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    call = f"/calls/{made['call']['id']}"
    ahead = {"type": "hangup", "at": "9999-12-31T23:59:59Z"}
    assert switch.post(f"{call}/events", ahead).json()["results"][0]["result"] == "applied"
    assert switch.post(f"{call}/events", ahead).json()["results"][0]["result"] == "duplicate"
    assert switch.get(call).json()["call"]["state"] == "abandoned"
    late = switch.post(f"{call}/events", event("answered", reservation=made["reservation"]["id"]))
    assert late.json()["results"][0]["result"] == "stale"
    assert switch.get(call).json()["call"]["state"] == "abandoned"
    assert InboundEvent.objects.get(type="hangup").raw["at_stated"] == ahead["at"]


@pytest.mark.parametrize(
    "at", ["9999-W01-1T00:00:00Z", "2999", "tomorrow", "２９９９-11-23T12:00:00Z", "2999-11-23T12:00"]
)
def test_what_is_no_time_at_all_is_not_taken_for_now(floor: Floor, switch: Caller, at: str) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    [said] = switch.post(f"/calls/{call}/events", {"type": "hangup", "at": at}).json()["results"]
    assert (said["result"], said["code"]) == ("quarantined", "unreadable")
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


def test_a_key_bound_to_no_trunk_is_told_to_name_one(floor: Floor) -> None:
    answer = floor.caller().post("/calls", {name: value for name, value in arrival().items() if name != "trunk"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_trunk"
    assert answer.json()["detail"] == "Name the `trunk`: this key is bound to none."
