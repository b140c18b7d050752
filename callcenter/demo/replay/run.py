"""Plays a plan through the public API, many times faster than it was: callers, agents and the switch between them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.public_api import Api, ApiAway, ApiRefused
from callcenter.demo.replay.names import TRUNK, agent_key, queue_of
from callcenter.demo.replay.plan import BETWEEN_CALLS_S, Plan, PlannedCall, Run
from callcenter.demo.replay.verdict import ENDED, Judged, Witnessed, doubled, judge
from callcenter.demo.switch import Line, Switch

SETTLE_S = 30.0  # real seconds for the last wrap-ups to be told
EARLY_S = 2.0  # real seconds between the start and the window's first second: agents sign in


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a running replay stands."""

    at_s: float  # of the log's day
    arrived: int
    ended: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Played:
    """A finished replay: every caller as witnessed, and the judgement."""

    calls: tuple[Witnessed, ...]
    judged: tuple[Judged, ...]
    doubled: tuple[str, ...]
    requests: int
    retries: int
    troubles: tuple[str, ...]
    answer_s: tuple[float, float]  # how long a request took: median and 99 %, real seconds
    seconds: float

    def count(self, verdict: str) -> int:
        return sum(one.verdict == verdict for one in self.judged)


class LogClock:
    """The log's day, `speed` times as fast."""

    def __init__(self, *, from_s: float, speed: float) -> None:
        self.from_s, self.speed = from_s, speed
        self.started = time.monotonic() + EARLY_S

    @property
    def now_s(self) -> float:
        return self.from_s + (time.monotonic() - self.started) * self.speed

    def real(self, seconds: float) -> float:
        return seconds / self.speed

    async def until(self, instant_s: float) -> None:
        await asyncio.sleep(max(0.0, self.started + (instant_s - self.from_s) / self.speed - time.monotonic()))


async def play(
    plan: Plan, *, api: Api, speed: float, progress: Callable[[Progress], None] = lambda now: None
) -> Played:
    """Bring the planned stretch back and judge it. Raises ApiAway if the API stays away."""
    return await _Replay(plan, api=api, speed=speed, progress=progress).run()


