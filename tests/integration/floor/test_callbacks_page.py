"""Ada looks after promises: what is open, kept and broken; another time, or none; and what closing does to a line."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import get_default_timezone, localtime

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from callcenter.foundation.models import AuditEntry, Event
from customers.offers.contact_policy import Verdict
from routing import operations
from routing.models import Call, Callback, Domain, OpeningHours, Queue
from tests.integration.floor.story import person
from tests.integration.routing.world import World

pytestmark = pytest.mark.django_db
YES = Verdict(allowed=True, denials=(), next_allowed=None, version=1)
NUMBER = "+8613900139000"


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hour it is, she may be rung."""
    monkeypatch.setattr(hall.callback, "_may", lambda **_: YES)


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


@pytest.fixture
def world() -> World:
    return World(domain=Domain.objects.create(key="main", name="Main"), now=db_now() - timedelta(minutes=5))


def page(client: Client, url: str, language: str = "en") -> str:
    client.cookies["django_language"] = language
    answer = client.get(url)
    assert answer.status_code == 200, url
    return re.sub(r"\s+", " ", answer.content.decode())


def promised(world: World, queue: Queue, at: datetime | None) -> UUID:
    call = world.waiting(queue)
    made = operations.promise_callback(call_id=call.id, number=NUMBER, at=at, now=world.now, actor="switch")
    return made.id


def test_she_sees_what_is_promised_and_gives_it_another_time(ada: Client, world: World) -> None:
    one = promised(world, world.queue(), world.now + timedelta(hours=2))
    text = page(ada, "/floor/callbacks/")
    assert "Scheduled" in text and "0/3" in text and NUMBER not in text
    assert "已排定" in page(ada, "/floor/callbacks/", "zh-hans")
    url = f"/floor/callbacks/{public('cb', one)}/"
    assert url in text and 'type="datetime-local"' in page(ada, url)
    later = localtime(db_now() + timedelta(days=2)).replace(second=0, microsecond=0)
    wish = {"act": "reschedule", "at": later.strftime("%Y-%m-%dT%H:%M"), "why": "she is at work until then"}
    assert ada.post(url, wish | {"at": "soon"}).status_code == 409
    assert ada.post(url, wish | {"why": " "}).status_code == 409
    assert ada.post(url, wish).status_code == 302
    row = Callback.objects.get()
    assert row.due_at == later and row.until > later
    assert row.enqueued_at == later  # nothing was waited before the promise, and nothing is gained by it
    entry = AuditEntry.objects.get(action="callback.rescheduled")
    assert entry.purpose == "she is at work until then"


def test_one_that_stands_in_line_is_taken_out_and_one_that_rings_is_not(ada: Client, world: World) -> None:
    lin = world.agent("lin", available=False)
    queue = world.queue(members=(lin,))
    one = promised(world, queue, None)
    at = world.now + timedelta(hours=1)
    view = operations.reschedule_callback(callback_id=one, at=at, now=world.now, actor="ada")
    assert (view.state, view.due_at) == ("scheduled", at)
    assert Call.objects.get(direction="callback").end_reason == "rescheduled"
    operations.open_callback(callback_id=one, now=at, actor="callbacks")
    world.now = at
    world.sign_in(lin)
    world.ready(lin)
    assert len(world.assign()) == 1
    url = f"/floor/callbacks/{public('cb', one)}/"
    assert "nothing can be changed" in page(ada, url)
    refused = ada.post(url, {"act": "reschedule", "at": localtime(at).strftime("%Y-%m-%dT%H:%M"), "why": "x"})
    assert refused.status_code == 409


def test_she_takes_a_promise_back_and_counts_what_became_of_them(ada: Client, world: World) -> None:
    one = promised(world, world.queue(), world.now + timedelta(hours=2))
    url = f"/floor/callbacks/{public('cb', one)}/"
    assert ada.post(url, {"act": "withdraw", "why": "solved in the shop"}).status_code == 302
    assert "taken back by a supervisor" in page(ada, "/floor/callbacks/?kept=canceled")
    assert "Nobody is to be rung back." in page(ada, "/floor/callbacks/?kept=nonsense")


def closed_from(queue: Queue, at: datetime) -> None:
    """Open every day from midnight until the story's minute."""
    shut = max(time(0, 1), localtime(at, get_default_timezone()).time().replace(second=0, microsecond=0))
    OpeningHours.objects.bulk_create(
        OpeningHours(queue=queue, weekday=day, opens=time(0, 0), closes=shut) for day in range(7)
    )


@pytest.mark.parametrize(("at_closing", "ends"), [("serve", "queued"), ("tell", "closed"), ("callback", "callback")])
def test_who_waits_at_closing_is_served_told_or_promised(world: World, at_closing: str, ends: str) -> None:
    world.now = localtime(world.now).replace(hour=18, minute=30)
    queue = world.queue(at_closing=at_closing)
    first = world.waiting(queue)
    world.now += timedelta(seconds=40)
    second = world.waiting(queue)
    Call.objects.filter(pk=second.id).update(from_e164="+8613900139001")
    closed_from(queue, world.now - timedelta(minutes=30))
    queue.refresh_from_db()
    moved = hall.callback.waiting_at_closing(now=world.now)
    assert moved == (0 if at_closing == "serve" else 2)
    assert [world.call(one).end_reason or str(world.call(one).state) for one in (first, second)] == [ends, ends]
    opening = localtime(world.now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert {row.due_at for row in Callback.objects.all()} == ({opening} if ends == "callback" else set())
    places = list(Callback.objects.order_by("enqueued_at").values_list("origin_id", flat=True))
    assert places == ([first.id, second.id] if ends == "callback" else [])
    assert hall.callback.waiting_at_closing(now=world.now) == 0


@pytest.mark.parametrize(("written", "ends"), [("promise", "queued"), ("tell", "closed"), ("serve", "queued")])
def test_who_waits_in_writing_is_never_rung(world: World, written: str, ends: str) -> None:
    world.now = localtime(world.now).replace(hour=18, minute=30)
    queue = world.queue(at_closing="callback", at_closing_written=written)
    call = world.waiting(queue, channel="wechat")
    closed_from(queue, world.now - timedelta(minutes=30))
    assert hall.callback.waiting_at_closing(now=world.now) == (written != "serve")
    assert (world.call(call).end_reason or str(world.call(call).state)) == ends
    assert not Callback.objects.exists()
    promised = Event.objects.filter(call=call.id, type="call.answer_promised")
    opening = localtime(world.now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert [datetime.fromisoformat(one.data["opens_at"]) for one in promised] == [opening] * (written == "promise")
    assert hall.callback.waiting_at_closing(now=world.now) == 0  # told once


def test_who_cannot_be_rung_is_told(world: World) -> None:
    world.now = localtime(world.now).replace(hour=18, minute=30)
    queue = world.queue(at_closing="callback")
    call = world.waiting(queue)
    Call.objects.filter(pk=call.id).update(from_e164="")
    closed_from(queue, world.now - timedelta(minutes=30))
    assert hall.callback.waiting_at_closing(now=world.now) == 1
    assert world.call(call).end_reason == "closed"
