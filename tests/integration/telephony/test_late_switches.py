"""Switches that fall silent while their calls live are told of, once, and again when they are heard."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event, Heartbeat
from callcenter.telephony import lateness
from callcenter.telephony.models import InboundEvent, Trunk
from callcenter.telephony.pages import health
from customers.offers.contact_policy import Verdict
from routing.operations import listening
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    listening.forget()
    yield
    listening.forget()


def _told() -> list[tuple[str, Any]]:
    rows = Event.objects.filter(type__startswith="trunk.").order_by("pk")
    return [(row.type, row.data["trunk"]) for row in rows]


def _later(**ago: int) -> datetime:
    return db_now() + timedelta(**ago)


def test_a_switch_that_asks_no_more_is_late_and_then_back(floor: Floor, switch: Caller) -> None:
    switch.get("/instructions")
    switch.post("/calls", arrival())
    assert lateness.look(now=_later(seconds=20)) == 0
    assert [lateness.look(now=_later(seconds=60)) for _ in range(2)] == [1, 0]
    assert _told() == [("trunk.late", "pbx-1")]
    [shown] = health.connectors(domain="main", now=_later(seconds=60))
    assert shown.state == "late"
    listening.forget()
    switch.get("/instructions")
    assert lateness.look(now=db_now()) == 1
    assert _told() == [("trunk.late", "pbx-1"), ("trunk.back", "pbx-1")]


def test_nobody_is_missed_while_the_switch_has_no_calls(floor: Floor, switch: Caller) -> None:
    switch.get("/instructions")
    assert lateness.look(now=_later(seconds=60)) == 0


def test_who_waits_to_be_rung_back_is_on_no_line(floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    yes = Verdict(allowed=True, denials=(), next_allowed=None, version=1)
    monkeypatch.setattr(hall.callback, "_may", lambda **_: yes)
    switch.get("/instructions")
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    assert switch.post("/callbacks", {"call": call}).status_code == 201
    assert lateness.look(now=_later(seconds=60)) == 0
    [shown] = health.connectors(domain="main", now=_later(seconds=600))
    assert (shown.live, shown.state) == (0, "silent")


def test_of_a_switch_that_only_reports_a_quiet_minute_says_nothing(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", [event("ringing")])
    assert lateness.look(now=_later(seconds=600)) == 0


def test_who_listed_its_calls_is_expected_to_go_on_and_reports_count_as_signs(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]
    switch.put("/trunks/pbx-1/calls", {"as_of": db_now().isoformat(), "calls": [call["external_id"]]})
    switch.post(f"/calls/{call['id']}/events", [event("ringing")])
    assert lateness.look(now=_later(seconds=120)) == 0
    InboundEvent.objects.update(received_at=_later(seconds=170))
    assert lateness.look(now=_later(seconds=200)) == 0
    assert lateness.look(now=_later(seconds=300)) == 1


def test_silence_of_hours_is_no_return(floor: Floor, switch: Caller) -> None:
    switch.get("/instructions")
    switch.post("/calls", arrival())
    lateness.look(now=_later(seconds=60))
    assert lateness.look(now=_later(hours=3)) == 0
    assert Trunk.objects.get().late_since == Heartbeat.objects.get().at
