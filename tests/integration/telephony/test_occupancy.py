"""Agents who talk past us: nobody is sent to them until they are free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from routing.models import Agent
from tests.integration.telephony.conftest import Caller, Floor, arrival

LIN = "/agents/key:1017/occupancy"


def _placed(switch: Caller) -> str:
    state: str = switch.post("/calls", arrival()).json()["call"]["state"]
    return state


@pytest.fixture
def lin(floor: Floor, switch: Caller) -> Caller:
    floor.sign_in(switch, floor.lin)
    return switch


def test_lin_on_a_direct_call_is_sent_nobody_and_is_free_afterwards(floor: Floor, lin: Caller) -> None:
    """The phone said so an hour ago and has said nothing since: the word of occupancy holds."""
    taken = lin.post(LIN, {"kind": "direct", "for_s": 14_400})
    assert (taken.status_code, taken.json()["agent"]["device"]) == (200, "in_use")
    Agent.objects.update(device_at=db_now() - timedelta(hours=1))
    waits = lin.post("/calls", arrival()).json()["call"]
    assert waits["state"] == "queued"
    free = lin.ask("DELETE", LIN)
    assert (free.status_code, free.json()["agent"]["device"]) == (200, "idle")
    told = Event.objects.filter(agent=floor.lin.pk).order_by("id").values_list("type", "data__kind")
    assert list(told)[-2:] == [("agent.occupied", "direct"), ("agent.device_changed", None)]
    served = lin.post(f"/calls/{waits['id']}/enqueue", {"queue": "billing"})  # looks again, as the dispatcher would
    assert served.json()["call"]["state"] == "reserved"


def test_an_end_that_is_never_told_is_over_by_its_time(lin: Caller) -> None:
    lin.post(LIN, {"kind": "outbound", "for_s": 60})
    Agent.objects.update(blocked_until=db_now() - timedelta(seconds=1), device_at=db_now() - timedelta(minutes=5))
    assert _placed(lin) == "reserved"


def test_an_idle_phone_ends_it_too(lin: Caller) -> None:
    lin.post(LIN, {"kind": "external"})
    lin.put("/agents/key:1017/device", {"device": "idle"})
    assert _placed(lin) == "reserved"


@pytest.mark.parametrize(
    "body", [{}, {"kind": "lunch"}, {"kind": "direct", "for_s": 0}, {"kind": "direct", "for_s": 99_999}]
)
def test_what_cannot_be_meant_is_refused(lin: Caller, body: Any) -> None:
    assert lin.post(LIN, body).status_code == 422
    assert _placed(lin) == "reserved"
