"""Lin agrees with Mrs Chen when to ring again, and rings somebody back who was promised it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.utils.timezone import localtime, make_aware

from callcenter import hall
from callcenter.foundation.clock import db_now
from customers.models import Customer
from routing.models import Callback, Queue
from routing.operations import agree_on_callback
from tests.integration.console.conftest import NUMBER, Desk, calls, talks


def test_a_time_is_agreed_in_the_talk_which_goes_on(lin: Desk, omar: Desk, queue: Queue, mrs_chen: Customer) -> None:
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
