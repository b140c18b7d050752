"""Calls that go out: an agent dials, the contact policy is asked first, and the wire says what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import customers.offers.operations
import routing.operations
import routing.queries
from callcenter import call_flow
from callcenter.console.desk_state import open_work
from callcenter.console.screen_pop import screen_pop
from callcenter.foundation import masks
from callcenter.foundation.clock import db_now
from customers.models import Customer, Identifier
from customers.offers.models import DoNotCall
from customers.timeline.models import Interaction
from routing.invariants import Broken, broken
from routing.models import Agent, Call, Reservation
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

MRS_CHEN = "+8613812345678"


def _dialled(**fields: object) -> dict[str, object]:
    return arrival(**({"direction": "out", "from": "10086", "to": "013812345678", "queue": ...} | fields))


def test_lin_dials_mrs_chen_and_they_talk(floor: Floor, switch: Caller) -> None:
    now = db_now()
    chen = Customer.objects.create(name="陈女士", created_at=now)
    Identifier.objects.create(customer=chen, kind="phone", value=MRS_CHEN, valid_from=now)
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", _dialled(purpose="transactional"))
    assert made.status_code == 201, made.content
    call = made.json()["call"]["id"]
    assert made.json()["call"]["direction"] == "out"
    told = [event("bridged", seq=1, agent="key:1017"), event("hangup", seq=2)]
    results = switch.post(f"/calls/{call}/events", told).json()["results"]
    assert [item["result"] for item in results] == ["applied", "applied"]
    row = Call.objects.get()
    assert (row.state, row.customer_id, row.connected_at is None) == ("wrapping", chen.pk, False)
    assert Reservation.objects.get().agent_id == floor.lin.pk
    assert Interaction.objects.get().direction == "out"


def test_a_customer_who_said_no_is_not_dialled(floor: Floor, switch: Caller) -> None:
    customers.offers.operations.suppress(customer_id=None, number=MRS_CHEN, source="test", now=db_now())
    answer = switch.post("/calls", _dialled(purpose="marketing"))
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_allowed")
    assert answer.json()["rule"]
    assert not Call.objects.exists()


def test_a_dialled_call_needs_somebody_to_be_dialled(floor: Floor, switch: Caller) -> None:
    answer = switch.post("/calls", _dialled(to="anonymous"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_the_same_dialling_told_twice_is_one_call(floor: Floor, switch: Caller) -> None:
    wish = _dialled(purpose="transactional")
    first = switch.post("/calls", wish)
    customers.offers.operations.suppress(customer_id=None, number=MRS_CHEN, source="test", now=db_now())
    again = switch.post("/calls", wish)
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 200, "true")


# --- dialled at the agent's own phone -------------------------------------------------------------------------------
def _lin_dials(switch: Caller, **fields: object) -> Any:
    return switch.post("/calls", _dialled(**({"agent": "key:1017", "purpose": "transactional"} | fields)))


def _broken() -> list[Broken]:
    """What does not hold of calls and reservations; this floor sets its agents' phones past the log."""
    return [row for row in broken(now=db_now()) if not row.what.startswith("a_")]


def test_who_dials_is_busy_until_the_wrap_up_is_over(floor: Floor, switch: Caller) -> None:
    """The agent is held from the first ring at the far end; another caller waits, and the next one is served after."""
    Agent.objects.filter(pk=floor.omar.pk).update(presence="offline")
    floor.sign_in(switch, floor.lin)
    made = _lin_dials(switch)
    assert made.status_code == 201, made.content
    call, told = made.json()["call"], made.json()["instruction"]
    assert (call["state"], told["kind"], told["dial"], told["ring_s"]) == ("reserved", "dial", MRS_CHEN, 180)
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "reserved"
    waits = switch.post("/calls", arrival(**{"from": "013900000000"}))
    assert waits.status_code == 202
    results = switch.post(f"/calls/{call['id']}/events", [event("bridged", seq=1)]).json()["results"]
    assert results[0]["result"] == "applied"
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "on_call"
    switch.post(f"/calls/{call['id']}/events", [event("hangup", seq=2)])
    after = switch.get(f"/calls/{call['id']}").json()
    assert (after["call"]["state"], after["reservation"]) == ("wrapping", None)
    switch.post(f"/reservations/{made.json()['reservation']['id']}/complete", {"disposition": "solved"})
    assert switch.get(f"/calls/{call['id']}").json()["call"]["state"] == "completed"
    assert _broken() == []


