"""Lin has several chats open: the desk shows one in front and lists the others."""

from __future__ import annotations

from callcenter import call_flow
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from routing.models import Queue
from tests.integration.console.conftest import Desk


def chat(desk: Desk, queue: Queue, name: str) -> str:
    arrival = call_flow.CallArrival(
        domain="main", source="web", external_id=name, channel="chat", from_number="", queue=queue.key
    )
    arrived = call_flow.call_arrived(arrival=arrival, actor="switch", now=db_now())
    assert arrived.reservation is not None
    word = public("r", arrived.reservation.id)
    assert desk.send(f"/console/reservations/{word}/accept/").status_code == 200
    return word


def test_one_in_front_and_the_others_beside(lin: Desk, omar: Desk, queue: Queue) -> None:
    lin.ready()
    first, second, third = (chat(lin, queue, name) for name in ("one", "two", "three"))
    state = lin.get("/console/state").json()
    assert state["work"]["reservation"] == first
    assert [other["reservation"] for other in state["others"]] == [second, third]
    drawn = state["drawn"]["call"]
    assert drawn.count("/focus/") == 2 and "Alt+KeyG" in drawn
    answer = lin.send(f"/console/reservations/{third}/focus/").json()
    assert answer["state"]["work"]["reservation"] == third
    assert [other["reservation"] for other in answer["state"]["others"]] == [first, second]
    assert omar.ready().send(f"/console/reservations/{first}/focus/").status_code == 404


def test_what_rings_comes_before_what_is_open(lin: Desk, queue: Queue) -> None:
    lin.ready()
    first = chat(lin, queue, "one")
    arrival = call_flow.CallArrival(
        domain="main", source="web", external_id="two", channel="wechat", from_number="", queue=queue.key
    )
    call_flow.call_arrived(arrival=arrival, actor="switch", now=db_now())
    state = lin.get("/console/state").json()
    assert (state["work"]["stage"], state["work"]["channel"]) == ("ringing", "wechat")
    assert [other["reservation"] for other in state["others"]] == [first]
