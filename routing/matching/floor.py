"""Who may take which call at this instant, and what removes the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from statistics import fmean
from typing import NamedTuple, cast

from routing.capacity import Capacity, Group
from routing.matching.rules import AgentNow, Insight, QueueRule, Reason, Roster, Step, WaitingCall
from routing.service_clock import DEVICE_SILENT_S
from routing.states import Device, Presence

_BUSY_DEVICES = frozenset({Device.IN_USE, Device.DND, Device.UNREACHABLE})
_PRESENCE_REASON: dict[str, Reason] = {
    Presence.OFFLINE: Reason.OFFLINE,
    Presence.BREAK: Reason.BREAK,
    Presence.NOT_RESPONDING: Reason.NOT_RESPONDING,
}
# Looking a member up in its enum five hundred times a tick would cost as much as the question itself.
_AVAILABLE, _LEASE_LAPSED, _BUSY = str(Presence.AVAILABLE), Reason.LEASE_LAPSED, Reason.BUSY
# One letter per reason in the stored record, "." for an agent who could have taken the call.
LETTERS: dict[Reason | None, str] = {
    None: ".",
    Reason.NOT_A_MEMBER: "m",
    Reason.LACKS_SKILL: "s",
    Reason.OFFLINE: "o",
    Reason.BREAK: "k",
    Reason.NOT_RESPONDING: "n",
    Reason.LEASE_LAPSED: "l",
    Reason.BUSY: "b",
    Reason.RESTING: "p",
    Reason.BLOCKED: "r",
    Reason.DEVICE: "d",
    Reason.EXCLUDED: "x",
    Reason.TRIED: "t",
}
LEAST_KNOWN_S = 1800.0  # nobody is told to rest by the work of a few minutes
REASONS = {letter: reason for reason, letter in LETTERS.items()}
Class = tuple[int, Group, int]  # queue, group of channels, relaxation step: callers for whom the same agents count


def states_of(agents: Iterable[AgentNow], *, group: Group, capacity: Capacity, now: float) -> dict[int, Reason | None]:
    """The first term about each agent alone that is false. Hundreds are asked per tick, so each row is taken apart once."""
    common, own = capacity.most_open_of_all(group), capacity.own
    calls = group is Group.LIVE
    states: dict[int, Reason | None] = {}
    for agent in agents:
        key, presence, lease, device, device_at, blocked, _idle, busy, messaging, deferred = agent
        most = capacity.most_open(key, group) if (key, group) in own else common
        if presence != _AVAILABLE:
            states[key] = _PRESENCE_REASON[presence]
        elif lease is None or lease <= now:
            states[key] = _LEASE_LAPSED
        elif busy > most[0] or messaging > most[1] or deferred > most[2]:
            states[key] = _BUSY
        elif blocked is not None and blocked > now:
            states[key] = Reason.BLOCKED
        elif calls and device in _BUSY_DEVICES and device_at is not None and device_at > now - DEVICE_SILENT_S:
            states[key] = Reason.DEVICE
        else:
            states[key] = None
    return states


def state_reason(agent: AgentNow, *, group: Group, capacity: Capacity, now: float) -> Reason | None:
    """The same for one agent."""
    return states_of([agent], group=group, capacity=capacity, now=now)[agent.id]


def eligible(
    *,
    call: WaitingCall,
    agent: AgentNow,
    rule: QueueRule,
    now: datetime,
    alone: bool = False,
    insight: Insight | None = None,
    capacity: Capacity | None = None,
) -> Reason | None:
    """None if the agent may take the call, else the first reason against it.

    `alone`: nobody else who is signed in could ever take it, so having tried is no reason, only a fresh no is.
    """
    step = rule.at(rule.step_at((now - call.enqueued_at).total_seconds()))
    if agent.id not in step.members:
        return Reason.NOT_A_MEMBER
    if agent.id not in step.qualified:
        return Reason.LACKS_SKILL
    can = capacity if capacity is not None else Capacity()
    reason = state_reason(agent, group=can.group(call.channel), capacity=can, now=now.timestamp())
    if reason is None and insight is not None and agent.id in insight.caller(call.id).excluded:
        return Reason.EXCLUDED
    if reason is None and agent.id in (call.declined if alone else call.tried):
        return Reason.TRIED
    return reason


class _Told(NamedTuple):
    """Why the agents of a class of callers may not serve them, as it is recorded."""

    members: int
    counted: dict[Reason, int]
    letters: list[list[object]]  # runs [first id, letters] of consecutive ids

    @classmethod
    def of(cls, asked: Step | None, states: Mapping[int, Reason | None]) -> _Told:
        if asked is None:
            return cls(members=0, counted={}, letters=[])
        letter = {agent: LETTERS[reason] for agent, reason in states.items()}
        away, lacks, able = LETTERS[Reason.OFFLINE], LETTERS[Reason.LACKS_SKILL], asked.qualified
        runs: list[list[object]] = []
        counted: Counter[str] = Counter()
        for run in asked.runs:
            told = "".join([letter.get(agent, away) if agent in able else lacks for agent in run])
            runs.append([run.start, told])
            counted.update(told)
        reasons = {REASONS[one]: count for one, count in counted.items() if REASONS[one] is not None}
        return cls(members=len(asked.members), counted=cast("dict[Reason, int]", reasons), letters=runs)


class Floor:
    """The agents of one tick, and who of them may take which kind of call.

    Only those who are free are sorted and looked at queue by queue; why the others are not is put together for the
    calls that are given to somebody, for their records alone.
    """

    def __init__(
        self, *, agents: Sequence[AgentNow], roster: Roster, now: datetime, insight: Insight | None = None
    ) -> None:
        self.roster, self.now, self._now_s = roster, now, now.timestamp()
        self.insight = insight if insight is not None else Insight()
        self.agents = agents
        self.by_id = {agent.id: agent for agent in agents}
        self._states: dict[Group, dict[int, Reason | None]] = {}
        self._free: dict[Group, list[int]] = {}
        self._classes: dict[Class, tuple[int, ...]] = {}
        self._told: dict[Class, _Told] = {}

    # --- who may ------------------------------------------------------------------------------------------------------
    def candidates(self, call: WaitingCall) -> tuple[int, ...]:
        """Agents who may take the call, longest idle first. Calls of one class share one tuple."""
        free, terms = self.free(call), self.insight.caller(call.id)
        if terms.excluded and not terms.excluded.isdisjoint(free):
            free = tuple(agent for agent in free if agent not in terms.excluded)
        if call.tried and any(agent in call.tried for agent in free):
            resting = call.declined if self._alone(call) else call.tried
            free = tuple(agent for agent in free if agent not in resting)
        return () if terms.sticky and self._waits_for_own(call, free) else free

    def free(self, call: WaitingCall) -> tuple[int, ...]:
        """Agents who may take calls of this class, before anything that concerns this caller alone."""
        key = self._class(call)
        if key not in self._classes:
            self._classes[key] = self._sift(key)
        return self._classes[key]

    def removed(self, call: WaitingCall) -> Counter[Reason]:
        """How many agents of the domain each reason removed."""
        free, terms, told = self.free(call), self.insight.caller(call.id), self._of_class(call)
        removed = Counter(told.counted)
        removed[Reason.NOT_A_MEMBER] += max(0, self.roster.agents - told.members)
        excluded = sum(agent in terms.excluded for agent in free) if terms.excluded else 0
        removed[Reason.EXCLUDED] += excluded
        removed[Reason.TRIED] += len(free) - excluded - len(self.candidates(call))
        return removed

    def letters(self, call: WaitingCall) -> list[list[object]]:
        """One letter per member of the queue, as runs [first id, letters] of consecutive ids."""
        return self._of_class(call).letters

    def rank(self, agent: int) -> tuple[int, float, int]:
        """Whoever ranks lowest comes first: fewest conversations open, then idle longest, then by number."""
        one = self.by_id[agent]
        return one.open, one.idle_since or 0.0, one.id

    def step(self, call: WaitingCall) -> int:
        return self._class(call)[2]

    def idle_s(self, agent: int) -> float:
        """Seconds; 0 for an agent who has not worked yet."""
        idle = self.by_id[agent].idle_since
        return 0.0 if idle is None else round(self._now_s - idle, 3)

    def willing(self, queue: int) -> int:
        """Agents here who said they are available and could take a call of this queue sooner or later, busy or not."""
        reach = self.roster.queues[queue].reach
        return sum(agent.id in reach and self._is_willing(agent) for agent in self.agents)

    @cached_property
    def longest_idle_s(self) -> float:
        """Of everybody here, at least 1."""
        return max([self.idle_s(agent.id) for agent in self.agents if agent.idle_since is not None], default=1.0) or 1.0

    @cached_property
    def resting(self) -> dict[int, float]:
        """Agents who could be rung but for their rest → the instant when it ends, in seconds since 1970."""
        if not self.roster.rest_s and not self.roster.occupancy_cap:
            return {}
        ends = {agent.id: self._rests_until(agent) for agent in self.agents if self._live_states[agent.id] is None}
        return {agent: until for agent, until in ends.items() if until > self._now_s}

    def _rests_until(self, agent: AgentNow) -> float:
        """Of the pause between calls and the cap of occupancy, whichever ends later."""
        pause = (agent.idle_since or 0.0) + self.roster.rest_s if agent.idle_since is not None else 0.0
        cap, known = self.roster.occupancy_cap, self.insight.agent(agent.id)
        if not cap or known.known_s < LEAST_KNOWN_S or known.occupancy <= cap:
            return pause
        return max(pause, self._now_s + known.known_s * (known.occupancy / cap - 1))

    @cached_property
    def mean_occupancy(self) -> float:
        """Of the last two hours, over everybody of whom it is known."""
        known = self.insight.agents
        return fmean(terms.occupancy for terms in known.values()) if known else 0.0

    # --- inside -------------------------------------------------------------------------------------------------------
    def _class(self, call: WaitingCall) -> Class:
        rule = self.roster.queues.get(call.queue)
        step = rule.step_at((self.now - call.enqueued_at).total_seconds()) if rule is not None and rule.steps else 0
        return call.queue, self.roster.capacity.group(call.channel), step

    def _sift(self, key: Class) -> tuple[int, ...]:
        """Agents who may take calls of this class, longest idle first."""
        if key[1] not in self._free:
            states = self._states_for(key[1])
            self._free[key[1]] = sorted((agent for agent, reason in states.items() if reason is None), key=self.rank)
        asked = self._asked(key)
        if asked is None:
            return ()
        free = self._free[key[1]]
        if self.resting and self.roster.queues[key[0]].emergency_share:  # nobody rests while somebody is in danger
            free = sorted({*free, *self.resting}, key=self.rank)
        return tuple(agent for agent in free if agent in asked.qualified and agent in asked.members)

    def _states_for(self, group: Group) -> dict[int, Reason | None]:
        if group not in self._states:
            if group is Group.LIVE:
                self._states[group] = self._live_states | dict.fromkeys(self.resting, Reason.RESTING)
            else:
                self._states[group] = self._states_but_for_rest(group)
        return self._states[group]

    @cached_property
    def _live_states(self) -> dict[int, Reason | None]:
        """Before anybody rests: who rests is asked of these, and who is free of both."""
        return self._states_but_for_rest(Group.LIVE)

    def _states_but_for_rest(self, group: Group) -> dict[int, Reason | None]:
        return states_of(self.agents, group=group, capacity=self.roster.capacity, now=self._now_s)

    def _asked(self, key: Class) -> Step | None:
        rule = self.roster.queues.get(key[0])
        return rule.at(key[2]) if rule is not None else None

    def _of_class(self, call: WaitingCall) -> _Told:
        key = self._class(call)
        if key not in self._told:
            self._told[key] = _Told.of(self._asked(key), self._states_for(key[1]))
        return self._told[key]

    def _alone(self, call: WaitingCall) -> bool:
        """Only one of those signed in and willing could ever take it, busy or not."""
        able = self.roster.queues[call.queue].at(self.step(call)).qualified
        return sum(self._is_willing(agent) and agent.id in able for agent in self.agents) == 1

    def _waits_for_own(self, call: WaitingCall, free: Sequence[int]) -> bool:
        """The agent this caller should have is with somebody else, and the hold is not over. Offline: no wait at all."""
        rule, sticky = self.roster.queues[call.queue], self.insight.caller(call.id).sticky
        if (self.now - call.enqueued_at).total_seconds() >= rule.sticky_hold_s:
            return False
        if any(agent in sticky for agent in free):
            return False
        able = rule.at(self.step(call)).qualified
        here = (self.by_id[agent] for agent in sticky if agent in self.by_id and agent in able)
        return any(self._is_willing(agent) and agent.open for agent in here)

    def _is_willing(self, agent: AgentNow) -> bool:
        if agent.presence != Presence.AVAILABLE or agent.lease_expires_at is None:
            return False
        return agent.lease_expires_at > self._now_s
