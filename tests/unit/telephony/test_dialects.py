"""Dialects by themselves: recorded samples, whatever may come, and documents that are always well formed."""

from __future__ import annotations

import json
from dataclasses import asdict
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.telephony import fields, requests, wire
from callcenter.telephony.dialects import samples, signatures, xml_curl
from callcenter.telephony.dialects.ari.acts import Act, Arrived, Command, Told
from callcenter.telephony.dialects.ari.switchboard import Switchboard
from callcenter.telephony.dialects.guides import GUIDES
from callcenter.telephony.dialects.registry import DIALECTS, likely
from callcenter.telephony.dialects.requests import text_of
from callcenter.telephony.dialects.twiml import with_headers
from callcenter.telephony.dialects.words import (
    Again,
    Answer,
    Ask,
    Divert,
    Goodbye,
    Heard,
    Line,
    Links,
    Nothing,
    Place,
    Ring,
    Unreadable,
    Wait,
    place_in,
)
from callcenter.telephony.dialects.xml import escape
from tests.thorough import examples

LINKS = Links(base="https://zhiyin.example/telephony/line-1")
_NAMES = sorted(
    {name for dialect in [*DIALECTS, "xml_curl"] for one in samples.recorded(dialect) for name in one["said"]}
)


def _recorded() -> list[Any]:
    return [
        pytest.param(name, one, id=f"{name}-{place}-{one['hook']}")
        for name in DIALECTS
        for place, one in enumerate(samples.recorded(name))
    ]


@pytest.mark.parametrize(("name", "sample"), _recorded())
def test_a_recorded_request_is_heard_as_it_was_meant(name: str, sample: dict[str, Any]) -> None:
    said = {field: text_of(value) for field, value in sample["said"].items()}
    heard = asdict(DIALECTS[name].read(sample["hook"], said, sample.get("query", {})))
    for field, expected in sample["heard"].items():
        if field == "leg":
            assert {key: heard["leg"][key] for key in expected} == expected
        else:
            assert heard[field] == expected, field


def test_a_request_is_known_by_its_mark_while_nobody_can_look_its_trunk_up() -> None:
    for name, dialect in DIALECTS.items():
        for one in samples.recorded(name):
            if (
                not one.get("query", {}).get("leg") and one["hook"] != "out"
            ):  # there our own address says what it is about
                assert likely(one["said"]) is dialect, one


@pytest.mark.parametrize("name", ["native", "kamailio"])
def test_what_the_api_is_sent_is_heard_as_it_was_meant(name: str) -> None:
    for one in samples.recorded(name):
        said, arrives = one["said"], one["path"] == "/calls"
        heard = fields.read(requests.ArrivalForm, said) if arrives else asdict(wire.read(said))
        assert {field: heard[field] for field in one["heard"]} == one["heard"]


def test_xml_curl_answers_a_whole_request_with_what_the_switch_hunts_for() -> None:
    for one in samples.recorded("xml_curl"):
        plan = Xml.fromstring(xml_curl.write(one["said"], LINKS).body)
        if not one["heard"]:
            assert plan.find(".//result[@status='not found']") is not None
            continue
        context, extension = plan.find(".//context"), plan.find(".//extension")
        assert context is not None
        assert extension is not None
        assert (context.attrib["name"], extension.attrib["name"]) == (
            one["heard"]["context"],
            f"zhiyin-{one['heard']['number']}",
        )


def _did(act: Act) -> str:
    match act:
        case Command():
            return f"{act.method} {act.path}" + "".join(f"?{name}={value}" for name, value in act.query.items())
        case Arrived():
            return f"arrived {act.from_number} → {act.to_number}, {act.queue}"
        case Told():
            return " ".join(part for part in (act.type, act.reservation, "by caller" if act.words else "") if part)
        case _:
            return str(act)


def test_a_recorded_call_of_an_asterisk_is_obeyed_event_by_event() -> None:
    board = Switchboard(app="zhiyin", endpoint="PJSIP/{user}")
    ring = {"kind": "route", "reservation": "r_1", "contact": "sip:1017@desk.example", "ring_s": 20, "headers": {}}
    for one in samples.recorded("ari"):
        assert [_did(act) for act in board.heard(one["event"])] == one["does"], one["event"]["type"]
        if one["event"]["type"] == "ChannelEnteredBridge":
            board.told(ring | {"external_id": one["event"]["channel"]["id"]})
    assert board.callers == {}


