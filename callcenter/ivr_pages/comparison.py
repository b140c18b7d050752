"""Two sides side by side: before and after, two segments, the two versions of a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import ivr.paths.queries
from callcenter.foundation.errors import NotFound
from callcenter.foundation.numbers import whole
from callcenter.ivr_pages.asking import Question, read_question
from ivr.flows import trials
from ivr.flows.splitting import calls_needed, split_chance
from ivr.flows.trials import TrialView
from ivr.paths.language import QuerySyntax
from ivr.paths.queries import Comparison

WEEK = timedelta(days=7)


UNEVEN = 0.001  # a split that chance makes as rarely as this is none of chance
WORTH_SEEING = 0.01  # a point more or fewer callers who hang up


@dataclass(frozen=True, kw_only=True)
class Split:
    """Whether the trial sends callers as it should, and how many calls it still needs."""

    seen: float  # share of calls that heard the version on trial
    uneven: bool
    needed: int  # calls a side to see WORTH_SEEING in four of five trials

    @classmethod
    def of(cls, trial: TrialView, found: Comparison) -> Split | None:
        calls = found.calls_a + found.calls_b
        if not calls:
            return None
        hung_up = next((one.difference for one in found.lines if one.measure == "outcome:hangup"), None)
        rate = hung_up.a if hung_up and 0 < hung_up.a < 1 else 0.1
        chance = split_chance(calls=calls, tried=found.calls_b, share=trial.share)
        return cls(
            seen=found.calls_b / calls,
            uneven=chance < UNEVEN,
            needed=calls_needed(rate=rate, difference=WORTH_SEEING, dispersion=found.dispersion),
        )


@dataclass(frozen=True, kw_only=True)
class ComparePage:
    a: Question
    b: Question
    found: Comparison | None  # None where a query cannot be read
    trial: TrialView | None = None
    split: Split | None = None

    @property
    def sides(self) -> tuple[tuple[Question, str], ...]:
        return (self.a, "A"), (self.b, "B")


def compare_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> ComparePage:
    """`a_from`, `a_to`, `a_q` against `b_from`, `b_to`, `b_q`, and one `flow`. By default last week against this one."""
    trial = _trial(asked.get("trial", ""))
    if trial is not None:
        asked = _of_trial(trial, now, zone) | dict(asked)
    a, b = (_side(asked, side, now - (WEEK if side == "a" else timedelta(0)), zone) for side in "ab")
    try:
        found = ivr.paths.queries.compare(a=a.asked, b=b.asked, zone=zone)
    except QuerySyntax:
        return ComparePage(a=_judged(a), b=_judged(b), found=None)
    return ComparePage(a=a, b=b, found=found, trial=trial, split=Split.of(trial, found) if trial else None)


def _trial(text: str) -> TrialView | None:
    number = whole(text)
    if number is None:
        return None
    try:
        return trials.trial(trial_id=number)
    except NotFound:
        return None


def _of_trial(trial: TrialView, now: datetime, zone: tzinfo) -> dict[str, str]:
    """Both sides of a trial: the same days, from its first minute on, the one version and the other."""
    first, last = (at.astimezone(zone).date().isoformat() for at in (trial.started_at, trial.ended_at or now))
    told = {"flow": trial.flow, "after": trial.started_at.isoformat()}
    for side, number in (("a", trial.base), ("b", trial.version)):
        told |= {f"{side}_from": first, f"{side}_to": last, f"{side}_q": f"version={trial.flow}/{number}"}
    return told


def _side(asked: Mapping[str, str], side: str, now: datetime, zone: tzinfo) -> Question:
    own = {name: asked[f"{side}_{name}"] for name in ("from", "to", "q", "segment") if f"{side}_{name}" in asked}
    if not own.get("from"):
        today = now.astimezone(zone).date()
        own |= {"from": (today - timedelta(days=6)).isoformat(), "to": today.isoformat()}
    return read_question(own | {name: asked.get(name, "") for name in ("flow", "after")}, now=now, zone=zone)


def _judged(question: Question) -> Question:
    """The side with what is wrong with its query, if it is that one's."""
    try:
        ivr.paths.queries.calls(asked=question.asked, limit=0)
    except QuerySyntax as wrong:
        return replace(question, wrong=wrong)
    return question
