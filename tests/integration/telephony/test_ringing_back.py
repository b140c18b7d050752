"""Promises to ring back on platforms that dial when their REST API is asked to: Lin first, then Mrs Chen, by our documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from callcenter import callback_flow
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony.dialects import lines, sealing
from callcenter.telephony.models import LineSecret, VoiceLine
from customers.offers.contact_policy import Verdict
from routing.models import Call, Callback, Reservation
from routing.operations import assign_waiting
from tests.integration.telephony.conftest import Caller, Floor, arrival
from tests.integration.telephony.platforms import PLATFORMS, SECRET, Act, Platform

CHEN = "+8613812345678"


@pytest.fixture(autouse=True)
def _at_any_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yes = Verdict(allowed=True, denials=(), next_allowed=None, version=1)
    monkeypatch.setattr(callback_flow, "_may", lambda **_: yes)
    lines.forget()
    yield
    lines.forget()


@pytest.fixture(params=["twiml", "jambonz"])
def platform(request: pytest.FixtureRequest, floor: Floor) -> Platform:
    floor.trunk.dialect = request.param
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk)
    LineSecret.objects.create(trunk=floor.trunk, sealed=sealing.seal(SECRET), created_at=db_now(), created_by="test")
    return PLATFORMS[request.param](trunk="pbx-1", call="the leg of Lin")


def _due(floor: Floor, switch: Caller) -> dict[str, Any]:
    """Mrs Chen was promised; Lin is held: what the program hears that asks the platform to dial."""
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    assert switch.post("/callbacks", {"call": call}).status_code == 201
    floor.sign_in(switch, floor.lin)
    assign_waiting(domain="main", now=db_now())
    publish()
    [told] = switch.get("/instructions").json()["instructions"]
    assert (told["kind"], told["contact"], told["dial"]) == ("route", "sip:1017@desk.example", CHEN)
    found: dict[str, Any] = told
    return found


def _dialled(acts: list[Act]) -> Act:
    [act] = acts
    assert (act.what, act.text) == ("dial", CHEN)
    return act


def test_lin_picks_up_the_customer_is_dialled_and_they_talk(floor: Floor, switch: Caller, platform: Platform) -> None:
    told = _due(floor, switch)
    platform.tell_own(told["status_path"], "ringing")
    act = _dialled(platform.picked_up(told["answer_path"]))
    assert _dialled(platform.picked_up(told["answer_path"])) == act, "asked twice, the same"
    assert Reservation.objects.get().state == "accepted"
    platform.ask(act.status, platform.waiting())  # the customer's phone was answered
    call = Call.objects.get(direction="callback")
    assert call.state == "connected"
    assert platform.ask(act.url, platform.attempt("ended", gone=False)) == []
    platform.tell_own(told["status_path"], "completed")
    call.refresh_from_db()
    assert (call.state, call.ended_by) == ("wrapping", "caller")


def test_nobody_at_the_customers_end_is_tried_again_later(floor: Floor, switch: Caller, platform: Platform) -> None:
    told = _due(floor, switch)
    act = _dialled(platform.picked_up(told["answer_path"]))
    platform.ask(act.url, platform.attempt("missed", gone=False))
    assert Call.objects.get(direction="callback").state == "abandoned"
    callback_flow.callbacks_looked_after(now=db_now())
    row = Callback.objects.get()
    assert (row.state, row.tries, row.due_at is not None) == ("scheduled", 1, True)


@pytest.mark.parametrize(("status", "reason", "blamed"), [("busy", "busy", 0), ("no-answer", "missed", 1)])
def test_an_agent_who_does_not_pick_up_leaves_it_to_the_next(
    floor: Floor, switch: Caller, platform: Platform, status: str, reason: str, blamed: int
) -> None:
    told = _due(floor, switch)
    platform.tell_own(told["status_path"], status)
    floor.lin.refresh_from_db()
    assert (Reservation.objects.earliest("created_at").end_reason, floor.lin.missed_in_row) == (reason, blamed)
    assert Call.objects.get(direction="callback").state in {"queued", "reserved"}, "at its place, for the next agent"
    assert [act.what for act in platform.picked_up(told["answer_path"])] == ["hangup"], "too late: nobody is dialled"


def test_an_agent_who_hangs_up_before_the_customer_answers_ends_the_try(
    floor: Floor, switch: Caller, platform: Platform
) -> None:
    told = _due(floor, switch)
    platform.picked_up(told["answer_path"])
    platform.tell_own(told["status_path"], "completed")
    assert Call.objects.get(direction="callback").state == "abandoned"
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "available"


def test_a_switch_of_another_kind_is_given_no_address(floor: Floor, switch: Caller) -> None:
    assert "answer_path" not in _due(floor, switch)


def test_a_call_that_another_system_wishes_for_goes_the_same_way(
    floor: Floor, switch: Caller, platform: Platform
) -> None:
    floor.sign_in(switch, floor.lin)
    wish = {"trunk": "pbx-1", "external_id": "crm-1", "direction": "out", "dialled_by": "switch", "agent": "key:1017"}
    made = floor.caller().post("/calls", wish | {"to": "013812345678", "purpose": "transactional"})
    assert made.status_code == 201, made.content
    publish()
    [told] = switch.get("/instructions").json()["instructions"]
    act = _dialled(platform.picked_up(told["answer_path"]))
    platform.ask(act.status, platform.waiting())
    assert Call.objects.get().state == "connected"
    platform.ask(act.url, platform.attempt("ended", gone=False))
    platform.tell_own(told["status_path"], "completed")
    assert (Call.objects.get().state, Call.objects.get().ended_by) == ("wrapping", "caller")
