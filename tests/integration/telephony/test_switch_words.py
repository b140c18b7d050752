"""A switch that thinks in reservations: ring, answer, no_answer, rescind; and the outcome of dialling a promised call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from customers.offers.contact_policy import Verdict
from routing.models import Agent, Call, Reservation
from routing.operations import assign_waiting
from tests.integration.telephony.conftest import Caller, Floor


def _rung(floor: Floor, switch: Caller) -> dict[str, Any]:
    """A caller for whom Lin is held."""
    floor.sign_in(switch, floor.lin)
    came: dict[str, Any] = switch.post(
        "/calls", {"external_id": "w-1", "from": "013812345678", "queue": "billing"}
    ).json()
    held: dict[str, Any] = came["reservation"]
    return held


def test_ring_and_answer_are_the_events_of_the_same_name_kept_as_evidence(floor: Floor, switch: Caller) -> None:
    held = _rung(floor, switch)
    assert switch.post(f"/reservations/{held['id']}/ring").status_code == 200
    answered = switch.post(f"/reservations/{held['id']}/answer")
    assert answered.json()["reservation"]["outcome"] == "answered"
    again = switch.post(f"/reservations/{held['id']}/answer")
    assert (again.status_code, again.json()["reservation"]["version"]) == (
        200,
        answered.json()["reservation"]["version"],
    )
    told = switch.get("/calls/ext:pbx:w-1/timeline").json()
    assert [one["type"] for one in told["evidence"]] == ["ringing", "bridged"]
    assert switch.get("/calls/ext:pbx:w-1").json()["call"]["state"] == "connected"


@pytest.mark.parametrize(
    ("said", "state", "reason"),
    [
        ({}, "timeout", "missed"),
        ({"q850": 17}, "rejected", "busy"),
        ({"sip_code": 603}, "rejected", "declined"),
        ({"sip_code": 480}, "rescinded", "unreachable"),
    ],
)
def test_no_answer_means_what_its_code_says(
    floor: Floor, switch: Caller, said: dict[str, Any], state: str, reason: str
) -> None:
    held = _rung(floor, switch)
    done = switch.post(f"/reservations/{held['id']}/no_answer", said)
    assert (done.json()["reservation"]["state"], done.json()["reservation"]["end_reason"]) == (state, reason)
    call = Call.objects.get(external_id="w-1")
    assert call.state in {"queued", "reserved"} and call.enqueued_at == call.arrived_at, "the place is kept"


def test_a_ring_taken_back_blames_nobody_and_is_not_offered_the_same_at_once(floor: Floor, switch: Caller) -> None:
    held = _rung(floor, switch)
    for _ in range(2):
        done = switch.post(f"/reservations/{held['id']}/rescind").json()["reservation"]
        assert (done["state"], done["end_reason"], done["outcome"]) == ("rescinded", "withdrawn", "rescinded")
    lin = Agent.objects.get(pk=floor.lin.pk)
    assert (lin.missed_in_row, lin.presence) == (0, "available")
    assert Reservation.objects.count() == 1
    assign_waiting(domain="main", now=db_now() + timedelta(seconds=6))
    assert Reservation.objects.filter(state="pending").count() == 1


def test_what_comes_too_late_or_was_meant_for_another_version_is_refused(floor: Floor, switch: Caller) -> None:
    held = _rung(floor, switch)
    moved = switch.post(f"/reservations/{held['id']}/ring", {}, If_Match='"99"')
    assert (moved.status_code, moved.json()["code"]) == (409, "version_conflict")
    switch.post(f"/reservations/{held['id']}/answer")
    late = switch.post(f"/reservations/{held['id']}/no_answer")
    assert (late.status_code, late.json()["code"], late.json()["state"]) == (409, "illegal_transition", "accepted")
    assert switch.post(f"/reservations/{held['id']}/rescind").status_code == 409
    assert switch.get("/calls/ext:pbx:w-1").json()["call"]["state"] == "connected"


# --- dialling the customer of a promise -----------------------------------------------------------------------------
@pytest.fixture
def promised(floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch) -> str:
    may = Verdict(allowed=True, denials=(), next_allowed=None, version=1)
    monkeypatch.setattr(hall.callback, "_may", lambda **_: may)
    call = switch.post("/calls", {"external_id": "w-2", "from": "013812345678", "queue": "billing"}).json()["call"][
        "id"
    ]
    made: str = switch.post("/callbacks", {"call": call}).json()["callback"]["id"]
    floor.sign_in(switch, floor.lin)
    assign_waiting(domain="main", now=db_now())
    return made


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "failed"])
def test_a_customer_who_was_not_reached_is_tried_again(switch: Caller, promised: str, outcome: str) -> None:
    for _ in range(2):
        done = switch.post(f"/callbacks/{promised}/attempts", {"outcome": outcome})
        assert done.status_code == 200, done.content
        kept = done.json()["callback"]
        assert (kept["state"], kept["tries"], kept["due_at"] is not None) == ("scheduled", 1, True)
    assert Reservation.objects.filter(state__in=["pending", "accepted"]).count() == 0, "Lin is free"


def test_a_customer_who_was_reached_is_served(switch: Caller, promised: str) -> None:
    done = switch.post(f"/callbacks/{promised}/attempts", {"outcome": "answered"}).json()["callback"]
    assert done["state"] == "connected"
    talks = switch.get(f"/calls/{done['call']}").json()
    assert talks["call"]["state"] == "connected"
    switch.post(f"/calls/{done['call']}/events", {"type": "hangup", "at": db_now().isoformat()})
    reservation = talks["reservation"]["id"]
    switch.post(f"/reservations/{reservation}/complete", {})
    hall.callback.callbacks_looked_after(now=db_now())
    assert switch.get(f"/callbacks/{promised}").json()["callback"]["state"] == "completed"


def test_a_promise_that_nobody_has_tried_has_no_outcome(floor: Floor, switch: Caller, promised: str) -> None:
    later = (db_now() + timedelta(hours=1)).isoformat()
    call = switch.post("/calls", {"external_id": "w-3", "from": "013912345678", "queue": "billing"}).json()["call"][
        "id"
    ]
    made = switch.post("/callbacks", {"call": call, "at": later}).json()["callback"]["id"]
    refused = switch.post(f"/callbacks/{made}/attempts", {"outcome": "answered"})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


def test_a_queue_in_figures_is_the_wallboards(floor: Floor, switch: Caller) -> None:
    held = _rung(floor, switch)
    switch.post(f"/reservations/{held['id']}/answer")
    switch.post("/calls", {"external_id": "w-4", "from": "013912345678", "queue": "billing"})
    told = switch.get("/queues/billing/stats").json()
    assert told["today"]["answered"] == {"value": 1, "n": 1}
    assert told["today"]["service_level"] == {"value": 1.0, "n": 1}
    assert told["lately"]["waiting"]["value"] == 1
    assert told["lately"]["abandonment"]["n"] == 1
    assert switch.get("/queues/nowhere/stats").status_code == 404
