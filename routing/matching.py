"""Who takes which call, and why: plain matching by rules. Pure; the same for the dispatcher, a replay and a test.

Callers are served in order of their place; a caller is passed over only if no rearrangement serves them together with
those ahead (augmenting paths). Among the agents who can serve them the longest idle go first. Ties are broken by
identity, so nothing depends on the order rows came in.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID

from routing.service_clock import DEVICE_SILENT_S
from routing.states import Device, Presence

VOICE = frozenset({"voice", "video"})  # channels that ring a phone
_BUSY_DEVICES = frozenset({Device.IN_USE, Device.DND, Device.UNREACHABLE})
Right = TypeVar("Right", bound=Hashable)


class Reason(StrEnum):
    """Why an agent may not take a call: the first that holds, in this order."""

    NOT_A_MEMBER = "not_a_member"
    LACKS_SKILL = "lacks_skill"
    OFFLINE = "offline"
    BREAK = "break"
    NOT_RESPONDING = "not_responding"
    LEASE_LAPSED = "lease_lapsed"
    BUSY = "busy"  # slot taken: rings, talks or wraps up
    BLOCKED = "blocked"  # rests after a busy or unreachable phone
    DEVICE = "device"  # the phone is in use, on do-not-disturb or unreachable
    TRIED = "tried"  # let this very call go in the last 60 s


_PRESENCE_REASON = {
    Presence.OFFLINE: Reason.OFFLINE,
    Presence.BREAK: Reason.BREAK,
    Presence.NOT_RESPONDING: Reason.NOT_RESPONDING,
}


class AgentNow(NamedTuple):
    """An agent as the hot read finds them. Instants in seconds since 1970, for there are hundreds of them per tick."""

    id: int
    presence: str
    lease_expires_at: float | None
    device: str
    device_at: float | None
    blocked_until: float | None
    idle_since: float | None  # None: not yet worked, idle longest of all
    busy: bool  # the slot is taken


class WaitingCall(NamedTuple):
    """A caller in line."""

    id: UUID
    queue: int
    channel: str
    place_key: datetime
    enqueued_at: datetime
    version: int
    tried: Collection[int]  # agents who let this call go in the last 60 s

    @property
    def place(self) -> tuple[datetime, datetime, UUID]:
        """The order of service. At equal places whoever came first: a head start of 300 s never beats 300 s."""
        return self.place_key, self.enqueued_at, self.id


@dataclass(frozen=True, kw_only=True)
class QueueRule:
    """What a queue asks of an agent."""

    id: int
    key: str
    required: Mapping[str, int]  # skill key → least level 1–5
    members: frozenset[int]
    qualified: frozenset[int]  # members whose skills reach every required level
    ring_s: int = 20
    wrap_up_mode: str = "time_boxed"


@dataclass(frozen=True, kw_only=True)
class Roster:
    """What changes rarely: queues with their members and skills, by version."""

    domain: str
    domain_id: int
    version: int
    queues: Mapping[int, QueueRule]
    agents: int  # heads in the domain


@dataclass(frozen=True, kw_only=True)
class Match:
    """One caller and the agent chosen, with the reasons as they are stored beside the reservation."""

    call: WaitingCall
    agent: int
    because: dict[str, object] = field(hash=False)


def qualified(*, required: Mapping[str, int], skills: Mapping[str, int]) -> bool:
    """Whether skills (key → level) reach every required level."""
    return all(skills.get(skill, 0) >= level for skill, level in required.items())


def _state_reason(agent: AgentNow, *, channel: str, now: float) -> Reason | None:
    """The first term about the agent alone that is false."""
    if agent.presence != Presence.AVAILABLE:
        return _PRESENCE_REASON[Presence(agent.presence)]
    if agent.lease_expires_at is None or agent.lease_expires_at <= now:
        return Reason.LEASE_LAPSED
    if agent.busy:
        return Reason.BUSY
    if agent.blocked_until is not None and agent.blocked_until > now:
        return Reason.BLOCKED
    return Reason.DEVICE if channel in VOICE and _device_refuses(agent, now) else None


def _device_refuses(agent: AgentNow, now: float) -> bool:
    if agent.device not in _BUSY_DEVICES or agent.device_at is None:
        return False
    return agent.device_at > now - DEVICE_SILENT_S


def eligible(
    *, call: WaitingCall, agent: AgentNow, rule: QueueRule, now: datetime, alone: bool = False
) -> Reason | None:
    """None if the agent may take the call, else the first reason against it.

    `alone`: nobody else who is signed in could ever take it, so having tried is no reason.
    """
    if agent.id not in rule.members:
        return Reason.NOT_A_MEMBER
    if agent.id not in rule.qualified:
        return Reason.LACKS_SKILL
    reason = _state_reason(agent, channel=call.channel, now=now.timestamp())
    if reason is None and agent.id in call.tried and not alone:
        return Reason.TRIED
    return reason


def best_matches(
    *, calls: Sequence[WaitingCall], agents: Sequence[AgentNow], roster: Roster, now: datetime
) -> list[Match]:
    """Pair callers with free agents: first who is served, oldest place first; then by whom, longest idle first."""
    floor = _Floor(agents=agents, roster=roster, now=now)
    line = sorted(calls, key=lambda call: call.place)
    wanted = [floor.candidates(call) for call in line]
    served_by = _augment(wanted)
    served = sorted(set(served_by.values()))
    chosen = _by_whom(served=served, wanted=wanted, order=floor.order)
    return [
        Match(call=line[index], agent=chosen[index], because=floor.because(line[index], chosen[index], len(line)))
        for index in served
        if index in chosen
    ]


class _Floor:
    """The agents of one tick, sorted once, and who of them may take which kind of call."""

    def __init__(self, *, agents: Sequence[AgentNow], roster: Roster, now: datetime) -> None:
        self.roster, self.now, self._now_s = roster, now, now.timestamp()
        self.agents = sorted(agents, key=lambda agent: (agent.idle_since or 0.0, agent.id))
        self.order = {agent.id: rank for rank, agent in enumerate(self.agents)}
        self._by_id = {agent.id: agent for agent in self.agents}
        self._classes: dict[tuple[int, bool], tuple[int, ...]] = {}
        self._removed: dict[tuple[int, bool], Counter[Reason]] = {}
        self._reasons: dict[bool, list[Reason | None]] = {}

    def candidates(self, call: WaitingCall) -> tuple[int, ...]:
        """Agents who may take the call, longest idle first. Calls of one class share one tuple."""
        free = self._free(call)
        if not call.tried or not any(agent in call.tried for agent in free):
            return free
        if self._alone(call):
            return free
        return tuple(agent for agent in free if agent not in call.tried)

    def because(self, call: WaitingCall, agent: int, waiting: int) -> dict[str, object]:
        """Why this agent: who was considered, what removed the others, the terms of the score."""
        may = self.candidates(call)
        removed = Counter(self._removed[self._class(call)])
        removed[Reason.OFFLINE] += max(0, self.roster.agents - len(self.agents))
        removed[Reason.TRIED] += len(self._free(call)) - len(may)
        rival = next((other for other in may if other != agent), None)
        return {
            "rule": "longest_idle",
            "queue": self.roster.queues[call.queue].key,
            "roster": self.roster.version,
            "considered": max(self.roster.agents, len(self.agents)),
            "eligible": len(may),
            "removed": {str(reason): count for reason, count in sorted(removed.items()) if count},
            "waiting": waiting,
            "waited_s": round((self.now - call.enqueued_at).total_seconds(), 3),
            "chosen": self._terms(agent),
            "runner_up": None if rival is None else self._terms(rival),
        }

    def _terms(self, agent: int) -> dict[str, object]:
        idle = self._by_id[agent].idle_since
        idle_s = 0.0 if idle is None else round(self._now_s - idle, 3)
        return {"agent": agent, "idle_s": idle_s, "score": idle_s}

    def _class(self, call: WaitingCall) -> tuple[int, bool]:
        return call.queue, call.channel in VOICE

    def _free(self, call: WaitingCall) -> tuple[int, ...]:
        key = self._class(call)
        if key not in self._classes:
            self._sift(key, call.channel)
        return self._classes[key]

    def _sift(self, key: tuple[int, bool], channel: str) -> None:
        if key[1] not in self._reasons:
            self._reasons[key[1]] = [_state_reason(agent, channel=channel, now=self._now_s) for agent in self.agents]
        rule, free, removed = self.roster.queues.get(key[0]), [], Counter[Reason]()
        for agent, reason in zip(self.agents, self._reasons[key[1]], strict=True):
            if rule is None or agent.id not in rule.members:
                removed[Reason.NOT_A_MEMBER] += 1
            elif agent.id not in rule.qualified:
                removed[Reason.LACKS_SKILL] += 1
            elif reason is not None:
                removed[reason] += 1
            else:
                free.append(agent.id)
        self._classes[key], self._removed[key] = tuple(free), removed

    def _alone(self, call: WaitingCall) -> bool:
        """Only one of those signed in and willing could ever take it, busy or not."""
        rule, willing = self.roster.queues[call.queue], 0
        for agent in self.agents:
            if agent.presence == Presence.AVAILABLE and agent.id in rule.qualified:
                willing += agent.lease_expires_at is not None and agent.lease_expires_at > self._now_s
        return willing == 1


def _by_whom(*, served: Sequence[int], wanted: Sequence[Sequence[int]], order: Mapping[int, int]) -> dict[int, int]:
    """Agent of each served caller: the longest idle agents who can cover them all, each with the oldest caller."""
    classes: dict[int, list[int]] = {}  # callers with one and the same tuple of candidates
    for index in served:
        classes.setdefault(id(wanted[index]), []).append(index)
    able: dict[int, list[int]] = {}  # agent → first caller of each class
    for callers in classes.values():
        for agent in wanted[callers[0]]:
            able.setdefault(agent, []).append(callers[0])
    # Agents with the same callers share one line, so that a class proved full is not searched again.
    lines: dict[tuple[int, ...], tuple[int, ...]] = {}

    def line_of(agent: int) -> tuple[int, ...]:
        firsts = tuple(able[agent])
        if firsts not in lines:
            lines[firsts] = tuple(sorted(caller for first in firsts for caller in classes[id(wanted[first])]))
        return lines[firsts]

    agents = sorted(able, key=order.__getitem__)
    taken = _augment((line_of(agent) for agent in agents), enough=len(served))
    return {caller: agents[rank] for caller, rank in taken.items()}


def _augment(lists: Iterable[Sequence[Right]], enough: int | None = None) -> dict[Right, int]:
    """Match lefts to rights, each left in order having the first say: right → number of its left.

    A left is matched only if some rearrangement keeps every earlier one matched (augmenting paths, Kuhn 1955).
    Lists that are one object are searched once; a list that once had no path never gets one.
    """
    owner: dict[Right, int] = {}
    wanted: list[Sequence[Right]] = []
    start: dict[int, int] = {}  # list → its first right that may still be unmatched
    full: set[int] = set()
    for left, rights in enumerate(lists):
        wanted.append(rights)
        if id(rights) in full:
            continue
        at = start.get(id(rights), 0)
        while at < len(rights) and rights[at] in owner:
            at += 1
        start[id(rights)] = at
        if at < len(rights):
            owner[rights[at]] = left
        elif not _reroute(left, wanted, owner):
            full.add(id(rights))
        if len(owner) == enough:
            break
    return owner


def _reroute(left: int, wanted: Sequence[Sequence[Right]], owner: dict[Right, int]) -> bool:
    """Find the shortest way to shift earlier pairs so that `left` gets a right too, and shift them."""
    came_from: dict[Right, int] = {}
    holds = {held_by: right for right, held_by in owner.items()}
    searched: set[int] = set()
    queue = deque([left])
    while queue:
        here = queue.popleft()
        if id(wanted[here]) in searched:
            continue
        searched.add(id(wanted[here]))
        for right in wanted[here]:
            if right in came_from:
                continue
            came_from[right] = here
            if right not in owner:
                _shift(right, came_from, holds, owner)
                return True
            queue.append(owner[right])
    return False


def _shift(right: Right, came_from: Mapping[Right, int], holds: Mapping[int, Right], owner: dict[Right, int]) -> None:
    while True:
        left = came_from[right]
        owner[right] = left
        if left not in holds:
            return
        right = holds[left]
