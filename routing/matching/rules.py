"""The vocabulary of matching: callers, agents, what a queue asks, what is known besides. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from routing.capacity import Capacity
from routing.overflow import Overflow


class Reason(StrEnum):
    """Why an agent may not take a call: the first that holds, in this order."""

    NOT_A_MEMBER = "not_a_member"
    LACKS_SKILL = "lacks_skill"
    OFFLINE = "offline"
    BREAK = "break"
    NOT_RESPONDING = "not_responding"
    LEASE_LAPSED = "lease_lapsed"
    BUSY = "busy"  # no room for such work: rings, talks, wraps up, or has as many conversations as fit
    RESTING = "resting"  # between calls, or above the cap of occupancy
    BLOCKED = "blocked"  # rests after a busy or unreachable phone
    DEVICE = "device"  # the phone is in use, on do-not-disturb or unreachable
    EXCLUDED = "excluded"  # this caller and this agent are never brought together
    TRIED = "tried"  # let this very call go in the last 60 s


class Strategy(StrEnum):
    """How a queue chooses among those who may take a call."""

    LONGEST_IDLE = "longest_idle"
    MOST_SKILLED = "most_skilled"  # highest mean level of the skills the queue asks for or prefers
    LEAST_OCCUPIED = "least_occupied"  # smallest share of the last two hours spent with callers
    FEWEST_RECENT = "fewest_recent"  # fewest calls in the last two hours
    RANKED = "ranked"  # by the rank that the queue gives its agents
    ADAPTED = "adapted"  # by the fit of caller type, product and language with the agent
    PAIRED = "paired"  # by comparative advantage: whom this agent serves better than others would


# What each strategy must be told besides the plain state of callers and agents.
NEEDS_WORKLOAD = frozenset({Strategy.LEAST_OCCUPIED, Strategy.FEWEST_RECENT, Strategy.PAIRED})
NEEDS_FACTS = frozenset({Strategy.ADAPTED, Strategy.PAIRED})


class AgentNow(NamedTuple):
    """An agent as the hot read finds them. Instants in seconds since 1970, for there are hundreds of them per tick."""

    id: int
    presence: str
    lease_expires_at: float | None
    device: str
    device_at: float | None
    blocked_until: float | None
    idle_since: float | None  # None: not yet worked, idle longest of all
    busy: bool  # a live call rings, talks or wraps up
    messaging: int = 0  # open conversations
    deferred: int = 0  # open forms and mails

    @property
    def open(self) -> int:
        return self.busy + self.messaging + self.deferred


class WaitingCall(NamedTuple):
    """A caller in line."""

    id: UUID
    queue: int
    channel: str
    place_key: datetime
    enqueued_at: datetime
    version: int
    tried: Collection[int]  # agents who let this call go in the last 60 s
    declined: Collection[int] = ()  # of them, those who said no in the last 20 s: not asked again even if alone

    @property
    def place(self) -> tuple[datetime, datetime, UUID]:
        """The order of service. At equal places whoever came first: a head start of 300 s never beats 300 s."""
        return self.place_key, self.enqueued_at, self.id


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a queue asks of an agent once a caller has waited so long. Each step admits all of the step before."""

    after_s: int
    members: frozenset[int]
    qualified: frozenset[int]

    @cached_property
    def runs(self) -> tuple[range, ...]:
        """The members as runs of consecutive ids."""
        runs: list[range] = []
        for member in sorted(self.members):
            if runs and runs[-1].stop == member:
                runs[-1] = range(runs[-1].start, member + 1)
            else:
                runs.append(range(member, member + 1))
        return tuple(runs)


@dataclass(frozen=True, kw_only=True)
class QueueRule:
    """What a queue asks of an agent, and how it chooses among those who can."""

    id: int
    key: str
    required: Mapping[
        str, int
    ]  # skill key → level 1–5: the skills it names; `qualified` says who meets the whole of it
    members: frozenset[int]
    qualified: frozenset[int]  # members whose skills reach every required level
    version: int = 0  # of its settings; 0 = never kept
    ring_s: int = 20
    wrap_up_mode: str = "time_boxed"
    strategy: Strategy = Strategy.LONGEST_IDLE
    preferred: Mapping[str, int] = field(default_factory=dict)  # skill key → level wished for; scores, never filters
    # agent → how much of the preferred conditions they reach, 0–1; None: `preferred` says all there is
    reached: Mapping[int, float] | None = None
    steps: tuple[Step, ...] = ()  # relaxations, by after_s
    ranks: Mapping[int, int] = field(default_factory=dict)  # agent → 1 (first) …; strategy ranked
    explore_share: float = 0.05  # of paired calls given to any agent alike: only these tell what the table cannot
    sticky_days: int = 0  # how long the agent of last time is remembered; 0 = not at all
    sticky_hold_s: int = 0  # how long a caller may wait for a preferred agent who is with somebody else
    overflow: tuple[Overflow, ...] = ()  # rules at work now
    borrowed: frozenset[int] = frozenset()  # of the qualified, those whom overflow has lent
    emergency_share: float = 0.0  # > 0: served before everybody else, by at most this share of the agents who can

    @cached_property
    def reach(self) -> frozenset[int]:
        """Everybody who may take a call of this queue once it has waited long enough."""
        return self.steps[-1].qualified if self.steps else self.qualified

    @property
    def own(self) -> frozenset[int]:
        """The same without those who were lent."""
        return self.reach - self.borrowed

    @cached_property
    def is_plain(self) -> bool:
        """Longest idle first and nothing else to weigh."""
        return self.strategy is Strategy.LONGEST_IDLE and not self.steps and not self.preferred and not self.reached

    def step_at(self, waited_s: float) -> int:
        """0 before the first relaxation."""
        return sum(waited_s >= step.after_s for step in self.steps)

    def at(self, step: int) -> Step:
        return self.steps[step - 1] if step else self._unrelaxed

    @cached_property
    def _unrelaxed(self) -> Step:
        return Step(after_s=0, members=self.members, qualified=self.qualified)


