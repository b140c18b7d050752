"""Bad input: always a 4xx with a sentence and a stable code, never a 5xx, never half done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.encoding import escape_uri_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.foundation import clock
from callcenter.foundation.models import Event
from callcenter.telephony.problems import CODES
from routing.models import Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event
from tests.integration.telephony.test_rights import OPERATIONS
from tests.thorough import examples

WRITES = [(method, path) for method, path, _ in OPERATIONS if method != "GET"]
IN_JSON = [one for one in WRITES if one != ("POST", "/imports")]  # a file comes in parts: test_imports_api.py
BODIES = [
    b"{",
    b"[]",
    b"null",
    b"0",
    b'"text"',
    b"\x00",
    b"\xff\xfe",
    '{"queue": "账单"}'.encode("gb18030"),
    b'{"queue": NaN}',
    b'{"queue": 1e999}',
    b"[" * 5000,
    b'{"a":' * 900 + b"1" + b"}" * 900,
    b'{"unknown": 1}',
    b'{"queue": "a\\u0000"}',
    b'{"queue": "\\udfff", "presence": "\\udfff"}',
    b'{"external_id": 7, "queue": [], "presence": {}, "lease_id": 7, "device": null, "reason": false}',
    b'{"external_id": "' + b"x" * 5000 + b'"}',
    b'{"priority": "urgent", "disposition": "' + b"y" * 100 + b'"}',
    b'{"attributes": [], "seq": 9223372036854775808}',
    b"<xml/>",
]


def is_problem(answer: Any) -> bool:
    if not 400 <= answer.status_code < 500:
        return False
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert body["code"] in CODES
    assert body["status"] == answer.status_code == CODES[body["code"]][0]
    assert body["type"] == f"/api/docs/errors#{body['code']}"
    assert body["detail"].strip()
    assert body["instance"] == escape_uri_path(answer.wsgi_request.path)
    assert body["request_id"] == answer["X-Request-Id"]
    return True


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_no_body_breaks_any_command(floor: Floor, switch: Caller, method: str, path: str) -> None:
    for body in BODIES:
        answer = switch.ask(method, path, body)
        if answer.status_code == 202:  # a batch keeps what it cannot read
            assert {item["result"] for item in answer.json()["results"]} <= {"quarantined", "duplicate"}
            continue
        assert is_problem(answer), (body[:60], answer.status_code, answer.content)
    assert not Call.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(("method", "path"), IN_JSON)
def test_other_types_and_sizes_are_told_apart(floor: Floor, switch: Caller, method: str, path: str) -> None:
    assert switch.ask(method, path, b"a=1", content_type="application/x-www-form-urlencoded").status_code == 415
    assert switch.ask(method, path, b"{}", content_type="application/json; charset=gb18030").status_code == 415
    assert switch.ask(method, path, b" " * 1_048_577).status_code == 413


@pytest.mark.parametrize(
    "fields",
    [
        {"external_id": ...},
        {"external_id": ""},
        {"external_id": "a\nb"},
        {"external_id": "x" * 129},
        {"external_id": 7},
        {"channel": "telepathy"},
        {"priority": 3},
        {"priority": "urgent"},
        {"queue": ["billing"]},
        {"queue": ""},
        {"from": 13812345678},
        {"from": "1" * 129},
        {"attributes": "x"},
        {"attributes": {"note": "x" * 4096}},
        {"language": None},
    ],
)
def test_each_wrong_field_is_named(floor: Floor, switch: Caller, fields: dict[str, Any]) -> None:
    answer = switch.post("/calls", arrival(**fields))
    assert is_problem(answer)
    assert answer.json()["code"] == "invalid_field"
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{next(iter(fields))}"]


def test_a_word_that_is_none_of_the_list_is_answered_with_the_list(floor: Floor, switch: Caller) -> None:
    answer = switch.put("/agents/key:1017/presence", {"presence": "lunch"})
    assert answer.json()["errors"][0]["detail"] == "'lunch' is none of available, break, offline."


def test_all_faults_are_told_at_once(floor: Floor, switch: Caller) -> None:
    answer = switch.post("/calls", {"external_id": 7, "channel": 7})
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/external_id", "/channel"}


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path in IN_JSON if "events" not in path and path != "/surveys/answers"],
)
def test_unknown_fields_are_refused(floor: Floor, switch: Caller, method: str, path: str) -> None:
    answer = switch.ask(method, path, {"quueue": "billing"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
    assert answer.json()["errors"][0]["pointer"] == "/quueue"


def test_attributes_and_switch_events_take_anything(floor: Floor, switch: Caller) -> None:
    odd = {"深": [1, None, {"x": -0.5}], "": "空"}
    call = switch.post("/calls", arrival(attributes=odd)).json()["call"]
    assert call["attributes"] == odd
    assert switch.post(f"/calls/{call['id']}/events", event("ringing", **{"Twilio-Sid": odd})).status_code == 202


@pytest.mark.parametrize(
    "word",
    [
        "c_",
        "c_1",
        "r_" + "0" * 32,
        "x" * 300,
        "c_" + "z" * 32,
        "ext:",
        "ext:pbx",
        "ext:pbx:",
        "ext:pbx:%00",
        "%ff",
        "知音",
        "..",
        "c_%0a",
    ],
)
def test_a_wrong_id_is_an_id_that_does_not_exist(floor: Floor, switch: Caller, word: str) -> None:
    for path in (f"/calls/{word}", f"/reservations/{word}", f"/agents/{word}/presence", f"/agents/key:{word}/presence"):
        assert switch.get(path).status_code == 404, path
    for path in (f"/calls/{word}/cancel", f"/reservations/{word}/accept"):
        assert switch.post(path).status_code == 404, path


@pytest.mark.parametrize("number", ["a_99999999999999999999", "a_-1", "a_１", "a_1.0", "a_"])
def test_a_wrong_agent_does_not_exist(floor: Floor, switch: Caller, number: str) -> None:
    assert switch.get(f"/agents/{number}/presence").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=%00",
        "wait=26",
        "wait=-1",
        "after=other:3",
        "after=3",
        "after=main:x",
        "after=%00",
        "page=2",
        "types=" + "x," * 400,
        "types=*",
        "types=call.ended",
    ],
)
def test_wrong_parameters_are_named(floor: Floor, switch: Caller, query: str) -> None:
    answer = switch.get(f"/events?{query}")
    assert is_problem(answer)
    assert answer.status_code == 422


def test_unknown_addresses_and_methods(floor: Floor, switch: Caller) -> None:
    for path in ("/nothing", "/calls/", "", "/../admin"):
        assert is_problem(switch.get(path)), path
    wrong = switch.ask("DELETE", "/calls")
    assert (wrong.status_code, wrong.json()["code"], wrong["Allow"]) == (405, "method_not_allowed", "POST")
    assert is_problem(Client().get("/api/"))
    assert Client(enforce_csrf_checks=True).post("/api/v2/calls").status_code == 404
    assert switch.ask("OPTIONS", "/calls").status_code == 405


def test_a_strange_host_is_refused_in_the_same_form(db: None) -> None:
    assert is_problem(Client().get("/api/v1/limits", headers={"Host": "evil.example"}))


def test_our_own_fault_says_nothing_but_its_number(floor: Floor, switch: Caller, monkeypatch: Any) -> None:
    def break_down(**_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("routing.queries.agents", break_down)
    switch.client.raise_request_exception = False
    answer = switch.get("/agents")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert b"secret" not in answer.content


def test_without_a_database_the_switch_is_told_to_come_back(floor: Floor, switch: Caller, monkeypatch: Any) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("the connection is lost")

    switch.get("/agents")
    for asks in ("hall.names.hold_name", "telephony.api.configuration.db_now"):
        monkeypatch.setattr(f"callcenter.{asks}", away)
    for answer in (switch.post("/calls", arrival()), switch.get("/queues")):
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "2")
    assert clock.db_now() is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["external_id", "trunk", "channel", "from", "to", "queue", "intent", "language", "priority", "attributes"]
FIELDS += [
    "type",
    "at",
    "seq",
    "boot",
    "event_id",
    "call",
    "reservation",
    "agent",
    "by",
    "sip_code",
    "q850",
    "device",
    "kind",
]


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), json_values, max_size=6))
def test_nothing_a_machine_can_think_of_breaks_us(floor: Floor, switch: Caller, body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    for path in ("/calls", "/switch-events", "/ivr/events"):
        assert switch.post(path, raw).status_code < 500
