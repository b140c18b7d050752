"""One call door to door, over HTTP alone: Mrs Chen calls about her complaint, Lin answers at her desk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.stack import Stack

Json = dict[str, Any]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120, func_only=True)]

MRS_CHEN = "+8619900000001"


class Pbx:
    """The switch at the other end of the public API."""

    def __init__(self, stack: Stack, key: str) -> None:
        self.client = httpx.Client(
            base_url=f"{stack.url}/api/v1", headers={"Authorization": f"Bearer {key}"}, timeout=20
        )
        self.said = 0

    def get(self, path: str, **params: Any) -> Json:
        return self._body(self.client.get(path, params=params))

    def post(self, path: str, body: Any, *, status: int) -> Json:
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return self._body(answer)

    def tell(self, call: str, kind: str, **facts: Any) -> str:
        self.said += 1
        event = {"type": kind, "at": _now(), "boot": "pbx-1", "seq": self.said, **facts}
        return str(self.post(f"/calls/{call}/events", event, status=202)["results"][0]["result"])

    @staticmethod
    def _body(answer: httpx.Response) -> Json:
        assert answer.is_success, answer.text
        body: Json = answer.json()
        return body


class Desk:
    """An agent's browser without the browser."""

    def __init__(self, stack: Stack, username: str, password: str) -> None:
        self.client = httpx.Client(base_url=stack.url, timeout=20, headers={"Referer": stack.url})
        self.lease = str(uuid4())
        self.client.get("/accounts/login/")
        form = {"username": username, "password": password, "csrfmiddlewaretoken": self.client.cookies["csrftoken"]}
        assert self.client.post("/accounts/login/", data=form).status_code == 302

    def state(self) -> Json:
        answer = self.client.get("/console/state")
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body

    def do(self, path: str, **body: Any) -> Json:
        headers = {
            "X-CSRFToken": self.client.cookies["csrftoken"],
            "X-Lease": self.lease,
            "Idempotency-Key": str(uuid4()),
            "Accept": "application/json",
        }
        answer = self.client.post(f"/console/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def sees(self, path: str) -> str:
        answer = self.client.get(f"/console/{path}")
        assert answer.status_code == 200, answer.text
        return answer.text


@pytest.fixture
def pbx(stack: Stack, known: dict[str, str]) -> Pbx:
    return Pbx(stack, known["key"])


@pytest.fixture
def lin(stack: Stack, known: dict[str, str]) -> Iterator[Desk]:
    desk = Desk(stack, "lin", known["lin"])
    desk.do("open/")
    desk.do("presence/", presence="available")
    yield desk
    desk.do("presence/", presence="offline")


def test_inbound_call(pbx: Pbx, lin: Desk, stack: Stack, known: dict[str, str]) -> None:
    start = pbx.get("/sync")["cursor"]
    assert lin.state()["agent"]["shown"] == "available"

    # The caller comes, walks the menus and asks for complaints.
    external_id = f"walk-{uuid4().hex[:8]}"
    arrival = {"external_id": external_id, "from": "19900000001", "to": "10011", "language": "zh"}
    call = pbx.post("/calls", arrival, status=201)["call"]
    assert (call["state"], call["from"], call["match_basis"]) == ("arrived", MRS_CHEN, "exact")
    stored = pbx.post("/ivr/events", [*_menus(external_id)], status=202)["results"]
    assert {item["result"] for item in stored} == {"stored"}

    # Lin is free, so the answer names her.
    routed = pbx.post(f"/calls/{call['id']}/enqueue", {"queue": "complaints"}, status=201)
    reservation = routed["reservation"]
    assert (reservation["agent_key"], reservation["state"]) == ("1001", "pending")
    assert routed["instruction"]["contact"] == reservation["contact"]

    # Her desk shows who calls, masked, and what must be respected, before she answers.
    ringing = lin.state()["work"]
    assert (ringing["reservation"], ringing["stage"]) == (reservation["id"], "ringing")
    card = lin.sees(f"reservations/{reservation['id']}/")
    assert "陈" in card and "陈丽华" not in card and "19900000001" not in card
    identity = lin.sees(f"reservations/{reservation['id']}/identity/")
    assert "陈丽华" not in identity and "19900000001" not in identity
    assert "投诉" in lin.sees(f"reservations/{reservation['id']}/offers/")

    # Nobody else sees this customer.
    omar = Desk(stack, "omar", known["omar"])
    assert omar.client.get(f"/console/reservations/{reservation['id']}/identity/").status_code in {403, 404}

    # She answers, the switch joins them, she holds and resumes, the caller hangs up, she wraps up.
    assert lin.do(f"reservations/{reservation['id']}/accept/")["state"]["work"]["stage"] == "connecting"
    assert pbx.tell(call["id"], "bridged", reservation=reservation["id"]) == "applied"
    assert lin.state()["work"]["stage"] == "talking"
    assert lin.do(f"calls/{call['id']}/hold/")["state"]["work"]["stage"] == "held"
    assert lin.do(f"calls/{call['id']}/resume/")["state"]["work"]["stage"] == "talking"
    assert pbx.tell(call["id"], "hangup", by="caller") == "applied"
    assert lin.state()["work"]["stage"] == "wrapping"
    note = "已告知客户明日上门。"
    saved = lin.do(
        f"reservations/{reservation['id']}/complete/", disposition="complaint_taken", note=note, next="available"
    )
    assert saved["state"]["work"] is None and saved["state"]["agent"]["shown"] == "available"

    # What happened stands everywhere: on the call, on the customer's timeline, in the feed, without a gap.
    ended = pbx.get(f"/calls/{call['id']}")["call"]
    assert (ended["state"], ended["outcome"], ended["ended_by"]) == ("completed", "answered", "caller")
    told = _until(lambda: _feed(pbx, start, call["id"]), lambda events: "call.completed" in {e["type"] for e in events})
    assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
    assert [event["type"] for event in told if event["type"].startswith("call.")] == [
        "call.arrived", "call.queued", "call.reserved", "call.connected", "call.held", "call.resumed", "call.wrapping",
        "call.completed",
    ]  # fmt: skip
    assert all("陈" not in str(event) and "19900000001" not in str(event) for event in told)

    # With the call the right to look ends; the next call brings the note back.
    assert lin.client.get(f"/console/reservations/{reservation['id']}/timeline/").status_code == 404
    again = pbx.post("/calls", arrival | {"external_id": f"{external_id}-2", "queue": "complaints"}, status=201)
    assert note in lin.sees(f"reservations/{again['reservation']['id']}/timeline/")
    assert pbx.tell(again["call"]["id"], "hangup", by="caller") == "applied"
    assert lin.state()["work"] is None


def _menus(external_id: str) -> Iterator[Json]:
    steps = (("enter", "language", ""), ("key", "language", "1"), ("enter", "main", ""), ("key", "main", "6"),
             ("enter", "complaints", ""), ("enter", "queue_complaints", ""), ("transfer", "queue_complaints", ""))  # fmt: skip
    for seq, (kind, node, key) in enumerate(steps, start=1):
        step: Json = {
            "external_id": external_id,
            "t": _now(),
            "kind": kind,
            "node": node,
            "seq": seq,
            "flow": "operator",
        }
        yield step | ({"key": key} if key else {})


def _feed(pbx: Pbx, after: str, call: str) -> list[Json]:
    events: list[Json] = []
    while True:
        page = pbx.get("/events", after=after, limit=200)
        events += [event for event in page["events"] if event["call"] == call]
        if not page["events"]:
            return events
        after = page["next"]


def _until(look: Callable[[], list[Json]], enough: Callable[[list[Json]], bool], seconds: float = 15.0) -> list[Json]:
    """The relay publishes a moment later than things happen."""
    deadline = time.monotonic() + seconds
    while not enough(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