def test_every_dialect_shows_what_it_is_sent_and_answers() -> None:
    for guide in GUIDES:
        shown = samples.shown(guide.dialect, base=LINKS.base, api="https://zhiyin.example/api/v1")
        assert len(shown) >= 3, guide.dialect
        assert all(str(one.title) and one.request for one in shown)
        names = [(str(one.title), one.detail) for one in shown]
        assert len(set(names)) == len(names), f"{guide.dialect}: two of them read alike"


_TEXT = st.text(max_size=60)
_SAID = st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=12), _TEXT, max_size=12)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(DIALECTS)), said=_SAID, query=_SAID, data=st.data())
def test_whatever_comes_is_heard_or_named_unreadable(
    name: str, said: dict[str, str], query: dict[str, str], data: st.DataObject
) -> None:
    hook = data.draw(st.sampled_from(sorted(DIALECTS[name].HOOKS)))
    try:
        heard = DIALECTS[name].read(hook, said, query)
        place_in(query, language="zh")
    except Unreadable as why:
        sentence = str(why)
    else:
        sentence = "heard"
        assert isinstance(heard, Heard)
        assert heard.external_id
        assert heard.external_id.isprintable()
        assert len(heard.external_id) <= 128
    assert sentence
    assert likely(said) in DIALECTS.values()


_LINES = st.lists(st.builds(Line, text=_TEXT, language=st.sampled_from(["zh", "en"])), max_size=3).map(tuple)
_PLACES = st.builds(Place, node=st.text(max_size=20), turn=st.integers(0, 50), language=st.sampled_from(["zh", "en"]))
_ANSWERS: st.SearchStrategy[Answer] = st.one_of(
    st.builds(Ask, lines=_LINES, place=_PLACES, most_keys=st.integers(1, 32), timeout_s=st.integers(1, 30)),
    st.builds(Wait, lines=_LINES, seconds=st.integers(1, 10), music=st.sampled_from(["", "https://x.example/a"]), queue=_TEXT),
    st.builds(Ring, call=_TEXT, contact=_TEXT, ring_s=st.integers(5, 60), reservation=_TEXT, lines=_LINES,
              headers=st.dictionaries(st.sampled_from(["X-Zhiyin-Call", "X-Zhiyin-Reservation"]), _TEXT)),
    st.builds(Divert, number=_TEXT, lines=_LINES),
    st.builds(Goodbye, lines=_LINES),
    st.builds(Again, hook=st.just("voice"), query=st.dictionaries(st.sampled_from(["node", "away"]), _TEXT)),
    st.just(Nothing()),
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(DIALECTS)), answer=_ANSWERS, data=st.data())
def test_every_answer_is_a_well_formed_document(name: str, answer: Answer, data: st.DataObject) -> None:
    hook = data.draw(st.sampled_from(sorted(DIALECTS[name].HOOKS)))
    document = DIALECTS[name].write(answer, hook, LINKS)
    body = document.body.encode("utf-8", "replace").decode()
    if document.content_type.startswith("text/xml"):
        root = Xml.fromstring(body)
        assert root.tag in {"Response", "document"}
        if name == "httapi":
            assert root.find("work") is not None
            executed = [tag.attrib.get("data", "") for tag in root.iter("execute")]
            assert not any("$" in data for data in executed)
    elif document.content_type == "application/json":
        json.loads(body)
    else:
        assert body.startswith("action=")
        assert all("=" in line for line in body.splitlines())


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=_TEXT)
def test_text_in_xml_comes_back_as_it_was_but_for_what_xml_cannot_hold(text: str) -> None:
    kept = "".join(
        one
        for one in text
        if one in "\t\n" or (" " <= one <= "\ud7ff") or "\ue000" <= one <= "\ufffd" or one > "\uffff"
    )
    assert (Xml.fromstring(f"<a>{escape(text)}</a>").text or "") == kept


def test_inside_the_platforms_queue_only_what_it_allows_is_said() -> None:
    ring = Ring(call="c", contact="sip:1017@desk.example", ring_s=20, reservation="r_1")
    assert "<Leave/>" in DIALECTS["twiml"].write(ring, "wait", LINKS).body
    assert json.loads(DIALECTS["jambonz"].write(ring, "wait", LINKS).body) == [{"verb": "leave"}]
    allowed = {"say", "play", "pause", "leave"}
    for answer in (Wait(lines=(Line(text="…", language="zh"),)), Again(hook="wait", query={}), Goodbye(), ring):
        assert {verb["verb"] for verb in json.loads(DIALECTS["jambonz"].write(answer, "wait", LINKS).body)} <= allowed


