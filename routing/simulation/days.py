"""A day of a floor as plain rows, real or made up, and the floor it is played on. Pure.

Whoever reads a log hands in `Day`s; what the log cannot know (a served caller's patience) is drawn by the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from routing.matching import QueueRule, Roster, Strategy
from routing.simulation.floor import Arrival, Stint

LEVEL = 3  # of every skill, where a day does not say


class Caller(NamedTuple):
    """One who reached the queue. Seconds since the day began."""

    at: float
    kind: str  # queue and needed skill
    patience_s: float
    talk_s: float
    head_start_s: float = 0.0


class Shift(NamedTuple):
    """When an agent was there."""

    agent: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Day:
    """What came and who was there."""

    label: str
    callers: tuple[Caller, ...]  # in order of arrival
    shifts: tuple[Shift, ...]
    skills: Mapping[str, Mapping[str, int]]  # agent → kind → level 1–5


@dataclass(frozen=True, kw_only=True)
class Floor:
    """A day as the simulation takes it."""

    roster: Roster
    arrivals: list[Arrival]
    stints: list[Stint]


def floor_of(day: Day, *, strategy: Strategy = Strategy.LONGEST_IDLE, head_starts: bool = True) -> Floor:
    """One queue a kind; members are those of the day's agents who have its skill."""
    agents = {name: number for number, name in enumerate(sorted({shift.agent for shift in day.shifts}), start=1)}
    queues = {
        kind: number for number, kind in enumerate(sorted({caller.kind for caller in day.callers}), start=1)
    }  # fmt: skip
    skills = {number: dict(day.skills.get(name, {})) for name, number in agents.items()}
    rules = {}
    for kind, number in queues.items():
        able = frozenset(agent for agent, held in skills.items() if held.get(kind, 0) >= 1)
        rules[number] = QueueRule(
            id=number, key=kind, required={kind: 1}, members=able, qualified=able, strategy=strategy
        )
    return Floor(
        roster=Roster(domain=day.label, domain_id=1, version=1, queues=rules, agents=len(agents), skills=skills),
        arrivals=[
            Arrival(
                at=caller.at,
                queue=queues[caller.kind],
                kind=caller.kind,
                patience_s=caller.patience_s,
                service_s=caller.talk_s,
                head_start_s=caller.head_start_s if head_starts else 0.0,
            )
            for caller in day.callers
        ],
        stints=[Stint(agents[shift.agent], shift.start, shift.end) for shift in day.shifts],
    )
