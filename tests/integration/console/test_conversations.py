"""Lin has several chats open: the desk shows one in front and lists the others."""

from __future__ import annotations

from uuid import UUID

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from routing import operations as routing
from routing.models import Queue
from routing.silence import Speaker
from tests.integration.console.conftest import Desk


def chat(desk: Desk, queue: Queue, name: str, **attributes: str) -> str:
    arrival = hall.inbound.CallArrival(
        domain="main", source="web", external_id=name, channel="chat", from_number="", queue=queue.key,
        attributes=attributes,
    )  # fmt: skip
    arrived = hall.inbound.call_arrived(arrival=arrival, actor="switch", now=db_now())
    assert arrived.reservation is not None
    word = public("r", arrived.reservation.id)
    assert desk.send(f"/console/reservations/{word}/accept/").status_code == 200
    return word


def test_one_in_front_and_the_others_beside(lin: Desk, omar: Desk, queue: Queue) -> None:
    lin.ready()
    first, second, third = (chat(lin, queue, name) for name in ("one", "two", "three"))
    state = lin.get("/console/state").json()
    assert state["work"]["reservation"] == third  # what was accepted last
    assert [other["reservation"] for other in state["others"]] == [first, second]
    drawn = state["drawn"]["call"]
    assert drawn.count("/focus/") == 2 and "Alt+KeyG" in drawn
    answer = lin.send(f"/console/reservations/{first}/focus/").json()
    assert answer["state"]["work"]["reservation"] == first
    assert [other["reservation"] for other in answer["state"]["others"]] == [second, third]
    assert omar.ready().send(f"/console/reservations/{first}/focus/").status_code == 404


def test_what_rings_comes_before_what_is_open(lin: Desk, queue: Queue) -> None:
    lin.ready()
    first = chat(lin, queue, "one")
    arrival = hall.inbound.CallArrival(
        domain="main", source="web", external_id="two", channel="wechat", from_number="", queue=queue.key
    )
    hall.inbound.call_arrived(arrival=arrival, actor="switch", now=db_now())
    state = lin.get("/console/state").json()
    assert (state["work"]["stage"], state["work"]["channel"]) == ("ringing", "wechat")
    assert [other["reservation"] for other in state["others"]] == [first]
    assert "Chat" in state["drawn"]["call"]  # the open one stays on the screen while the other rings


def test_two_ring_beside_what_is_open(lin: Desk, queue: Queue) -> None:
    lin.ready()
    chat(lin, queue, "one")
    for name in ("two", "three"):
        arrival = hall.inbound.CallArrival(
            domain="main", source="web", external_id=name, channel="wechat", from_number="", queue=queue.key
        )
        hall.inbound.call_arrived(arrival=arrival, actor="switch", now=db_now())
    state = lin.get("/console/state").json()
    assert [one["stage"] for one in (state["work"], *state["others"])] == ["ringing", "ringing", "talking"]
    drawn = state["drawn"]["call"]
    assert "Chat" in drawn
    assert drawn.count("/focus/") == 1 and f"{state['others'][0]['reservation']}/focus/" in drawn  # the second ring


def test_whose_turn_it_is_stands_at_the_conversation_and_at_those_beside(lin: Desk, queue: Queue) -> None:
    lin.ready()
    first = chat(lin, queue, "one", conversation_url="https://chat.example/1")
    state = lin.get("/console/state").json()
    work = state["work"]
    assert (work["written"], work["unanswered"], work["panel"]) == (True, True, "https://chat.example/1")
    answered = f"/console/calls/{work['call']}/answered/"
    assert answered in state["drawn"]["call"] and "https://chat.example/1" in state["drawn"]["call"]
    assert lin.send(answered).json()["state"]["work"]["unanswered"] is False
    routing.message(call_id=UUID(work["call"][2:]), by=Speaker.CALLER, now=db_now())
    second = chat(lin, queue, "two", conversation_url="javascript:alert(1)")
    state = lin.get("/console/state").json()
    assert (state["work"]["reservation"], state["work"]["panel"]) == (second, "")
    assert [(one["reservation"], one["unanswered"]) for one in state["others"]] == [(first, True)]
