"""What a switch is to do to bring back a stretch of a real day: who calls when, who is on duty when. Pure.

Agents are present while they serve with gaps of at most ten minutes (design: routing 7). What the log cannot know is
drawn from the calibration, seeded by the call: the patience of a caller who was served (at least the logged wait), and
the talk of a caller who gave up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from callcenter.demo.bank_log import HOURS_LONG_S, KINDS, BankCall, Outcome
from callcenter.demo.calibration import Calibration

GAP_S = 600
BETWEEN_CALLS_S = 20  # after-call work, fitted on January
HOUR_S = 3600
LONGEST_TALK_S = HOURS_LONG_S
OTHERWISE = "PS"  # queue of a type nobody has documented


@dataclass(frozen=True, kw_only=True)
class PlannedCall:
    """One caller. Instants are seconds since midnight, lengths seconds of the log's time."""

    key: str
    kind: str  # type of the log, one of KINDS
    priority: int
    english: bool
    arrive_s: int
    menus_s: int
    logged: str  # menus | queue | served : how it ended at the bank
    waited_s: int  # at the bank
    patience_s: float  # after this in the queue the caller gives up
    talk_s: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """One stretch of one agent's presence."""

    agent: str
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    day: date
    from_s: int
    to_s: int
    calls: tuple[PlannedCall, ...]
    runs: tuple[Run, ...]
    skills: dict[str, tuple[str, ...]]  # agent → types served in the month
    phantoms: int  # rows left out: the machine's own noise
    dirty: dict[str, int]  # name of dirt → calls that carry it and were played nevertheless


def plan(month: Sequence[BankCall], *, day: date, calibration: Calibration, hours: tuple[int, int] = (0, 23)) -> Plan:
    """The plan of one day, or of its hours `first`–`last`, both included. Raises ValueError for a day without calls."""
    from_s, to_s = hours[0] * HOUR_S, (hours[1] + 1) * HOUR_S
    today = [call for call in month if call.day == day]
    rows = [call for call in today if from_s <= call.entry_s < to_s]
    if not rows:
        raise ValueError(f"The log has no call on {day:%y%m%d} in these hours.")
    callers = [call for call in rows if call.outcome is not Outcome.PHANTOM]
    dirty: dict[str, int] = defaultdict(int)
    for call in callers:
        for name in call.dirt:
            dirty[name] += 1
    return Plan(
        day=day,
        from_s=from_s,
        to_s=to_s,
        calls=tuple(_planned(call, calibration) for call in callers),
        runs=tuple(_within(presence(today), today, from_s, to_s)),
        skills=skills(month),
        phantoms=len(rows) - len(callers),
        dirty=dict(dirty),
    )


def presence(calls: Iterable[BankCall], gap_s: int = GAP_S) -> list[Run]:
    """When each agent was there: runs of served calls with gaps of at most `gap_s`, in order of their start."""
    served: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for call in calls:
        if call.server and call.answer_s is not None and call.talk_s is not None:
            served[call.server].append((call.answer_s, call.answer_s + min(call.talk_s, LONGEST_TALK_S)))
    runs: list[Run] = []
    for agent, spans in served.items():
        start, end = -1, -1
        for begin, finish in sorted(spans):
            if start >= 0 and begin - end <= gap_s:
                end = max(end, finish)
                continue
            if start >= 0:
                runs.append(Run(agent=agent, start_s=start, end_s=end))
            start, end = begin, finish
        runs.append(Run(agent=agent, start_s=start, end_s=end))
    return sorted(runs, key=lambda run: (run.start_s, run.agent))


def skills(calls: Iterable[BankCall]) -> dict[str, tuple[str, ...]]:
    """Types each agent has served."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        if call.server:
            kinds[call.server].add(_kind(call))
    return {agent: tuple(sorted(served)) for agent, served in sorted(kinds.items())}


def _within(runs: Iterable[Run], calls: Sequence[BankCall], from_s: int, to_s: int) -> list[Run]:
    """Runs that touch the window. Who is talking as it opens comes in when that talk is over; who stays, stays."""
    inside = []
    for run in runs:
        if run.end_s <= from_s or run.start_s >= to_s:
            continue
        start = max(run.start_s, from_s)
        for call in calls:
            if call.server != run.agent or call.answer_s is None or call.talk_s is None or call.entry_s >= from_s:
                continue
            if call.answer_s <= start < call.answer_s + min(call.talk_s, LONGEST_TALK_S):
                start = call.answer_s + min(call.talk_s, LONGEST_TALK_S)
        if start < run.end_s:
            inside.append(Run(agent=run.agent, start_s=start, end_s=run.end_s))
    return inside


def _planned(call: BankCall, calibration: Calibration) -> PlannedCall:
    rng = Random(f"{call.day}:{call.key}")
    waited = call.wait_s or 0
    if call.served:
        logged, patience = "served", calibration.patience.draw(rng, at_least=waited)
    else:
        logged, patience = ("queue" if call.wait_s is not None else "menus"), float(waited)
    talk = call.talk_s if call.talk_s is not None else calibration.handling[_kind(call)].draw(rng)
    return PlannedCall(
        key=call.key,
        kind=_kind(call),
        priority=call.priority,
        english=call.kind == "PE",
        arrive_s=call.entry_s,
        menus_s=call.vru_s,
        logged=logged,
        waited_s=waited,
        patience_s=patience,
        talk_s=min(float(talk), float(LONGEST_TALK_S)),
    )


def _kind(call: BankCall) -> str:
    return call.kind if call.kind in KINDS else OTHERWISE
