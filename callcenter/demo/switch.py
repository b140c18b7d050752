"""A switch without telephones: it drives the public API as a real one would and remembers what it saw.

The switch owns the callers' lines. It announces them, puts them into queues, bridges them once an agent has accepted,
and says when they are gone. It learns of reservations from the answers it gets, from the event feed, and, should both
fail, from a look every few seconds. What it saw itself is kept as evidence: nothing here reads the product's database.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from callcenter.demo.public_api import Api, ApiAway, ApiRefused, Json

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 3.0
FEED_WAIT_S = 10
LIVE_STATES = ("arrived", "queued", "reserved", "connected")
OVER = frozenset({"call.wrapping", "call.completed", "call.abandoned", "call.diverted", "call.failed", "call.canceled"})
DONE = frozenset({"reservation.wrapping", "reservation.completed"})
LET_GO = frozenset({"reservation.rejected", "reservation.timeout", "reservation.rescinded", "reservation.canceled"})


@dataclass(kw_only=True)
class Talk:
    """One agent told "this caller is yours", by the switch's own clock."""

    agent: str
    reservation: str
    since: float
    until: float | None = None
    known: bool = False  # the product has heard of the bridge


@dataclass(kw_only=True, eq=False)
class Line:
    """One caller as the switch sees them. Instants are `time.monotonic()`."""

    external_id: str
    id: str = ""  # c_… once the arrival was acknowledged
    acknowledged: bool = False  # the API answered the arrival with a 2xx
    queued_at: float | None = None
    ended_at: float | None = None
    bridged: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)  # the caller is gone, or the product says it is over
    offers: list[str] = field(default_factory=list)  # reservations seen, in order
    talks: list[Talk] = field(default_factory=list)
    beside: set[str] = field(default_factory=set)  # reservations of colleagues who were asked and have answered
    answered: asyncio.Event = field(default_factory=asyncio.Event)  # one of them just did
    said: int = 0  # events reported

    @property
    def talking(self) -> bool:
        return bool(self.talks) and self.talks[-1].until is None and self.bridged.is_set()


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A reservation as an agent's side hears of it."""

    reservation: str
    call: str
    agent: str


class Answerer(Protocol):
    """Whoever sits at an agent's place: takes offers, is told when one is withdrawn."""

    def offered(self, offer: Offer) -> None: ...

    def withdrawn(self, reservation: str) -> None: ...


