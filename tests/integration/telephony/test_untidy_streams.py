"""Whatever happens to a stream of events on its way, the call ends where it ended: drawn by machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.foundation.clock import db_now
from routing.models import Call, Queue, Reservation
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

KINDS = ("ringing", "answered", "held", "resumed", "hangup")
untidy = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def talkers(floor: Floor, switch: Caller, settings: Any) -> Caller:
    """A switch, and Lin at her desk for as long as it takes."""
    settings.PRESENCE_LEASE_S = 600
    Queue.objects.update(wrap_up_mode="none")
    floor.sign_in(switch, floor.lin)
    return switch


def _conversation(body: dict[str, Any], *, began: datetime, held: str) -> list[dict[str, Any]]:
    return [
        event(
            kind, external_id=body["external_id"], boot="b", seq=place, at=began + timedelta(seconds=place),
            reservation=held, by="caller" if kind == "hangup" else "agent",
        )
        for place, kind in enumerate(KINDS, start=1)
    ]  # fmt: skip


def _end(call: str, switch: Caller) -> tuple[str, str, str, str, int]:
    row = Call.objects.get(pk=switch.get(f"/calls/{call}").json()["call"]["id"].removeprefix("c_"))
    held = Reservation.objects.filter(call=row).latest("created_at")
    live = Reservation.objects.filter(state__in=["pending", "accepted", "wrapping"]).count()
    return row.state, row.ended_by, held.state, held.end_reason, live


@untidy
@given(data=st.data())
def test_repeated_late_and_shuffled_it_ends_the_same(talkers: Caller, data: st.DataObject) -> None:
    body = arrival()
    made = talkers.post("/calls", body).json()
    told = _conversation(body, began=db_now(), held=made["reservation"]["id"])
    stream = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=6))))
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        answer = talkers.post("/switch-events", stream[:size])
        assert {item["result"] for item in answer.json()["results"]} <= {"applied", "duplicate", "stale"}
        stream = stream[size:]
    assert _end(made["call"]["id"], talkers) == ("completed", "caller", "completed", "", 0)


@untidy
@given(lost=st.sets(st.sampled_from(KINDS), min_size=1))
def test_what_was_dropped_is_put_right_by_the_list_of_live_calls(talkers: Caller, lost: set[str]) -> None:
    """The switch has this call no more: whatever of it was never told, nobody is held for it."""
    body = arrival()
    made = talkers.post("/calls", body).json()
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    told = _conversation(body, began=db_now(), held=made["reservation"]["id"])
    talkers.post("/switch-events", [item for item in told if item["type"] not in lost])
    talkers.put("/trunks/pbx-1/calls", {"as_of": db_now().isoformat(), "calls": []})
    state, _, _, _, live = _end(made["call"]["id"], talkers)
    talked = {"answered", "held", "resumed"} - lost
    assert live == 0
    assert state == ("completed" if "answered" in talked else "abandoned")


@untidy
@given(skew=st.integers(-3600, 3600), cut=st.integers(0, 5))
def test_a_clock_an_hour_off_and_a_line_cut_anywhere_change_nothing(talkers: Caller, skew: int, cut: int) -> None:
    """The switch sends all of it again after the cut, by its own wrong clock."""
    body = arrival()
    made = talkers.post("/calls", body).json()
    told = _conversation(body, began=db_now() + timedelta(seconds=skew), held=made["reservation"]["id"])
    talkers.post("/switch-events", told[:cut])
    results = talkers.post("/switch-events", told).json()["results"]
    assert [item["result"] for item in results[:cut]] == ["duplicate"] * cut
    assert _end(made["call"]["id"], talkers) == ("completed", "caller", "completed", "", 0)
    row = Call.objects.get(external_id=body["external_id"])
    assert row.connected_at is not None
    assert row.arrived_at <= row.connected_at <= db_now()
