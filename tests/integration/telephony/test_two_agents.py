"""Lin asks Omar: by the API, as a switch hears it by instructions, and on an Asterisk with its three legs."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.telephony.dialects.ari.acts import HOLDING
from tests.integration.telephony.conftest import Caller, Floor, arrival, event
from tests.integration.telephony.test_ari import Line, _talk
from tests.integration.telephony.test_instructions import _ask

TALK = "zhiyin-talk-call-1"


class Talk:
    """Lin talks with Mrs Chen; Omar is free. `desk` acts for them, `switch` hears what it is to do."""

    def __init__(self, floor: Floor, switch: Caller) -> None:
        self.floor, self.switch, self.desk = floor, switch, floor.caller()
        floor.sign_in(switch, floor.lin)
        made = switch.post("/calls", arrival()).json()
        self.call, self.first = made["call"]["id"], made["reservation"]["id"]
        switch.post(f"/calls/{self.call}/events", event("answered", reservation=self.first))
        floor.sign_in(switch, floor.omar)
        _, self.after = _ask(switch)

    def do(self, what: str, body: Any = None, *, status: int = 200) -> Any:
        answer = self.desk.post(f"/calls/{self.call}/{what}", body)
        assert answer.status_code == status, answer.content
        return answer.json()

    def told(self) -> list[tuple[str, str]]:
        heard, self.after = _ask(self.switch, self.after)
        return [(one["kind"], one.get("reservation", "")) for one in heard]

    def asked(self) -> str:
        guest: str = self.do("consult", {"agent": "key:1018"})["guest"]["id"]
        return guest


@pytest.fixture
def talk(floor: Floor, switch: Caller) -> Talk:
    return Talk(floor, switch)


def test_a_transfer_to_a_number_outside_by_the_api(talk: Talk) -> None:
    refused = talk.do("transfer", {"number": "+1 900 555 0100"}, status=422)
    assert refused["code"] == "number_not_allowed"
    assert talk.do("transfer", {"number": "12345", "queue": "retention"}, status=422)["code"] == "invalid_field"
    sent = talk.do("transfer", {"number": "010-8888-6666"})
    assert (sent["call"]["state"], sent["call"]["end_reason"]) == ("wrapping", "sent_outside")
    heard, _ = _ask(talk.switch, talk.after)
    assert [(one["kind"], one["to"]) for one in heard] == [("drop", "+861088886666")]


def test_an_attended_transfer_by_the_api(talk: Talk) -> None:
    guest = talk.asked()
    assert talk.told() == [("hold", talk.first), ("consult", guest)]
    talk.switch.post(f"/calls/{talk.call}/events", event("answered", reservation=guest))
    standing = talk.desk.get(f"/calls/{talk.call}").json()
    assert (standing["reservation"]["id"], standing["guest"]["role"]) == (talk.first, "consult")
    assert standing["guest"]["outcome"] == "answered"
    standing = talk.do("consult/complete")
    assert (standing["reservation"]["id"], standing["reservation"]["role"]) == (guest, "primary")
    assert "guest" not in standing
    assert talk.told() == [("hand_over", guest)]


def test_a_conference_and_back_by_the_api(talk: Talk) -> None:
    guest = talk.asked()
    talk.switch.post(f"/calls/{talk.call}/events", event("answered", reservation=guest))
    assert talk.do("consult/join")["guest"]["role"] == "conference"
    talk.told()
    talk.do("consult/end")
    assert talk.told() == [("release", guest)]


def test_who_is_taken_back_falls_silent(talk: Talk) -> None:
    guest = talk.asked()
    assert ("consult", guest) in [(one["kind"], one.get("reservation")) for one in _ask(talk.switch)[0]]
    talk.told()
    talk.do("consult/end")
    assert talk.told() == [("release", guest), ("resume", talk.first)]


def test_refusals_of_two_agents(talk: Talk) -> None:
    assert talk.do("consult/complete", status=409)["code"] == "consult_not_answered"
    assert talk.do("consult", {"agent": "key:1017"}, status=422)["code"] == "invalid_field"
    assert talk.do("consult", {"agent": "key:none"}, status=404)["code"] == "not_found"
    assert talk.do("transfer", {"queue": "retention", "agent": "key:1018"}, status=422)["code"] == "invalid_field"
    assert talk.do("transfer", {}, status=422)["code"] == "invalid_field"
    talk.switch.put("/agents/key:1018/presence", {"presence": "break", "reason": "lunch"})
    refused = talk.do("consult", {"agent": "key:1018"}, status=409)
    assert (refused["code"], refused["reason"]) == ("agent_not_free", "break")


def test_a_caller_sent_to_omar_by_name(talk: Talk) -> None:
    standing = talk.do("transfer", {"agent": "key:1018"})
    held = standing["reservation"]
    assert (standing["call"]["state"], held["agent_key"], standing["instruction"]["kind"]) == (
        "reserved",
        "1018",
        "route",
    )
    assert talk.told() == [("park", ""), ("route", held["id"])]


# --- three legs on an Asterisk --------------------------------------------------------------------------------------
@pytest.fixture
def line(floor: Floor) -> Line:
    return Line()


@pytest.fixture
def three(line: Line, floor: Floor, switch: Caller) -> tuple[Line, Caller, str, str]:
    """Lin has asked Omar, who has answered; the caller hears music."""
    _talk(line, floor, switch)
    floor.sign_in(switch, floor.omar)
    desk = floor.caller()
    desk.post("/calls/ext:pbx:call-1/consult", {"agent": "key:1018"})
    line.pass_on()
    line.asterisk.phone_rings()
    line.asterisk.agent_answers()
    line.pass_on()
    lin, omar = line.asterisk.agents()
    assert line.asterisk.bridges[TALK] == {lin, omar}
    assert line.asterisk.bridges[HOLDING] == {"call-1"}
    return line, desk, lin, omar


def _do(line: Line, desk: Caller, what: str) -> None:
    assert desk.post(f"/calls/ext:pbx:call-1/{what}").status_code == 200
    line.pass_on()


def test_asterisk_hands_over(three: tuple[Line, Caller, str, str]) -> None:
    line, desk, lin, omar = three
    _do(line, desk, "consult/complete")
    assert line.asterisk.bridges[TALK] == {"call-1", omar}
    assert lin not in line.asterisk.channels
    assert line.call().state == "connected"
    line.connect_anew()
    line.asterisk.agent_is(16)
    line.pass_on()
    assert line.call().state in {"wrapping", "queued"}  # queued: the test talks for less than 3 s


def test_asterisk_joins_and_lets_omar_go(three: tuple[Line, Caller, str, str]) -> None:
    line, desk, lin, omar = three
    _do(line, desk, "consult/join")
    assert line.asterisk.bridges[TALK] == {"call-1", lin, omar}
    _do(line, desk, "consult/end")
    assert line.asterisk.bridges[TALK] == {"call-1", lin}
    assert omar not in line.asterisk.channels


def test_lin_hangs_up_her_phone_and_omar_has_the_caller(three: tuple[Line, Caller, str, str]) -> None:
    line, _, lin, omar = three
    line.asterisk._gone(lin, 16)
    line.pass_on()
    assert line.asterisk.bridges[TALK] == {"call-1", omar}
    assert line.call().state == "connected"


def test_a_connector_started_anew_keeps_all_three(three: tuple[Line, Caller, str, str]) -> None:
    line, desk, _, omar = three
    line.connect_anew()
    _do(line, desk, "consult/complete")
    assert line.asterisk.bridges[TALK] == {"call-1", omar}


def test_omar_does_not_answer_and_the_talk_stays(line: Line, floor: Floor, switch: Caller) -> None:
    _talk(line, floor, switch)
    floor.sign_in(switch, floor.omar)
    desk = floor.caller()
    desk.post("/calls/ext:pbx:call-1/consult", {"agent": "key:1018"})
    line.pass_on()
    line.asterisk.agent_is(17)
    line.pass_on()
    assert line.call().state == "connected"
    _do(line, desk, "resume")
    [lin] = line.asterisk.agents()
    assert line.asterisk.bridges[TALK] == {"call-1", lin}


def test_the_caller_leaves_all_three(three: tuple[Line, Caller, str, str]) -> None:
    line, _, _, _ = three
    line.asterisk.hangs_up("call-1")
    line.pass_on()
    assert line.asterisk.channels == {}
    assert line.call().state == "wrapping"
