"""Events out: by cursor, without gaps, waiting for the next; and the snapshot they go on from."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient

from callcenter.accounts.models import ApiKey
from callcenter.foundation import wakeups
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.live.publishing import publish
from callcenter.telephony import streaming, waiting
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
    body = b"".join([part async for part in response]) if response.streaming else response.content  # type: ignore[attr-defined]
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
    assert page["events"][0]["type"] == "call.arrived"
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
    own = f"key:{switch.key[3:11]}"
    for taken in ({"key:others": waiting.MOST_WAITERS}, {own: waiting.MOST_OF_A_KEY}):
        monkeypatch.setattr(waiting, "_waiting", Counter(taken))
        full = switch.get("/events?wait=5")
        assert (full.status_code, full.json()["code"], full["Retry-After"]) == (429, "lane_full", "1")
        assert switch.get("/events").status_code == 200


def test_one_key_does_not_take_every_place(floor: Floor, switch: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr(waiting, "_waiting", Counter({"key:others": waiting.MOST_OF_A_KEY}))
    assert not waiting.is_full(f"key:{switch.key[3:11]}")
    assert waiting.is_full("key:others")


# --- the stream -----------------------------------------------------------------------------------------------------
async def _stream(key: str, query: str = "", **headers: str) -> AsyncIterator[tuple[str, Any]]:
    """Events of a stream as (type, data), beats included."""
    named = {"Authorization": f"Bearer {key}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    response = await AsyncClient().get(f"/api/v1/events/stream{query}", headers=named)
    assert response.status_code == 200
    chunks: Any = aiter(response)  # type: ignore[arg-type]
    async with aclosing(chunks):
        async for chunk in chunks:
            for frame in chunk.decode().strip().split("\n\n"):
                lines = dict(line.split(": ", 1) for line in frame.splitlines())
                yield lines["event"], json.loads(lines["data"])


async def _next_events(stream: AsyncIterator[tuple[str, Any]], count: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while len(found) < count:
        kind, data = await asyncio.wait_for(anext(stream), 20)
        if kind != "beat":
            found.append((kind, data["cursor"]))
    return found


def test_a_stream_tells_what_happens_and_goes_on_where_it_broke(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    stranger = committed_floor.caller(domain="other")

    def a_call() -> None:
        switch.post("/calls", arrival())
        publish()

    async def story() -> None:
        stream = _stream(switch.key)
        deaf = _stream(stranger.key)
        assert (await asyncio.wait_for(anext(stream), 10))[0] == "beat"
        assert (await asyncio.wait_for(anext(deaf), 10))[0] == "beat"
        await _in_thread(a_call)
        first = await _next_events(stream, 2)
        assert first == [("call.arrived", "main:1"), ("call.queued", "main:2")]
        await stream.aclose()  # type: ignore[attr-defined]  # the line breaks

        await _in_thread(a_call)
        again = _stream(switch.key, Last_Event_ID="main:1")
        assert [cursor for _, cursor in await _next_events(again, 3)] == ["main:2", "main:3", "main:4"]
        await again.aclose()  # type: ignore[attr-defined]
        only = _stream(switch.key, "?types=call.queued&after=main:0")
        assert await _next_events(only, 2) == [("call.queued", "main:2"), ("call.queued", "main:4")]
        await only.aclose()  # type: ignore[attr-defined]
        await deaf.aclose()  # type: ignore[attr-defined]

    asyncio.run(story())


def test_a_stream_ends_with_its_key(committed_floor: Floor, monkeypatch: Any) -> None:
    monkeypatch.setattr(streaming, "BEAT_S", 0.1)
    switch = committed_floor.caller(trunk="pbx-1")

    async def story() -> str:
        stream = _stream(switch.key)
        await anext(stream)
        await _in_thread(lambda: ApiKey.objects.update(revoked_at=db_now()))
        async with asyncio.timeout(20):
            kinds = [kind async for kind, _ in stream]
        return kinds[-1]

    assert asyncio.run(story()) == "ended"


def test_a_stream_from_a_cursor_no_longer_kept_is_refused(floor: Floor, switch: Caller) -> None:
    assert switch.get("/events/stream", Last_Event_ID="main:99").status_code == 410
    assert switch.get("/events/stream?after=nonsense").status_code == 422
