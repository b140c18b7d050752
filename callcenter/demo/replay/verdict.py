"""What became of each caller beside what the log says, and whether the difference is explained. Pure.

A caller's end is *explained* when it is the log's, or when routing gave a reason for another one that the switch and the
agents themselves can confirm: an agent was found sooner than the bank found one, or none who could take the call was
free while the caller's patience lasted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ENDED = frozenset({"completed", "abandoned", "diverted", "failed", "canceled"})
IDLE_S = 5.0  # an agent idle this long beside a waiting caller they could serve: routing has no excuse


@dataclass(frozen=True, kw_only=True)
class Witnessed:
    """One caller as the switch saw it, with the end that the API tells. Instants in one clock, real seconds."""

    key: str
    kind: str
    logged: str  # menus | queue | served
    bank_wait_s: float
    acknowledged: bool  # the arrival got a 2xx
    state: str  # by the API, at the end; "" if it does not know the call
    stage: str  # of an abandoned call: ivr | queue | ring
    talks: tuple[tuple[str, float, float], ...]  # agent, from, to
    queued_at: float | None
    ended_at: float | None
    offers: int
    wait_s: float | None  # enqueued to answered, by the API's timestamps, in the log's seconds; None if never answered


@dataclass(frozen=True, kw_only=True)
class Judged:
    key: str
    verdict: str  # as_logged | served_here | gave_up_here | unexplained | lost | unheard
    reason: str


def judge(
    call: Witnessed, *, free: Mapping[str, Sequence[tuple[float, float]]], skills: Mapping[str, Sequence[str]]
) -> Judged:
    """`free` is when each agent had nothing to do, `skills` what types each takes, both by agent."""
    if not call.acknowledged:
        return _judged(call, "unheard", "the API never answered the arrival")
    if call.state not in ENDED:
        return _judged(call, "lost", f"still {call.state or 'unknown'} after everything was over")
    answered = call.state == "completed" and bool(call.talks)
    if call.logged == "menus":
        right = call.state == "abandoned" and call.stage == "ivr"
        return _judged(call, "as_logged" if right else "unexplained", f"hung up in the menus, became {_end(call)}")
    if answered:
        return _judged(call, "as_logged" if call.logged == "served" else "served_here", "an agent answered in time")
    if call.state != "abandoned" or call.stage not in {"queue", "ring"}:
        return _judged(call, "unexplained", f"waited and became {_end(call)}")
    if call.logged == "queue":
        return _judged(call, "as_logged", "gave up as at the bank")
    idle = _idle_beside(call, free, skills)
    if idle:
        return _judged(call, "unexplained", f"gave up while {idle} was idle and could take the call")
    return _judged(call, "gave_up_here", "patience ended before anybody who could take the call was free")


def _end(call: Witnessed) -> str:
    return f"{call.state} {call.stage}".strip()


def _judged(call: Witnessed, verdict: str, reason: str) -> Judged:
    return Judged(key=call.key, verdict=verdict, reason=reason)


def _idle_beside(
    call: Witnessed, free: Mapping[str, Sequence[tuple[float, float]]], skills: Mapping[str, Sequence[str]]
) -> str:
    """An agent who could have served this caller and had nothing to do for IDLE_S of the wait; "" if there is none."""
    if call.queued_at is None or call.ended_at is None:
        return ""
    for agent, spans in free.items():
        if call.kind in skills.get(agent, ()) and any(
            min(until, call.ended_at) - max(since, call.queued_at) >= IDLE_S for since, until in spans
        ):
            return agent
    return ""


def doubled(calls: Iterable[Witnessed]) -> list[str]:
    """Calls that two agents held at once, and agents who held two calls at once."""
    found = []
    by_agent: dict[str, list[tuple[float, float, str]]] = {}
    for call in calls:
        if _overlap([(since, until, agent) for agent, since, until in call.talks]):
            found.append(f"call {call.key} with two agents")
        for agent, since, until in call.talks:
            by_agent.setdefault(agent, []).append((since, until, call.key))
    found += [f"agent {agent} with two calls" for agent, spans in by_agent.items() if _overlap(spans)]
    return found


def _overlap(spans: Sequence[tuple[float, float, str]]) -> bool:
    """Two spans of different names at the same time."""
    latest, name = float("-inf"), ""
    for since, until, whose in sorted(spans):
        if since < latest and whose != name:
            return True
        if until > latest:
            latest, name = until, whose
    return False


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A floor's figures: of callers who reached the queue or an agent. Waits in the log's seconds."""

    callers: int
    menus: int  # hung up in the menus
    offered: int
    answered: int
    abandoned: int
    within_20: float  # share of offered answered within 20 s
    within_60: float
    mean_wait_s: float  # of those answered


def figures(ends: Iterable[tuple[str, float]]) -> Figures:
    """From (end, wait) per caller; end is menus, abandoned or answered."""
    listed = list(ends)
    counts = Counter(end for end, _ in listed)
    waits = [wait for end, wait in listed if end == "answered"]
    offered = counts["answered"] + counts["abandoned"]
    return Figures(
        callers=len(listed),
        menus=counts["menus"],
        offered=offered,
        answered=counts["answered"],
        abandoned=counts["abandoned"],
        within_20=sum(wait <= 20 for wait in waits) / offered if offered else 0.0,
        within_60=sum(wait <= 60 for wait in waits) / offered if offered else 0.0,
        mean_wait_s=sum(waits) / len(waits) if waits else 0.0,
    )


def banks_figures(calls: Iterable[Witnessed]) -> Figures:
    words = {"menus": "menus", "queue": "abandoned", "served": "answered"}
    return figures((words[call.logged], call.bank_wait_s) for call in calls)


def our_figures(calls: Iterable[Witnessed]) -> Figures:
    return figures((_our_end(call), call.wait_s or 0.0) for call in calls if call.acknowledged)


def _our_end(call: Witnessed) -> str:
    if call.talks and call.state == "completed":
        return "answered"
    return "menus" if call.stage == "ivr" else "abandoned"
