"""The simulated trunk itself: conversations begin, wait, are served or given up, and what came of them is counted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import uuid4

from callcenter.demo.colleagues import Company, nobody
from callcenter.demo.played_agents import PlayedAgent
from callcenter.demo.public_api import Api, ApiAway, ApiRefused, Json
from callcenter.demo.simulated.ivr import SampleIvr
from callcenter.demo.simulated.plan import OUT, Contact, Plan
from callcenter.demo.switch import FEED_WAIT_S, Line, Switch
from callcenter.demo.traffic.walking import Menus

logger = logging.getLogger(__name__)

MOST_LINES = 500  # at once; beyond that the lines are engaged
LONGEST_REPORT_S = 20.0
SHORTEST_TALK_S = 3.2  # an agent's leg that is gone sooner was no talk: the caller is queued again
CLICKED = 0.5  # share of the calls that go out which another system wishes for
LAST_WORDS_S = 120.0  # for conversations under way when no new ones begin


@dataclass(kw_only=True)
class Report:
    """What became of the conversations."""

    begun: Counter[str] = field(default_factory=Counter)  # by channel, `out` for dialled ones
    served: int = 0
    given_up: int = 0
    in_menus: int = 0  # callers who never left them
    answers: int = 0  # to questions after the talk
    refused: Counter[str] = field(default_factory=Counter)  # by code of the API
    waits_s: list[float] = field(default_factory=list)  # of those served

    def wait_s(self, share: float) -> float:
        """How long this share of the served waited at most; 0 where nobody was served."""
        ordered = sorted(self.waits_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class SimulatedTrunk:
    """`report = await SimulatedTrunk(…).run(most=100)`: so many conversations, or until it is cancelled."""

    def __init__(
        self, *, api: Api, source: str, plan: Plan, played: Sequence[str], rng: Random, menus: Menus | None = None,
        help_share: float = 0.0,
    ) -> None:  # fmt: skip
        self.api, self.plan, self.rng = api, plan, rng
        self.switch = Switch(api, source=source)
        hurry = max(1.0, 30 / plan.talk_s)
        self.ivr = SampleIvr(api=api, switch=self.switch, menus=menus, rng=rng, hurry=hurry) if menus else None
        self.report = Report()
        self.agents: list[PlayedAgent] = []
        company = Company(people=self.agents, rng=rng, share=help_share)
        self.agents += [
            PlayedAgent(
                api=api,
                switch=self.switch,
                key=key,
                think=lambda: rng.uniform(0.2, 1) * min(1.5, plan.talk_s / 10),
                wrap_up=lambda: rng.uniform(0.2, 1) * plan.talk_s / 4,
                disposition=lambda _: "information",
                help_for=company.help_for if help_share else nobody,
            )
            for key in played
        ]
        self._calls: set[asyncio.Task[None]] = set()
        self._wished: dict[str, Line] = {}  # by external id, until they are carried out

    async def run(self, *, most: int | None) -> Report:
        """Begin `most` conversations, see them through, sign the played agents out."""
        for agent in self.agents:
            await agent.sign_in()
        parts = [self.switch.follow(), self.switch.look_around(), self._obey()]
        parts += [part for agent in self.agents for part in (agent.stay(), agent.work())]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await self._begin(most)
            if self._calls:
                await asyncio.wait(self._calls, timeout=LAST_WORDS_S)
        finally:
            for task in (*tasks, *self._calls):
                task.cancel()
            await asyncio.gather(*tasks, *self._calls, return_exceptions=True)
            await self._go_home()
        return self.report

    async def _begin(self, most: int | None) -> None:
        begun = 0
        while most is None or begun < most:
            if len(self._calls) < MOST_LINES:
                self._start(self._contact(self.plan.contacts(self.rng)))
                begun += 1
            await asyncio.sleep(self.plan.gap_s(self.rng))

    def _start(self, conversation: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(conversation)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _go_home(self) -> None:
        """No line outlives its trunk, no played agent stays on duty."""
        open_lines = [line for line in self.switch.lines.values() if not line.over.is_set()]
        leavers = [agent.leave() for agent in self.agents if agent.id]
        await asyncio.gather(*(self.switch.hang_up(line) for line in open_lines), *leavers, return_exceptions=True)

    async def _contact(self, contact: Contact) -> None:
        """One conversation; whatever goes wrong with it stays its own."""
        self.report.begun[OUT if contact.direction == "out" else contact.channel] += 1
        line = Line(external_id=f"sim-{uuid4().hex[:16]}")
        try:
            if contact.direction == "out":
                await self._dialled(line, contact)
            else:
                await self._incoming(line, contact)
        except ApiRefused as why:
            self.report.refused[why.code or str(why.status)] += 1
        except ApiAway as why:
            logger.warning("a conversation was cut short: %s", why)
        finally:
            self.switch.lines.pop(line.id, None)

    async def _incoming(self, line: Line, contact: Contact) -> None:
        ivr = self.ivr if contact.channel == "voice" else None
        facts = {"channel": contact.channel, "language": contact.language, "from": contact.number}
        if ivr is None:
            await self.switch.arrive(line, to="10086", queue=contact.queue, **facts)
        elif not await self._out_of_menus(ivr, line, contact, facts):
            self.report.in_menus += 1
            await self.switch.hang_up(line)
            return
        began = time.monotonic()
        served = await self._first(line.bridged, line.over, seconds=contact.patience_s) and line.bridged.is_set()
        if served:
            self.report.served += 1
            self.report.waits_s.append(time.monotonic() - began)
            await self._first(line.over, seconds=contact.talk_s)
            await self._until_known(line)
            if ivr is not None and not line.over.is_set() and contact.talk_s >= SHORTEST_TALK_S:
                self.report.answers += await ivr.ask(line)
        else:
            self.report.given_up += 1
        await self.switch.hang_up(line)

    async def _out_of_menus(self, ivr: SampleIvr, line: Line, contact: Contact, facts: dict[str, str]) -> bool:
        """Through the menus into the queue they lead to, or the caller's own where the domain has no such queue."""
        await self.switch.arrive(line, to=ivr.menus.entry, **facts)
        queue = await ivr.lead(line, reason=self.rng.choice(ivr.menus.reasons), language=contact.language)
        if not queue:
            return False
        await self.switch.enqueue(line, queue if queue in self.plan.queues else contact.queue)
        return True

    async def _until_known(self, line: Line) -> None:
        """A short talk may be over before the product has answered that it heard of it."""
        until = time.monotonic() + LONGEST_REPORT_S
        while not line.talks[-1].known and not line.over.is_set() and time.monotonic() < until:
            await asyncio.sleep(0.05)

    async def _dialled(self, line: Line, contact: Contact) -> None:
        """An agent dials: the customer answers, or does not."""
        agent = self._free_agent()
        if agent is None:
            self.report.refused["nobody_free"] += 1
            return
        facts = {"direction": "out", "to": contact.number, "channel": "voice", "language": contact.language}
        if self.rng.random() < CLICKED:
            self._wished[line.external_id] = line
            await self.switch.arrive(line, agent=agent.id, dialled_by="switch", **facts)
            await self._first(line.over, seconds=LAST_WORDS_S)  # carried out where the instruction is heard
            return
        await self.switch.arrive(line, **facts)
        await asyncio.sleep(self.rng.uniform(0.2, 1))
        await self._far_end(line, talk_s=contact.talk_s, agent=agent.id)

    async def _far_end(self, line: Line, *, talk_s: float, **whose: str) -> None:
        """The customer's phone rings: somebody answers, or nobody does."""
        if self.rng.random() < 0.7:
            await self.switch.report(line, "bridged", **whose)
            self.report.served += 1
            await self._first(line.over, seconds=talk_s)
        else:
            self.report.given_up += 1
        await self.switch.hang_up(line)
        await self._wrap_up(line)

    # --- what other systems wish for --------------------------------------------------------------------------------
    async def _obey(self) -> None:
        """Calls that are wished for, by this trunk's own day or from outside: each once, however often it is told."""
        after, begun = "", set[str]()
        while True:
            try:
                page = await self.api.get("/instructions", wait_s=FEED_WAIT_S, after=after, wait=FEED_WAIT_S)
            except ApiAway:
                continue
            except ApiRefused as why:
                if why.code != "cursor_expired":
                    raise
                after = ""
                continue
            for told in page["instructions"]:
                if told["kind"] == "dial" and told["reservation"] not in begun:
                    begun.add(told["reservation"])
                    self._start(self._carry_out(told))
            after = page["next"]

    async def _carry_out(self, told: Json) -> None:
        """The agent's phone rings and is answered, then the customer's rings."""
        line = self._wished.pop(told["external_id"], None) or Line(external_id=told["external_id"])
        line.id = told["call"]
        self.switch.lines[line.id] = line
        try:
            await self.switch.report(line, "ringing", reservation=told["reservation"])
            if await self._first(line.over, seconds=self.rng.uniform(0.2, 1)):
                return  # taken back before the agent picked up
            talk_s = self.rng.expovariate(1 / self.plan.talk_s)
            await self._far_end(line, talk_s=talk_s, reservation=told["reservation"])
        except (ApiRefused, ApiAway) as why:
            logger.warning("a call that was wished for was cut short: %s", why)
        finally:
            line.over.set()
            self.switch.lines.pop(line.id, None)

    async def _wrap_up(self, line: Line) -> None:
        """What the agent writes down after a dialled call: nobody offered it, so nobody else does."""
        for held in (await self.api.get("/reservations", state="wrapping", limit=200))["reservations"]:
            if held["call"] == line.id:
                with suppress(ApiRefused):  # its time box ended it meanwhile
                    await self.api.post(f"/reservations/{held['id']}/complete", {"disposition": "information"})

    def _free_agent(self) -> PlayedAgent | None:
        free = [agent for agent in self.agents if agent.free_since is not None]
        return self.rng.choice(free) if free else None

    async def _first(self, *events: asyncio.Event, seconds: float) -> bool:
        """Whether one of them came within this time."""
        waits = [asyncio.create_task(event.wait()) for event in events]
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waits:
            task.cancel()
        return bool(done)
