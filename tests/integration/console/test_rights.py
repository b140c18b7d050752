"""Whom an agent may see, and what a window may do: own assignments only, one window at a time, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from callcenter import hall
from callcenter.accounts.models import Reveal, User
from callcenter.console.models import ConsoleSession, NoteDraft
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import AuditEntry, Event
from callcenter.foundation.principal import Role
from customers.models import Customer, Interaction
from routing.models import Call, Queue, Reservation
from tests.integration.console.conftest import Desk, calls, talks

FRAGMENTS = ("", "identity/", "timeline/", "offers/", "script/", "wrap-up/")


def test_a_colleague_s_call_does_not_exist(lin: Desk, omar: Desk, queue: Queue, mrs_chen: Customer) -> None:
    """404 for every part of it, and a line in the audit trail for each try."""
    lin.ready()
    ringing = calls(queue)
    for fragment in FRAGMENTS:
        assert omar.get(f"/console/reservations/{ringing.reservation}/{fragment}").status_code == 404
    assert omar.send(f"/console/reservations/{ringing.reservation}/accept/").status_code == 404
    assert omar.send("/console/reveal/", {"call": ringing.call, "field": "name"}).status_code == 404
    denied = AuditEntry.objects.filter(action="access.denied", actor=f"user:{omar.agent.user_id}")
    assert denied.count() == len(FRAGMENTS) + 2
    assert set(denied.values_list("subject", flat=True)) == {
        f"reservation:{Reservation.objects.get().pk}",
        f"call:{ringing.call_id}",
    }


def test_the_right_ends_ten_minutes_after(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    assert lin.get(f"/console/reservations/{ringing.reservation}/identity/").status_code == 200
    hall.ending.caller_hung_up(call_id=ringing.call_id, actor="switch", now=db_now())
    assert lin.get(f"/console/reservations/{ringing.reservation}/identity/").status_code == 200
    Reservation.objects.update(talk_ended_at=db_now() - timedelta(minutes=11))
    assert lin.get(f"/console/reservations/{ringing.reservation}/identity/").status_code == 404
    assert AuditEntry.objects.filter(action="access.denied", subject=f"customer:{mrs_chen.pk}").count() == 1


@pytest.mark.parametrize("path", ["", "timeline/", "identity/"])
def test_nothing_leaves_in_clear(lin: Desk, queue: Queue, mrs_chen: Customer, path: str) -> None:
    lin.ready()
    ringing = calls(queue)
    if path:
        talks(lin, ringing)
    page = lin.get(f"/console/reservations/{ringing.reservation}/{path}").content.decode()
    assert "13800138000" not in page
    assert "丽华" not in page


def test_a_value_is_revealed_after_its_row(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    answer = lin.send("/console/reveal/", {"call": ringing.call, "field": "name"})
    assert answer.json() == {"value": "陈丽华", "seconds": 30}
    assert Reveal.objects.get().subject == f"customer:{mrs_chen.pk}"
    assert AuditEntry.objects.get(action="customer.revealed").call == ringing.call_id


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AGENT])
def test_the_desk_is_for_agents(db: None, role: Role) -> None:
    client = Client()
    client.force_login(
        User.objects.create(username="ada", role=role), backend="django.contrib.auth.backends.ModelBackend"
    )
    for path in ("/console/", "/console/state", "/console/check/"):
        assert client.get(path).status_code == 403
    assert client.post("/console/presence/").status_code == 403


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/console/").status_code == 302
    assert client.get("/console/state", headers={"Accept": "application/json"}).status_code == 401


def test_an_agent_without_a_seat_is_told(db: None) -> None:
    """The account exists, nobody has linked it to an agent."""
    client = Client()
    client.force_login(
        User.objects.create(username="new", role=Role.AGENT), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.get("/console/")
    assert answer.status_code == 403
    assert "supervisor" in answer.content.decode()


def test_a_repeated_command_has_one_effect(lin: Desk) -> None:
    lin.ready()
    before = Event.objects.count()
    for _ in range(2):
        answer = lin.send("/console/presence/", {"presence": "break", "reason": "lunch"}, key="the-same-key")
        assert answer.status_code == 200
        assert answer.json()["state"]["agent"]["reason"] == "lunch"
    assert Event.objects.count() == before + 1
    other = lin.send("/console/presence/", {"presence": "available"}, key="the-same-key")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_a_command_without_key_is_refused(lin: Desk) -> None:
    answer = lin.client.post("/console/presence/", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_needed")


def test_one_window_at_a_time(lin: Desk) -> None:
    """Another browser reads along until it takes over; then the first one's lease commands nothing."""
    lin.ready()
    other = lin.another_window()
    assert other.send("/console/open/").json()["code"] == "lease_held"
    assert other.get("/console/state").json()["console"] == {
        **other.get("/console/state").json()["console"],
        "open": True,
        "mine": False,
    }
    assert other.send("/console/takeover/").status_code == 200
    assert lin.send("/console/presence/", {"presence": "break"}).json()["code"] == "lease_lost"
    assert lin.send("/console/pulse/").json()["code"] == "lease_lost"
    live = ConsoleSession.objects.get(closed_at=None)
    assert live.lease_id == other.lease
    assert ConsoleSession.objects.get(lease_id=lin.lease).closed_reason == "taken_over"


