"""Two sides side by side: before and after, two versions, two segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import ivr.paths.queries
from callcenter.ivr_pages.asking import Question, read_question
from ivr.paths.language import QuerySyntax
from ivr.paths.queries import Comparison

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class ComparePage:
    a: Question
    b: Question
    found: Comparison | None  # None where a query cannot be read

    @property
    def sides(self) -> tuple[tuple[Question, str], ...]:
        return (self.a, "A"), (self.b, "B")


def compare_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> ComparePage:
    """`a_from`, `a_to`, `a_q` against `b_from`, `b_to`, `b_q`, and one `flow`. By default last week against this one."""
    a, b = (_side(asked, side, now - (WEEK if side == "a" else timedelta(0)), zone) for side in "ab")
    try:
        found = ivr.paths.queries.compare(a=a.asked, b=b.asked, zone=zone)
    except QuerySyntax:
        return ComparePage(a=_judged(a), b=_judged(b), found=None)
    return ComparePage(a=a, b=b, found=found)


def _side(asked: Mapping[str, str], side: str, now: datetime, zone: tzinfo) -> Question:
    own = {name: asked[f"{side}_{name}"] for name in ("from", "to", "q") if f"{side}_{name}" in asked}
    if not own.get("from"):
        today = now.astimezone(zone).date()
        own |= {"from": (today - timedelta(days=6)).isoformat(), "to": today.isoformat()}
    return read_question(own | {"flow": asked.get("flow", "")}, now=now, zone=zone)


def _judged(question: Question) -> Question:
    """The side with what is wrong with its query, if it is that one's."""
    try:
        ivr.paths.queries.calls(asked=question.asked, limit=0)
    except QuerySyntax as wrong:
        return replace(question, wrong=wrong)
    return question
