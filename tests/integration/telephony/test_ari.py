"""Asterisk by ARI: whole calls between an Asterisk, its connector and the product; the line cut in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony import naming
from callcenter.telephony.dialects import conversation, lines
from callcenter.telephony.dialects.ari.acts import HOLDING
from callcenter.telephony.dialects.ari.connector import Connector
from callcenter.telephony.dialects.ari.switchboard import Switchboard
from callcenter.telephony.dialects.words import Divert
from callcenter.telephony.models import Trunk
from customers.offers.contact_policy import Verdict
from routing.models import Call, Callback, Reservation
from routing.operations import assign_waiting
from tests.integration.telephony.asterisk import Asterisk
from tests.integration.telephony.conftest import Caller, Floor, arrival


class Line:
    """An Asterisk and its connector; `pass_on` lets everything settle."""

    def __init__(self, trunk: str = "pbx-1") -> None:
        lines.forget()
        self.trunk = trunk
        self.asterisk = Asterisk()
        self.connect_anew()

    def connect_anew(self) -> None:
        """The connector starts and knows nothing."""
        facts = lines.line(trunk=self.trunk)
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
    hall.talk.agent_leg_ended(
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


def test_the_agent_sends_the_caller_to_a_number_outside_and_is_free(line: Line, floor: Floor, switch: Caller) -> None:
    _talk(line, floor, switch)
    hall.consult.sent_outside(call_id=line.call().id, number="+8613900001111", actor="user:17", now=db_now())
    line.pass_on()
    assert line.asterisk.sent_on == {"call-1": "+8613900001111"}
    assert line.asterisk.channels == {}, "nobody is left on the line"
    assert set(line.asterisk.bridges) == {HOLDING}
    assert line.call().end_reason == "sent_outside"


def test_a_closed_queue_that_names_a_number_sends_the_caller_there(
    line: Line, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "hear", lambda **_: Divert(number="+861088886666"))
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    assert line.asterisk.sent_on == {"call-1": "+861088886666"}


# --- a promise to ring back -----------------------------------------------------------------------------------------
def _promise(line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Mrs Chen hung up, is to be rung back, and Lin's phone rings for it; the call that will be hers."""
    monkeypatch.setattr(
        hall.callback, "_may", lambda **_: Verdict(allowed=True, denials=(), next_allowed=None, version=1)
    )
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    switch.post("/callbacks", {"call": "ext:pbx:call-1"})
    line.pass_on()
    assert line.asterisk.channels == {}
    floor.sign_in(switch, floor.lin)
    assign_waiting(domain="main", now=db_now())
    line.pass_on()
    assert line.asterisk.channels[line.asterisk.agent()]["endpoint"] == "PJSIP/1017"
    return Call.objects.get(direction="callback")


