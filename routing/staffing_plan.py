"""A day's staffing: what the load of each interval asks of agents, and what those agents give. Pure.

The formulas are those of `staffing`; here stand only the day, what somebody asks about it, and sums. Fractions of agents
are summed over queues before they are rounded up: rounding first asks for people who are not needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.staffing import Load, Prediction, needed_exactly, pooled, predict, with_shrinkage

INTERVALS = (15, 30, 60)  # minutes
# What may be asked, field by field: least and most. Shares as shares, times in seconds.
RANGES: dict[str, tuple[float, float]] = {
    "load": (0.1, 10),
    "handle_s": (5, 7200),
    "patience_s": (5, 36_000),
    "shrinkage": (0, 0.8),
    "level": (0.05, 0.99),
    "target_s": (1, 3600),
    "least": (0, 500),
    "agents": (0, 2000),
}
WHOLE = {"least", "agents"}  # asked in whole people


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks about a day. None: as forecast, as measured, as the queue says."""

    load: float = 1.0  # times the calls forecast
    handle_s: float | None = None
    patience_s: float | None = None
    shrinkage: float = 0.3  # of paid time: breaks, training, illness
    level: float = 0.8  # to be reached, formula F4
    target_s: float | None = None
    least: int = 0  # agents there while a queue is open
    agents: int | None = None  # so many are there, needed or not


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What is expected of one queue in one interval."""

    at: datetime  # it begins
    is_open: bool
    calls: float  # who come to be served by an agent
    handle_s: float  # mean talk and wrap-up


@dataclass(frozen=True, kw_only=True)
class Line:
    """One interval as planned. `given` and `endless` are None where nobody comes."""

    at: datetime
    is_open: bool
    calls: float
    handle_s: float
    erlangs: float
    exact: float  # agents needed, Erlang A, as a fraction
    agents: float  # who are there: needed, at least as many as asked for, or as said
    patient: float  # agents needed if nobody ever left, Erlang C
    rostered: int  # with shrinkage, whole people
    given: Prediction | None  # what they give, callers leaving
    endless: Prediction | None  # the same agents if nobody ever left
    level: float | None
    together: float | None = None  # needed if every agent could take every call; only of several queues


@dataclass(frozen=True, kw_only=True)
class Total:
    """A whole day. Shares are of calls; occupancy of the agents' time."""

    calls: float
    handle_s: float | None
    agent_hours: float
    rostered_hours: float
    patient_hours: float
    peak: float  # most agents in one interval
    level: float | None
    wait_s: float | None
    abandoned: float | None
    occupancy: float | None
    together_hours: float | None = None


def line(*, demand: Demand, wish: Wish, minutes: int, target_s: float, patience_s: float, whole: bool) -> Line:
    """One interval of one queue. `whole`: agents are rounded up, as for a queue that is staffed by itself."""
    handle_s = wish.handle_s or demand.handle_s
    calls = demand.calls * wish.load if demand.is_open else 0.0
    load = Load(calls_per_s=calls / (60 * minutes), handle_s=handle_s, patience_s=patience_s)
    exact = needed_exactly(load=load, target_s=target_s, level=wish.level)
    patient = needed_exactly(load=replace(load, patience_s=math.inf), target_s=target_s, level=wish.level)
    floor = wish.least if demand.is_open else 0
    agents: float = max(exact, floor) if wish.agents is None else wish.agents * demand.is_open
    if whole:
        agents, patient = math.ceil(agents), math.ceil(patient)
    given = endless = None
    if calls:
        given = predict(load=load, agents=agents, target_s=target_s)
        endless = predict(load=replace(load, patience_s=math.inf), agents=agents, target_s=target_s)
    return Line(
        at=demand.at, is_open=demand.is_open, calls=calls, handle_s=handle_s, erlangs=load.erlangs, exact=exact,
        agents=agents, patient=patient, rostered=_people(agents, wish.shrinkage), given=given, endless=endless,
        level=given.service_level() if given is not None else None,
    )  # fmt: skip


