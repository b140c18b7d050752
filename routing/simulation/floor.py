"""One floor, event by event: calls arrive, wait, are served or lose patience. Pure and seeded.

Who serves whom is `routing.matching.best_matches`, the function the dispatcher runs, on the state as the dispatcher
would read it.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from routing.matching import (
    AgentNow,
    AgentTerms,
    CallerTerms,
    Insight,
    PairTable,
    Roster,
    WaitingCall,
    best_pairs,
)

WINDOW_S = 7200.0
START = datetime(2026, 3, 2, tzinfo=UTC)
FOREVER = float("inf")
_END, _GO, _COME, _LEAVE, _ARRIVE, _STEP = range(6)  # at one instant agents come free first


class Arrival(NamedTuple):
    """One caller. Seconds since the start."""

    at: float
    queue: int
    kind: str
    patience_s: float
    service_s: Mapping[int, float] | float  # by agent, or the same whoever serves
    head_start_s: float = 0.0


class Stint(NamedTuple):
    """A stretch in which an agent is there. Whoever talks as it ends finishes that call."""

    agent: int
    start: float
    end: float


class Served(NamedTuple):
    """How one call went. `agent` 0: the caller left."""

    call: int
    agent: int
    waited_s: float
    overtaken: int


@dataclass(kw_only=True)
class Outcome:
    """Calls in order of ending, and each agent's share of time at work of the time they were there."""

    calls: list[Served] = field(default_factory=list)
    occupancy: dict[int, float] = field(default_factory=dict)
    present_s: dict[int, float] = field(default_factory=dict)


Choose = Callable[[Sequence[WaitingCall], Sequence[AgentNow], datetime, Insight], list[tuple[UUID, int]]]


