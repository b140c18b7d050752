"""The live stream of a real web process, as browsers hear it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psutil
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from callcenter.accounts.models import User
from callcenter.foundation import events, wakeups
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from callcenter.live import feed, publishing
from tests.integration.live.browsers import Ear, Heard, Server, listening, sign_in

Person = Callable[..., User]


def happen(type: str, **facts: Any) -> None:
    """One thing happens and is published."""
    events.record(type=type, now=db_now(), domain=facts.pop("domain", "main"), actor="test", **facts)
    publishing.publish()
    wakeups.wake("live")


def ring(lin: User) -> UUID:
    reservation = uuid4()
    happen(
        "reservation.created",
        call=uuid4(),
        seq_in_call=1,
        agent=lin.agent.pk,
        reservation=reservation,
        data={"version": 1},
    )
    return reservation


@sync_to_async
def in_thread(act: Callable[..., Any], *args: Any, **facts: Any) -> Any:
    try:
        return act(*args, **facts)
    finally:
        connection.close()


def run(story: Any) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


def test_an_agent_hears_the_own_ring_and_only_that_a_queue_moved_of_others(server: Server, person: Person) -> None:
    lin, omar = person("lin"), person("omar")
    cookies = sign_in(lin)

    async def story() -> None:
        async with listening(server, cookies) as ear:
            first = await ear.next("beat")
            await in_thread(happen, "call.queued", call=uuid4(), seq_in_call=1, data={"queue": "billing"})
            await in_thread(ring, omar)
            mine = await in_thread(ring, lin)
            numbered: list[Heard] = []
            while not numbered or numbered[-1].id is None:
                numbered.append(await ear.next())
            hints, rang = [heard for heard in numbered if heard.id is None], numbered[-1]
            assert rang.event == "reservation"
            assert rang.data == {
                "kind": "reservation",
                "pk": f"r_{mine.hex}",
                "version": 1,
                "type": "reservation.created",
            }
            assert all(hint.event == "queue" for hint in hints)
            assert first.data["seq"] < (rang.id or 0)

    run(story())


def test_a_supervisor_hears_the_whole_floor_but_not_another_domain(server: Server, person: Person) -> None:
    ada, lin = person("ada", Role.SUPERVISOR), person("lin")
    cookies = sign_in(ada)

    async def story() -> None:
        async with listening(server, cookies) as ear:
            await ear.next("beat")
            call = uuid4()
            await in_thread(happen, "call.arrived", call=call, seq_in_call=1, data={"version": 1})
            await in_thread(ring, lin)
            heard = [await ear.next("call", "reservation") for _ in range(2)]
            assert [one.event for one in heard] == ["call", "reservation"]
            assert heard[0].data["pk"] == f"c_{call.hex}"

    run(story())


def test_a_reader_who_comes_back_gets_what_it_missed(server: Server, person: Person) -> None:
    lin = person("lin")
    cookies = sign_in(lin)
    ring(lin)
    seen = feed.newest()
    happen("call.queued", call=uuid4(), seq_in_call=1, data={"queue": "billing"})
    missed = ring(lin)

    async def story() -> None:
        async with listening(server, cookies, after=seen) as ear:
            assert (await ear.next("reservation")).data["pk"] == f"r_{missed.hex}"
        # now from the memory of the process: the database is not asked
        async with listening(server, cookies, after=seen) as ear:
            assert (await ear.next("reservation")).data["pk"] == f"r_{missed.hex}"

    run(story())


def test_a_reader_too_far_behind_is_told_to_fetch_afresh_and_goes_on(server: Server, person: Person) -> None:
    ada = person("ada", Role.SUPERVISOR)
    cookies = sign_in(ada)
    seen = feed.newest()
    for _ in range(200):
        events.record(type="call.arrived", now=db_now(), domain="main", actor="test", call=uuid4(), seq_in_call=1)
    publishing.publish()

    async def story() -> None:
        reached = 0
        while reached < seen + 200:  # until the process has read them all
            async with listening(server, cookies) as ear:
                reached = (await ear.next("beat")).data["seq"]
        async with listening(server, cookies, after=seen) as ear:
            assert (await ear.next()).event == "resync"
            await in_thread(happen, "call.arrived", call=uuid4(), seq_in_call=1)
            assert (await ear.next("call")).id == seen + 201

    run(story())


def test_the_next_beat_betrays_a_notice_that_was_lost_on_the_way(server: Server, person: Person) -> None:
    lin = person("lin")
    cookies = sign_in(lin)

    async def story() -> None:
        async with listening(server, cookies) as ear:
            known = (await ear.next("beat")).data["seq"]
            await in_thread(ring, lin)  # this notice never reaches the page …
            beat = await ear.next("beat")  # … which skips to the next sign of life
            assert beat.data["seq"] > known
            # what is not for this reader does not look like a loss
            await in_thread(happen, "call.queued", call=uuid4(), seq_in_call=1, data={"queue": "billing"})
            assert (await ear.next("beat")).data["seq"] == beat.data["seq"]

    run(story())


def test_silence_when_the_relay_leaves_events_unpublished(server: Server, person: Person) -> None:
    """A beat would vouch for a screen that may be stale."""
    lin = person("lin")
    cookies = sign_in(lin)

    long_ago = datetime.now(UTC) - timedelta(seconds=60)

    async def story() -> None:
        async with listening(server, cookies) as ear:
            await ear.next("beat")
            await in_thread(events.record, type="agent.signed_in", now=long_ago, domain="main", actor="test")
            next_beat = asyncio.ensure_future(ear.next("beat"))
            done, _ = await asyncio.wait({next_beat}, timeout=7)
            assert not done
            await in_thread(publishing.publish)
            await next_beat

    run(story())


@pytest.mark.parametrize("ending", ["signed_out", "disabled", "role_changed"])
def test_the_stream_ends_with_the_right_to_it(server: Server, person: Person, ending: str) -> None:
    lin = person("lin")
    cookies = sign_in(lin)

    def end() -> None:
        if ending == "signed_out":
            Session.objects.filter(pk=cookies["sessionid"]).delete()
        elif ending == "disabled":
            User.objects.filter(pk=lin.pk).update(is_active=False)
        else:
            User.objects.filter(pk=lin.pk).update(role=Role.ANALYST)

    async def story() -> None:
        async with listening(server, cookies) as ear:
            await ear.next("beat")
            await in_thread(end)
            async with asyncio.timeout(8):
                assert (await ear.next("session")).data["type"] == f"session.{ending}"
                with pytest.raises(EOFError):
                    await ear.next()

    run(story())


def test_headers_that_keep_proxies_from_holding_the_stream_back(server: Server, person: Person) -> None:
    cookies = sign_in(person("lin"))

    async def story() -> None:
        async with listening(server, cookies) as ear:
            headers = ear.response.headers
            assert headers["content-type"].startswith("text/event-stream")
            assert headers["x-accel-buffering"] == "no"
            assert headers["cache-control"] == "no-store, no-transform"
            assert "content-encoding" not in headers

    run(story())


def test_who_is_not_signed_in_gets_401_and_no_sign_in_page(server: Server) -> None:
    answer = httpx.get(f"{server.url}/live/events", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401
    asked = httpx.get(f"{server.url}/live/session")
    assert (asked.status_code, asked.json()) == (401, {"authenticated": False})


def test_the_session_tells_its_fingerprint_and_not_its_key(server: Server, person: Person) -> None:
    cookies = sign_in(person("lin"))
    facts = httpx.get(f"{server.url}/live/session", cookies=cookies).json()
    assert facts["authenticated"] is True
    assert facts["agent"].startswith("a_")
    assert len(facts["fingerprint"]) == 32
    assert cookies["sessionid"] not in str(facts)


def test_200_streams_hold_no_connection_and_no_thread(server: Server, person: Person) -> None:
    lin = person("lin")
    cookies = sign_in(lin)
    process = psutil.Process(server.process.pid)

    def busy_connections() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zhiyin-web'")
            return int(cursor.fetchone()[0])

    async def story() -> None:
        limits = httpx.Limits(max_connections=300)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=30, limits=limits))
            ears = []
            for _ in range(200):
                opened = http.stream("GET", f"{server.url}/live/events", cookies=cookies)
                ears.append(Ear(await stack.enter_async_context(opened)))
            await asyncio.gather(*(ear.next("beat") for ear in ears))
            # the pool keeps idle ones for as many pages as are served at once; streams add none
            assert await in_thread(busy_connections) <= settings.WEB_THREADS
            assert process.num_threads() < 40
            rung = await in_thread(ring, lin)
            heard = await asyncio.gather(*(ear.next("reservation") for ear in ears))
            assert {one.data["pk"] for one in heard} == {f"r_{rung.hex}"}

    run(story())


def test_a_server_told_to_stop_lets_its_streams_go_at_once(own_server: Server, person: Person) -> None:
    cookies = sign_in(person("lin"))

    async def story() -> None:
        async with listening(own_server, cookies) as ear:
            await ear.next("beat")
            os.kill(own_server.process.pid, signal.SIGTERM)
            with pytest.raises(EOFError):
                await ear.next()

    run(story())
    # -15: uvicorn ends itself by the signal once it has finished; a cut-off stream would have been an error before
    assert own_server.process.wait(10) in (0, -signal.SIGTERM)
