"""kill -9 in the middle of a replay: nothing is lost, nothing doubled, and nobody loses their place.

A few minutes of 3 January 1999 at forty times their speed. The API's own answers and what the switch saw are the judge;
`check_invariants` looks at the rows afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from callcenter.demo import bank_log, calibration
from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.public_api import Api
from callcenter.demo.replay.names import TRUNK
from callcenter.demo.replay.plan import Plan, plan
from callcenter.demo.replay.run import Played, play
from callcenter.demo.switch import Line, Switch
from tests.prepare import JANUARY
from tests.stack import Stack

pytestmark = [pytest.mark.kill, pytest.mark.timeout(170, func_only=True)]

SPEED = 40.0
FROM_S = 16 * 3600 + 31 * 60
STRETCH_S = 420
LONGEST_TALK_S = 150  # of the log's time: the tests need not wait for a chat of an hour
FIRST_KILL_S = 4.0


@cache
def stretch() -> Plan:
    """The densest minutes of the day, with agents on duty as they were."""
    log = bank_log.read(JANUARY)
    hour = plan(log.calls, day=bank_log.read_day("990103"), calibration=calibration.stored(), hours=(16, 16))
    inside = [call for call in hour.calls if FROM_S <= call.arrive_s < FROM_S + STRETCH_S]
    runs = [replace(run, start_s=max(run.start_s, FROM_S)) for run in hour.runs if run.end_s > FROM_S]
    return replace(
        hour,
        from_s=FROM_S,
        calls=tuple(replace(call, talk_s=min(call.talk_s, LONGEST_TALK_S)) for call in inside),
        runs=tuple(runs),
    )


def replay_through(
    stack: Stack, key: str, violence: Callable[[], object], *, times: int = 1, every_s: float = 2.0
) -> Played:
    """Replay the stretch; strike after a few seconds, again every few seconds."""

    async def strike() -> None:
        await asyncio.sleep(FIRST_KILL_S)
        for _ in range(times):
            await asyncio.to_thread(violence)
            await asyncio.sleep(every_s)

    async def both() -> Played:
        async with Api(stack.url, key) as api:
            striking = asyncio.create_task(strike())
            played = await play(stretch(), api=api, speed=SPEED)
            await striking
            return played

    return asyncio.run(both())


def assert_nobody_was_harmed(stack: Stack, played: Played) -> None:
    lost = [one for one in played.judged if one.verdict in {"lost", "unheard"}]
    assert lost == [], stack.log_tails()
    assert list(played.doubled) == []
    assert len(played.judged) == len(stretch().calls) > 20
    assert any(call.talks for call in played.calls)
    stack.wait_until_ready()
    stack.manage("check_invariants")


def test_the_web_is_killed(stack: Stack, key: str) -> None:
    played = replay_through(stack, key, lambda: stack.kill("web"))
    assert played.retries > 0, "the kill was not even felt"
    assert_nobody_was_harmed(stack, played)


def test_the_dispatcher_is_killed_again_and_again(stack: Stack, key: str) -> None:
    assert_nobody_was_harmed(stack, replay_through(stack, key, lambda: stack.kill("route"), times=2, every_s=4))


def test_the_relay_is_killed(stack: Stack, key: str) -> None:
    assert_nobody_was_harmed(stack, replay_through(stack, key, lambda: stack.kill("relay")))


def test_celery_is_killed(stack: Stack, key: str) -> None:
    played = replay_through(stack, key, lambda: stack.kill("worker"))
    assert "ConnectError" not in played.troubles, "no call may wait for Celery"
    assert_nobody_was_harmed(stack, played)


def test_the_database_is_killed(stack: Stack, key: str) -> None:
    played = replay_through(stack, key, stack.kill_database)
    assert played.retries > 0, "the kill was not even felt"
    assert_nobody_was_harmed(stack, played)


# --- places and clocks ----------------------------------------------------------------------------------------------
WAITING = 8
IDLE = ("bank-avni", "bank-eli")  # take no English calls
ENGLISH = "bank-dorit"


def test_places_and_idle_clocks_outlive_the_death_of_everything(stack: Stack, key: str) -> None:
    before, after, served, expected = asyncio.run(_everything_dies(stack, key))
    assert before == after
    assert served == expected
    stack.manage("check_invariants")


async def _everything_dies(stack: Stack, key: str) -> tuple[Any, Any, list[str], list[str]]:
    async with Api(stack.url, key) as api:
        switch = Switch(api, source=TRUNK)
        agents = {name: _agent(api, switch, name) for name in (*IDLE, ENGLISH)}
        for name in IDLE:
            await agents[name].sign_in()
        lines = [await _waiting(switch, number) for number in range(WAITING)]
        before = await _standing(api, lines)
        await asyncio.to_thread(_kill_everything, stack)
        after = await _standing(api, lines)
        following = [
            asyncio.create_task(part) for part in (switch.follow(), switch.look_around(), agents[ENGLISH].work())
        ]
        await agents[ENGLISH].sign_in()
        served = [await _next_served(switch, lines) for _ in lines]
        for name in agents:
            await agents[name].leave()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    # Raised callers stand ninety seconds earlier than they came; among equals the order of arrival holds.
    expected = [line.external_id for line in (*lines[1::2], *lines[0::2])]
    return before, after, served, expected


def _agent(api: Api, switch: Switch, name: str) -> PlayedAgent:
    return PlayedAgent(
        api=api,
        switch=switch,
        key=name,
        think=lambda: 0.0,
        wrap_up=lambda: 0.0,
        disposition=lambda offer: "information",
    )


async def _waiting(switch: Switch, number: int) -> Line:
    line = Line(external_id=f"order-{switch.boot}-{number}")
    await switch.arrive(line)
    await switch.enqueue(line, "bank-pe", "raised" if number % 2 else "normal")
    return line


async def _standing(api: Api, lines: list[Line]) -> Any:
    """Positions and place of everybody who waits, idle clock and presence of everybody who is there."""
    answers = [await api.get(f"/calls/{line.id}") for line in lines]
    places = [(answer["position"], answer["call"]["enqueued_at"], answer["call"]["version"]) for answer in answers]
    clocks = []
    for name in IDLE:
        agent = (await api.get(f"/agents/key:{name}/presence"))["agent"]
        clocks.append((agent["key"], agent["presence"], agent["idle_since"]))
    return places, clocks


def _kill_everything(stack: Stack) -> None:
    for name in ("web", "route", "relay"):
        stack.kill(name)
    stack.kill_database()
    stack.wait_until_ready()


async def _next_served(switch: Switch, lines: list[Line]) -> str:
    """The caller who is joined next, and gone again at once."""
    bridged = {asyncio.create_task(line.bridged.wait()): line for line in lines if not line.over.is_set()}
    done, pending = await asyncio.wait(bridged, timeout=30, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    (line,) = (bridged[task] for task in done)
    await switch.hang_up(line)
    return line.external_id