class Simulation:
    """A run over given arrivals. `pairs` makes paired queues priced; `choose` replaces the matching by a rival.

    Without `stints` everybody is there all the time.
    """

    def __init__(
        self,
        *,
        arrivals: Sequence[Arrival],
        roster: Roster,
        pairs: Mapping[int, PairTable] | None = None,
        choose: Choose | None = None,
        wrap_up_s: float = 0.0,
        stints: Sequence[Stint] | None = None,
    ) -> None:
        self.arrivals, self.roster, self.pairs = arrivals, roster, pairs or {}
        self.choose = choose or self._match
        self.wrap_up_s = wrap_up_s
        agents = sorted({agent for rule in roster.queues.values() for agent in rule.reach})
        self.stints = stints
        self.came = dict.fromkeys(agents if stints is None else [], 0.0)  # agent on duty → since when
        self.idle_since = dict(self.came)  # of free agents
        self.leaving: set[int] = set()  # go when the call is over
        self.present = dict.fromkeys(agents, 0.0)
        self.busy: dict[int, float] = {}  # agent → since when
        self.work = {agent: deque[tuple[float, float]]() for agent in agents}
        self.worked = dict.fromkeys(agents, 0.0)
        self.recent = dict.fromkeys(agents, 0.0)  # seconds of `work` within the window
        self.waiting: dict[int, WaitingCall] = {}
        self.skips: dict[int, int] = {}
        self.outcome = Outcome()
        self._reach = {number: rule.reach for number, rule in roster.queues.items()}
        self._weighs = any(not rule.is_plain for rule in roster.queues.values())

    def run(self) -> Outcome:
        events: list[tuple[float, int, int]] = [(call.at, _ARRIVE, no) for no, call in enumerate(self.arrivals)]
        for stint in self.stints or ():
            if stint.end <= stint.start:
                continue
            events += [(stint.start, _COME, stint.agent), (stint.end, _GO, stint.agent)]
        heapq.heapify(events)
        now = 0.0
        while events:
            now, kind, which = heapq.heappop(events)
            if kind == _ARRIVE:
                self._arrive(which, now, events)
            elif not self._opens(kind, which, now):
                continue
            if self.waiting and self.idle_since:
                self._serve(now, events)
        for agent in list(self.came):
            self._off_duty(agent, now)
        here = {agent: max(seconds, 1e-9) for agent, seconds in self.present.items()}
        self.outcome.occupancy = {agent: min(1.0, worked / here[agent]) for agent, worked in self.worked.items()}
        self.outcome.present_s = self.present
        return self.outcome

    def _opens(self, kind: int, which: int, now: float) -> bool:
        """Let it happen; whether somebody who waits may be served now who could not before."""
        if kind == _END:
            self._end(which, now)
        elif kind == _COME:
            self._come(which, now)
        elif kind == _GO:
            self._go(which, now)
        elif kind == _LEAVE and which in self.waiting:
            del self.waiting[which]
            self.outcome.calls.append(Served(which, 0, now - self.arrivals[which].at, self.skips.pop(which)))
        return kind in {_END, _COME, _STEP}

    # --- events -------------------------------------------------------------------------------------------------------
    def _arrive(self, no: int, now: float, events: list[tuple[float, int, int]]) -> None:
        call = self.arrivals[no]
        at = START + timedelta(seconds=now)
        self.waiting[no] = WaitingCall(
            id=_name(no), queue=call.queue, channel="voice", place_key=at - timedelta(seconds=call.head_start_s),
            enqueued_at=at, version=0, tried=(),
        )  # fmt: skip
        self.skips[no] = 0
        if call.patience_s < FOREVER:
            heapq.heappush(events, (now + call.patience_s, _LEAVE, no))
        for step in self.roster.queues[call.queue].steps:
            heapq.heappush(events, (now + step.after_s, _STEP, no))

    def _come(self, agent: int, now: float) -> None:
        self.leaving.discard(agent)
        if agent in self.came:  # back before the last call of the stint before was over
            return
        self.came[agent] = self.idle_since[agent] = now
        self.work[agent].clear()
        self.recent[agent] = 0.0

    def _go(self, agent: int, now: float) -> None:
        if agent in self.busy:
            self.leaving.add(agent)
        else:
            self._off_duty(agent, now)

    def _off_duty(self, agent: int, now: float) -> None:
        self.present[agent] += now - self.came.pop(agent)
        self.idle_since.pop(agent, None)
        self.leaving.discard(agent)

    def _serve(self, now: float, events: list[tuple[float, int, int]]) -> None:
        hands = self.idle_since.keys()
        line = [call for call in self.waiting.values() if not self._reach[call.queue].isdisjoint(hands)]
        if not line:
            return
        made = self.choose(line, self._agents(now), START + timedelta(seconds=now), self._insight(now))
        for name, agent in made:
            no = number_of(name)
            call, place = self.arrivals[no], self.waiting.pop(no).place
            for other, waits in self.waiting.items():
                self.skips[other] += waits.queue == call.queue and waits.place < place
            service = call.service_s if isinstance(call.service_s, int | float) else call.service_s[agent]
            del self.idle_since[agent]
            self.busy[agent] = now
            heapq.heappush(events, (now + service + self.wrap_up_s, _END, agent))
            self.outcome.calls.append(Served(no, agent, now - call.at, self.skips.pop(no)))

    def _end(self, agent: int, now: float) -> None:
        since = self.busy.pop(agent)
        self.idle_since[agent] = now
        self.worked[agent] += now - since
        self.recent[agent] += now - since
        self.work[agent].append((since, now))
        if agent in self.leaving:
            self._off_duty(agent, now)

    # --- what the dispatcher would read -------------------------------------------------------------------------------
    def _agents(self, now: float) -> list[AgentNow]:
        at = START.timestamp()
        return [
            AgentNow(agent, "available", at + now + 60, "idle", None, None, at + since, False)
            for agent, since in self.idle_since.items()
        ]

    def _insight(self, now: float) -> Insight:
        if not self._weighs:
            return Insight()
        callers = {
            call.id: CallerTerms(types=frozenset({self.arrivals[no].kind}), skips=self.skips[no])
            for no, call in self.waiting.items()
        }
        return Insight(
            callers=callers,
            agents={agent: AgentTerms(occupancy=self._occupancy(agent, now)) for agent in self.came},
            pairs=self.pairs,
        )

    def _occupancy(self, agent: int, now: float) -> float:
        since, work = now - WINDOW_S, self.work[agent]
        while work and work[0][1] <= since:
            start, end = work.popleft()
            self.recent[agent] -= end - start
        busy = self.recent[agent]
        if work and work[0][0] < since:
            busy -= since - work[0][0]
        if agent in self.busy:
            busy += now - max(self.busy[agent], since)
        here = min(now - self.came[agent], WINDOW_S) if agent in self.came else WINDOW_S
        return max(0.0, busy / max(here, 1.0))

    def _match(
        self, calls: Sequence[WaitingCall], agents: Sequence[AgentNow], now: datetime, insight: Insight
    ) -> list[tuple[UUID, int]]:
        weighed = insight if self._weighs else None
        return best_pairs(calls=calls, agents=agents, roster=self.roster, now=now, insight=weighed)


def _name(no: int) -> UUID:
    return UUID(int=no + 1)


def number_of(name: UUID) -> int:
    """Which arrival a simulated call is."""
    return name.int - 1
