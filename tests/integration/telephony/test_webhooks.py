"""Webhooks: told once it is committed, signed, again until it is taken; and nobody waits for a neighbour."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry, Event
from callcenter.live.publishing import publish
from callcenter.telephony import tasks
from callcenter.telephony.webhooks import courier, outbox, schedule, signing
from callcenter.telephony.webhooks.courier import IN_FLIGHT, OF_ONE_RECEIVER, Courier
from callcenter.telephony.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from callcenter.telephony.webhooks.sending import Parcel, Reply
from customers.imports import operations as imports
from customers.models import Customer
from customers.quality.measuring import measure
from customers.rights import operations as rights
from customers.segments import operations as segments
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

CRM = "https://crm.example.com/zhiyin"
OTHER = "https://other.example.com/in"


@dataclass
class World:
    """Receivers by URL, and a clock that moves when told to."""

    now: datetime
    answers: dict[str, Callable[[Parcel], Reply]] = field(default_factory=dict)
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # what was taken, by URL
    asked: Counter[str] = field(default_factory=Counter)  # attempts, by URL
    parcels: list[Parcel] = field(default_factory=list)
    slow: dict[str, Callable[[], bool]] = field(default_factory=dict)  # by URL: answers only when this has come about

    async def send(self, parcel: Parcel) -> Reply:
        self.asked[parcel.url] += 1
        self.parcels.append(parcel)
        while not self.slow.get(parcel.url, lambda: True)():
            await asyncio.sleep(0.01)
        reply = self.answers.get(parcel.url, _fine)(parcel)
        if reply.taken:
            self.heard.setdefault(parcel.url, []).append(json.loads(parcel.body))
        return reply

    def carry(self, *, seconds: float = 60.0) -> Courier:
        """The relay publishes, and the courier makes a round."""
        publish()
        self.now = max(self.now, db_now() + timedelta(seconds=1))  # what was asked for is due
        made = Courier(send=self.send, clock=lambda: self.now)
        async_to_sync(made.round)(seconds=seconds)
        return made

    def pass_time(self, span: timedelta, *, step: timedelta = timedelta(minutes=1)) -> None:
        until = self.now + span
        while self.now < until:
            self.now += step
            self.carry()

    def ids(self, url: str) -> list[str]:
        return [told["id"] for told in self.heard.get(url, [])]


def _fine(_: Parcel) -> Reply:
    return Reply(status=204, result="", took_ms=1)


def _down(_: Parcel) -> Reply:
    return Reply(status=None, result="The receiver refused the connection, or TLS failed.", took_ms=1)


def _says(status: int, **more: str) -> Callable[[Parcel], Reply]:
    return lambda _: Reply(status=status, result="", took_ms=1, retry_after=more.get("retry_after", ""))


@pytest.fixture
def world(floor: Floor) -> World:
    return World(now=db_now() + timedelta(seconds=1))


@pytest.fixture
def crm(switch: Caller) -> Any:
    made = switch.post("/webhooks", {"url": CRM})
    assert made.status_code == 201, made.content
    return made.json()


def _ids() -> list[str]:
    return [
        f"evt_{pk}"
        for pk in Event.objects.exclude(type="webhook.tested").order_by("feed_seq").values_list("pk", flat=True)
    ]


# --- telling --------------------------------------------------------------------------------------------------------
def test_what_happens_is_told_signed_and_in_the_call_s_order(world: World, switch: Caller, crm: Any) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", event("hangup"))
    world.carry()

    told = world.heard[CRM]
    assert [(one["type"], one["sequence"]) for one in told] == [
        ("zhiyin.call.arrived.v1", "1"),
        ("zhiyin.call.queued.v1", "2"),
        ("zhiyin.call.abandoned.v1", "3"),
    ]
    first = told[0]
    assert first["specversion"] == "1.0"
    assert (first["source"], first["subject"]) == ("/domains/main", call)
    assert first["data"]["call"] == call
    assert "13812345678" not in json.dumps(told)

    parcel = world.parcels[0]
    at = datetime.fromtimestamp(int(parcel.headers["webhook-timestamp"]), UTC)
    assert parcel.headers["webhook-id"] == first["id"]
    assert parcel.headers["webhook-signature"] == signing.signature(
        secret=crm["secret"], message_id=first["id"], at=at, body=parcel.body
    )
    world.carry()
    assert world.asked[CRM] == 3  # nothing twice


def test_what_becomes_of_customers_is_told_by_ids_alone(world: World, crm: Any, tmp_path: Path) -> None:
    now = db_now()
    who: dict[str, Any] = {"actor": "user:1"}
    path = tmp_path / "people.csv"
    path.write_text("id,name,phone\n1,陈美,13800138000\n2,陈美丽,13900139000\n3,张三,12\n", encoding="utf-8")
    imports.run(job_id=imports.prepare(path=path, source="crm", now=now, **who).pk, now=now)
    one, other = Customer.objects.order_by("pk").values_list("pk", flat=True)
    segments.save(name="陈家", note="", tree={"all": []}, channel="voice", now=now, **who)
    merged = hall.customer.customers_merged(one=one, other=other, reason="same", now=now, **who)
    hall.customer.customers_unmerged(absorbed=merged.absorbed, reason="not the same", now=now, **who)
    asked: dict[str, Any] = {"reference": "letter 7", "now": now, **who}
    hall.customer.customer_restricted(customer_id=one, ground="accuracy", **asked)
    rights.lift(customer_id=one, **asked)
    hall.customer.customer_erased(customer_id=other, purpose="letter 8", now=now, **who)
    measure(now=now + timedelta(days=900))  # by when the source has long been silent
    world.carry()
    told = [(one["type"].removeprefix("zhiyin.").removesuffix(".v1"), one["data"]["data"]) for one in world.heard[CRM]]
    # Each subject's events come in their order, those of several subjects as the senders get to them.
    assert sorted(kind for kind, _data in told if kind != "quality.alert") == [
        "customer.erased", "customer.merged", "customer.restricted", "customer.unmerged", "customer.unrestricted",
        "import.finished", "segment.changed",
    ]  # fmt: skip
    said = dict(told)
    assert (said["import.finished"]["stored"], said["import.finished"]["refused"]) == (2, 1)
    assert said["quality.alert"]["source"] == "crm"
    assert not [word for word in ("陈", "13800138000", "13900139000") if word in json.dumps(told, ensure_ascii=False)]


def test_only_the_types_asked_for_and_only_of_the_own_domain(world: World, switch: Caller, floor: Floor) -> None:
    switch.post("/webhooks", {"url": CRM, "types": ["call.queued", "agent.*"]})
    floor.caller(domain="other").post("/webhooks", {"url": OTHER})
    floor.sign_in(switch, floor.lin)
    floor.sign_in(switch, floor.omar)
    for _ in range(3):
        switch.post("/calls", arrival())
    world.carry()
    kinds = {one["type"] for one in world.heard[CRM]}
    assert "zhiyin.call.queued.v1" in kinds
    assert {kind.split(".")[1] for kind in kinds} == {"call", "agent"}
    assert OTHER not in world.asked


def test_a_new_receiver_hears_from_now_on_or_from_a_cursor(world: World, switch: Caller) -> None:
    switch.post("/calls", arrival())
    publish()
    switch.post("/webhooks", {"url": CRM})
    switch.post("/webhooks", {"url": OTHER, "after": "main:1"})
    world.carry()
    assert (world.ids(CRM), len(world.ids(OTHER))) == ([], 1)


# --- when it does not go well -----------------------------------------------------------------------------------------
def test_a_receiver_down_for_four_hours_loses_nothing(world: World, switch: Caller, crm: Any) -> None:
    world.answers[CRM] = _down
    for _ in range(12):
        switch.post("/calls", arrival())
        world.pass_time(timedelta(minutes=20), step=timedelta(minutes=5))
    assert world.ids(CRM) == []
    assert world.asked[CRM] <= 4 * 60 / 5 + 2  # probes, not a storm
    shown = switch.get(f"/webhooks/{crm['webhook']['id']}").json()["webhook"]
    assert shown["active"]
    assert shown["failing_since"]
    assert shown["pending"] + shown["behind"] == 24

    del world.answers[CRM]
    world.pass_time(timedelta(minutes=7))
    assert sorted(world.ids(CRM)) == sorted(_ids())
    assert len(set(world.ids(CRM))) == len(world.ids(CRM)) == 24
    _sequences_rise(world.heard[CRM])
    assert WebhookDelivery.objects.filter(state="dead").count() == 0


def _sequences_rise(told: list[dict[str, Any]]) -> None:
    by_call: dict[str, list[int]] = {}
    for one in told:
        by_call.setdefault(one["subject"], []).append(int(one["sequence"]))
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in by_call.values())


def test_what_was_tried_in_vain_comes_before_what_followed(world: World, switch: Caller, crm: Any) -> None:
    """The first events of a call met a receiver that was going down; back again, it hears them first."""
    world.answers[CRM] = _down
    calls = [switch.post("/calls", arrival()).json()["call"]["id"] for _ in range(3)]
    world.carry()
    for call in calls:
        switch.post(f"/calls/{call}/events", event("hangup"))
    world.pass_time(timedelta(minutes=30), step=timedelta(minutes=5))
    del world.answers[CRM]
    world.pass_time(timedelta(minutes=10), step=timedelta(minutes=5))
    for call in calls:
        assert [told["sequence"] for told in world.heard[CRM] if told["subject"] == call] == ["1", "2", "3"]


def test_a_slow_receiver_holds_up_nobody(world: World, switch: Caller, crm: Any) -> None:
    switch.post("/webhooks", {"url": OTHER})
    for _ in range(8):
        switch.post("/calls", arrival())
    world.slow[CRM] = lambda: len(world.ids(OTHER)) == 16  # not one answer before the other has them all
    made = world.carry()
    assert sorted(world.ids(CRM)) == sorted(world.ids(OTHER)) == sorted(_ids())
    assert made.most_in_flight <= OF_ONE_RECEIVER <= IN_FLIGHT * 0.1


def test_one_poisonous_event_does_not_stop_the_others(world: World, switch: Caller, crm: Any) -> None:
    """Ten tries over three days, then it is put aside, where it can be sent again by hand."""
    poison = switch.post("/calls", arrival()).json()["call"]["id"]

    def refuses(parcel: Parcel) -> Reply:
        told = json.loads(parcel.body)
        return _says(500)(parcel) if (told.get("subject"), told.get("sequence")) == (poison, "2") else _fine(parcel)

    world.answers[CRM] = refuses
    for _ in range(10):
        switch.post("/calls", arrival())
        world.pass_time(timedelta(hours=10), step=timedelta(hours=2))
    dead = WebhookDelivery.objects.get(state="dead")
    assert (dead.tries, dead.attempts.count(), dead.last_status) == (schedule.TRIES, schedule.TRIES, 500)
    assert len(world.ids(CRM)) == 11 * 2 - 1
    assert WebhookEndpoint.objects.get().active

    hook = f"/webhooks/{crm['webhook']['id']}"
    listed = switch.get(f"{hook}/deliveries?state=dead").json()["deliveries"]
    assert [one["id"] for one in listed] == [f"d_{dead.pk}"]
    assert len(switch.get(f"{hook}/deliveries/d_{dead.pk}").json()["attempts"]) == 10
    del world.answers[CRM]
    assert switch.post(f"{hook}/deliveries/d_{dead.pk}/redeliver").status_code == 202
    world.carry()
    assert sorted(world.ids(CRM)) == sorted(_ids())


def test_later_events_of_a_call_wait_for_the_one_that_failed(world: World, switch: Caller, crm: Any) -> None:
    tries = iter([_says(503), _fine, _fine, _fine])
    world.answers[CRM] = lambda parcel: next(tries)(parcel)
    switch.post("/calls", arrival())
    world.carry()
    assert (world.asked[CRM], world.ids(CRM)) == (1, [])
    world.pass_time(timedelta(seconds=10), step=timedelta(seconds=2))
    assert [one["sequence"] for one in world.heard[CRM]] == ["1", "2"]


def test_an_answer_of_gone_switches_the_receiver_off(world: World, switch: Caller, crm: Any) -> None:
    world.answers[CRM] = _says(410)
    switch.post("/calls", arrival())
    world.carry()
    hook = f"/webhooks/{crm['webhook']['id']}"
    shown = switch.get(hook).json()["webhook"]
    assert (shown["active"], shown["inactive_reason"]) == (False, "gone")
    assert Event.objects.filter(type="webhook.disabled").exists()
    switch.post("/calls", arrival())
    world.pass_time(timedelta(hours=1), step=timedelta(minutes=10))
    assert world.asked[CRM] == 1

    del world.answers[CRM]
    switch.ask("PATCH", hook, {"active": True})
    world.pass_time(timedelta(minutes=1))
    assert sorted(world.ids(CRM)) == sorted(_ids())


def test_a_receiver_silent_for_three_days_is_switched_off_and_goes_on_where_it_stood(
    world: World, switch: Caller, crm: Any
) -> None:
    world.answers[CRM] = _down
    switch.post("/calls", arrival())
    world.pass_time(timedelta(hours=84), step=timedelta(hours=4))
    assert WebhookEndpoint.objects.get().inactive_reason == "failing"
    del world.answers[CRM]
    switch.ask("PATCH", f"/webhooks/{crm['webhook']['id']}", {"active": True})
    world.pass_time(timedelta(minutes=1))
    assert sorted(world.ids(CRM)) == sorted(_ids())


def test_retry_after_is_obeyed(world: World, switch: Caller, crm: Any) -> None:
    world.answers[CRM] = _says(429, retry_after="600")
    switch.post("/calls", arrival())
    world.carry()
    asked = world.asked[CRM]
    world.pass_time(timedelta(minutes=9))
    assert world.asked[CRM] == asked
    world.pass_time(timedelta(minutes=2))
    assert world.asked[CRM] > asked


def test_a_courier_that_died_with_errands_in_hand_loses_none(world: World, switch: Caller, crm: Any) -> None:
    switch.post("/calls", arrival())
    publish()
    endpoint = WebhookEndpoint.objects.get()
    outbox.spread(endpoint_id=endpoint.pk, now=world.now)
    assert len(outbox.claim(endpoint_id=endpoint.pk, now=world.now, most=16)) == 2  # and never settled
    world.carry()
    assert world.asked[CRM] == 0
    world.now += outbox.CLAIM_FOR
    world.carry()
    assert world.ids(CRM) == _ids()


# --- what people ask for ------------------------------------------------------------------------------------------------
def test_a_test_is_sent_to_this_receiver_alone_even_while_it_fails(world: World, switch: Caller, crm: Any) -> None:
    switch.post("/webhooks", {"url": OTHER})
    WebhookEndpoint.objects.filter(url=CRM).update(failures=9, resume_at=world.now + timedelta(hours=1))
    hook = f"/webhooks/{crm['webhook']['id']}"
    made = switch.post(f"{hook}/test")
    assert made.status_code == 202
    world.carry()
    assert [one["type"] for one in world.heard[CRM]] == ["zhiyin.webhook.tested.v1"]
    assert OTHER not in world.asked
    shown = switch.get(f"{hook}/deliveries/{made.json()['delivery']['id']}").json()
    assert (shown["delivery"]["state"], shown["delivery"]["test"]) == ("delivered", True)


def test_replay_sends_again_under_the_same_ids(world: World, switch: Caller, crm: Any) -> None:
    for _ in range(3):
        switch.post("/calls", arrival())
    world.carry()
    hook = f"/webhooks/{crm['webhook']['id']}"
    done = switch.post(f"{hook}/replay", {"after": "main:2", "types": ["call.queued"]})
    assert (done.status_code, done.json()) == (202, {"events": 2, "until": "main:6", "complete": True})
    world.carry()
    assert sorted(world.ids(CRM)[:6]) == sorted(_ids())
    assert sorted(world.ids(CRM)[6:]) == sorted([_ids()[3], _ids()[5]])
    assert switch.post(f"{hook}/replay", {"after": "main:99"}).status_code == 410


def test_a_rotated_secret_overlaps_with_the_one_before(world: World, switch: Caller, crm: Any) -> None:
    hook = f"/webhooks/{crm['webhook']['id']}"
    fresh = switch.post(f"{hook}/rotate", {"overlap_hours": 2}).json()
    assert fresh["secret"] != crm["secret"]
    again = switch.post(f"{hook}/rotate", {})
    assert (again.status_code, again.json()["code"]) == (409, "rotating")

    def signed_by() -> list[bool]:
        switch.post("/calls", arrival())
        world.carry()
        parcel = world.parcels[-1]
        at = datetime.fromtimestamp(int(parcel.headers["webhook-timestamp"]), UTC)
        return [
            signing.signature(secret=one["secret"], message_id=parcel.headers["webhook-id"], at=at, body=parcel.body)
            in parcel.headers["webhook-signature"].split()
            for one in (fresh, crm)
        ]

    assert signed_by() == [True, True]
    world.now += timedelta(hours=3)
    assert signed_by() == [True, False]


def test_no_secret_stands_in_the_database(switch: Caller, crm: Any) -> None:
    row = WebhookEndpoint.objects.values().get()
    assert crm["secret"] not in json.dumps(row, default=str)
    written = AuditEntry.objects.get(action="webhook.created")
    assert written.data == {"host": "crm.example.com"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://crm.example.com/"}, "url_not_allowed"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url_not_allowed"),
        ({"url": "https://localhost/"}, "url_not_allowed"),
        ({"url": CRM, "types": ["everything"]}, "invalid_field"),
        ({"url": CRM, "types": "call.*"}, "invalid_field"),
        ({"url": CRM, "types": ["call.ended"]}, "invalid_field"),
        ({"url": CRM, "types": ["call.*"] * 61}, "invalid_field"),
        ({"url": CRM, "secret": "mine"}, "unknown_field"),
        ({}, "invalid_field"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(switch: Caller, body: Any, code: str) -> None:
    refused = switch.post("/webhooks", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.content
    assert refused.json()["detail"]
    assert not WebhookEndpoint.objects.exists()


def test_another_domain_s_webhook_does_not_exist(floor: Floor, crm: Any) -> None:
    stranger = floor.caller(domain="other")
    hook = f"/webhooks/{crm['webhook']['id']}"
    assert stranger.get("/webhooks").json() == {"webhooks": []}
    for method, path, body in (
        ("GET", hook, None),
        ("PATCH", hook, {"active": False}),
        ("DELETE", hook, None),
        ("POST", f"{hook}/rotate", {}),
        ("POST", f"{hook}/test", {}),
        ("POST", f"{hook}/replay", {"after": "other:0"}),
        ("GET", f"{hook}/deliveries", None),
        ("POST", f"{hook}/deliveries/d_1/redeliver", {}),
    ):
        assert stranger.ask(method, path, body).status_code == 404, (method, path)
    assert floor.caller("calls:write").get("/webhooks").status_code == 403


def test_removed_and_forgotten(world: World, switch: Caller, crm: Any) -> None:
    switch.post("/calls", arrival())
    world.carry()
    assert outbox.sweep(now=world.now + timedelta(days=6)) == 0
    assert outbox.sweep(now=world.now + timedelta(days=8)) == 2
    hook = f"/webhooks/{crm['webhook']['id']}"
    assert switch.ask("DELETE", hook).status_code == 204
    assert switch.get(hook).status_code == 404
    assert not WebhookAttempt.objects.exists()


# --- the real thing -----------------------------------------------------------------------------------------------------
@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A receiver on the loopback, in a thread of its own."""
    taken: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/zhiyin", taken
    server.shutdown()
    server.server_close()
    thread.join()


def test_over_the_wire(receiver: Any, floor: Floor, switch: Caller, settings: Any) -> None:
    url, taken = receiver
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    secret = switch.post("/webhooks", {"url": url}).json()["secret"]
    switch.post("/calls", arrival())
    publish()
    assert tasks.carry_webhooks() == 2
    headers, body = taken[0]
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert headers["webhook-signature"] == signing.signature(
        secret=secret, message_id=headers["webhook-id"], at=at, body=body
    )
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert tasks.sweep_webhooks() == 0


def test_there_is_one_courier(committed_floor: Floor) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [courier._LOCK])
        assert not courier.take_lock()
        assert tasks.carry_webhooks() == 0
    finally:
        other.close()
    assert tasks.carry_webhooks() == 0
