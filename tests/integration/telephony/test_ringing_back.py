"""Promises to ring back on platforms that dial when their REST API is asked to: Lin first, then Mrs Chen, by our documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony import naming
from callcenter.telephony.dialects import conversation, lines, sealing
from callcenter.telephony.models import LineSecret, Trunk, VoiceLine
from customers.offers.contact_policy import Verdict
from routing.models import Call, Callback, Reservation
from routing.operations import assign_waiting
from tests.integration.telephony.conftest import Caller, Floor, arrival
from tests.integration.telephony.platforms import PLATFORMS, SECRET, Act, Platform

CHEN = "+8613812345678"


@pytest.fixture(autouse=True)
def _at_any_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yes = Verdict(allowed=True, denials=(), next_allowed=None, version=1)
    monkeypatch.setattr(hall.callback, "_may", lambda **_: yes)
    lines.forget()
    yield
    lines.forget()


@pytest.fixture(params=["twiml", "jambonz", "httapi", "text"])
def platform(request: pytest.FixtureRequest, floor: Floor, switch: Caller) -> Platform:
    floor.trunk.dialect = request.param
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk)
    LineSecret.objects.create(trunk=floor.trunk, sealed=sealing.seal(SECRET), created_at=db_now(), created_by="test")
    return PLATFORMS[request.param](trunk="pbx-1", call="the leg of Lin", key=switch.key)


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
    assert platform.customer_answers(act) == []
    assert platform.customer_answers(act) == [], "told twice, they are joined"
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
    hall.callback.callbacks_looked_after(now=db_now())
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


def test_a_database_that_is_away_does_not_lose_whom_to_dial(
    floor: Floor, switch: Caller, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _due(floor, switch)

    def away(**_: object) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as gone:
        gone.setattr(conversation, "hear", away)
        *_, again = platform.picked_up(told["answer_path"])
        first = again
        for _ in range(8):
            *_, again = platform.ask(again.url, platform.waiting())
        assert again.what == "hangup", "an agent is not sent to the number for callers"
    _dialled(platform.ask(first.url, platform.waiting()))


def test_a_customer_who_answers_after_it_was_taken_back_is_not_joined(
    floor: Floor, switch: Caller, platform: Platform
) -> None:
    told = _due(floor, switch)
    act = _dialled(platform.picked_up(told["answer_path"]))
    call = Call.objects.get(direction="callback")
    hall.ending.call_canceled(call_id=call.pk, actor="user:1", now=db_now(), by="agent")
    assert [done.what for done in platform.customer_answers(act)] == ["hangup"]
    call.refresh_from_db()
    assert (call.state, call.connected_at) == ("canceled", None)


def test_two_who_are_on_the_line_are_joined_though_the_database_is_away(
    floor: Floor, switch: Caller, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _due(floor, switch)
    act = _dialled(platform.picked_up(told["answer_path"]))

    def away(**_: object) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as gone:
        gone.setattr(conversation, "hear", away)
        assert platform.customer_answers(act) == []
    platform.ask(act.url, platform.attempt("ended", gone=False))
    call = Call.objects.get(direction="callback")
    assert (call.state, call.connected_at is not None) == ("wrapping", True), "its end tells that they talked"


def test_an_address_that_names_no_call_is_refused(platform: Platform) -> None:
    for path in ("/telephony/pbx-1/out", "/telephony/pbx-1/status?leg=agent"):
        with pytest.raises(AssertionError, match="400"):
            platform.picked_up(path)


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
    platform.customer_answers(act)
    assert Call.objects.get().state == "connected"
    platform.ask(act.url, platform.attempt("ended", gone=False))
    platform.tell_own(told["status_path"], "completed")
    assert (Call.objects.get().state, Call.objects.get().ended_by) == ("wrapping", "caller")


def test_a_switch_that_only_passes_calls_on_leaves_promises_to_its_neighbour(floor: Floor, switch: Caller) -> None:
    """Kamailio would hang up what it has no line for; a FreeSWITCH beside it, of the same source, rings."""
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main", dialect="httapi")
    told = _due(floor, switch)
    Trunk.objects.filter(key="pbx-1").update(dialect="kamailio")
    naming.forget()
    assert switch.get("/instructions").json()["instructions"] == []
    [beside] = floor.caller(trunk="pbx-2").get("/instructions").json()["instructions"]
    assert beside["reservation"] == told["reservation"]
    assert beside["answer_path"].startswith("/telephony/pbx-2/out?")
    Trunk.objects.filter(key="pbx-2").delete()
    naming.forget()
    assert switch.get("/instructions").json()["instructions"] == [told], "else nobody would end it"