def test_a_reload_goes_on_with_its_lease(lin: Desk) -> None:
    lin.ready()
    assert lin.send("/console/open/").status_code == 200
    assert ConsoleSession.objects.count() == 1
    assert Event.objects.filter(type="agent.signed_in").count() == 1
    assert str(lin.lease) in lin.get("/console/").content.decode()
    assert str(lin.lease) not in lin.another_window().get("/console/").content.decode()


def test_two_windows_and_one_note(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    """The later one is told what stands there; nothing is overwritten unseen."""
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    url = f"/console/calls/{ringing.call}/note/"
    assert lin.send(url, {"text": "mine", "base_version": 0}).json()["version"] == 1
    answer = lin.send(url, {"text": "other", "base_version": 0})
    assert (answer.status_code, answer.json()["theirs"], answer.json()["version"]) == (409, "mine", 1)
    assert lin.send(url, {"text": "mine", "base_version": 0}).json()["version"] == 1  # the same text is no conflict
    assert lin.send(url, {"text": "both", "base_version": 1}).json()["version"] == 2
    assert NoteDraft.objects.get().text == "both"


def test_a_card_number_is_not_stored(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    url = f"/console/calls/{ringing.call}/note/"
    answer = lin.send(url, {"text": "card 4111 1111 1111 1111", "base_version": 0})
    assert (answer.status_code, answer.json()["code"]) == (422, "card_number")
    assert not NoteDraft.objects.exists()


def test_only_whom_the_number_reaches_can_be_chosen(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    """The desk is no way to search for people."""
    lin.ready()
    stranger = Customer.objects.create(name="张三", created_at=db_now())
    ringing = calls(queue)
    talks(lin, ringing)
    url = f"/console/calls/{ringing.call}/customer/"
    assert lin.send(url, {"customer": str(stranger.pk)}).status_code == 404
    assert lin.send(url, {"customer": ""}).status_code == 200
    state = lin.get("/console/state").json()
    assert state["work"]["customer"] not in {str(mrs_chen.pk), str(stranger.pk), ""}


def test_the_screen_pop_costs_the_same_for_a_long_history(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    """T-QRY: the number of statements does not grow with what happened before."""
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    fragments = [
        f"/console/reservations/{ringing.reservation}/{fragment}/"
        for fragment in ("identity", "timeline", "offers", "script")
    ]
    for url in fragments:  # what is read once for a quarter of an hour is read
        lin.get(url)
    counts = []
    for more in (1, 200):
        rows = [
            Interaction(customer=mrs_chen, at=db_now() - timedelta(days=n), channel="app", kind="note", code="x")
            for n in range(more)
        ]
        Interaction.objects.bulk_create(rows)
        with CaptureQueriesContext(connection) as queries:
            for url in fragments:
                assert lin.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_is_restricted_while_they_talk_leaves_the_desk_at_once(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    before = lin.get("/console/state").json()["work"]
    assert before["customer"] == str(mrs_chen.pk)
    hall.customer.customer_restricted(
        customer_id=mrs_chen.pk, ground="accuracy", reference="letter 7", actor="user:1", now=db_now()
    )
    after = lin.get("/console/state").json()["work"]
    assert (after["stage"], after["reservation"]) == (before["stage"], before["reservation"])
    assert after["customer"] not in {"", before["customer"]}  # by which the desk draws the call anew
    assert Event.objects.filter(type="call.relinked").exists()  # which wakes the desk
    for fragment in ("identity/", "timeline/", "offers/"):
        page = lin.get(f"/console/reservations/{ringing.reservation}/{fragment}")
        assert page.status_code == 200 and "陈" not in page.content.decode() and "广东" not in page.content.decode()
    assert "陈" not in str(lin.send("/console/reveal/", {"call": ringing.call, "field": "name"}).json())
    assert Call.objects.get().facts["value_tier"] == ""
