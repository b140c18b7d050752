"""Lin asks Omar at her desk; Omar sees the customer for as long as he is asked, and what Lin has noted."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public, read_uuid
from callcenter.foundation.models import Event
from callcenter.telephony.instructions import Reader, since
from customers.models import Customer
from routing import queries
from routing.models import Call, Queue
from tests.integration.console.conftest import Desk, Ringing, calls, talks


@pytest.fixture
def ringing(lin: Desk, omar: Desk, queue: Queue, mrs_chen: Customer) -> Ringing:
    """Lin talks with Mrs Chen; Omar is free."""
    lin.ready()
    made = calls(queue)
    talks(lin, made)
    omar.ready()
    return made


def ask(lin: Desk, omar: Desk, ringing: Ringing) -> str:
    """Omar's reservation."""
    answer = lin.send(f"/console/calls/{ringing.call}/ask/", {"agent": public("a", omar.agent.pk)})
    assert answer.status_code == 200, answer.content
    guest: str = answer.json()["state"]["work"]["beside"]["reservation"]
    return guest


def answered(omar: Desk, ringing: Ringing, guest: str) -> None:
    assert omar.send(f"/console/reservations/{guest}/accept/").status_code == 200
    now = db_now()
    hall.talk.agent_leg_bridged(
        call_id=ringing.call_id, reservation_id=read_uuid("r", guest), agent_id=None, at=now, actor="switch", now=now
    )


def work(desk: Desk) -> tuple[dict[str, Any], str]:
    """The desk's work and how the call card is drawn."""
    state = desk.get("/console/state").json()
    return state["work"], state["drawn"]["call"]


def test_the_caller_goes_on_to_a_number_outside_and_the_switch_hears_where(lin: Desk, queue: Queue) -> None:
    lin.ready()
    call = calls(queue)
    talks(lin, call)
    path = f"/console/calls/{call.call}/outside/"
    assert lin.send(path, {"number": "nobody"}).json()["code"] == "no_number"
    assert lin.send(path, {"number": "+1 212 555 0100"}).json()["code"] == "number_not_allowed"
    answer = lin.send(path, {"number": "(010) 6552 9988"})
    assert answer.json()["state"]["work"]["stage"] == "wrapping", answer.content
    ended = Call.objects.get()
    assert (ended.state, ended.end_reason, ended.ended_by) == ("wrapping", "sent_outside", "agent")
    Event.objects.filter(type="call.wrapping").update(feed_seq=7)  # as the relay numbers it
    reader = Reader(domain="main", source="trunk", actors=frozenset({"switch"}), limit=10)
    told, _reached = since(reader, after=6)
    assert [(one.instruction["kind"], one.instruction["to"]) for one in told] == [("drop", "+861065529988")]


def test_omar_is_found_by_name_and_who_is_busy_cannot_be_chosen(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    url = f"/console/calls/{ringing.call}/colleagues/ask/"
    found = lin.get(f"{url}?q=OM").content.decode()
    assert "Omar" in found and "Lin" not in found and "disabled" not in found
    assert "No colleague" in lin.get(f"{url}?q=nobody").content.decode()
    omar.send("/console/presence/", {"presence": "break", "reason": "lunch"})
    assert "disabled" in lin.get(url).content.decode()
    assert omar.get(url).status_code == 404  # no call of his


def test_omar_sees_mrs_chen_while_he_is_asked(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    lin.send(f"/console/calls/{ringing.call}/note/", {"text": "Wants the cheaper plan", "base_version": 0})
    guest = ask(lin, omar, ringing)
    card = omar.get(f"/console/reservations/{guest}/").content.decode()
    assert "A colleague asks" in card and "Lin asks you about this caller" in card
    answered(omar, ringing, guest)
    pop = omar.get(f"/console/reservations/{guest}/identity/")
    assert pop.status_code == 200 and "Wants the cheaper plan" in pop.content.decode()
    assert "Not this person" not in pop.content.decode()
    lin.send(f"/console/calls/{ringing.call}/takeback/")
    assert omar.get(f"/console/reservations/{guest}/identity/").status_code == 404


def test_each_desk_says_what_can_be_done(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    drawn = work(lin)[1]
    assert "ask-menu" in drawn and "transfer-menu" in drawn
    guest = ask(lin, omar, ringing)
    now, drawn = work(lin)
    assert (now["stage"], now["beside"]["stage"]) == ("held", "ringing")
    assert "takeback" in drawn and "handover" not in drawn and "/resume/" not in drawn
    answered(omar, ringing, guest)
    drawn = work(lin)[1]
    assert "handover" in drawn and "join" in drawn and "Leave to the colleague" in drawn
    now, drawn = work(omar)
    assert (now["role"], now["stage"], now["beside"]["name_en"]) == ("consult", "talking", "Lin")
    assert "Leave the talk" in drawn and "/hold/" not in drawn
    lin.send(f"/console/calls/{ringing.call}/join/")
    now, drawn = work(omar)
    assert now["role"] == "conference" and "Conference" in drawn


def test_omar_cannot_act_for_lin(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    answered(omar, ringing, ask(lin, omar, ringing))
    for act in ("hold", "resume", "join", "handover", "takeback", "customer"):
        refused = omar.send(f"/console/calls/{ringing.call}/{act}/", {"customer": ""})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_yours"), act
    assert omar.send(f"/console/calls/{ringing.call}/hangup/").status_code == 200
    assert queries.call(call_id=ringing.call_id).state == "connected"


def test_lin_hands_over_and_wraps_up(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    guest = ask(lin, omar, ringing)
    answered(omar, ringing, guest)
    assert lin.send(f"/console/calls/{ringing.call}/handover/").json()["state"]["work"]["stage"] == "wrapping"
    now, drawn = work(omar)
    assert (now["role"], now["stage"], now["beside"]) == ("primary", "talking", None)
    assert "/hold/" in drawn


def test_lin_sends_the_caller_to_omar(lin: Desk, omar: Desk, ringing: Ringing) -> None:
    answer = lin.send(f"/console/calls/{ringing.call}/send/", {"agent": public("a", omar.agent.pk)})
    assert answer.json()["state"]["work"]["stage"] == "wrapping"
    now = work(omar)[0]
    assert (now["stage"], now["role"]) == ("ringing", "primary")
    assert "Lin sends you this caller" in omar.get(f"/console/reservations/{now['reservation']}/").content.decode()
    refused = lin.send(f"/console/calls/{ringing.call}/send/", {"agent": public("a", omar.agent.pk)})
    assert refused.status_code == 409
