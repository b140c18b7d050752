"""Asterisk by ARI: whole calls between an Asterisk, its connector and the product; the line cut in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter import call_flow
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony.dialects import lines
from callcenter.telephony.dialects.ari.connector import Connector
from callcenter.telephony.dialects.ari.switchboard import HOLDING, Switchboard
from routing.models import Call, Reservation
from tests.integration.telephony.asterisk import Asterisk
from tests.integration.telephony.conftest import Caller, Floor


class Line:
    """An Asterisk and its connector; `pass_on` lets everything settle."""

    def __init__(self) -> None:
        lines.forget()
        self.asterisk = Asterisk()
        self.connect_anew()

    def connect_anew(self) -> None:
        """The connector starts and knows nothing."""
        facts = lines.line(trunk="pbx-1")
        assert facts is not None
        board = Switchboard(app="zhiyin", endpoint="PJSIP/{user}")
        self.connector = Connector(line=facts, board=board, send=self.asterisk.send)
        self.connect()

    def connect(self) -> None:
        self.asterisk.events.clear()  # events are not told again
        self.connector.connected(list(self.asterisk.channels.values()))
        self.pass_on()

    def pass_on(self) -> None:
        for _ in range(3):
            while self.asterisk.events:
                self.connector.heard(self.asterisk.events.popleft())
            publish()
            self.connector.obey()

    def call(self, name: str = "call-1") -> Call:
        return Call.objects.get(external_id=name)


@pytest.fixture
def line(floor: Floor) -> Line:
    return Line()


def _talk(line: Line, floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    line.asterisk.phone_rings()
    line.asterisk.agent_answers()
    line.pass_on()
    assert line.call().state == "connected"


def test_zhang_san_hears_music_and_then_the_second_agent(line: Line, floor: Floor, switch: Caller) -> None:
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    assert line.asterisk.bridges[HOLDING] == {"call-1"}
    floor.sign_in(switch, floor.lin)
    switch.post("/calls/ext:pbx:call-1/enqueue", {"queue": "billing"})  # finds Lin, as the dispatcher would
    line.pass_on()
    assert line.asterisk.channels[line.asterisk.agent()]["endpoint"] == "PJSIP/1017"
    floor.sign_in(switch, floor.omar)
    line.asterisk.agent_is(17)
    line.pass_on()
    assert line.asterisk.channels[line.asterisk.agent()]["endpoint"] == "PJSIP/1018"
    line.asterisk.phone_rings()
    line.asterisk.agent_answers()
    line.pass_on()
    agent = line.asterisk.agent()
    assert line.asterisk.bridges["zhiyin-talk-call-1"] == {"call-1", agent}
    assert line.asterisk.bridges[HOLDING] == set()
    line.asterisk.hangs_up("call-1")
    line.pass_on()
    call = line.call()
    assert (call.state, call.ended_by, call.from_e164) == ("wrapping", "caller", "+8613812345678")
    assert line.asterisk.channels == {}
    ends = list(Reservation.objects.order_by("created_at").values_list("end_reason", flat=True))
    assert ends[0] == "busy"


def test_the_caller_leaves_while_waiting(line: Line, floor: Floor) -> None:
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    line.asterisk.hangs_up("call-1")
    line.pass_on()
    assert (line.call().state, line.call().end_reason) == ("abandoned", "queue")


def test_an_agent_who_declines_at_the_desk_hears_the_phone_fall_silent(
    line: Line, floor: Floor, switch: Caller
) -> None:
    floor.sign_in(switch, floor.lin)
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    ringing = line.asterisk.agent()
    switch.put(f"/agents/a_{floor.lin.pk}/presence", {"presence": "break"})
    desk = floor.caller()
    desk.post(f"/reservations/{ringing.removeprefix('zhiyin-agent-')}/reject", {"reason": "declined"})
    line.pass_on()
    assert ringing not in line.asterisk.channels
    assert line.asterisk.bridges[HOLDING] == {"call-1"}


def test_the_agent_hangs_up_and_the_caller_is_let_go(line: Line, floor: Floor, switch: Caller) -> None:
    _talk(line, floor, switch)
    minute_ago = db_now() - timedelta(minutes=1)
    Call.objects.update(connected_at=minute_ago)
    Reservation.objects.update(connected_at=minute_ago)
    line.asterisk.agent_is(16)
    line.pass_on()
    assert (line.call().state, line.call().ended_by) == ("wrapping", "agent")
    assert line.asterisk.channels == {}


def test_end_at_the_desk_hangs_up_on_both(line: Line, floor: Floor, switch: Caller) -> None:
    _talk(line, floor, switch)
    call_flow.agent_leg_ended(
        call_id=line.call().id, reservation_id=None, by="agent", actor="user:17", now=db_now(), on_purpose=True
    )
    line.pass_on()
    assert line.asterisk.channels == {}
    assert (line.call().state, line.call().ended_by) == ("wrapping", "agent")


def test_an_endpoint_that_asterisk_cannot_dial_blames_nobody(line: Line, floor: Floor, switch: Caller) -> None:
    line.asterisk.broken_endpoints = frozenset({"PJSIP/1017"})
    floor.sign_in(switch, floor.lin)
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    assert Reservation.objects.order_by("created_at")[0].end_reason == "failed"
    assert line.asterisk.bridges[HOLDING] == {"call-1"}


def test_who_left_while_the_line_was_cut_holds_no_agent(line: Line, floor: Floor, switch: Caller) -> None:
    _talk(line, floor, switch)
    line.asterisk.calls_in("call-2", queue="billing")
    line.pass_on()
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    line.asterisk.hangs_up("call-1")
    line.connect()
    assert line.call().state == "wrapping"
    assert line.call("call-2").state in {"queued", "reserved"}


@pytest.mark.parametrize("started_anew", [False, True])
def test_who_talks_talks_on_when_the_connector_comes_back(
    line: Line, floor: Floor, switch: Caller, started_anew: bool
) -> None:
    _talk(line, floor, switch)
    before = {name: set(members) for name, members in line.asterisk.bridges.items()}
    (line.connect_anew if started_anew else line.connect)()
    assert line.asterisk.bridges == before
    assert line.call().state == "connected"
    line.asterisk.hangs_up("call-1")
    line.pass_on()
    assert (line.call().state, line.call().ended_by) == ("wrapping", "caller")


def test_a_connector_started_anew_rings_whom_it_has_yet_to_ring(line: Line, floor: Floor, switch: Caller) -> None:
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    floor.sign_in(switch, floor.lin)
    switch.post("/calls/ext:pbx:call-1/enqueue", {"queue": "billing"})
    line.connect_anew()
    assert line.asterisk.channels[line.asterisk.agent()]["endpoint"] == "PJSIP/1017"
    assert Call.objects.count() == 1


def test_a_caller_without_any_queue_is_not_left_waiting_for_ever(line: Line, floor: Floor) -> None:
    line.asterisk.calls_in("call-1", queue="")
    line.pass_on()
    assert line.asterisk.channels == {}