@dataclass(frozen=True, kw_only=True)
class Roster:
    """What changes rarely: queues with their members, skills and traits, by version."""

    domain: str
    domain_id: int
    version: int
    queues: Mapping[int, QueueRule]
    agents: int  # heads in the domain
    skills: Mapping[int, Mapping[str, int]] = field(default_factory=dict)  # agent → skill key → level
    traits: Mapping[int, frozenset[str]] = field(default_factory=dict)  # agent → what kind of agent this is
    fits: Mapping[tuple[str, str], float] = field(default_factory=dict)  # (caller type, trait) → −1…1
    product_fits: Mapping[tuple[str, str], float] = field(
        default_factory=dict
    )  # (product group, trait or skill) → −1…1
    capacity: Capacity = field(default_factory=Capacity)  # how much one person can do at once
    rest_s: int = 0  # between two calls of one agent
    occupancy_cap: float = 0.0  # share of the last two hours above which an agent rests; 0 = none
    excludes: bool = False  # somebody in this domain is not to meet some customer


@dataclass(frozen=True, kw_only=True)
class CallerTerms:
    """What adaptation may know of one waiting caller: no name, no number, no protected attribute."""

    types: frozenset[str] = frozenset()  # enterprise, value:gold, intent:billing, complaint …
    language: str = ""
    products: Mapping[str, float] = field(default_factory=dict)  # product group → fit 0…1
    sticky: Mapping[int, float] = field(default_factory=dict)  # agent → 0…1: who should serve this caller if possible
    excluded: frozenset[int] = frozenset()
    skips: int = 0  # later callers served before this one so far
    paired: bool = True  # False: plain rules, by the published on/off plan or the caller's own wish
    by_rules: str = ""  # why, in a queue that pairs: off_block, refused, or what is wrong with its table


@dataclass(frozen=True, kw_only=True)
class AgentTerms:
    """How an agent's last two hours went."""

    occupancy: float = 0.0  # talk + hold + wrap-up over those + available, 0–1
    recent: int = 0  # calls
    known_s: float = 0.0  # of these two hours, how long the agent was here


@dataclass(frozen=True, kw_only=True)
class PairTable:
    """What a pair is worth, and what each side is worth elsewhere: the duals of the fluid plan (see pairing).

    A caller's type is the first of `types` that the caller has; values and prices are in one unit (fen).
    """

    version: str
    types: tuple[str, ...]
    value: Mapping[tuple[str, int], float]  # (type, agent) → value of a call
    price: Mapping[int, float]  # agent → worth of their time for one call
    worth: Mapping[str, float]  # type → what such a caller is worth elsewhere
    spread: float  # standard deviation of value over pairs, > 0


@dataclass(frozen=True, kw_only=True)
class Insight:
    """Everything beyond the plain state, read only where a queue asks for it. Whoever is missing is unknown."""

    callers: Mapping[UUID, CallerTerms] = field(default_factory=dict)
    agents: Mapping[int, AgentTerms] = field(default_factory=dict)
    pairs: Mapping[int, PairTable] = field(default_factory=dict)  # queue → table; a queue without goes by rules
    held: Mapping[int, int] = field(default_factory=dict)  # emergency queue → agents who are with its callers

    def caller(self, call: UUID) -> CallerTerms:
        return self.callers.get(call, UNKNOWN_CALLER)

    def agent(self, agent: int) -> AgentTerms:
        return self.agents.get(agent, UNKNOWN_AGENT)


UNKNOWN_CALLER, UNKNOWN_AGENT = CallerTerms(), AgentTerms()


@dataclass(frozen=True, kw_only=True)
class Match:
    """One caller and the agent chosen, with the reasons as they are stored beside the reservation."""

    call: WaitingCall
    agent: int
    because: dict[str, object] = field(hash=False)