def test_the_call_stands_on_the_desk_of_who_dialled(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    _lin_dials(switch)
    [work] = open_work(agent_id=floor.lin.pk)
    assert (work.stage, work.dialled) == ("connecting", True)
    [reservation] = routing.queries.open_work(agent_id=floor.lin.pk)
    view = routing.queries.call(call_id=reservation.call_id)
    shown = screen_pop(reservation=reservation, call=view, customer_id=view.customer_id, now=db_now())
    assert shown.caller.masked_number == masks.phone(MRS_CHEN)


@pytest.mark.parametrize(
    ("told", "state", "reason"),
    [
        ({"type": "hangup"}, "abandoned", "not_answered"),
        ({"type": "leg_failed", "sip_code": 486}, "failed", "busy"),
        ({"type": "leg_ended"}, "failed", "not_answered"),
    ],
)
def test_nobody_answers_and_the_agent_is_free_at_once(
    floor: Floor, switch: Caller, told: dict[str, Any], state: str, reason: str
) -> None:
    floor.sign_in(switch, floor.lin)
    call = _lin_dials(switch).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", [event(**told)])
    after = switch.get(f"/calls/{call}").json()["call"]
    assert (after["state"], after["end_reason"]) == (state, reason)
    agent = switch.get("/agents/key:1017").json()["agent"]
    assert (agent["state"], agent["missed_in_row"]) == ("available", 0)
    assert _broken() == []


def test_a_far_end_that_rings_for_ever_is_given_up(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    call = _lin_dials(switch).json()["call"]["id"]
    later = db_now() + timedelta(seconds=181)
    Agent.objects.update(lease_expires_at=later + timedelta(seconds=60))
    routing.operations.sweep(domain="main", now=later)
    after = switch.get(f"/calls/{call}").json()["call"]
    assert (after["state"], after["end_reason"]) == ("failed", "not_answered")


def test_who_may_not_dial_is_told_why(floor: Floor, switch: Caller) -> None:
    refused = _lin_dials(switch)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_signed_in")
    floor.sign_in(switch, floor.lin)
    _lin_dials(switch)
    refused = _lin_dials(switch)
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        409,
        "agent_not_free",
        "accepted",
    )
    assert Call.objects.count() == 1, "what was refused left no call behind"
    assert _lin_dials(switch, agent="key:9999").status_code == 404
    for wrong, field in (
        ({"direction": "in"}, "/agent"),
        ({"queue": "billing"}, "/queue"),
        ({"channel": "chat", "agent": "key:1018"}, "/channel"),
    ):
        refused = _lin_dials(switch, **wrong)
        assert refused.status_code == 422, refused.content
        said = refused.json()
        assert field == (said["errors"][0]["pointer"] if "errors" in said else said["field"])


def test_a_dialled_call_is_not_sent_into_a_line(floor: Floor, switch: Caller) -> None:
    """Nobody waits: there is no place to keep, and the customer is not to be rung for somebody else."""
    floor.sign_in(switch, floor.lin)
    call = _lin_dials(switch).json()["call"]["id"]
    for act, body in (
        ("enqueue", {"queue": "billing"}),
        ("transfer", {"queue": "billing"}),
        ("divert", {"reason": "voicemail"}),
    ):
        refused = switch.post(f"/calls/{call}/{act}", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition"), act
    assert switch.get("/instructions").json()["instructions"] == []
    canceled = switch.post(f"/calls/{call}/cancel")
    assert canceled.json()["call"]["state"] == "canceled"
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "available"


def test_the_answer_told_before_the_call_finds_its_agent(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    wish = _dialled(agent="key:1017", purpose="transactional")
    early = event("bridged", external_id=wish["external_id"], trunk="pbx-1", seq=1)
    assert switch.post("/switch-events", [early]).json()["results"][0]["result"] == "held"
    made = switch.post("/calls", wish).json()
    assert (made["call"]["state"], made["instruction"]) == ("connected", None)
    again = switch.post("/calls", wish)
    assert (again.status_code, again.json()["reservation"]["id"]) == (200, made["reservation"]["id"])


def test_a_wish_not_to_be_called_names_the_customer_not_our_own_line(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = _lin_dials(switch, **{"from": "057112345678"}).json()
    switch.post(f"/calls/{made['call']['id']}/events", [event("bridged", seq=1), event("hangup", seq=2)])
    held = Reservation.objects.get()
    call_flow.call_wrapped_up(
        reservation_id=held.pk,
        agent_id=floor.lin.pk,
        disposition="solved",
        do_not_contact=True,
        actor="t",
        now=db_now(),
    )
    assert DoNotCall.objects.get().number == MRS_CHEN
