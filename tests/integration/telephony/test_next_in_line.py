"""A switch that acts on answers hears in them who serves the next caller: events set an agent free, and somebody waits."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from routing.models import Queue
from tests.integration.telephony.conftest import Caller, Floor

pytestmark = pytest.mark.django_db


def arrives(switch: Caller, name: str) -> Any:
    response = switch.post("/calls", {"external_id": name, "queue": "billing"})
    assert response.status_code in {201, 202}, response.content
    return response.json()


def event(type: str, name: str, seq: int, **more: Any) -> dict[str, Any]:
    return {"type": type, "external_id": name, "seq": seq, "boot": "b", "at": db_now().isoformat(), **more}


@pytest.fixture
def talks(floor: Floor, switch: Caller) -> list[dict[str, Any]]:
    """Lin alone is at work and talks with Mrs Chen; the two events of the end of it. Zhang San waits."""
    Queue.objects.update(wrap_up_mode="none")
    floor.sign_in(switch, floor.lin)
    held = arrives(switch, "chen")["instruction"]["reservation"]
    assert arrives(switch, "zhang")["call"]["state"] == "queued"
    return [event("answered", "chen", 1, reservation=held), event("hangup", "chen", 2, reservation=held, by="caller")]


def test_the_answer_names_the_agent_for_whoever_waits(
    floor: Floor, switch: Caller, talks: list[dict[str, Any]]
) -> None:
    told = switch.post("/switch-events?replies=heard", talks).json()
    assert [one["result"] for one in told["results"]] == ["applied", "applied"]
    [ring] = told["instructions"]
    assert (ring["kind"], ring["external_id"], ring["contact"]) == ("route", "zhang", floor.lin.contact)
    arrived, created = Event.objects.filter(type="reservation.created").order_by("id")
    assert created.actor == arrived.actor  # so the poll knows that it has been told, as of an arrival's answer
    again = switch.post("/switch-events?replies=heard", talks).json()
    assert [one["result"] for one in again["results"]] == ["duplicate", "duplicate"] and "instructions" not in again


def test_who_does_not_act_on_answers_is_told_by_the_dispatcher(switch: Caller, talks: list[dict[str, Any]]) -> None:
    assert "instructions" not in switch.post("/switch-events", talks).json()
    assert switch.get("/calls/ext:pbx:zhang").json()["call"]["state"] == "queued"


def test_nobody_waits(floor: Floor, switch: Caller, talks: list[dict[str, Any]]) -> None:
    switch.post("/calls/ext:pbx:zhang/cancel")
    assert "instructions" not in switch.post("/switch-events?replies=heard", talks).json()


def test_another_switch_s_caller_is_held_for_it_and_not_told_to_this_one(
    floor: Floor, switch: Caller, talks: list[dict[str, Any]]
) -> None:
    floor.trunk.__class__.objects.create(key="gate-2", group="gate", domain="main")
    switch.post("/calls/ext:pbx:zhang/cancel")
    arrives(floor.caller(trunk="gate-2"), "other")
    assert "instructions" not in switch.post("/switch-events?replies=heard", talks).json()
    assert floor.caller(trunk="gate-2").get("/calls/ext:gate:other").json()["call"]["state"] == "reserved"


def test_a_word_nobody_knows_is_refused(switch: Caller) -> None:
    response = switch.post("/switch-events?replies=perhaps", [])
    assert response.status_code == 422 and response.json()["code"] == "invalid_field"
