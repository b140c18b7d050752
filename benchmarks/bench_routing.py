"""From the switch's request to the answer that names an agent: through HTTP, with 500 agents signed in, 20 calls/s.

Open loop: calls are sent when they are due, whether or not earlier ones are answered, and a call's time runs from when
it was due. Web server, dispatcher and relay run as they do in production, on an embedded PostgreSQL of their own with
fsync on.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import Figure, measured, percentile
from benchmarks.switch import Answer, Switch
from callcenter.embedded.postgres import ensure_postgres, stop_postgres

NAMES = (
    "routing.arrival_to_reservation_ms.p50",
    "routing.arrival_to_reservation_ms.p99",
    "routing.bare_request_ms.p50",
)
ROOT = Path(__file__).resolve().parent.parent
CALLS_PER_S = 20
SECONDS = {"default": 20, "full": 120}
BARE_S = 5  # of the yardstick, when the calls are over
WARM_UP_S = 3  # connections open, plans and code paths are warm; not measured
TALK_S = 3.0
PATIENCE_S = 120.0  # for servers to come up
QUEUES = 10


class Failed(Exception):
    """The rig did not come up or calls were not answered; the message says what was seen."""


@dataclass
class Run:
    """One stretch of traffic and what was seen."""

    times_ms: list[float] = field(default_factory=list)
    waited: int = 0  # calls that were not given an agent at once
    stale: int = 0  # answers and hang-ups told later than the ring lasted: the machine was out of breath
    failed: list[str] = field(default_factory=list)


def run(scale: str) -> Iterator[Figure]:
    seconds = SECONDS[scale]
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder, _servers(Path(folder)) as (url, floor):
        seen, bare_ms = asyncio.run(_traffic(url, floor, seconds))
    if seen.failed or not seen.times_ms:
        raise Failed(f"{len(seen.failed)} calls failed, the first with {seen.failed[:1]}")
    said = (
        f"{len(floor['agents'])} agents signed in (leases without heartbeats), {CALLS_PER_S} calls/s for {seconds} s,"
        f" n={len(seen.times_ms)}, {seen.waited} found nobody free, {seen.stale} events stale; {os.cpu_count()} cores, fsync on"
    )
    yield measured(NAMES[0], round(percentile(seen.times_ms, 0.50), 2), scale=said)
    yield measured(NAMES[1], round(percentile(seen.times_ms, 0.99), 2), scale=said)
    said = f"GET of one agent with the same key, {CALLS_PER_S} a second for {BARE_S} s, when the calls were over"
    yield measured(NAMES[2], round(percentile(bare_ms, 0.50), 2), scale=said)


# --- the rig --------------------------------------------------------------------------------------------------------
@contextmanager
def _servers(var: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A database with a floor in it, and web, dispatcher and relay on top; all gone afterwards."""
    database = ensure_postgres(var)
    environment = os.environ | {
        "VAR_DIR": str(var),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "PRESENCE_LEASE_S": "3600",
        "API_RATE_PER_S": "5000",  # one key speaks for the whole floor
        "API_BURST": "5000",
        "LOG_LEVEL": "WARNING",
    }
    processes: list[subprocess.Popen[bytes]] = []
    try:
        (var / "static").mkdir(exist_ok=True)
        _python(["manage.py", "migrate", "--verbosity=0"], environment)
        floor: dict[str, Any] = json.loads(_python(["-m", "benchmarks.routing_floor"], environment))
        port = _free_port()
        web = [
            "-m",
            "uvicorn",
            "callcenter.asgi:application",
            "--port",
            str(port),
            "--log-level",
            "warning",
            "--workers",
            "2",
        ]
        for kind, command in (
            ("web", [*web, "--no-access-log", "--lifespan", "off", "--timeout-keep-alive", "75"]),
            ("route", ["manage.py", "route"]),
            ("relay", ["manage.py", "relay"]),
        ):
            with (var / f"{kind}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        [sys.executable, *command],
                        cwd=ROOT,
                        env=environment | {"ZHIYIN_PROCESS": kind},
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        url = f"http://127.0.0.1:{port}"
        _await(url, processes, var)
        yield url, floor
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
        stop_postgres(var)


def _python(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _await(url: str, processes: list[subprocess.Popen[bytes]], var: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if any(process.poll() is not None for process in processes):
            break
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/api/v1/limits", timeout=2).status_code == 200:
                return
        time.sleep(0.2)
    words = [path.read_text("utf-8", "replace")[-300:] for path in sorted(var.glob("*.log"))]
    raise Failed(f"the servers did not come up: {words}")


# --- the traffic ----------------------------------------------------------------------------------------------------
async def _traffic(url: str, floor: dict[str, Any], seconds: int) -> tuple[Run, list[float]]:
    async with Switch(f"{url}/api/v1", key=floor["key"]) as client:
        await _sign_in(client, floor["agents"])
        await _stretch(client, WARM_UP_S, first=0)
        seen = await _stretch(client, seconds, first=WARM_UP_S * CALLS_PER_S)
        return seen, await _bare(client, floor["agents"])


async def _bare(client: Switch, agents: list[str]) -> list[float]:
    """Milliseconds of requests that do next to nothing: what this machine asks of any request."""
    times = []
    for number in range(BARE_S * CALLS_PER_S):
        began = time.perf_counter()
        answer = await client.get(f"/agents/{agents[number % len(agents)]}")
        if answer.status != 200:
            raise Failed(f"an agent could not be read: {answer.text}")
        times.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(1 / CALLS_PER_S)
    return times


async def _sign_in(client: Switch, agents: list[str]) -> None:
    for start in range(0, len(agents), 20):
        answers = await asyncio.gather(
            *(
                client.put(f"/agents/{agent}/presence", json={"presence": "available"})
                for agent in agents[start : start + 20]
            )
        )
        if wrong := [answer for answer in answers if answer.status != 200]:
            raise Failed(f"an agent could not sign in: {wrong[0].text}")


async def _stretch(client: Switch, seconds: int, *, first: int) -> Run:
    seen, tasks, began = Run(), [], time.perf_counter()
    for number in range(seconds * CALLS_PER_S):
        due = began + number / CALLS_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(_call(client, first + number, due, seen)))
    await asyncio.gather(*tasks)
    return seen


async def _call(client: Switch, number: int, due: float, seen: Run) -> None:
    """One caller: arrives, is given an agent, talks, hangs up."""
    answer = await _insist(
        client,
        "/calls",
        {
            "external_id": f"bench-{number}",
            "from": f"+86138{number * 7 % 20_000:08d}",
            "to": "10086",
            "queue": f"queue-{number % QUEUES}",
        },
    )
    took = 1000 * (time.perf_counter() - due)
    if answer.status not in {200, 201, 202}:
        seen.failed.append(answer.text)
        return
    body = answer.json()
    if body["reservation"] is None:
        seen.waited += 1
        took = await _until_reserved(client, body["call"]["id"], due)
    seen.times_ms.append(took)
    path = f"/calls/{body['call']['id']}/events"
    for kind, pause in (("answered", 0.5), ("hangup", TALK_S)):
        await asyncio.sleep(pause)
        at = datetime.now(UTC).isoformat()
        told = await _insist(client, path, {"type": kind, "at": at, "event_id": f"{number}-{kind}"})
        if told.status != 202:
            seen.failed.append(told.text)
        elif told.json()["results"][0]["result"] == "stale":
            seen.stale += 1


async def _insist(client: Switch, path: str, body: dict[str, Any]) -> Answer:
    """As switches do: out of breath (503) or cut off, the same again, until it is taken; the time runs on."""
    until = time.perf_counter() + PATIENCE_S
    while True:
        with suppress(OSError):
            answer = await client.post(path, json=body)
            if answer.status != 503 or time.perf_counter() > until:
                return answer
        if time.perf_counter() > until:
            raise Failed(f"the server did not answer {path} for {PATIENCE_S:g} s")
        await asyncio.sleep(0.2)


async def _until_reserved(client: Switch, call: str, due: float) -> float:
    """Nobody was free, or the server was out of breath: the dispatcher finds somebody, and the switch asks."""
    seen, until = "", time.perf_counter() + PATIENCE_S
    while time.perf_counter() < until:
        await asyncio.sleep(0.02)
        answer = await client.get(f"/calls/{call}")
        if answer.status == 200 and answer.json()["reservation"] is not None:
            return 1000 * (time.perf_counter() - due)
        seen = answer.text
    raise Failed(f"call {call} was never given an agent: {seen}")
