"""Reading a stored decision: who was considered, what each pair scored, why not this or that agent. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from routing.matching.floor import REASONS
from routing.matching.rules import Reason

# In one sentence each, for those who ask from outside. `{agent}` is the public id.
SENTENCES = {
    "chosen": "{agent} was chosen.",
    "outscored": "{agent} could have taken the call; the chosen agent scored {best:g}, {agent} {score:g}.",
    "behind": "{agent} could have taken the call, and stood behind those who are listed.",
    "not_recorded": "This decision did not record every agent.",
    Reason.NOT_A_MEMBER: "{agent} was not in the queue, nor in a team that the waiting time had opened it to.",
    Reason.LACKS_SKILL: "{agent} lacked a skill, or its level, that the queue asked for then.",
    Reason.OFFLINE: "{agent} was offline.",
    Reason.BREAK: "{agent} was on a break.",
    Reason.NOT_RESPONDING: "{agent} had missed calls in a row and was not responding.",
    Reason.LEASE_LAPSED: "The desk of {agent} had fallen silent.",
    Reason.BUSY: "{agent} was busy: ringing, talking or wrapping up.",
    Reason.RESTING: "{agent} was resting between calls{until}.",
    Reason.BLOCKED: "The phone of {agent} had just failed to ring and was resting.",
    Reason.DEVICE: "The phone of {agent} was in use, on do-not-disturb or unreachable.",
    Reason.EXCLUDED: "This customer and {agent} are never brought together.",
    Reason.TRIED: "{agent} had let this call go within the minute before.",
}


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """One agent who could have taken the call, and what they scored. The terms add up to the score."""

    agent: int
    score: float
    idle_s: float | None
    terms: Mapping[str, float]
    parts: Mapping[str, float]  # what the term `adapted` is made of


@dataclass(frozen=True, kw_only=True)
class WhyNot:
    """The answer for one agent. `code` is a Reason, or chosen, outscored, behind, not_recorded."""

    agent: int
    code: str
    score: float | None = None
    best: float | None = None
    until: datetime | None = None  # when a rest ended

    def sentence(self, name: str) -> str:
        until = f" until {self.until:%H:%M:%S} UTC" if self.until is not None else ""
        return SENTENCES[self.code].format(agent=name, score=self.score or 0.0, best=self.best or 0.0, until=until)


def weighed(because: Mapping[str, Any]) -> tuple[Weighed, ...]:
    """The chosen agent first, then the best of the others."""
    found = [because.get("chosen"), because.get("runner_up"), *(because.get("rivals") or [])]
    return tuple(_weighed(one, str(because.get("rule", ""))) for one in found if one)


def _weighed(one: Mapping[str, Any], rule: str) -> Weighed:
    score = float(one.get("score", 0.0))
    return Weighed(
        agent=one["agent"],
        score=score,
        idle_s=one.get("idle_s"),
        terms=one.get("terms") or {rule: score},
        parts=one.get("fit") or {},
    )


def why_not(because: Mapping[str, Any], agent: int) -> WhyNot:
    """Why this agent did not get the call, as it was recorded then."""
    known = {one.agent: one for one in weighed(because)}
    best = next(iter(known.values()), None)
    if best is not None and agent in known:
        code = "chosen" if agent == best.agent else "outscored"
        return WhyNot(agent=agent, code=code, score=known[agent].score, best=best.score)
    for special in (Reason.EXCLUDED, Reason.TRIED):
        if agent in because.get(special, ()):
            return WhyNot(agent=agent, code=special)
    runs = because.get("members")
    if runs is None:
        return WhyNot(agent=agent, code="not_recorded")
    for first, letters in runs:
        if first <= agent < first + len(letters):
            reason = REASONS[letters[agent - first]]
            return WhyNot(agent=agent, code=reason if reason is not None else "behind", until=_rest(because, agent))
    return WhyNot(agent=agent, code=Reason.NOT_A_MEMBER)


def _rest(because: Mapping[str, Any], agent: int) -> datetime | None:
    until = (because.get("resting") or {}).get(str(agent))
    return None if until is None else datetime.fromtimestamp(until, UTC)
