"""The switch promises a callback, rings the agent, dials the customer; the rules of contact are asked each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from customers.offers.contact_policy import Denial, Verdict
from customers.timeline.models import Interaction
from routing.models import Call, Callback
from routing.operations import assign_waiting
from tests.integration.telephony.conftest import Caller, Floor

MORNING, NIGHT = (datetime(2026, 3, 4, hour, 30, tzinfo=UTC) for hour in (2, 18))  # 10:30 and 02:30 in China


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mid-morning, whatever the clock of the machine says."""
    ask = hall.callback._may
    monkeypatch.setattr(hall.callback, "_may", lambda **asked: ask(**(asked | {"at": MORNING})))


def waiting(switch: Caller, name: str = "x-1", number: str = "13812345678") -> str:
    body = {"external_id": name, "from": number, "to": "10086", "queue": "billing"}
    call: str = switch.post("/calls", body).json()["call"]["id"]
    return call


@pytest.mark.usefixtures("allowed")
def test_from_the_promise_to_the_number_to_dial(floor: Floor, switch: Caller) -> None:
    call = waiting(switch)
    made = switch.post("/callbacks", {"call": call}, Idempotency_Key="once")
    assert made.status_code == 201, made.content
    promised = made.json()["callback"]
    assert (promised["state"], promised["origin"], promised["number"]) == ("queued", call, "+8613812345678")
    assert switch.get(f"/calls/{call}").json()["call"]["end_reason"] == "callback"
    floor.sign_in(switch, floor.lin)
    assign_waiting(domain="main", now=db_now())
    there = switch.get(f"/calls/{promised['call']}").json()
    assert there["call"]["direction"] == "callback"
    assert there["instruction"]["dial"] == "+8613812345678"
    assert switch.get(f"/callbacks/{promised['id']}").json()["callback"]["state"] == "reserved"
    assert [one["id"] for one in switch.get("/callbacks?state=open").json()["callbacks"]] == [promised["id"]]
    later = {"at": (db_now() + timedelta(hours=5)).isoformat(), "why": "busy now"}
    assert switch.post(f"/callbacks/{promised['id']}/reschedule", later).status_code == 409  # Lin is held for it
    other = switch.post("/callbacks", {"call": waiting(switch, "x-2", "13912345678")}).json()["callback"]
    moved = switch.post(f"/callbacks/{other['id']}/reschedule", later).json()["callback"]
    assert (moved["state"], moved["tries"]) == ("scheduled", 1) and moved["due_at"] is not None
    done = switch.post(f"/callbacks/{promised['id']}/cancel")
    assert done.json()["callback"]["state"] == "canceled"
    assert Call.objects.get(direction="callback", from_e164=promised["number"]).state == "canceled"
    assert switch.get("/callbacks?state=nonsense").status_code == 422


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("answers", [True, False])
def test_a_try_stands_on_the_customers_timeline_as_a_call_that_went_out(
    floor: Floor, switch: Caller, answers: bool
) -> None:
    promised = switch.post("/callbacks", {"call": waiting(switch)}).json()["callback"]
    floor.sign_in(switch, floor.lin)
    assign_waiting(domain="main", now=db_now())
    told = ["bridged", "hangup"] if answers else ["hangup"]
    events = [{"type": word, "at": db_now().isoformat(), "boot": "b", "seq": n} for n, word in enumerate(told)]
    for event in events:
        told_of = switch.post(f"/calls/{promised['call']}/events", event)
        assert told_of.json()["results"][0]["result"] == "applied", told_of.content
    row = Interaction.objects.get(ref=Callback.objects.get().call_id)
    assert (row.direction, row.outcome) == ("out", "completed" if answers else "abandoned")


def test_what_the_rules_forbid_is_refused_with_the_rule(
    floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = Verdict(allowed=False, denials=(Denial(rule="do_not_call", until=None),), next_allowed=None, version=1)
    monkeypatch.setattr(hall.callback, "_may", lambda **_: no)
    call = waiting(switch)
    refused = switch.post("/callbacks", {"call": call})
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_not_allowed")
    assert refused.json()["rule"] == "do_not_call"
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"  # nothing was lost


@pytest.mark.usefixtures("allowed")
def test_what_falls_due_at_night_waits_for_the_morning(
    floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = (db_now() + timedelta(hours=1)).isoformat()
    made = switch.post("/callbacks", {"call": waiting(switch), "at": at}).json()["callback"]
    assert made["state"] == "scheduled"
    monkeypatch.undo()
    row = Callback.objects.get()
    Callback.objects.update(due_at=NIGHT, until=NIGHT + timedelta(days=1), promised_at=NIGHT - timedelta(hours=1))
    assert hall.callback.callbacks_looked_after(now=NIGHT) == 1
    row.refresh_from_db()
    assert row.state == "scheduled" and row.due_at is not None and row.due_at > NIGHT + timedelta(hours=4)
    assert hall.callback.callbacks_looked_after(now=row.due_at) == 1
    row.refresh_from_db()
    assert row.state == "open"


def test_a_number_that_was_withheld_must_be_named(floor: Floor, switch: Caller) -> None:
    refused = switch.post("/callbacks", {"call": waiting(switch, number="anonymous")})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_field")
