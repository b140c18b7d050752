"""The public API under traffic: how long a switch waits for an answer, and how fast thousands of followers are back.

Open loop: requests are sent when they are due, whether or not earlier ones are answered, and their time runs from when
they were due. Web server, dispatcher and relay run as they do in production, on an embedded PostgreSQL of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import hosting
from benchmarks.figures import Figure, measured, percentile
from benchmarks.followers import Follower, storm
from benchmarks.switch import Switch

if TYPE_CHECKING:
    from tests.stack import Stack

NAMES = ("telephony.api_ms.p99", "telephony.sse_reconnect_s", "telephony.sse_missed")
CALLS_PER_S = 12.5  # four requests each: 50 call events a second
STEPS = ((0.0, "arrival"), (0.4, "ringing"), (1.0, "answered"), (4.0, "hangup"))
SECONDS = {"default": 20, "full": 120}
WARM_UP_S = 10  # each connection of two processes plans each statement a few times
QUEUES = 10
CLIENTS = {"default": 1_000, "full": 5_000}
OF_A_KEY = 250  # streams; a process grants 500, and which of two processes a stream meets is chance
PATIENCE_S = 60.0
# One key speaks for the whole floor, and nobody sends its heartbeats.
SETTINGS = {"API_RATE_PER_S": "5000", "API_BURST": "5000", "PRESENCE_LEASE_S": "3600"}


class Failed(Exception):
    """What was seen makes no figure; the message says it."""


@dataclass
class Run:
    """One stretch of traffic and what was seen."""

    times_ms: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def run(scale: str) -> Iterator[Figure]:
    _room_for(CLIENTS[scale])
    with _floor(CLIENTS[scale] // OF_A_KEY + 1) as (stack, floor):
        times, host = _answers(stack.url, floor, SECONDS[scale])
        cores = f"{os.cpu_count()} cores, fsync on"
        said = f"{len(floor['agents'])} agents, 50 requests/s for {SECONDS[scale]} s, n={len(times)}, {cores}; {host}"
        yield measured(NAMES[0], round(percentile(times, 0.99), 1), scale=said)
        took, missed, told = asyncio.run(_reconnect(stack, floor, CLIENTS[scale]))
    smaller = (
        "" if CLIENTS[scale] == CLIENTS["full"] else f", {CLIENTS['full'] // CLIENTS[scale]} times fewer than named"
    )
    said = f"{CLIENTS[scale]} clients{smaller}, web killed, {told} events to catch up with, {cores}"
    yield measured(NAMES[1], round(took, 1), scale=said)
    yield measured(NAMES[2], missed, scale=said)


def _room_for(clients: int) -> None:
    """Files enough for as many streams, here and in the processes started from here. Raises Failed."""
    needed = clients * 2 + 500  # a stream that was cut may still be closing while its follower is back
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise Failed(
            f"{clients} streams need {needed} open files and this machine allows {hard}: ulimit -n, then again."
        )
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


@contextmanager
def _floor(keys: int) -> Iterator[tuple[Stack, dict[str, Any]]]:
    """500 agents, all signed in, and `keys` keys for followers."""
    from tests.stack import running

    with (
        tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as place,
        running(Path(place) / "var", settings=SETTINGS) as stack,
    ):
        floor: dict[str, Any] = json.loads(stack.python("-m", "benchmarks.routing_floor").stdout.splitlines()[-1])
        made = stack.python("-m", "benchmarks.followers", str(keys))
        floor["followers"] = json.loads(made.stdout.splitlines()[-1])
        asyncio.run(_sign_in(stack.url, floor))
        yield stack, floor


def _client(url: str, floor: dict[str, Any]) -> Switch:
    return Switch(f"{url}/api/v1", key=floor["key"])


async def _sign_in(url: str, floor: dict[str, Any]) -> None:
    async with _client(url, floor) as client:
        for start in range(0, len(floor["agents"]), 20):
            told = [
                client.put(f"/agents/{agent}/presence", json={"presence": "available"})
                for agent in floor["agents"][start : start + 20]
            ]
            if wrong := [answer for answer in await asyncio.gather(*told) if answer.status != 200]:
                raise Failed(f"an agent could not sign in: {wrong[0].text}")


# --- answers under load -----------------------------------------------------------------------------------------------
def _answers(url: str, floor: dict[str, Any], seconds: int) -> tuple[list[float], str]:
    """Milliseconds, and what is said of the host. Raises Failed."""
    firsts = count(start=1_000_000, step=1_000_000)
    asyncio.run(_traffic(url, floor, WARM_UP_S, first=0))
    best, others = hosting.least_disturbed(lambda: asyncio.run(_traffic(url, floor, seconds, first=next(firsts))))
    runs = [best, *others]
    failed = [text for run in runs for text in run.seen.failed]
    if failed or not all(run.seen.times_ms for run in runs):
        raise Failed(f"{len(failed)} requests failed, the first with {failed[:1]}")
    said = (f"set aside: p99 {percentile(run.seen.times_ms, 0.99):.0f} ms while {run.host}" for run in others)
    return best.seen.times_ms, "; ".join((str(best.host), *said))


async def _traffic(url: str, floor: dict[str, Any], seconds: int, *, first: int) -> Run:
    async with _client(url, floor) as client:
        return await _stretch(client, seconds, first=first)


async def _stretch(client: Switch, seconds: int, *, first: int) -> Run:
    seen, tasks, began = Run(), [], time.perf_counter()
    for number in range(round(seconds * CALLS_PER_S)):
        due = began + number / CALLS_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(_call(client, first + number, due, seen)))
    await asyncio.gather(*tasks)
    return seen


async def _call(client: Switch, number: int, began: float, seen: Run) -> None:
    """One call as a switch tells it: each step when it is due, by the switch's own name of the call."""
    name = f"bench-{number}"
    arrival = {
        "external_id": name,
        "from": f"+86138{number * 7 % 20_000:08d}",
        "to": "10086",
        "queue": f"queue-{number % QUEUES}",
    }
    for after_s, step in STEPS:
        due = began + after_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        if step == "arrival":
            answer = await client.post("/calls", json=arrival)
        else:
            told = {"type": step, "at": datetime.now(UTC).isoformat(), "event_id": f"{name}-{step}"}
            answer = await client.post(f"/calls/ext:bench:{name}/events", json=told)
        seen.times_ms.append(1000 * (time.perf_counter() - due))
        if answer.status not in {200, 201, 202}:
            seen.failed.append(answer.text)