class Switch:
    """Lines, the feed and the bridge. `seats` maps a_… to whoever answers there; agents without a seat are people."""

    def __init__(self, api: Api, *, source: str) -> None:
        self.api = api
        self.source = source
        self.boot = f"{source}-{uuid4().hex[:8]}"
        self.lines: dict[str, Line] = {}  # by c_…
        self.seats: dict[str, Answerer] = {}
        self.watchers: list[Callable[[Json], None]] = []  # hear every event of the feed
        self.cursor = ""
        self.guests: set[str] = set()  # reservations of colleagues who are asked, not of whoever serves
        self._offers: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()

    # --- the caller's side ----------------------------------------------------------------------------------------
    async def arrive(self, line: Line, **facts: Any) -> None:
        """Announce the caller. `facts` are fields of POST /calls."""
        answer = await self.api.post("/calls", {"external_id": line.external_id, **facts})
        line.id = answer["call"]["id"]
        line.acknowledged = True
        self.lines[line.id] = line
        self._standing(answer)

    async def enqueue(self, line: Line, queue: str, priority: str = "normal") -> None:
        """Out of the menus, into a queue."""
        line.queued_at = time.monotonic()
        body = {"queue": queue, "priority": priority}
        answer = await self.api.post(
            f"/calls/{line.id}/enqueue", body, once=f"{line.external_id}:enqueue:{len(line.offers)}"
        )
        self._standing(answer)

    async def hang_up(self, line: Line, *, by: str = "caller") -> str:
        """The caller's line is dead from this moment; tell it until it is heard. Returns the result of the event."""
        line.ended_at = time.monotonic()
        if line.talks and line.talks[-1].until is None:
            line.talks[-1].until = line.ended_at
        line.over.set()
        return await self.report(line, "hangup", by=by)

    async def report(self, line: Line, kind: str, **facts: Any) -> str:
        """One event of this call: `applied`, `duplicate`, `stale` …"""
        line.said += 1
        event = {
            "type": kind,
            "at": instant(),
            "boot": self.boot,
            "seq": line.said,
            "event_id": f"{self.boot}:{line.external_id}:{line.said}",
            **facts,
        }
        answer = await self.api.post(f"/calls/{line.id}/events", event)
        return str(answer["results"][0]["result"])

    async def walked(self, steps: Iterable[Json]) -> None:
        """Steps of callers in the menus."""
        await self.api.post("/ivr/events", list(steps))

    # --- the agent's side -----------------------------------------------------------------------------------------
    async def bridge(self, offer: Offer) -> bool:
        """Join caller and agent, who has accepted; False if the caller is gone already. Once per reservation."""
        line = self.lines.get(offer.call)
        if line is None or line.over.is_set():
            return False
        if offer.reservation in self.guests:
            return await self._bring_beside(line, offer)
        if any(talk.reservation == offer.reservation for talk in line.talks):
            return True
        talk = Talk(agent=offer.agent, reservation=offer.reservation, since=time.monotonic())
        line.talks.append(talk)
        line.bridged.set()
        result = await self.report(line, "bridged", reservation=offer.reservation, agent=offer.agent)
        talk.known = True
        if result != "applied" and not line.over.is_set():
            logger.warning("a bridge was not applied", extra={"call": offer.call, "result": result})
        return True

    async def _bring_beside(self, line: Line, offer: Offer) -> bool:
        """A colleague has answered whoever talks with the caller."""
        if offer.reservation not in line.beside:
            line.beside.add(offer.reservation)
            await self.report(line, "bridged", reservation=offer.reservation, agent=offer.agent)
            line.answered.set()
        return True

    # --- what the product says ------------------------------------------------------------------------------------
    async def follow(self) -> None:
        """Follow the feed for ever, from a snapshot on. A server that is away is waited for."""
        while True:
            try:
                if not self.cursor:
                    await self._take_stock()
                page = await self.api.get("/events", wait_s=FEED_WAIT_S, after=self.cursor, wait=FEED_WAIT_S, limit=200)
            except ApiRefused as refusal:
                if refusal.code != "cursor_expired":
                    raise
                self.cursor = ""
                continue
            except ApiAway:
                continue
            for event in page["events"]:
                self._heard(event)
            self.cursor = page["next"]

    async def look_around(self) -> None:
        """The truth behind the notices: every few seconds, which reservations live?"""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                page = await self.api.get("/reservations", state="pending,accepted", limit=200)
            except (ApiAway, ApiRefused):
                continue
            for reservation in page["reservations"]:
                self._reservation(reservation)

    async def _take_stock(self) -> None:
        """Start from a snapshot. Our own calls of an earlier run have no line any more: they are over."""
        snapshot = await self.api.get("/sync")
        for call in snapshot["calls"]:
            orphan = call["source"] == self.source and call["state"] in LIVE_STATES and call["id"] not in self.lines
            if orphan and not (call["direction"] == "out" and call["state"] == "reserved"):  # a wish yet to be done
                line = Line(external_id=call["external_id"], id=call["id"])
                await self.hang_up(line, by="network")
        for reservation in snapshot["reservations"]:
            self._reservation(reservation)
        self.cursor = snapshot["cursor"]

    def _standing(self, answer: Json) -> None:
        if answer.get("reservation"):
            self._reservation(answer["reservation"])

    def _reservation(self, reservation: Json) -> None:
        offer = Offer(reservation=reservation["id"], call=reservation["call"], agent=reservation["agent"])
        if reservation.get("role") == "consult":
            self.guests.add(offer.reservation)
        # Held for a call that goes out, there is nothing to take and nobody to join yet.
        if reservation.get("because", {}).get("rule") == "dialled":
            return
        if reservation["state"] == "pending":
            self._offer(offer)
        elif reservation["state"] == "accepted" and not reservation.get("connected_at"):
            self._accepted(offer)

    def _offer(self, offer: Offer) -> None:
        if offer.reservation in self._offers:
            return
        self._offers.add(offer.reservation)
        line = self.lines.get(offer.call)
        if line:
            line.offers.append(offer.reservation)
        if seat := self.seats.get(offer.agent):
            seat.offered(offer)
        elif line:
            self._quietly(self.report(line, "ringing", reservation=offer.reservation, agent=offer.agent))

    def _accepted(self, offer: Offer) -> None:
        """Somebody accepted, at a desk or through the API: join them, whoever told us."""
        if offer.call in self.lines:
            self._quietly(self.bridge(offer))

    def _quietly(self, report: Coroutine[Any, Any, object]) -> None:
        """Tell the product without keeping the feed waiting."""

        async def tell() -> None:
            try:
                await report
            except (ApiAway, ApiRefused) as why:
                logger.warning("an event could not be told: %s", why)

        task = asyncio.create_task(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def _heard(self, event: Json) -> None:
        kind, call = event["type"], event["call"] or ""
        if kind.startswith("reservation.") and event["reservation"] and event["agent"]:
            offer = Offer(reservation=event["reservation"], call=call, agent=event["agent"])
            data = event.get("data") or {}
            if data.get("role") == "consult":
                self.guests.add(offer.reservation)
            if kind == "reservation.created" and data.get("state") != "accepted":  # else held for a call of their own
                self._offer(offer)
            elif kind == "reservation.accepted":
                self._accepted(offer)
            elif kind in LET_GO:
                self._let_go(offer)
            elif kind in DONE and offer.reservation in self.guests and (seat := self.seats.get(offer.agent)):
                seat.withdrawn(offer.reservation)
        if (line := self.lines.get(call)) and kind in OVER:
            self._over(line)
        elif line and kind == "call.transferred":
            self._left(line)
        for watcher in self.watchers:
            watcher(event)

    def _let_go(self, offer: Offer) -> None:
        """A reservation came to nothing. If its talk was known, the agent has dropped the caller, who waits again."""
        if seat := self.seats.get(offer.agent):
            seat.withdrawn(offer.reservation)
        line = self.lines.get(offer.call)
        if line and line.talks and line.talks[-1].reservation == offer.reservation and line.talks[-1].known:
            self._left(line)

    def _over(self, line: Line) -> None:
        """The product says so first when an agent ends the talk at the desk."""
        if line.talks and line.talks[-1].until is None:
            line.talks[-1].until = time.monotonic()
        line.over.set()

    def _left(self, line: Line) -> None:
        """The first agent has passed the caller on: the caller waits again."""
        if line.talks and line.talks[-1].until is None:
            line.talks[-1].until = time.monotonic()
        line.bridged.clear()


def instant() -> str:
    """Now by the switch's clock, as the API reads it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
