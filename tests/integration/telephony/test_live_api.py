"""The Python client, the examples of the documentation and the simulated trunk against a real web process."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from http.client import HTTPConnection
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from callcenter.demo.operator.keys import switch_key
from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.webhooks import signing
from clients import zhiyin
from clients.zhiyin import Away, BadSignature, Refused, Zhiyin
from ivr.flows.operations import publish_shipped
from ivr.models import PathEvent, SurveyInvitation, SurveyPlan
from ivr.surveys import operations as surveys
from routing.models import Agent, Call, Queue, Reservation
from tests.integration.live.conftest import committed as committed
from tests.integration.live.conftest import web_process
from tests.integration.telephony.conftest import Floor, lay_out

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "first-calls.md").read_text("utf-8")
SECRET = "whsec_" + "QUJDRA==" * 4


@dataclass(frozen=True, kw_only=True)
class Line:
    """A floor behind a web process, and the key of its switch."""

    floor: Floor
    url: str
    key: str


@pytest.fixture(scope="module")
def line(committed: None) -> Iterator[Line]:
    floor = lay_out()
    Queue.objects.update(wrap_up_mode="none")
    key = floor.caller(trunk="pbx-1").key
    with web_process() as server:
        yield Line(floor=floor, url=server.url, key=key)


@pytest.fixture
def switch(line: Line) -> Iterator[Zhiyin]:
    with Zhiyin(line.url, line.key, give_up_s=20) as client:
        yield client
        for agent in client.agents():
            client.set_presence(agent.id, "offline", take_over=True)


# --- the documentation ------------------------------------------------------------------------------------------------
def test_every_curl_example_does_what_the_page_says(line: Line, switch: Zhiyin) -> None:
    blocks = re.findall(r"```(sh|text)\n(.*?)```", PAGE, re.DOTALL)
    marker = "-- next --"
    script = f"\nprintf '\\n{marker}\\n'\n".join(text for kind, text in blocks if kind == "sh")
    done = subprocess.run(
        ["bash", "-euc", script],
        env=os.environ | {"URL": line.url, "KEY": line.key, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr)
    told = [part.strip() for part in done.stdout.split(marker)][1:]  # the first block only names things
    expected = [text.strip() for kind, text in blocks if kind == "text"]
    assert len(told) == len(expected) >= 8
    for answer, pattern in zip(told, expected, strict=True):
        assert fnmatchcase(answer, pattern.replace("[", "[[]") + "*"), (pattern, answer)


def test_the_python_example_does_what_it_says(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zhiyin", zhiyin)
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = StringIO()
    with redirect_stdout(said):
        exec(code[0], {"URL": line.url, "KEY": line.key})
    assert said.getvalue().splitlines() == ["waits at place 1", "illegal_transition"]


# --- bad input that only a real server meets ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "head",
    [
        b"X-Long: " + b"a" * 65_536,
        b"Authorization: Bearer " + b"z" * 65_536,
        b"Idempotency-Key: \xff\xfe",
        b"Content-Length: -1",
        b"Content-Length: 1e3",
        b"Transfer-Encoding: gzip",
        b"Content-Encoding: gzip",
        b"Host: \xe7\x9f\xa5\xe9\x9f\xb3",
    ],
)
def test_odd_headers_never_break_the_server(line: Line, head: bytes) -> None:
    port = int(line.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        with suppress(OSError):  # it may hang up in the middle of ours
            wire.sendall(b"POST /api/v1/calls HTTP/1.1\r\nConnection: close\r\n" + head + b"\r\n\r\n")
        with suppress(OSError):
            status = wire.makefile("rb").readline()
            assert not status or status.split()[1].startswith(b"4"), status
    with Zhiyin(line.url, line.key) as client:
        assert len(client.queues()) == 2


# --- the client ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/events/stream", "/events?wait=25&after={}", "/calls/{call}/next?wait=25&after={}"])
def test_who_asks_for_the_head_of_a_stream_alone_is_answered_and_holds_no_place(
    line: Line, switch: Zhiyin, path: str
) -> None:
    call = switch.arrive(f"head-{path}", from_number="013812345678").call.id
    wire = HTTPConnection("127.0.0.1", int(line.url.rpartition(":")[2]), timeout=10)
    bodies = []
    for method, where in (("HEAD", path.format(switch.sync()["cursor"], call=call)), ("GET", f"/calls/{call}")):
        wire.request(method, f"/api/v1{where}", headers={"Authorization": f"Bearer {line.key}"})
        answer = wire.getresponse()
        bodies.append(answer.read())
        assert answer.status == 200
    assert bodies[0] == b""
    assert json.loads(bodies[1])["call"]["id"] == call
    wire.close()
    switch.report(call, "hangup", by="caller")


def test_a_whole_call_in_python(line: Line, switch: Zhiyin) -> None:
    waits = switch.arrive("python-1/a@b", from_number="+8613812345678", queue="billing")
    assert (waits.position, waits.instruction) == (1, None)
    assert switch.arrive("python-1/a@b", from_number="+8613812345678", queue="billing", wait_s=1).position == 1
    lin, lease = switch.set_presence("key:1017", "available")
    assert lease is not None
    assert switch.heartbeat(lin.id, lease).presence == "available"
    call_command("route", "--once")
    publish()
    (ring,) = islice(switch.instructions(), 1)
    assert (ring.kind, ring.call, ring.agent) == ("route", waits.call.id, lin.id)
    name = "ext:pbx:python-1/a@b"
    assert switch.report(name, "ringing", reservation=ring.reservation) == "applied"
    assert switch.report(name, "answered", reservation=ring.reservation) == "applied"
    held = switch.hold(name, version=switch.call(name).call.version)
    assert held.call.raw["held_since"] is not None
    with pytest.raises(Refused, match="version_conflict") as refused:
        switch.resume(name, version=held.call.version - 1)
    assert (refused.value.status, refused.value.problem["version"]) == (409, held.call.version)
    results = switch.report_all([switch.event("hangup", call=name, by="caller"), {"type": "nonsense"}])
    assert [one["result"] for one in results] == ["applied", "quarantined"]
    assert switch.call(name).call.state == "completed"
    assert [queue.waiting for queue in switch.queues()] == [0, 0]
    assert {one.state for one in switch.reservations(state=["completed"])} == {"completed"}


def test_events_follow_from_a_snapshot(line: Line, switch: Zhiyin) -> None:
    publish()
    stood = switch.sync()["cursor"]
    call = switch.arrive("python-2", queue="billing").call
    switch.cancel(call.id)
    publish()
    told = list(islice(switch.events(after=stood, types=["call.*"]), 3))
    assert [event.type for event in told] == ["call.arrived", "call.queued", "call.canceled"]
    assert [event.sequence for event in told] == [1, 2, 3]
    waits = switch.arrive("python-3", queue="billing").call.id
    changed = switch.change(waits, priority="high", reason="Medical alarm", attributes={"ticket": "T-1"})
    assert (changed.call.raw["priority"], changed.call.raw["attributes"]) == ("high", {"ticket": "T-1"})
    gone = switch.divert(waits, reason="outside", to="sip:night@partner.example")
    assert gone.call.end_reason == "outside"
    assert [(told.kind, told.to) for told in switch.next(waits, wait_s=0)] == [("drop", "sip:night@partner.example")]
    assert switch.started("pbx-1", boot="b2") == {"closed": [], "talking": [], "unknown": []}
    closed = switch.live_calls("pbx-1", ["python-9"])
    assert closed == {"closed": [], "unknown": ["python-9"]}


def test_what_is_away_is_said_after_its_time() -> None:
    with Zhiyin("http://127.0.0.1:9", "zk_x", give_up_s=0.2) as nobody, pytest.raises(Away, match="GET /agents"):
        nobody.agents()
    with pytest.raises(ValueError, match="no URL"):
        Zhiyin("127.0.0.1:8000", "zk_x")


def test_only_what_we_signed_is_believed() -> None:
    body = b'{"id":"ins_1","kind":"drop"}'
    headers = signing.headers(secrets=[SECRET], message_id="ins_1", at=datetime.now(UTC), body=body)
    shouted = {name.title(): value for name, value in headers.items()}
    assert zhiyin.verified(SECRET, shouted, body)["kind"] == "drop"
    for wrong in (
        (SECRET, headers, body + b" "),
        ("whsec_" + "RUZHSA==", headers, body),
        (SECRET, headers | {"webhook-timestamp": "1"}, body),
        (SECRET, {}, body),
    ):
        with pytest.raises(BadSignature):
            zhiyin.verified(*wrong)


# --- without a switch ---------------------------------------------------------------------------------------------------
def test_a_simulated_trunk_sees_its_caller_through(line: Line) -> None:
    said = StringIO()
    call_command(
        "simulate_trunk", url=line.url, agents="1017", count=1, rate=4.0, talk=1.0, patience=9000.0, seed=3,
        channels="wechat", stdout=said,
    )  # fmt: skip
    first, second, *refused = said.getvalue().splitlines()
    assert first.startswith("1 conversations: wechat 1")
    assert second.startswith("1 served, 0 given up")
    assert refused == []
    made = Call.objects.get(source="simulated-trunk", channel="wechat")
    assert (made.state, made.channel) == ("completed", "wechat")
    assert not Reservation.objects.filter(state__in=["pending", "accepted"]).exists()
    assert not Agent.objects.filter(presence="available").exists()


def test_a_simulated_trunk_rings_whom_another_system_wishes_it_to(line: Line, switch: Zhiyin) -> None:
    switch.set_presence("key:1018", "available")
    Agent.objects.filter(key="1018").update(lease_expires_at=db_now() + timedelta(minutes=10))
    switch_key(trunk="simulated-trunk", domain="main", now=db_now())
    with Zhiyin(line.url, line.floor.caller().key) as crm:
        wish = {"agent": "key:1018", "to": "013812345678", "purpose": "transactional", "trunk": "simulated-trunk"}
        told = crm.dial("crm-1", **wish).instruction
    assert told is not None
    assert (told.kind, told.dialled_by, told.dial) == ("dial", "switch", "+8613812345678")
    call_command(
        "simulate_trunk", url=line.url, agents="1017", count=1, rate=4.0, talk=1.0, patience=9000.0, seed=3,
        channels="chat", stdout=StringIO(),
    )  # fmt: skip
    made = Call.objects.get(source="simulated-trunk", external_id="crm-1")
    heard = InboundEvent.objects.filter(call=made.pk).order_by("id").values_list("type", flat=True)
    assert list(heard) in (["ringing", "bridged", "hangup"], ["ringing", "hangup"])
    assert made.state in {"completed", "abandoned"}


def test_a_sample_ivr_feeds_paths_routing_and_satisfaction(line: Line) -> None:
    """The menus of the operator, keys as path events, the queue, the talk, two questions by keys: one switch, one key."""
    publish_shipped(now=db_now())
    surveys.publish_shipped(now=db_now())
    SurveyPlan.objects.update(least_talk_s=0, share=1.0)
    said = StringIO()
    call_command(
        "simulate_trunk", url=line.url, agents="1017", count=1, rate=4.0, talk=1.0, patience=9000.0, seed=26,
        channels="voice", menus="operator", stdout=said,
    )  # fmt: skip
    assert "1 served" in said.getvalue(), said.getvalue()
    call = Call.objects.get(source="simulated-trunk", channel="voice", direction="in")
    assert (call.state, call.ended_by, call.to_number) == ("completed", "agent", "10011")
    steps = PathEvent.objects.filter(session_id=call.pk).order_by("seq").values_list("kind", flat=True)
    assert steps[0] == "enter"
    assert "key" in steps
    assert steps.reverse()[0] == "transfer"
    asked = SurveyInvitation.objects.get(call=call.pk)
    assert (asked.channel, asked.agent) == ("voice", "1017")


def test_a_simulation_that_cannot_begin_says_why(db: None) -> None:
    wishes = (({"channels": "fax"}, "no channel"), ({"rate": 0.0}, "above zero"), ({"menus": "none"}, "'none'"))
    for wish, sentence in wishes:
        with pytest.raises(CommandError, match=sentence):
            call_command("simulate_trunk", **wish)