# --- followers ----------------------------------------------------------------------------------------------------------
async def _reconnect(stack: Stack, floor: dict[str, Any], clients: int) -> tuple[float, int, int]:
    """Seconds until the last is back and level, events missed by any, events there were to catch up with.

    All follow; the line drops; 60 calls come and go unheard; the web server is killed; all come back at once, and while
    they do, 20 more calls come.
    """
    keys, port = floor["followers"], stack.port
    followers = [Follower(port=port, key=keys[number // OF_A_KEY]) for number in range(clients)]
    async with _client(stack.url, floor) as client:
        await storm(followers, seconds=PATIENCE_S)
        stood = min(follower.cursor for follower in followers)
        for follower in followers:
            follower.drop()
        await _burst(client, 60, first=0)
        stack.kill("web")
        began = time.perf_counter()
        back = asyncio.create_task(storm(followers, seconds=PATIENCE_S))
        await asyncio.to_thread(stack.wait_until_ready)
        await _burst(client, 20, first=60)
        told = await _told_since(client, stood)
        await back
        last = max(told)
        until = began + PATIENCE_S
        while min(follower.cursor for follower in followers) < last and time.perf_counter() < until:
            await asyncio.sleep(0.05)
        took = max(follower.level_at(last) or until for follower in followers) - began
        missed = sum(follower.missed(told) for follower in followers)
        for follower in followers:
            follower.drop()
    return took, missed, len(told)


async def _burst(client: Switch, calls: int, *, first: int) -> None:
    for number in range(first, first + calls):
        await client.post("/calls", json={"external_id": f"burst-{number}", "queue": "queue-1"})
        told = {"type": "hangup", "at": datetime.now(UTC).isoformat()}
        await client.post(f"/calls/ext:bench:burst-{number}/events", json=told)


async def _told_since(client: Switch, stood: int) -> set[int]:
    """Numbers of all events after a place, once the relay has published them."""
    await asyncio.sleep(2)
    found: set[int] = set()
    after = f"main:{stood}"
    while True:
        page = (await client.get(f"/events?after={after}&limit=200")).json()
        found |= {int(event["cursor"].rpartition(":")[2]) for event in page["events"]}
        if len(page["events"]) < 200:
            return found
        after = page["next"]
