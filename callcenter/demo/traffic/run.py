"""Keeps a floor busy through the public API: callers in the menus and queues, played agents, people at real desks.

Whoever signs in at a desk gets calls like everybody else; the switch bridges once they accept. All state is the
product's: after a restart of either side the traffic takes stock and goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

from callcenter.demo.colleagues import Company
from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.public_api import Api, ApiAway, ApiRefused, Json
from callcenter.demo.simulated.ivr import SampleIvr, tell_steps
from callcenter.demo.switch import Line, Offer, Switch
from callcenter.demo.traffic.crowd import Caller, Crowd
from callcenter.demo.traffic.walking import Ending, Menus, Step

logger = logging.getLogger(__name__)

MEAN_GAP_S = 4.5
MOST_LINES = 60  # callers at once; beyond that the lines are engaged
RETRY_SIGN_IN_S = 5.0
STAYS_SHARE = 0.5  # of callers who let the agent hang up first, and so hear the survey
HELP_SHARE = 0.15  # of talks in which a colleague is turned to
WRITES_SHARE = 0.08  # of callers who come by one of these instead
CHANNELS = ("wechat", "wechat", "chat", "web", "qq", "weibo", "video")
ANSWERS_S = (8.0, 40.0)  # until a customer writes again
LOOK_FOR_PEOPLE_S = 1.0
PERSON_TALKS_S = (240.0, 480.0)  # with somebody at a desk, who is to find time for all that can be done there
PERSON_WRITTEN_TO = 0.25  # of the callers who come because somebody at a desk is free
RUNG_BACK_SHARE = 0.5  # of callers tired of waiting who leave their number; half of them name a time
HURRIED = 2  # callers who go straight to a person as the traffic begins
RING_BACK_S = 900.0  # a callback is waited for so long
WRITTEN_TO = "general"
# How a call usually ends, by what it was about.
DISPOSITIONS = {
    "bill_question": "bill_explained",
    "change_plan": "plan_changed",
    "top_up": "top_up_helped",
    "buy_data": "pack_taken",
    "broadband_fault": "fault_reported",
    "complaint": "complaint_taken",
    "cancel_service": "service_cancelled",
    "leave": "retained",
}


class LiveTraffic:
    """`await LiveTraffic(...).run()` never returns by itself."""

    def __init__(
        self, *, api: Api, source: str, menus: Menus, crowd: Crowd, played: Sequence[str], zone: ZoneInfo, rng: Random,
        mean_gap_s: float = MEAN_GAP_S,
    ) -> None:  # fmt: skip
        self.api, self.menus, self.crowd, self.zone, self.rng, self.mean_gap_s = (
            api,
            menus,
            crowd,
            zone,
            rng,
            mean_gap_s,
        )
        self.switch = Switch(api, source=source)
        self.ivr = SampleIvr(api=api, switch=self.switch, menus=menus, rng=rng)
        self.reasons: dict[str, str] = {}  # by c_…
        self.agents: list[PlayedAgent] = []
        self.company = Company(people=self.agents, rng=rng, share=HELP_SHARE)
        self.agents += [self._agent(key) for key in played]
        self._calls: set[asyncio.Task[None]] = set()
        self.switch.watchers.append(self._promised)

    async def run(self) -> None:
        parts = [self.switch.follow(), self.switch.look_around(), self._callers(), self._people()]
        parts += [part for agent in self.agents for part in (self._on_duty(agent), agent.stay(), agent.work())]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (*tasks, *self._calls):
                task.cancel()
            await asyncio.gather(*tasks, *self._calls, return_exceptions=True)

    async def clear(self) -> None:
        """The end of the shift: every caller hangs up, every played agent signs out. As far as the product hears it."""
        lines = [self.switch.hang_up(line) for line in self.switch.lines.values() if not line.over.is_set()]
        leavers = [agent.leave() for agent in self.agents if agent.id]
        await asyncio.gather(*lines, *leavers, return_exceptions=True)

    # --- agents ---------------------------------------------------------------------------------------------------
    def _agent(self, key: str) -> PlayedAgent:
        return PlayedAgent(
            api=self.api,
            switch=self.switch,
            key=key,
            think=lambda: self.rng.uniform(0.8, 3.5),
            wrap_up=lambda: self.rng.uniform(3, 12),
            disposition=self._disposition,
            help_for=self.company.help_for,
        )

    def _disposition(self, offer: Offer) -> str:
        return DISPOSITIONS.get(self.reasons.get(offer.call, ""), "information")

    async def _on_duty(self, agent: PlayedAgent) -> None:
        """Sign in, however long the product is away, and take a short break now and then."""
        while True:
            try:
                await agent.sign_in()
                break
            except (ApiAway, ApiRefused) as why:
                logger.warning("agent %s cannot sign in yet: %s", agent.key, why)
                await asyncio.sleep(RETRY_SIGN_IN_S)
        while True:
            await asyncio.sleep(self.rng.uniform(240, 1200))
            await self._rest(agent)

    async def _rest(self, agent: PlayedAgent) -> None:
        try:
            await agent.rest(reason=self.rng.choice(("break", "back_office")), seconds=self.rng.uniform(20, 60))
        except (ApiAway, ApiRefused) as why:
            logger.debug("agent %s could not rest: %s", agent.key, why)

    # --- callers --------------------------------------------------------------------------------------------------
    async def _callers(self) -> None:
        """An empty floor gets its first callers at once; then they come as people come."""
        for _ in range(HURRIED):
            self._start(self.crowd.next_caller(), hurried=True)
        while True:
            await asyncio.sleep(self.crowd.gap_s(mean_s=self.mean_gap_s, at=datetime.now(self.zone)))
            if len(self._calls) < MOST_LINES:
                self._start(self.crowd.next_caller())

    async def _people(self) -> None:
        """Whoever sits down at a desk does not wait for a turn among the played ones: callers come until it rings."""
        while True:
            await asyncio.sleep(LOOK_FOR_PEOPLE_S)
            try:
                agents = (await self.api.get("/agents"))["agents"]
            except (ApiAway, ApiRefused):
                continue
            for _ in people_free(agents, played=self.switch.seats)[: max(0, MOST_LINES - len(self._calls))]:
                writes = self.rng.random() < PERSON_WRITTEN_TO
                self._start(self.crowd.next_caller(), hurried=not writes, writes=writes)

    def _start(self, caller: Caller, *, after_s: float = 0.0, hurried: bool = False, writes: bool = False) -> None:
        task = asyncio.create_task(self._call(caller, after_s, hurried, writes))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _call(self, caller: Caller, after_s: float, hurried: bool, writes: bool) -> None:
        """One call. Whatever goes wrong with it stays its own."""
        await asyncio.sleep(after_s)
        line = Line(external_id=f"live-{uuid4().hex[:16]}")
        try:
            served = await (self._write(line, caller) if writes else self._converse(line, caller, hurried))
        except (ApiAway, ApiRefused) as why:
            logger.warning("a call was cut short: %s", why)
            self.switch.lines.pop(line.id, None)
            return
        self.switch.lines.pop(line.id, None)
        self.reasons.pop(line.id, None)
        if not served and caller.redials_after_s is not None:
            self._start(caller, after_s=caller.redials_after_s)

    async def _converse(self, line: Line, caller: Caller, hurried: bool) -> bool:
        """From the first ring to the last word; False if the caller gave up waiting."""
        if not hurried and self.rng.random() < WRITES_SHARE:
            return await self._write(line, caller)
        await self.switch.arrive(line, **{"from": caller.number}, to=self.menus.entry, language=caller.language)
        self.reasons[line.id] = caller.reason
        steps = self.menus.straight_to_a_person() if hurried else self._way_of(caller)
        queue = await tell_steps(self.switch, line, steps, menus=self.menus)
        if not queue:
            await self.switch.hang_up(line)
            return True
        await self.switch.enqueue(line, queue)
        served = await self._wait_and_talk(line, caller)
        if line.talking and line.talks[-1].known and self.rng.random() < STAYS_SHARE:
            await self.ivr.ask(line)
        await self.switch.hang_up(line)
        # The wrap-up asks for this line a little longer.
        await asyncio.sleep(20 if served else 0)
        return served

    async def _write(self, line: Line, caller: Caller) -> bool:
        """A conversation in writing, patient and long; or face to face, as patient as on the telephone."""
        channel = self.rng.choice(CHANNELS)
        await self.switch.arrive(
            line,
            **{"from": caller.number},
            to=self.menus.entry,
            queue=WRITTEN_TO,
            channel=channel,
            language=caller.language,
        )
        self.reasons[line.id] = caller.reason
        if channel == "video":
            served = await self._wait_and_talk(line, caller)
            await self.switch.hang_up(line)
            return served
        patient = replace(caller, patience_s=300.0, talk_s=self.rng.uniform(60, 240))
        writing = asyncio.create_task(self._write_on(line))
        try:
            served = await self._wait_and_talk(line, patient)
        finally:
            writing.cancel()
        await self.switch.hang_up(line)
        return served

    async def _write_on(self, line: Line) -> None:
        """The customer writes again and again; played agents answer, people at their desk do so themselves."""
        while True:
            await line.bridged.wait()
            await asyncio.sleep(self.rng.uniform(*ANSWERS_S))
            if not line.talking:
                continue
            with suppress(ApiAway, ApiRefused):
                await self.switch.report(line, "message", by="caller")
                if self._is_played(line):
                    await asyncio.sleep(self.rng.uniform(2, 6))
                    await self.switch.report(line, "message", by="agent")

    async def _leave_number(self, line: Line) -> bool:
        """Rather than wait on: rung back in turn, or in some minutes. False where the product may not."""
        at = datetime.now(UTC) + timedelta(minutes=self.rng.uniform(3, 20))
        wish = {"call": line.id} | ({"at": at.isoformat()} if self.rng.random() < 0.5 else {})
        try:
            await self.api.post("/callbacks", wish)
        except ApiRefused as why:
            logger.debug("no callback: %s", why)
            return False
        return True

    def _promised(self, event: Json) -> None:
        """A promise falls due: the customer is at hand when the agent has answered."""
        if event["type"] != "call.arrived" or (event.get("data") or {}).get("direction") != "callback":
            return
        line = Line(external_id=event["call"], id=event["call"])
        self.switch.lines[line.id] = line
        task = asyncio.create_task(self._ring_back(line))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _ring_back(self, line: Line) -> None:
        try:
            await asyncio.wait_for(line.bridged.wait(), timeout=RING_BACK_S)
            await asyncio.wait_for(line.over.wait(), timeout=self.rng.uniform(20, 90))
        except TimeoutError:
            pass
        try:
            await self.switch.hang_up(line)
        except (ApiAway, ApiRefused) as why:
            logger.debug("a callback was cut short: %s", why)
        await asyncio.sleep(20)  # the wrap-up asks for this line a little longer
        self.switch.lines.pop(line.id, None)

    async def _wait_and_talk(self, line: Line, caller: Caller) -> bool:
        """Wait, talk, and, if passed on to another queue, wait again."""
        while True:
            patience = asyncio.create_task(line.bridged.wait())
            over = asyncio.create_task(line.over.wait())
            await asyncio.wait({patience, over}, timeout=caller.patience_s, return_when=asyncio.FIRST_COMPLETED)
            for task in (patience, over):
                task.cancel()
            if line.over.is_set() or not line.bridged.is_set():
                if not line.over.is_set() and not line.talks and self.rng.random() < RUNG_BACK_SHARE:
                    return await self._leave_number(line)
                return bool(line.talks)
            began = time.monotonic()
            lasts = caller.talk_s if self._is_played(line) else max(caller.talk_s, self.rng.uniform(*PERSON_TALKS_S))
            while line.bridged.is_set() and not line.over.is_set() and time.monotonic() - began < lasts:
                await asyncio.sleep(0.5)
            if line.bridged.is_set():
                return True

    def _is_played(self, line: Line) -> bool:
        return bool(line.talks) and line.talks[-1].agent in self.switch.seats

    def _way_of(self, caller: Caller) -> Iterator[Step | Ending]:
        return self.menus.walk(reason=caller.reason, language=caller.language, rng=self.rng)


def people_free(agents: Sequence[Json], *, played: Container[str]) -> list[str]:
    """Who sits at a desk and has nothing to do: a_… of those whom nobody plays."""
    return [one["id"] for one in agents if one["state"] == "available" and one["id"] not in played]
