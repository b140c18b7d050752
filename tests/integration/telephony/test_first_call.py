"""One call through the API, from the switch's first word to the end of wrap-up."""

from __future__ import annotations

from callcenter.foundation.models import Event
from routing.models import Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def test_zhang_san_is_served_by_lin(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)

    arrived = switch.post("/calls", arrival(language="zh-Hans", attributes={"site": "hangzhou"}))
    assert arrived.status_code == 201, arrived.content
    body = arrived.json()
    assert body["call"]["state"] == "reserved"
    assert body["call"]["from"] == "+8613812345678"
    assert body["call"]["from_raw"] == "013812345678"
    assert body["call"]["attributes"] == {"site": "hangzhou"}
    assert body["reservation"]["agent"] == f"a_{floor.lin.pk}"
    route = body["instruction"]
    assert (route["kind"], route["contact"], route["ring_s"]) == ("route", "sip:1017@desk.example", 20)
    assert route["headers"] == {"X-Zhiyin-Call": body["call"]["id"], "X-Zhiyin-Reservation": route["reservation"]}
    call, reservation = body["call"]["id"], route["reservation"]

    accepted = switch.post(f"/reservations/{reservation}/accept")
    assert accepted.json()["reservation"]["state"] == "accepted"

    told = switch.post(
        f"/calls/{call}/events",
        [event("ringing", seq=1, reservation=reservation), event("answered", seq=2, reservation=reservation)],
    )
    assert told.status_code == 202
    assert [item["result"] for item in told.json()["results"]] == ["applied", "applied"]
    talking = switch.get(f"/calls/{call}").json()
    assert talking["call"]["state"] == "connected"
    assert talking["instruction"] is None

    held = switch.post(f"/calls/{call}/hold")
    assert held.json()["call"]["held_since"] is not None
    assert switch.post(f"/calls/{call}/resume").json()["call"]["held_since"] is None

    switch.post(f"/calls/{call}/events", event("hangup", seq=3, by="caller"))
    over = switch.get(f"/calls/{call}").json()["call"]
    assert (over["state"], over["outcome"], over["ended_by"]) == ("wrapping", "answered", "caller")

    done = switch.post(f"/reservations/{reservation}/complete", {"disposition": "bill_explained"})
    assert done.json()["reservation"]["state"] == "completed"
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "completed"
    assert switch.get(f"/agents/a_{floor.lin.pk}/presence").json()["agent"]["state"] == "available"


def test_the_timeline_tells_all_of_it_beside_the_evidence(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    raw = event("hangup", seq=1, by="caller", vendor={"node": "sbc-3"})
    switch.post(f"/calls/{call}/events", raw)

    told = switch.get(f"/calls/{call}/timeline").json()

    assert [row["type"] for row in told["events"]] == ["call.arrived", "call.queued", "call.abandoned"]
    assert [row["sequence"] for row in told["events"]] == [1, 2, 3]
    assert told["evidence"][0]["raw"] == raw
    assert told["evidence"][0]["result"] == "applied"


def test_nobody_is_free_so_mrs_chen_waits_with_a_place(floor: Floor, switch: Caller) -> None:
    first = switch.post("/calls", arrival())
    second = switch.post("/calls", arrival())
    vip = switch.post("/calls", arrival(priority="vip"))
    assert [answer.status_code for answer in (first, second, vip)] == [202] * 3
    assert (second.json()["position"], second.json()["wait_estimate"]) == (2, None)
    assert second.json()["reason"]
    assert vip.json()["position"] == 1
    assert vip.json()["call"]["priority"] == "vip"


def test_the_caller_leaves_while_the_phone_rings(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = switch.post("/calls", arrival()).json()
    switch.post(f"/calls/{body['call']['id']}/events", event("hangup"))

    call = switch.get(f"/calls/{body['call']['id']}").json()["call"]
    held = switch.get(f"/reservations/{body['reservation']['id']}").json()["reservation"]
    assert (call["state"], call["end_reason"]) == ("abandoned", "ring")
    assert (held["state"], held["end_reason"], held["outcome"]) == ("canceled", "caller_left", "abandoned")
    assert switch.post(f"/reservations/{held['id']}/accept").status_code == 409
    assert switch.get(f"/agents/a_{floor.lin.pk}/presence").json()["agent"]["state"] == "available"


def test_lin_is_busy_and_omar_takes_it(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = switch.post("/calls", arrival()).json()
    floor.sign_in(switch, floor.omar)
    call, first = body["call"]["id"], body["reservation"]["id"]

    switch.post(f"/calls/{call}/events", event("leg_failed", sip_code=486, reservation=first))

    now = switch.get(f"/calls/{call}").json()
    assert now["reservation"]["agent"] == f"a_{floor.omar.pk}"
    assert now["call"]["enqueued_at"] == body["call"]["enqueued_at"]
    ended = switch.get(f"/reservations/{first}").json()["reservation"]
    assert (ended["state"], ended["end_reason"], ended["outcome"]) == ("rejected", "busy", "busy")


def test_ringing_heard_before_makes_a_480_a_miss(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    body = switch.post("/calls", arrival()).json()
    call, first = body["call"]["id"], body["reservation"]["id"]
    switch.post(f"/calls/{call}/events", event("ringing", reservation=first))
    switch.post(f"/calls/{call}/events", event("leg_failed", sip_code=480, reservation=first))
    assert switch.get(f"/reservations/{first}").json()["reservation"]["outcome"] == "missed"


def test_a_caller_in_the_menus_is_queued_later(floor: Floor, switch: Caller) -> None:
    body = arrival(queue=...)
    arrived = switch.post("/calls", body)
    assert (arrived.status_code, arrived.json()["call"]["state"]) == (201, "arrived")
    assert arrived.json()["instruction"] is None
    queued = switch.post(f"/calls/ext:pbx:{body['external_id']}/enqueue", {"queue": "billing", "priority": "high"})
    assert (queued.status_code, queued.json()["call"]["head_start_s"]) == (202, 180)


def test_transfer_keeps_the_place_and_cancel_frees_the_agent(floor: Floor, switch: Caller) -> None:
    body = switch.post("/calls", arrival()).json()
    call = body["call"]["id"]
    moved = switch.post(f"/calls/{call}/transfer", {"queue": "retention"}).json()["call"]
    assert (moved["queue"], moved["enqueued_at"]) == ("retention", body["call"]["enqueued_at"])
    assert switch.post(f"/calls/{call}/cancel").json()["call"]["state"] == "canceled"
    again = switch.post(f"/calls/{call}/enqueue", {"queue": "billing"})
    assert (again.status_code, again.json()["code"], again.json()["state"]) == (409, "illegal_transition", "canceled")


def test_each_act_left_one_event(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]
    row = Call.objects.get(external_id=call["external_id"])
    assert list(
        Event.objects.filter(call=row.pk).order_by("seq_in_call").values_list("seq_in_call", flat=True)
    ) == list(range(1, row.version + 1))