def added(lines: Sequence[Line], *, wish: Wish, minutes: int, target_s: float, patience_s: float) -> Line:
    """The same interval of several queues: fractions summed, then rounded up; beside it one line for all of them.

    `target_s` and `patience_s` are those of the joined line: the strictest target, the mean patience.
    """
    loads = [
        Load(calls_per_s=one.calls / (60 * minutes), handle_s=one.handle_s, patience_s=patience_s)
        for one in lines
        if one.calls
    ]
    agents = math.ceil(sum(one.agents for one in lines))
    joined = pooled(loads) if loads else None
    return Line(
        at=lines[0].at, is_open=any(one.is_open for one in lines), calls=sum(one.calls for one in lines),
        handle_s=joined.handle_s if joined else lines[0].handle_s, erlangs=sum(one.erlangs for one in lines),
        exact=sum(one.exact for one in lines), agents=agents, patient=math.ceil(sum(one.patient for one in lines)),
        rostered=_people(agents, wish.shrinkage), given=_mixed(lines, agents), endless=None,
        level=_weighted((one.level, one.calls) for one in lines),
        together=needed_exactly(load=joined, target_s=target_s, level=wish.level) if joined else 0.0,
    )  # fmt: skip


def total(lines: Sequence[Line], *, minutes: int) -> Total:
    """The day of these intervals."""
    hours = minutes / 60
    calls = sum(one.calls for one in lines)
    busy = [(one.given.occupancy, one.agents) for one in lines if one.given is not None]
    idle = [(0.0, one.agents) for one in lines if one.given is None]
    joined = [one.together for one in lines if one.together is not None]
    return Total(
        calls=calls,
        handle_s=_weighted((one.handle_s, one.calls) for one in lines),
        agent_hours=hours * sum(one.agents for one in lines),
        rostered_hours=hours * sum(one.rostered for one in lines),
        patient_hours=hours * sum(one.patient for one in lines),
        peak=max((one.agents for one in lines), default=0.0),
        level=_weighted((one.level, one.calls) for one in lines),
        wait_s=_weighted((one.given.mean_wait_s if one.given else None, one.calls) for one in lines),
        abandoned=_weighted((one.given.abandoned if one.given else None, one.calls) for one in lines),
        occupancy=_weighted(busy + idle),
        together_hours=hours * sum(math.ceil(one) for one in joined) if joined else None,
    )


# --- inside -----------------------------------------------------------------------------------------------------------
def _people(agents: float, shrinkage: float) -> int:
    return math.ceil(with_shrinkage(agents, shrinkage) - 1e-9)


def _mixed(lines: Sequence[Line], agents: int) -> Prediction | None:
    """What several queues give together: shares by calls, occupancy of so many agents."""
    known = [(one.given, one.calls, one.agents) for one in lines if one.given is not None]
    if not known:
        return None
    calls = sum(one for _, one, _ in known)

    def mean(name: str) -> float:
        return float(sum(getattr(given, name) * weight for given, weight, _ in known) / calls)

    return Prediction(
        agents=agents,
        is_stable=all(given.is_stable for given, _, _ in known),
        waiting=mean("waiting"),
        abandoned=mean("abandoned"),
        mean_wait_s=_weighted((given.mean_wait_s, weight) for given, weight, _ in known),
        answered_in_time=mean("answered_in_time"),
        abandoned_in_time=mean("abandoned_in_time"),
        occupancy=sum(given.occupancy * weight for given, _, weight in known) / agents if agents else 0.0,
    )


def _weighted(pairs: Iterable[tuple[float | None, float]]) -> float | None:
    """The mean; None where nothing weighs, or where a part that weighs is not known."""
    held = [(value, weight) for value, weight in pairs if weight]
    if not held or any(value is None for value, _ in held):
        return None
    return sum((value or 0.0) * weight for value, weight in held) / sum(weight for _, weight in held)