def test_who_was_promised_a_call_is_dialled_once_the_agent_has_picked_up(
    line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _promise(line, floor, switch, monkeypatch)
    line.asterisk.phone_rings()
    line.pass_on()
    assert call.external_id not in line.asterisk.channels
    line.asterisk.agent_answers()
    line.pass_on()
    assert Reservation.objects.get(call=call).state == "accepted"
    assert line.asterisk.channels[call.external_id]["endpoint"] == "Local/+8613812345678@zhiyin-divert"
    line.connect()  # a moment without the line changes nothing
    line.asterisk.answers(call.external_id)
    line.pass_on()
    assert line.call(call.external_id).state == "connected"
    assert {call.external_id, line.asterisk.agent()} in line.asterisk.bridges.values()
    line.asterisk.hangs_up(call.external_id)
    line.pass_on()
    assert (line.call(call.external_id).state, line.asterisk.channels) == ("wrapping", {})


@pytest.mark.parametrize("way_out_is_broken", [False, True])
def test_a_customer_who_does_not_answer_is_tried_again_later(
    line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch, way_out_is_broken: bool
) -> None:
    call = _promise(line, floor, switch, monkeypatch)
    line.asterisk.broken_endpoints = frozenset({"Local/+8613812345678@zhiyin-divert"} if way_out_is_broken else ())
    line.asterisk.agent_answers()
    line.pass_on()
    if not way_out_is_broken:
        line.asterisk.gives_up(call.external_id)
        line.pass_on()
    assert line.asterisk.channels == {}, "the agent does not wait for nobody"
    assert line.call(call.external_id).state == "abandoned"
    hall.callback.callbacks_looked_after(now=db_now())
    kept = Callback.objects.get()
    assert (kept.state, kept.tries) == ("scheduled", 1)


def test_an_agent_who_walks_away_from_a_callback_hands_it_to_the_next(
    line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _promise(line, floor, switch, monkeypatch)
    line.asterisk.agent_answers()
    line.pass_on()
    line.asterisk.agent_is(16)
    line.pass_on()
    assert call.external_id not in line.asterisk.channels, "a customer is not dialled for nobody"
    assert line.call(call.external_id).state in {"queued", "reserved"}
    left = Reservation.objects.filter(call=call).order_by("created_at")[0]
    assert (left.state, left.end_reason) == ("rescinded", "no_bridge")


def test_a_promise_that_waits_for_an_agent_is_not_taken_for_a_caller_who_left(
    line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _promise(line, floor, switch, monkeypatch)
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    line.connect()
    assert line.call(call.external_id).state == "reserved"
    as_of = db_now().isoformat()
    assert switch.put("/trunks/pbx-1/calls", {"as_of": as_of, "calls": []}).json()["closed"] == []
    assert line.call(call.external_id).state == "reserved"


# --- a call that another system wishes for -----------------------------------------------------------------------------
def test_a_call_that_is_wished_for_rings_the_agent_and_then_the_customer(
    line: Line, floor: Floor, switch: Caller
) -> None:
    floor.sign_in(switch, floor.lin)
    wish = {"trunk": "pbx-1", "external_id": "crm-1", "direction": "out", "dialled_by": "switch", "agent": "key:1017"}
    made = floor.caller().post("/calls", wish | {"to": "013812345678", "purpose": "transactional"})
    assert made.status_code == 201, made.content
    line.pass_on()
    assert line.asterisk.channels[line.asterisk.agent()]["endpoint"] == "PJSIP/1017"
    assert "crm-1" not in line.asterisk.channels
    line.asterisk.agent_answers()
    line.pass_on()
    assert line.asterisk.channels["crm-1"]["endpoint"] == "Local/+8613812345678@zhiyin-divert"
    line.connect()  # a moment without the line changes nothing
    line.asterisk.answers("crm-1")
    line.pass_on()
    assert line.call("crm-1").state == "connected"
    line.asterisk.hangs_up("crm-1")
    line.pass_on()
    assert (line.call("crm-1").state, line.asterisk.channels) == ("wrapping", {})


def test_an_agent_who_does_not_pick_up_for_a_wish_ends_it(line: Line, floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    wish = {"trunk": "pbx-1", "external_id": "crm-1", "direction": "out", "dialled_by": "switch", "agent": "key:1017"}
    floor.caller().post("/calls", wish | {"to": "013812345678", "purpose": "transactional"})
    line.pass_on()
    line.asterisk.agent_is(17)
    line.pass_on()
    assert (line.call("crm-1").state, line.call("crm-1").end_reason) == ("failed", "busy")
    assert line.asterisk.channels == {}


# --- an Asterisk that shares its group --------------------------------------------------------------------------------------
@pytest.fixture
def neighbour(line: Line, floor: Floor) -> Line:
    """A second Asterisk of the same group."""
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main", dialect="ari")
    Trunk.objects.filter(key="pbx-1").update(dialect="ari")
    naming.forget()
    return Line("pbx-2")


def _settle(*lines: Line) -> None:
    for _ in range(2):
        for one in lines:
            one.pass_on()


def test_of_two_asterisks_in_a_group_each_rings_for_its_own_callers(
    line: Line, neighbour: Line, floor: Floor, switch: Caller
) -> None:
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    neighbour.asterisk.calls_in("call-2", queue="billing", caller="013912345678")
    neighbour.pass_on()
    for agent, call in ((floor.lin, "call-1"), (floor.omar, "call-2")):
        floor.sign_in(switch, agent)
        switch.post(f"/calls/ext:pbx:{call}/enqueue", {"queue": "billing"})
        _settle(neighbour, line)
    assert [line.asterisk.channels[one]["endpoint"] for one in line.asterisk.agents()] == ["PJSIP/1017"]
    assert [neighbour.asterisk.channels[one]["endpoint"] for one in neighbour.asterisk.agents()] == ["PJSIP/1018"]
    neighbour.connect_anew()  # it asks for all that stands, and hears of Lin again
    assert (line.call("call-1").state, line.call("call-2").state) == ("reserved", "reserved")


def test_an_asterisk_that_lost_its_callers_reports_none_of_its_neighbours(
    line: Line, neighbour: Line, floor: Floor, switch: Caller
) -> None:
    _talk(line, floor, switch)
    neighbour.asterisk.calls_in("call-2", queue="billing", caller="013912345678")
    neighbour.pass_on()
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    neighbour.asterisk.channels.clear()
    neighbour.connect_anew()
    assert (line.call("call-1").state, line.call("call-2").state) == ("connected", "abandoned")


def test_an_agent_held_for_a_caller_whom_the_own_asterisk_has_no_more_is_free_at_once(
    line: Line, neighbour: Line, floor: Floor, switch: Caller
) -> None:
    line.asterisk.calls_in("call-1", queue="billing")
    line.pass_on()
    del line.connector.board.callers["call-1"]
    floor.sign_in(switch, floor.lin)
    switch.post("/calls/ext:pbx:call-1/enqueue", {"queue": "billing"})
    neighbour.pass_on()
    assert line.call().state == "reserved"
    line.pass_on()
    assert line.call().state == "abandoned"


def test_one_asterisk_of_a_group_keeps_its_promises(
    line: Line, neighbour: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _promise(line, floor, switch, monkeypatch)
    _settle(neighbour, line)
    assert neighbour.asterisk.channels == {}
    line.asterisk.agent_answers()
    line.pass_on()
    line.asterisk.answers(call.external_id)
    _settle(line, neighbour)
    assert line.call(call.external_id).state == "connected"
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    neighbour.connect_anew()
    assert line.call(call.external_id).state == "connected"
    line.asterisk.channels.clear()
    line.connect_anew()
    assert line.call(call.external_id).state == "wrapping", "who rang for it knows it gone"


def test_beside_a_kamailio_an_asterisk_keeps_the_promises_and_leaves_its_callers_alone(
    line: Line, floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    Trunk.objects.filter(key="pbx-1").update(dialect="ari")
    Trunk.objects.create(key="edge", group="pbx", domain="main", dialect="kamailio")
    edge = floor.caller(trunk="edge")
    assert edge.post("/calls", arrival(external_id="edge-1", trunk="edge")).status_code == 202
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    line.connect()
    assert line.call("edge-1").state == "queued"
    edge.post("/calls/ext:pbx:edge-1/cancel", {})
    call = _promise(line, floor, switch, monkeypatch)
    told = edge.get("/instructions").json()["instructions"]
    assert [one for one in told if one["external_id"] == call.external_id] == []
