"""A call goes out from Lin's desk, by her own phone or at another system's wish; she calls it off before it is answered."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client

from callcenter import hall
from callcenter.accounts.models import User
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from callcenter.foundation.principal import Role
from callcenter.live.publishing import publish
from callcenter.telephony.feed import newest
from callcenter.telephony.instructions import Reader, page
from customers.models import Customer
from routing.models import Agent, Call, Queue, Reservation
from routing.states import CallState
from tests.integration.console.conftest import NUMBER, Desk, Ringing, calls, talks

BACKEND = "django.contrib.auth.backends.ModelBackend"
READER = Reader(domain="main", source="trunk", trunk="pbx-1", actors=frozenset({"switch"}), limit=10)


def goes_out(desk: Desk, *, rung_by: str = "") -> Ringing:
    """This agent is held for a call to Mrs Chen: dialled at their own phone, or wished for, to be rung by a trunk."""
    Agent.objects.filter(pk=desk.agent.pk).update(contact="sip:lin@desk.example")
    arrival = hall.inbound.CallArrival(
        domain="main", source="trunk", external_id="crm-1", from_number="10086", to_number=NUMBER, direction="out",
        agent_id=desk.agent.pk, rung_by=rung_by,
    )  # fmt: skip
    made = hall.inbound.call_arrived(arrival=arrival, actor="crm", now=db_now())
    assert made.reservation is not None
    named = public("r", made.reservation.id)
    return Ringing(call=public("c", made.call.id), call_id=made.call.id, reservation=named)


def off(ringing: Ringing) -> str:
    return f"/console/reservations/{ringing.reservation}/call-off/"


def bridged(call: UUID) -> None:
    now = db_now()
    hall.talk.agent_leg_bridged(call_id=call, reservation_id=None, agent_id=None, at=now, actor="switch", now=now)


@pytest.mark.parametrize("rung_by", ["", "pbx-1"])
def test_lin_calls_off_before_the_customer_answers(lin: Desk, queue: Queue, mrs_chen: Customer, rung_by: str) -> None:
    """By the button that her desk shows; the switch hears that both phones are to fall silent, and she is free."""
    lin.ready()
    publish()
    ringing = goes_out(lin, rung_by=rung_by)
    publish()
    start = newest()
    drawn = lin.get("/console/state").json()["drawn"]["call"]
    assert off(ringing) in drawn and "Call off" in drawn and 'data-key="F4"' in drawn
    answer = lin.send(off(ringing))
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"]["said"].startswith("Called off")
    shown = answer.json()["state"]
    assert (shown["work"], shown["agent"]["shown"], shown["today"]["missed"]) == (None, "available", [])
    call, held = Call.objects.get(), Reservation.objects.get()
    assert (call.state, call.ended_by, call.end_reason, held.state) == ("canceled", "agent", "canceled", "canceled")
    publish()
    told = page(READER, after=start)["instructions"]
    assert [one["kind"] for one in told] == ["release", "drop"]
    assert lin.send(off(ringing)).status_code == 200, "said twice, it is the same"


def test_the_call_s_record_says_that_it_was_called_off(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    lin.ready()
    ringing = goes_out(lin)
    lin.send(off(ringing))
    ada = Client(headers={"Accept-Language": "zh-hans"})
    ada.force_login(User.objects.create(username="ada", role=Role.SUPERVISOR, language="zh-hans"), BACKEND)
    record = ada.get(f"/floor/calls/{ringing.call}/").content.decode()
    assert "呼叫已取消" in record and "坐席已释放" in record
    assert ">canceled<" not in record and "客户离开" not in record


def test_too_late_when_the_customer_has_answered(
    lin: Desk, queue: Queue, mrs_chen: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the answer comes between looking and acting: the two talk on, and Lin is told why."""
    lin.ready()
    ringing = goes_out(lin, rung_by="pbx-1")
    cancel = hall.ending.call_canceled

    def answered_meanwhile(**words: object) -> object:
        bridged(ringing.call_id)
        return cancel(**words)  # type: ignore[arg-type]

    monkeypatch.setattr(hall.ending, "call_canceled", answered_meanwhile)
    for _ in range(2):
        refused = lin.send(off(ringing))
        assert (refused.status_code, refused.json()["code"]) == (409, "customer_answered")
        assert "the customer has answered" in refused.json()["detail"]
        bridged(ringing.call_id)
    assert Call.objects.get().state == CallState.CONNECTED
    assert "call-off" not in lin.get("/console/state").json()["drawn"]["call"]


def test_what_is_not_lin_s_to_call_off(lin: Desk, omar: Desk, queue: Queue, mrs_chen: Customer) -> None:
    """Another agent's call, a call that came in, one that is over, and a window that no longer vouches."""
    lin.ready()
    ringing = goes_out(lin)
    assert omar.ready().send(off(ringing)).status_code == 404
    other = lin.another_window()
    assert other.send("/console/takeover/").status_code == 200
    assert lin.send(off(ringing)).json()["code"] == "lease_lost"
    hall.ending.caller_hung_up(call_id=ringing.call_id, actor="switch", now=db_now())
    refused = other.send(off(ringing))
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")
    came = calls(queue)
    talks(other, came)
    assert other.send(off(came)).json()["code"] == "illegal_transition"
    assert Call.objects.get(pk=came.call_id).state == CallState.CONNECTED