class _Replay:
    def __init__(self, plan: Plan, *, api: Api, speed: float, progress: Callable[[Progress], None]) -> None:
        self.plan, self.api, self.speed, self.progress = plan, api, speed, progress
        self.clock = LogClock(from_s=plan.from_s, speed=speed)
        self.switch = Switch(api, source=TRUNK)
        self.tag = uuid4().hex[:6]  # the same day may be replayed again: other calls
        self.lines = {call.key: Line(external_id=f"{plan.day:%y%m%d}-{call.key}-{self.tag}") for call in plan.calls}
        self.agents = {name: self._agent(name) for name in {run.agent for run in plan.runs}}

    async def run(self) -> Played:
        began = time.monotonic()
        background = [self.switch.follow(), self.switch.look_around(), self._tell()]
        background += [part for agent in self.agents.values() for part in (agent.stay(), agent.work())]
        tasks = [asyncio.create_task(part) for part in background]
        shifts = [asyncio.create_task(self._shift(run)) for run in self.plan.runs]
        try:
            await _all_or_first_error([self._caller(call) for call in self.plan.calls], tasks)
            ends = await self._ends()
        finally:
            for task in (*shifts, *tasks):
                task.cancel()
            await asyncio.gather(*shifts, *tasks, return_exceptions=True)
        await self._all_leave()
        return self._judged(ends, time.monotonic() - began)

    # --- people ---------------------------------------------------------------------------------------------------
    def _agent(self, name: str) -> PlayedAgent:
        return PlayedAgent(
            api=self.api,
            switch=self.switch,
            key=agent_key(name),
            think=lambda: 0.0,
            wrap_up=lambda: self.clock.real(BETWEEN_CALLS_S),
            disposition=lambda offer: "information",
        )

    async def _shift(self, run: Run) -> None:
        await self.clock.until(run.start_s)
        await self.agents[run.agent].sign_in()
        await self.clock.until(run.end_s)
        await self.agents[run.agent].leave()

    async def _all_leave(self) -> None:
        for agent in self.agents.values():
            if agent.id:
                with suppress(ApiAway, ApiRefused):
                    await agent.leave()

    async def _caller(self, call: PlannedCall) -> None:
        """One caller from the first ring to the last word."""
        line = self.lines[call.key]
        await self.clock.until(call.arrive_s)
        arrived = time.monotonic()
        await self.switch.arrive(line, language="en" if call.english else "", attributes={"log": call.key})
        await _until(arrived + self.clock.real(call.menus_s))
        if call.logged == "menus":
            await self.switch.hang_up(line)
            return
        await self.switch.enqueue(line, queue_of(call.kind), self._priority(call))
        if not await self._answered(line, call):
            await self.switch.hang_up(line)
            return
        await _at_most(line.over.wait(), self.clock.real(call.talk_s))
        await self.switch.hang_up(line)

    async def _answered(self, line: Line, call: PlannedCall) -> bool:
        """Wait as long as this caller's patience lasts. Nobody hangs up in the instant of being joined."""
        assert line.queued_at is not None
        left = line.queued_at + self.clock.real(call.patience_s) - time.monotonic()
        await _at_most(line.bridged.wait(), left)
        return line.bridged.is_set()

    def _priority(self, call: PlannedCall) -> str:
        """The bank gave its better customers 90 seconds. A head start is in real seconds: only at speed 1 is it theirs."""
        return "raised" if call.priority == 2 and self.speed == 1 else "normal"

    # --- what was seen --------------------------------------------------------------------------------------------
    async def _tell(self) -> None:
        while True:
            lines = self.lines.values()
            arrived = sum(line.acknowledged for line in lines)
            ended = sum(line.ended_at is not None for line in lines)
            self.progress(Progress(at_s=self.clock.now_s, arrived=arrived, ended=ended, of=len(lines)))
            await asyncio.sleep(0.5)

    async def _ends(self) -> dict[str, dict[str, Any]]:
        """How the API says each call ended; wrap-ups may take a moment more."""
        deadline = time.monotonic() + SETTLE_S
        ends: dict[str, dict[str, Any]] = {}
        open_keys = [key for key, line in self.lines.items() if line.acknowledged]
        while open_keys:
            for key in open_keys:
                ends[key] = (await self.api.get(f"/calls/{self.lines[key].id}"))["call"]
            open_keys = [key for key in open_keys if ends[key]["state"] not in ENDED]
            if open_keys and time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5 if open_keys else 0)
        return ends

    def _judged(self, ends: dict[str, dict[str, Any]], seconds: float) -> Played:
        calls = tuple(self._witnessed(call, ends.get(call.key, {})) for call in self.plan.calls)
        now = time.monotonic()
        free = {
            name: [*agent.free, *([(agent.free_since, now)] if agent.free_since else [])]
            for name, agent in self.agents.items()
        }
        return Played(
            calls=calls,
            judged=tuple(judge(call, free=free, skills=self.plan.skills) for call in calls),
            doubled=tuple(doubled(calls)),
            requests=self.api.tally.requests,
            retries=self.api.tally.retries,
            troubles=tuple(self.api.tally.away),
            answer_s=(self.api.tally.quantile_s(0.5), self.api.tally.quantile_s(0.99)),
            seconds=seconds,
        )

    def _witnessed(self, call: PlannedCall, end: dict[str, Any]) -> Witnessed:
        line = self.lines[call.key]
        names = {agent.id: name for name, agent in self.agents.items()}
        now = time.monotonic()
        return Witnessed(
            key=call.key,
            kind=call.kind,
            logged=call.logged,
            bank_wait_s=call.waited_s,
            acknowledged=line.acknowledged,
            state=end.get("state", ""),
            stage=end.get("end_reason", "") if end.get("state") == "abandoned" else "",
            talks=tuple((names.get(talk.agent, talk.agent), talk.since, talk.until or now) for talk in line.talks),
            queued_at=line.queued_at,
            ended_at=line.ended_at,
            offers=len(line.offers),
            wait_s=_waited(end, self.speed),
        )


def _waited(end: dict[str, Any], speed: float) -> float | None:
    """Enqueued to answered by the API's own timestamps, in the log's seconds."""
    if not end.get("connected_at") or not end.get("enqueued_at"):
        return None
    return (_read(end["connected_at"]) - _read(end["enqueued_at"])).total_seconds() * speed


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def _until(instant: float) -> None:
    await asyncio.sleep(max(0.0, instant - time.monotonic()))


async def _at_most(wait: Awaitable[object], seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(wait, max(0.0, seconds))


async def _all_or_first_error(
    parts: Sequence[Coroutine[Any, Any, None]], background: Sequence[asyncio.Task[None]]
) -> None:
    """Wait for all parts; an error in one of them or in the background ends the wait at once."""
    tasks = [asyncio.create_task(part) for part in parts]
    waiting = set(tasks)
    try:
        while waiting:
            done, _ = await asyncio.wait({*waiting, *background}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            waiting -= done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
