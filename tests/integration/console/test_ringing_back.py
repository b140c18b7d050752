"""Lin agrees with Mrs Chen when to ring again, and rings somebody back who was promised it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.utils.timezone import localtime, make_aware

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import read_uuid
from customers.models import Customer
from routing.models import Callback, Queue
from routing.operations import agree_on_callback
from tests.integration.console.conftest import NUMBER, Desk, Ringing, calls, talks


def test_a_time_is_agreed_in_the_talk_which_goes_on(
    lin: Desk, omar: Desk, queue: Queue, mrs_chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hall.callback, "_insist", lambda **_: None)  # tomorrow may be a holiday: that has its own tests
    lin.ready()
    call = calls(queue)
    talks(lin, call)
    path = f"/console/calls/{call.call}/callback/"
    assert lin.send(path, {"at": "soon"}).status_code == 422
    assert omar.ready().send(path, {"in": 30}).status_code == 404
    tomorrow = make_aware(datetime.combine(localtime(db_now()).date() + timedelta(days=1), time(10)))
    answer = lin.send(path, {"at": tomorrow.strftime("%Y-%m-%dT%H:%M")})
    assert answer.status_code == 200, answer.content
    assert tomorrow.strftime("%Y-%m-%d 10:00") in answer.json()["result"]["said"]
    assert answer.json()["state"]["work"]["stage"] == "talking"
    one = Callback.objects.get()
    assert (one.number, one.state, one.due_at, one.enqueued_at) == (NUMBER, "scheduled", tomorrow, tomorrow)


def test_whoever_is_free_keeps_the_promise_and_is_rung_first(
    lin: Desk, queue: Queue, mrs_chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hall.callback, "_insist", lambda **_: None)  # the hour of the day has tests of its own
    lin.ready()
    first = calls(queue)
    talks(lin, first)
    now = db_now()
    one = agree_on_callback(call_id=first.call_id, number=NUMBER, at=now + timedelta(minutes=40), now=now, actor="lin")
    path = f"/console/callbacks/cb_{one.id.hex}/take/"
    assert lin.send(path).json()["code"] == "agent_not_free"
    hall.ending.caller_hung_up(call_id=first.call_id, actor="switch", now=db_now())
    lin.send(f"/console/reservations/{first.reservation}/complete/", {"disposition": "solved"})
    shown = lin.get("/console/state").json()
    assert [row["number"] for row in shown["callbacks"]] == ["138****8000"] and path in shown["drawn"]["idle"]
    answer = lin.send(path)
    assert answer.status_code == 200, answer.content
    work = answer.json()["state"]["work"]
    assert (work["stage"], work["call"] != first.call) == ("ringing", True)
    assert Callback.objects.get().tries == 1 and answer.json()["state"]["callbacks"] == []
    queue.members.remove(lin.agent)
    assert lin.send(path).status_code == 404


def _rung_back(lin: Desk, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> Ringing:
    """Lin has taken a promise and her phone is answered: Mrs Chen's is to ring."""
    monkeypatch.setattr(hall.callback, "_insist", lambda **_: None)
    lin.ready()
    first = calls(queue)
    talks(lin, first)
    now = db_now()
    one = agree_on_callback(call_id=first.call_id, number=NUMBER, at=now + timedelta(minutes=40), now=now, actor="lin")
    hall.ending.caller_hung_up(call_id=first.call_id, actor="switch", now=db_now())
    lin.send(f"/console/reservations/{first.reservation}/complete/", {"disposition": "solved"})
    work = lin.send(f"/console/callbacks/cb_{one.id.hex}/take/").json()["state"]["work"]
    assert "call-off" not in lin.get("/console/state").json()["drawn"]["call"], "it rings: she may decline"
    held = read_uuid("r", work["reservation"])
    hall.talk.agent_accepts(reservation_id=held, agent_id=lin.agent.pk, lease_id=None, actor="switch", now=db_now())
    return Ringing(call=work["call"], call_id=read_uuid("c", work["call"]), reservation=work["reservation"])


def test_a_promise_is_called_off_before_the_customer_answers_and_stands(
    lin: Desk, queue: Queue, mrs_chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringing = _rung_back(lin, queue, monkeypatch)
    drawn = lin.get("/console/state").json()["drawn"]["call"]
    assert "Your phone rings first, then the customer" in drawn and "call-off" in drawn and 'data-key="F4"' in drawn
    answer = lin.send(f"/console/reservations/{ringing.reservation}/call-off/")
    assert answer.status_code == 200, answer.content
    assert "rung back later" in answer.json()["result"]["said"]
    assert (answer.json()["state"]["work"], answer.json()["state"]["agent"]["shown"]) == (None, "available")
    hall.callback.callbacks_looked_after(now=db_now())
    one = Callback.objects.get()
    assert one.call is not None
    assert (one.state, one.tries, one.call.state, one.call.ended_by) == ("scheduled", 1, "canceled", "agent")


def test_a_promise_that_is_being_kept_is_not_called_off(
    lin: Desk, queue: Queue, mrs_chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ringing = _rung_back(lin, queue, monkeypatch)
    now = db_now()
    hall.talk.agent_leg_bridged(
        call_id=ringing.call_id, reservation_id=None, agent_id=None, at=now, actor="switch", now=now
    )
    assert "call-off" not in lin.get("/console/state").json()["drawn"]["call"]
    refused = lin.send(f"/console/reservations/{ringing.reservation}/call-off/")
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_answered")
