"""Calls that go out: an agent dials, the contact policy is asked first, and the wire says what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

import customers.offers.operations
import routing.operations
import routing.queries
from callcenter import hall
from callcenter.accounts.models import User
from callcenter.console.desk_state import open_work
from callcenter.console.screen_pop import screen_pop
from callcenter.foundation import masks
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony import naming
from callcenter.telephony.models import Trunk
from customers.models import Customer, Identifier
from customers.offers.models import DoNotCall
from customers.timeline.models import Interaction
from routing import reporting
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
    assert (work.stage, work.goes_out, work.rung_first) == ("connecting", True, False)
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


def test_nobody_waits_at_the_far_end(floor: Floor, switch: Caller) -> None:
    """The live floor counts callers who wait; whom an agent rings is none of them."""
    floor.sign_in(switch, floor.lin)
    call = _lin_dials(switch).json()["call"]["id"]
    assert (reporting.waiting(domain="main"), reporting.waiting_now(domain="main")) == ((), {})
    ada = Client()
    ada.force_login(User.objects.create_user("ada", role="supervisor"), "django.contrib.auth.backends.ModelBackend")
    for page in ("/floor/", f"/floor/calls/{call}/"):
        assert ada.get(page).status_code == 200, page


def test_who_was_not_reached_is_not_asked_how_it_was(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    for told in (["hangup"], ["bridged", "hangup"]):
        made = _lin_dials(switch).json()
        for kind in told:
            switch.post(f"/calls/{made['call']['id']}/events", [event(kind)])
        switch.post(f"/reservations/{made['reservation']['id']}/complete", {"disposition": "solved"})
    assert hall.survey.consider_ended_calls(now=db_now() + timedelta(minutes=25)) == 1


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
    hall.ending.call_wrapped_up(
        reservation_id=held.pk,
        agent_id=floor.lin.pk,
        disposition="solved",
        do_not_contact=True,
        actor="t",
        now=db_now(),
    )
    assert DoNotCall.objects.get().number == MRS_CHEN


# --- wished for by another system: click to dial --------------------------------------------------------------------
def _clicks(floor: Floor, **fields: object) -> Any:
    """The back office, with a key of its own, wishes for a call by Lin."""
    wish = {"trunk": "pbx-1", "agent": "key:1017", "dialled_by": "switch", "purpose": "transactional"}
    return floor.caller().post("/calls", _dialled(**(wish | fields)))


def _told(switch: Caller, after: str = "") -> tuple[list[Any], str]:
    publish()
    page = switch.get(f"/instructions?after={after}").json()
    return page["instructions"], page["next"]


def test_the_switch_is_told_to_ring_the_agent_and_then_the_customer(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    _, start = _told(switch)
    made = _clicks(floor)
    assert made.status_code == 201, made.content
    [told], _ = _told(switch, start)
    assert (told["kind"], told["dialled_by"], told["contact"], told["dial"]) == (
        "dial",
        "switch",
        "sip:1017@desk.example",
        MRS_CHEN,
    )
    assert (told["call"], told["reservation"]) == (made.json()["call"]["id"], made.json()["reservation"]["id"])
    assert told["ring_s"] == 20, "so long the agent's phone may ring"
    assert _told(switch)[0] == [told], "a switch that has just come up hears it as well"
    [work] = open_work(agent_id=floor.lin.pk)
    assert (work.stage, work.goes_out, work.rung_first) == ("connecting", True, True)
    events = [event(kind, seq=at, reservation=told["reservation"]) for at, kind in enumerate(("ringing", "bridged"))]
    switch.post(f"/calls/{told['call']}/events", events)
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "on_call"
    assert _told(switch)[0] == []


def test_a_wish_taken_back_is_told_to_the_switch(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    made = _clicks(floor).json()
    _, after = _told(switch)
    floor.caller().post(f"/calls/{made['call']['id']}/cancel")
    assert {one["kind"] for one in _told(switch, after)[0]} == {"release", "drop"}
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "available"


def test_an_agent_whose_phone_is_not_answered_is_free_and_nobody_was_called(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    _clicks(floor)
    [told], _ = _told(switch)
    failed = event("leg_failed", reservation=told["reservation"], sip_code=486)
    switch.post(f"/calls/{told['call']}/events", [failed])
    after = switch.get(f"/calls/{told['call']}").json()["call"]
    assert (after["state"], after["end_reason"]) == ("failed", "busy")
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "available"
    assert _broken() == []


def test_only_the_named_node_of_a_cluster_rings(floor: Floor, switch: Caller) -> None:
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    floor.sign_in(switch, floor.lin)
    _clicks(floor)
    assert _told(floor.caller(trunk="pbx-2"))[0] == []
    assert [told["kind"] for told in _told(switch)[0]] == ["dial"]


def test_a_list_of_live_calls_does_not_take_a_wish_for_a_ghost(floor: Floor, switch: Caller) -> None:
    """The switch has no line for it before it has rung; whom an agent has dialled there it should have."""
    floor.sign_in(switch, floor.lin)
    wished = _clicks(floor).json()["call"]["id"]
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    alive = {"as_of": db_now().isoformat(), "calls": []}
    assert switch.put("/trunks/pbx-1/calls", alive).json()["closed"] == []
    switch.post(f"/calls/{wished}/cancel")
    dialled = _lin_dials(switch).json()["call"]["id"]
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    assert switch.put("/trunks/pbx-1/calls", alive).json()["closed"] == [dialled]


def test_a_wish_that_may_not_be_done_is_refused_before_any_phone_rings(floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    for fields, code in (
        ({"to": "+12025550123"}, "number_not_allowed"),
        ({"agent": ...}, "invalid_field"),
    ):
        refused = _clicks(floor, **fields)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    customers.offers.operations.suppress(customer_id=None, number=MRS_CHEN, source="test", now=db_now())
    assert _clicks(floor, purpose="marketing").json()["code"] == "contact_not_allowed"
    Agent.objects.update(contact="")
    assert _clicks(floor).json()["code"] == "no_contact"
    Trunk.objects.update(dialect="kamailio")
    naming.forget()
    assert _clicks(floor).json()["code"] == "cannot_dial"
    assert not Call.objects.exists()
