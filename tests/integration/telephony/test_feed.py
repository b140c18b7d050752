"""Events out: by cursor, without gaps, waiting for the next; and the snapshot they go on from."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient

from callcenter.foundation import wakeups
from callcenter.foundation.models import Event
from callcenter.live.publishing import publish
from callcenter.telephony import waiting
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def test_following_the_cursor_reads_each_event_once(floor: Floor, switch: Caller) -> None:
    for _ in range(4):
        switch.post("/calls", arrival())
    publish()
    seen: list[Any] = []
    after = ""
    while True:
        page = switch.get(f"/events?limit=3&after={after}").json()
        seen += page["events"]
        after = page["next"]
        if not page["events"]:
            break
    assert [row["type"] for row in seen] == ["call.arrived", "call.queued"] * 4
    assert [row["cursor"] for row in seen] == [f"main:{n}" for n in range(1, 9)]
    assert after == "main:8"
    assert seen[0]["sequence"] == 1
    assert "13812345678" not in json.dumps(seen)


def test_types_filter_and_the_cursor_still_moves_on(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", event("hangup"))
    publish()
    one = switch.get("/events?types=call.abandoned").json()
    assert [row["type"] for row in one["events"]] == ["call.abandoned"]
    assert one["next"] == "main:3"
    assert len(switch.get("/events?types=call.*,agent.*").json()["events"]) == 3
    assert switch.get("/events?types=agent.*").json() == {"events": [], "next": "main:3"}


def test_unpublished_events_are_not_shown(floor: Floor, switch: Caller) -> None:
    switch.post("/calls", arrival())
    assert switch.get("/events").json() == {"events": [], "next": "main:0"}


def test_a_cursor_no_longer_kept_leads_to_the_snapshot(floor: Floor, switch: Caller) -> None:
    switch.post("/calls", arrival())
    switch.post("/calls", arrival())
    for place, pk in enumerate(Event.objects.order_by("id").values_list("pk", flat=True), start=3):
        Event.objects.filter(pk=pk).update(feed_seq=place)  # the first two are gone, as after their retention
    gone = switch.get("/events?after=main:1")
    assert (gone.status_code, gone.json()["code"], gone.json()["sync"]) == (410, "cursor_expired", "/api/v1/sync")
    assert len(switch.get("/events?after=main:2").json()["events"]) == 4
    assert switch.get("/events?after=main:99").status_code == 410  # of another life of this database


def test_snapshot_and_later_events_are_the_state(committed_floor: Floor) -> None:
    floor = committed_floor
    switch = floor.caller(trunk="pbx-1")
    floor.sign_in(switch, floor.lin)
    first = switch.post("/calls", arrival()).json()["call"]["id"]
    publish()
    start = switch.get("/sync").json()
    assert [call["id"] for call in start["calls"]] == [first]
    assert [held["call"] for held in start["reservations"]] == [first]
    assert {agent["key"]: agent["state"] for agent in start["agents"]} == {"1017": "reserved", "1018": "offline"}

    second = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{first}/events", event("hangup"))
    publish()

    state = {call["id"]: (call["version"], call["state"]) for call in start["calls"]}
    for told in switch.get(f"/events?after={start['cursor']}&limit=200").json()["events"]:
        if told["call"] and told["sequence"] > state.get(told["call"], (0, ""))[0]:
            was = state.get(told["call"], (0, ""))[1]
            now = told["data"]["state"] if told["type"].startswith("call.") else was
            state[told["call"]] = (told["sequence"], now)
    for call in (first, second):
        truth = switch.get(f"/calls/{call}").json()["call"]
        assert state[call] == (truth["version"], truth["state"])


# --- waiting --------------------------------------------------------------------------------------------------------
async def _ask(key: str, query: str) -> Any:
    response = await AsyncClient().get(f"/api/v1/events?{query}", headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200
    body = b"".join([part async for part in response]) if response.streaming else response.content
    return json.loads(body)


def _in_thread(act: Any) -> Any:
    def run() -> None:
        try:
            act()
        finally:
            connection.close()

    return asyncio.to_thread(run)


@pytest.mark.parametrize("hint", [True, False], ids=["woken", "hint lost"])
def test_a_waiter_hears_of_the_next_event(committed_floor: Floor, hint: bool) -> None:
    switch = committed_floor.caller(trunk="pbx-1")

    def something_happens() -> None:
        switch.post("/calls", arrival())
        publish()
        if hint:
            wakeups.wake("live")

    async def story() -> tuple[Any, float]:
        began = asyncio.get_running_loop().time()
        waiter = asyncio.create_task(_ask(switch.key, "wait=20"))
        await asyncio.sleep(0.3)
        assert not waiter.done()
        await _in_thread(something_happens)
        return await asyncio.wait_for(waiter, 15), asyncio.get_running_loop().time() - began

    page, took = asyncio.run(story())
    assert [row["type"] for row in page["events"]][0] == "call.arrived"
    assert took < 15


def test_nothing_happens_and_the_waiter_is_let_go(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    assert asyncio.run(_ask(switch.key, "wait=1")) == {"events": [], "next": "main:0"}


def test_waiting_needs_no_connection_of_its_own(committed_floor: Floor) -> None:
    """Ten wait at once; between their looks none of them keeps a session in the database."""
    switch = committed_floor.caller(trunk="pbx-1")

    async def story() -> int:
        waiters = [asyncio.create_task(_ask(switch.key, "wait=3")) for _ in range(10)]
        await asyncio.sleep(1.5)
        fewest = 99
        for _ in range(10):
            await _in_thread(lambda: seen.append(_sessions()))
            fewest = min(fewest, seen[-1])
            await asyncio.sleep(0.05)
        await asyncio.gather(*waiters)
        return fewest

    seen: list[int] = []
    assert asyncio.run(story()) <= 2  # who counts, and the test itself


def _sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_waiters_have_a_limit(floor: Floor, switch: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(waiting, "_waiting", waiting.MOST_WAITERS)
    full = switch.get("/events?wait=5")
    assert (full.status_code, full.json()["code"], full["Retry-After"]) == (429, "lane_full", "1")
    assert switch.get("/events").status_code == 200
