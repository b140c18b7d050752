"""Agents whom the demo plays: signed in through the API, with a heartbeat, answering what they are offered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from callcenter.demo.colleagues import ANSWER_S, Asking, Ending, nobody
from callcenter.demo.public_api import Api, ApiAway, ApiRefused, Json
from callcenter.demo.switch import Line, Offer, Switch

logger = logging.getLogger(__name__)

HEARTBEAT_S = 4.0

Pause = Callable[[], float]  # seconds


class PlayedAgent:
    """One agent's place: sign in, answer, talk until the caller is gone, wrap up, answer again.

    `think` is how long a ringing call waits, `wrap_up` how long after-call work takes, both in real seconds;
    `disposition` names how the call ended; `help_for` whom this agent (a_…) turns to in a talk, if anybody.
    """

    def __init__(
        self, *, api: Api, switch: Switch, key: str, think: Pause, wrap_up: Pause, disposition: Callable[[Offer], str],
        help_for: Callable[[str], Asking | None] = nobody,
    ) -> None:  # fmt: skip
        self.api, self.switch, self.key = api, switch, key
        self.think, self.wrap_up, self.disposition = think, wrap_up, disposition
        self.help_for = help_for
        self.id = ""  # a_… once signed in
        self.lease = str(uuid4())
        self.wanted = "offline"  # what this agent means to be
        self.present = False  # signed in, as far as we know
        self.serving = 0  # talks and conversations at hand
        self.answered = 0
        self.free_since: float | None = None
        self.free: list[tuple[float, float]] = []  # evidence: when this agent had nothing to do
        self._inbox: asyncio.Queue[Offer] = asyncio.Queue()
        self._withdrawn: dict[str, asyncio.Event] = {}
        self._speaking = asyncio.Lock()  # one wish about presence at a time
        self._path = f"/agents/key:{key}"

    # --- presence -------------------------------------------------------------------------------------------------
    async def sign_in(self) -> None:
        """Available from here on."""
        async with self._speaking:
            self.wanted = "available"
            await self._say("break", reason="starting", take_over=True)
            await self._say("available")
            self.present = True
        self._free()

    async def leave(self) -> None:
        """Off duty, after the call at hand if there is one."""
        async with self._speaking:
            self.wanted, self.present = "offline", False
            self._busy()
            await self._say("offline")

    async def rest(self, *, reason: str, seconds: float) -> None:
        """A break, after the call at hand if there is one, then available again."""
        async with self._speaking:
            self.wanted = "break"
            self._busy()
            await self._say("break", reason=reason)
        await asyncio.sleep(seconds)
        async with self._speaking:
            self.wanted = "available"
            await self._say("available")
        self._free()

    async def _say(self, presence: str, **more: object) -> None:
        try:
            answer = await self.api.put(
                f"{self._path}/presence", {"presence": presence, "lease_id": self.lease, **more}
            )
        except ApiRefused as refusal:
            if refusal.code in {"lease_lost", "not_signed_in"} and presence != "break":
                return  # the next heartbeat finds out and signs in anew
            raise
        self.id = answer["agent"]["id"]
        self.switch.seats[self.id] = self

    async def stay(self) -> None:
        """Heartbeats for as long as this agent means to be there; a lost lease is taken anew."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if not self.present:
                continue
            try:
                answer = await self.api.post(f"{self._path}/heartbeat", {"lease_id": self.lease})
                if self.wanted == "available" and _away(answer["agent"]):
                    await self._say("available")
            except ApiRefused:
                if self.present:
                    await self._return()
            except ApiAway:
                continue

    async def _return(self) -> None:
        """Contact was lost for too long. A fresh lease, and available again."""
        self.present = False
        self.lease = str(uuid4())
        try:
            await self.sign_in()
        except (ApiRefused, ApiAway) as why:
            self.present = True  # the next heartbeat tries again
            logger.warning("agent %s cannot come back yet: %s", self.key, why)

    # --- calls ----------------------------------------------------------------------------------------------------
    def offered(self, offer: Offer) -> None:
        self._busy()
        self._inbox.put_nowait(offer)

    def withdrawn(self, reservation: str) -> None:
        self._gone(reservation).set()

    async def work(self) -> None:
        """Answer offers for ever, each as it comes: the product gives nobody more at once than they can do."""
        async with asyncio.TaskGroup() as talks:
            while True:
                offer = await self._inbox.get()
                self.serving += 1
                talks.create_task(self._take(offer))

    async def _take(self, offer: Offer) -> None:
        try:
            await self._serve(offer)
        except (ApiRefused, ApiAway) as why:
            logger.debug("agent %s lost a call: %s", self.key, why)
        self.serving -= 1
        self._withdrawn.pop(offer.reservation, None)
        self._free()

    async def _serve(self, offer: Offer) -> None:
        await _either(asyncio.sleep(self.think()), self._gone(offer.reservation).wait())
        if self._gone(offer.reservation).is_set():
            return
        await self.api.post(f"/reservations/{offer.reservation}/accept", {"lease_id": self.lease})
        if not await self.switch.bridge(offer):
            return
        line = self.switch.lines[offer.call]
        if not await self._seek_help(offer, line):
            await _either(line.over.wait(), self._gone(offer.reservation).wait())
        self.answered += 1
        await asyncio.sleep(self.wrap_up())
        await self._complete(offer)

    # --- colleagues -----------------------------------------------------------------------------------------------
    async def _seek_help(self, offer: Offer, line: Line) -> bool:
        """Turn to a colleague, if this talk is such; whether they have the caller now. A refusal changes nothing."""
        asking = None if offer.reservation in self.switch.guests else self.help_for(offer.agent)
        if asking is None:
            return False
        await _either(asyncio.sleep(asking.after_s), line.over.wait(), self._gone(offer.reservation).wait())
        if line.over.is_set() or self._gone(offer.reservation).is_set():
            return False
        path = f"/calls/{offer.call}"
        try:
            if asking.ending is Ending.SENT_ON:
                await self.api.post(f"{path}/transfer", {"agent": asking.colleague})
                return True
            return await self._ask(path, line, asking)
        except ApiRefused as why:
            logger.debug("agent %s found no help: %s", self.key, why)
            return False

    async def _ask(self, path: str, line: Line, asking: Asking) -> bool:
        line.answered.clear()
        await self.api.post(f"{path}/consult", {"agent": asking.colleague})
        await _either(asyncio.sleep(ANSWER_S), line.answered.wait(), line.over.wait())
        if line.answered.is_set():
            await _either(asyncio.sleep(asking.for_s), line.over.wait())
        if line.over.is_set():
            return False
        if not line.answered.is_set() or asking.ending is Ending.BACK:
            await self.api.post(f"{path}/consult/end", {})
        elif asking.ending is Ending.TOGETHER:
            await self.api.post(f"{path}/consult/join", {})
        else:
            await self.api.post(f"{path}/consult/complete", {})
            return True
        return False

    async def _complete(self, offer: Offer) -> None:
        """Done with this call. The end of the talk may still be on its way, or our lease just lost: then once more."""
        for pause in (0.1, 0.3, 1.0, 3.0, 6.0):
            body = {"disposition": self.disposition(offer), "lease_id": self.lease}
            try:
                await self.api.post(f"/reservations/{offer.reservation}/complete", body)
            except ApiRefused as refusal:
                crossing = refusal.code == "illegal_transition" and refusal.body.get("state") == "accepted"
                if not crossing and refusal.code != "lease_lost":
                    raise
                await asyncio.sleep(pause)
            else:
                return

    # --- evidence -------------------------------------------------------------------------------------------------
    def _free(self) -> None:
        """Nothing to do from now on, unless there is: an offer may have come meanwhile."""
        idle = self.wanted == "available" and not self.serving and self._inbox.empty()
        if idle and self.free_since is None:
            self.free_since = time.monotonic()

    def _busy(self) -> None:
        if self.free_since is not None:
            self.free.append((self.free_since, time.monotonic()))
            self.free_since = None

    def _gone(self, reservation: str) -> asyncio.Event:
        return self._withdrawn.setdefault(reservation, asyncio.Event())


def _away(agent: Json) -> bool:
    """Not available, and not about to be."""
    return agent["presence"] != "available" and not agent["pending_presence"]


async def _either(*waits: Awaitable[object]) -> None:
    """Until the first of them is done; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