def test_a_sip_address_takes_the_headers_along_and_a_number_does_not() -> None:
    headers = {"X-Zhiyin-Call": "c_1", "X-Zhiyin-Reservation": "r_1"}
    assert with_headers("sip:a@b", headers) == "sip:a@b?X-Zhiyin-Call=c_1&X-Zhiyin-Reservation=r_1"
    assert with_headers("+861084110011", headers) == "+861084110011"


def test_rtjson_rings_one_phone_and_gives_up_on_a_dead_one_in_three_seconds() -> None:
    ring = Ring(
        call="c", contact="sip:1017@desk.example", ring_s=20, reservation="r_1", headers={"X-Zhiyin-Call": "c_1"}
    )
    told = json.loads(DIALECTS["rtjson"].write(ring, "voice", LINKS).body)
    assert (told["version"], told["routing"]) == ("1.0", "serial")
    assert told["routes"] == [
        {"uri": "sip:1017@desk.example", "headers": {"extra": "X-Zhiyin-Call: c_1\r\n"}, "fr_timer": 3000, "fr_inv_timer": 20000}
    ]  # fmt: skip


def test_xml_curl_knows_dialplans_and_nothing_else() -> None:
    asked = {"section": "dialplan", "Caller-Destination-Number": "10086", "Caller-Context": "public"}
    plan = Xml.fromstring(xml_curl.write(asked, LINKS).body)
    httapi = plan.find(".//action[@application='httapi']")
    assert httapi is not None
    assert httapi.attrib["data"].endswith(f"url={LINKS.base}/voice}}")
    for other in ({"section": "directory", "user": "1000"}, {"section": "dialplan"}, {}):
        found = Xml.fromstring(xml_curl.write(other, LINKS).body).find(".//result")
        assert found is not None
        assert found.attrib == {"status": "not found"}


# --- signatures -----------------------------------------------------------------------------------------------------------
_FORM = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "To": "+18005551212"}
_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def _request(**changed: Any) -> signatures.Request:
    caller = {"Caller": "+14158675309", "From": "+14158675309"}
    plain: dict[str, Any] = {
        "url": _URL,
        "headers": {},
        "body": b"",
        "form": tuple((_FORM | caller).items()),
        "at": 1_000_000.0,
    }
    return signatures.Request(**(plain | changed))


def test_twilios_own_example_is_taken_and_nothing_near_it() -> None:
    signed = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="}
    assert signatures.twilio(_request(headers=signed), ["old", "12345"])
    assert signatures.twilio(_request(headers=signed, url=_URL.replace(".com/", ".com:443/")), ["12345"])
    assert not signatures.twilio(_request(headers=signed), ["54321"])
    assert not signatures.twilio(_request(headers=signed), [])
    assert not signatures.twilio(_request(headers=signed, url=_URL + "&x=1"), ["12345"])
    assert not signatures.twilio(_request(headers=signed, form=()), ["12345"])
    assert not signatures.twilio(_request(), ["12345"])


def test_a_json_body_is_covered_by_its_digest_in_the_address() -> None:
    body = b'{"a": 1}'
    url = f"https://a.example/x?bodySHA256={sha256(body).hexdigest()}"
    signed = {"x-twilio-signature": signatures.twilio_signature("s", url)}
    assert signatures.twilio(_request(url=url, form=(), body=body, headers=signed), ["s"])
    assert not signatures.twilio(_request(url=url, form=(), body=body + b" ", headers=signed), ["s"])


def test_jambonz_signs_its_body_with_the_time_and_old_ones_are_refused() -> None:
    body = b'{"call_sid": "1"}'
    signed = {"jambonz-signature": f"t=1000000,v1={signatures.jambonz_signature('s', '1000000', body)}"}
    assert signatures.jambonz(_request(body=body, headers=signed), ["other", "s"])
    assert not signatures.jambonz(_request(body=body + b" ", headers=signed), ["s"])
    assert not signatures.jambonz(_request(body=body, headers=signed, at=1_000_301.0), ["s"])
    for broken in ("", "t=,v1=", "v1=abc", "t=x,v1=y", "t=1000000", "t=1000000,v1=é"):
        assert not signatures.jambonz(_request(body=body, headers={"jambonz-signature": broken}), ["s"])


def test_an_address_that_we_did_not_make_is_named_unreadable() -> None:
    for wrong in ({"turn": "-1"}, {"version": "9" * 20}, {"tries": "x"}, {"turn": "٣"}):
        with pytest.raises(Unreadable):
            place_in({"node": "main"} | wrong, language="zh")
    made = Place(version=3, node="main", turn=2, tries=1, language="en")
    assert place_in(made.query(), language="zh") == made
