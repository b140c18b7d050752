"""Who may take which call at this instant, and what removes the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from statistics import fmean

from routing.capacity import Capacity, Group, fits_beside
from routing.matching.rules import AgentNow, Insight, QueueRule, Reason, Roster, WaitingCall
from routing.service_clock import DEVICE_SILENT_S
from routing.states import Device, Presence

_BUSY_DEVICES = frozenset({Device.IN_USE, Device.DND, Device.UNREACHABLE})
_PRESENCE_REASON = {
    Presence.OFFLINE: Reason.OFFLINE,
    Presence.BREAK: Reason.BREAK,
    Presence.NOT_RESPONDING: Reason.NOT_RESPONDING,
}
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
    Reason.BLOCKED: "r",
    Reason.DEVICE: "d",
    Reason.EXCLUDED: "x",
    Reason.TRIED: "t",
}
Class = tuple[int, Group, int]  # queue, group of channels, relaxation step: callers for whom the same agents count


def state_reason(agent: AgentNow, *, group: Group, capacity: Capacity, now: float) -> Reason | None:
    """The first term about the agent alone that is false."""
    return _state_reason(agent, group=group, most=capacity.most_open(agent.id, group), now=now)


def _state_reason(agent: AgentNow, *, group: Group, most: tuple[int, int, int], now: float) -> Reason | None:
    """The first term about the agent alone that is false; `most` is what may be open beside one more of this group."""
    if agent.presence != Presence.AVAILABLE:
        return _PRESENCE_REASON[Presence(agent.presence)]
    if agent.lease_expires_at is None or agent.lease_expires_at <= now:
        return Reason.LEASE_LAPSED
    if not fits_beside(most, live=agent.busy, messaging=agent.messaging, deferred=agent.deferred):
        return Reason.BUSY
    if agent.blocked_until is not None and agent.blocked_until > now:
        return Reason.BLOCKED
    return Reason.DEVICE if group is Group.LIVE and _device_refuses(agent, now) else None


def _device_refuses(agent: AgentNow, now: float) -> bool:
    if agent.device not in _BUSY_DEVICES or agent.device_at is None:
        return False
    return agent.device_at > now - DEVICE_SILENT_S


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


class Floor:
    """The agents of one tick, sorted once, and who of them may take which kind of call."""

    def __init__(
        self, *, agents: Sequence[AgentNow], roster: Roster, now: datetime, insight: Insight | None = None
    ) -> None:
        self.roster, self.now, self._now_s = roster, now, now.timestamp()
        self.insight = insight if insight is not None else Insight()
        self.agents = sorted(agents, key=lambda agent: (agent.open, agent.idle_since or 0.0, agent.id))
        self.order = {agent.id: rank for rank, agent in enumerate(self.agents)}
        self.by_id = {agent.id: agent for agent in self.agents}
        self._classes: dict[Class, tuple[int, ...]] = {}
        self._reasons: dict[Class, dict[int, Reason | None]] = {}
        self._counted: dict[Class, Counter[Reason]] = {}
        self._states: dict[Group, dict[int, Reason | None]] = {}
        self._letters: dict[Class, list[list[object]]] = {}

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
            self._sift(key)
        return self._classes[key]

    def removed(self, call: WaitingCall) -> Counter[Reason]:
        """How many agents of the domain each reason removed."""
        free, terms = self.free(call), self.insight.caller(call.id)
        removed = Counter(self._counted[self._class(call)])
        removed[Reason.NOT_A_MEMBER] += max(0, self.roster.agents - len(self._reasons[self._class(call)]))
        excluded = sum(agent in terms.excluded for agent in free) if terms.excluded else 0
        removed[Reason.EXCLUDED] += excluded
        removed[Reason.TRIED] += len(free) - excluded - len(self.candidates(call))
        return removed

    def letters(self, call: WaitingCall) -> list[list[object]]:
        """One letter per member of the queue, as runs [first id, letters] of consecutive ids."""
        key = self._class(call)
        self.free(call)
        if key not in self._letters:
            runs: list[list[object]] = []
            last = None
            for agent, reason in sorted(self._reasons[key].items()):
                if last is None or agent != last + 1:
                    runs.append([agent, ""])
                runs[-1][1] = str(runs[-1][1]) + LETTERS[reason]
                last = agent
            self._letters[key] = runs
        return self._letters[key]

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
    def mean_occupancy(self) -> float:
        """Of the last two hours, over everybody of whom it is known."""
        known = self.insight.agents
        return fmean(terms.occupancy for terms in known.values()) if known else 0.0

    # --- inside -------------------------------------------------------------------------------------------------------
    def _class(self, call: WaitingCall) -> Class:
        rule = self.roster.queues.get(call.queue)
        step = rule.step_at((self.now - call.enqueued_at).total_seconds()) if rule is not None and rule.steps else 0
        return call.queue, self.roster.capacity.group(call.channel), step

    def _sift(self, key: Class) -> None:
        if key[1] not in self._states:
            most = self.roster.capacity.most_open_of(self.by_id, key[1])
            self._states[key[1]] = {
                agent.id: _state_reason(agent, group=key[1], most=most[agent.id], now=self._now_s)
                for agent in self.agents
            }
        rule, states = self.roster.queues.get(key[0]), self._states[key[1]]
        asked = rule.at(key[2]) if rule is not None else None
        members, qualified = (asked.members, asked.qualified) if asked is not None else (frozenset(), frozenset())
        reasons = {
            member: states.get(member, Reason.OFFLINE) if member in qualified else Reason.LACKS_SKILL
            for member in members
        }
        self._reasons[key] = reasons
        self._counted[key] = Counter(reason for reason in reasons.values() if reason is not None)
        self._classes[key] = tuple(
            agent.id for agent in self.agents if reasons.get(agent.id, Reason.NOT_A_MEMBER) is None
        )

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
