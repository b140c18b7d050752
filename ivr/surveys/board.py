"""What supervisors learn: rates, scores raw and weighted, rankings, drivers, the audit of inviting, comments, calls.

Every sum and every list behind it are taken from the same rows by the same conditions (`narrowed`), so that a number and
its calls cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet

from ivr.paths.statistics import GREY_BELOW, Share, discoveries, share
from ivr.surveys import drivers as driving
from ivr.surveys import ranking, scores, weighting
from ivr.surveys.drivers import Drivers
from ivr.surveys.forms import SCALES, Question
from ivr.surveys.models import SurveyAnswer, SurveyForm, SurveyInvitation
from ivr.surveys.queries import form_of
from ivr.surveys.ranking import Ranked
from ivr.surveys.rules import Reached, Reason
from ivr.surveys.scores import Funnel, Net
from ivr.surveys.weighting import Weighted

MOST_ROWS = 200_000  # of a window: beyond, the newest are taken and the page says so
# What calls may be split by, and the column it stands in.
DIMENSIONS = {
    "agent": "agent", "queue": "queue", "reason": "reason_of_call", "path": "path", "version": "version",
    "channel": "channel",
}  # fmt: skip
_NEVER_ELIGIBLE = (Reason.NO_PLAN, Reason.TOO_SHORT)
ELIGIBLE = ~Q(reason__in=_NEVER_ELIGIBLE)
INVITED = ~Q(state="not_invited")
# What a number counts, and the condition for the list behind it.
RESULTS: dict[str, Q] = {
    "eligible": ELIGIBLE,
    "invited": ELIGIBLE & INVITED,
    "started": ELIGIBLE & Q(state__in=["started", "complete"]),
    "complete": ELIGIBLE & Q(state="complete"),
    "scored": ELIGIBLE & Q(good__isnull=False),
    "good": ELIGIBLE & Q(good=True),
    "bad": ELIGIBLE & Q(good=False),
    "comment": ELIGIBLE & ~Q(comment=""),
    "caller_left": ELIGIBLE & Q(ended_by="caller"),
    "not_invited": ELIGIBLE & Q(state="not_invited"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question of a reader: a window by the call's end, how far callers came, and what narrows it."""

    since: datetime
    until: datetime
    reached: Reached = Reached.AGENT
    narrow: tuple[tuple[str, str], ...] = ()  # dimension → value
    reason: str = ""  # of inviting or not


@dataclass(frozen=True, kw_only=True)
class GroupLine:
    """One agent, queue, reason … with its funnel and score."""

    value: str
    funnel: Funnel
    score: Share


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """How one agent's callers were invited, beside the peers."""

    agent: str
    eligible: int
    invited: Share
    caller_left: Share  # stayed on the line until the caller hung up: nobody left to ask
    stands_out: bool  # more often than the peers, many comparisons allowed for


@dataclass(frozen=True, kw_only=True)
class QuestionLine:
    """One question of a form over all answers."""

    form: str
    question: Question
    share: Share  # top box
    net: Net
    counts: tuple[tuple[int, int], ...]  # value → answers


@dataclass(frozen=True, kw_only=True)
class Board:
    """Everything the page shows."""

    asked: Asked
    funnel: Funnel
    not_invited: tuple[tuple[str, int], ...]  # reason → calls, most first
    score: Weighted
    questions: tuple[QuestionLine, ...]
    groups: dict[str, tuple[GroupLine, ...]]  # by dimension
    agents: tuple[Ranked, ...]
    drivers: Drivers | None
    audit: tuple[AuditLine, ...]
    cut: bool  # more than MOST_ROWS


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """One call behind a number. No caller is named."""

    call: UUID
    at: datetime
    state: str
    reason: str
    detail: str
    channel: str
    agent: str
    queue: str
    reason_of_call: str
    score: int | None
    good: bool | None
    comment: str


@dataclass(frozen=True, kw_only=True)
class CallPage:
    lines: tuple[CallLine, ...]
    total: int


def board(*, asked: Asked, zone: tzinfo) -> Board:
    rows = list(narrowed(asked).filter(ELIGIBLE).order_by("-at").values(*_COLUMNS)[: MOST_ROWS + 1])
    cut, rows = len(rows) > MOST_ROWS, rows[:MOST_ROWS]
    said = [row for row in rows if row["good"] is not None]
    named = [row for row in said if row["agent"]]
    return Board(
        asked=asked,
        funnel=_funnel(rows),
        not_invited=_reasons(rows),
        score=_weighted(rows, zone),
        questions=_questions(asked),
        groups={name: _groups(rows, column) for name, column in DIMENSIONS.items()},
        agents=ranking.rank(
            [row["agent"] for row in named], np.array([row["good"] for row in named], bool), _mix(named, zone)
        ),
        drivers=_drivers(said, zone),
        audit=_audit(rows),
        cut=cut,
    )


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How far callers were asked and how content they were: the head of the page alone."""

    funnel: Funnel
    score: Weighted


def summary(*, asked: Asked, zone: tzinfo) -> Summary:
    rows = list(narrowed(asked).filter(ELIGIBLE).order_by("-at").values(*_COLUMNS)[:MOST_ROWS])
    return Summary(funnel=_funnel(rows), score=_weighted(rows, zone))


def _weighted(rows: Sequence[Row], zone: tzinfo) -> Weighted:
    answered = np.array([row["good"] is not None for row in rows], bool)
    good = np.array([row["good"] is True for row in rows], bool)
    return weighting.weighted_score(_facts(rows, zone, whole=True), good, answered)


def calls(*, asked: Asked, result: str, words: str = "", limit: int = 50, offset: int = 0) -> CallPage:
    """The calls behind a number, newest first; `words` are looked for in comments, each of them."""
    rows = narrowed(asked).filter(RESULTS.get(result, ELIGIBLE))
    for word in words.split()[:8]:
        rows = rows.filter(comment__icontains=word)
    lines = [
        CallLine(
            call=row.call, at=row.at, state=row.state, reason=row.reason, detail=row.detail, channel=row.channel,
            agent=row.agent, queue=row.queue, reason_of_call=row.reason_of_call, score=row.score, good=row.good,
            comment=row.comment,
        )
        for row in rows.order_by("-at", "-pk")[offset : offset + limit]
    ]  # fmt: skip
    return CallPage(lines=tuple(lines), total=rows.count())


def narrowed(asked: Asked) -> QuerySet[SurveyInvitation]:
    rows = SurveyInvitation.objects.filter(at__gte=asked.since, at__lt=asked.until, reached=asked.reached)
    for dimension, value in asked.narrow:
        rows = rows.filter(**{DIMENSIONS[dimension]: value})
    return rows.filter(reason=asked.reason) if asked.reason else rows


_COLUMNS = (
    "at", "state", "reason", "channel", "agent", "queue", "ended_by", "wait_s", "talk_s", "transfers", "reason_of_call",
    "version", "path", "looped", "zero_out", "repeated", "good",
)  # fmt: skip
Row = dict[str, Any]


def _funnel(rows: Sequence[Row]) -> Funnel:
    return Funnel(
        eligible=len(rows),
        invited=sum(row["state"] != "not_invited" for row in rows),
        started=sum(row["state"] in {"started", "complete"} for row in rows),
        complete=sum(row["state"] == "complete" for row in rows),
    )


def _reasons(rows: Sequence[Row]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in rows:
        if row["state"] == "not_invited":
            counts[row["reason"]] = counts.get(row["reason"], 0) + 1
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _groups(rows: Sequence[Row], column: str) -> tuple[GroupLine, ...]:
    split: dict[str, list[Row]] = {}
    for row in rows:
        split.setdefault(row[column], []).append(row)
    lines = [
        GroupLine(
            value=value,
            funnel=_funnel(some),
            score=share(sum(row["good"] is True for row in some), sum(row["good"] is not None for row in some)),
        )
        for value, some in split.items()
        if value
    ]
    return tuple(sorted(lines, key=lambda one: (-one.funnel.eligible, one.value)))


def _questions(asked: Asked) -> tuple[QuestionLine, ...]:
    """Every question with a scale, form version by form version, as it was asked then."""
    rows = narrowed(asked).filter(ELIGIBLE, form__isnull=False)
    found = SurveyAnswer.objects.filter(invitation__in=rows.values("pk"), value__isnull=False)
    values: dict[tuple[int, str], list[int]] = {}
    for form, question, value in found.values_list("invitation__form", "question", "value"):
        if value is not None:
            values.setdefault((form, question), []).append(value)
    forms = {row.pk: form_of(row) for row in SurveyForm.objects.filter(pk__in={form for form, _ in values})}
    lines = []
    for (pk, key), given in sorted(values.items()):
        asked_then = forms[pk].question(key)
        if asked_then is not None and asked_then.scale is not None:
            lines.append(_question(f"{forms[pk].key}/{forms[pk].number}", asked_then, np.array(given)))
    return tuple(lines)


def _question(form: str, question: Question, given: scores.Ints) -> QuestionLine:
    scale = SCALES[question.kind]
    return QuestionLine(
        form=form,
        question=question,
        share=scores.csat(given >= scale.good),
        net=scores.net(given, good=scale.good, bad=scale.bad),
        counts=tuple((value, int((given == value).sum())) for value in range(scale.least, scale.most + 1)),
    )


def _facts(rows: Sequence[Row], zone: tzinfo, *, whole: bool) -> dict[str, list[object]]:
    """What weights may know of a call, in bins; `whole`: of all calls, asked or not."""
    bins = {"wait": ("wait_s", (10, 30, 60, 180)), "talk": ("talk_s", (60, 180, 420))}
    facts: dict[str, list[object]] = {
        name: [str(row[name]) for row in rows]
        for name in ("reason_of_call", "path", "queue", "repeated", "looped", "zero_out", "transfers")
    }
    facts |= {
        name: [str(place) for place in np.digitize([row[column] for row in rows], edges)]
        for name, (column, edges) in bins.items()
    }
    facts["hour"] = [str(row["at"].astimezone(zone).hour // 4) for row in rows]
    if whole:
        facts["ended_by"] = [str(row["ended_by"]) for row in rows]
    return facts


def _mix(rows: Sequence[Row], zone: tzinfo) -> dict[str, list[object]]:
    """What an agent cannot help: not how long they talked, not who hung up."""
    facts = _facts(rows, zone, whole=False)
    return {name: facts[name] for name in ("reason_of_call", "path", "queue", "repeated", "looped", "wait", "hour")}


def _drivers(said: Sequence[Row], zone: tzinfo) -> Drivers | None:
    if len(said) < driving.FEWEST:
        return None
    facts = _facts(said, zone, whole=False)
    columns: dict[str, Sequence[object]] = {
        "wait": [float(np.log1p(row["wait_s"])) for row in said],
        "talk": [float(np.log1p(row["talk_s"])) for row in said],
        "reason": facts["reason_of_call"],
        "path": [f"{row['path']} {row['looped']} {row['zero_out']}" for row in said],
        "repeated": facts["repeated"],
        "transfers": facts["transfers"],
        "hour": facts["hour"],
        "agent": [row["agent"] for row in said],
    }
    day = np.array([row["at"].astimezone(zone).date().toordinal() for row in said])
    return driving.drivers(columns, np.array([row["good"] for row in said], bool), day, draws=60)


def _audit(rows: Sequence[Row]) -> tuple[AuditLine, ...]:
    """Who avoids being judged: the caller hung up first more often than with the peers."""
    split: dict[str, list[Row]] = {}
    for row in rows:
        if row["agent"]:
            split.setdefault(row["agent"], []).append(row)
    left = {agent: sum(row["ended_by"] == "caller" for row in some) for agent, some in split.items()}
    calls_of = {agent: len(some) for agent, some in split.items()}
    judged = [agent for agent in split if calls_of[agent] >= GREY_BELOW]
    tested = discoveries([_more_often(left, calls_of, agent) for agent in judged])
    out = {agent for agent, stands in zip(judged, tested, strict=True) if stands}
    lines = [
        AuditLine(
            agent=agent,
            eligible=len(some),
            invited=share(sum(row["state"] != "not_invited" for row in some), len(some)),
            caller_left=share(left[agent], len(some)),
            stands_out=agent in out,
        )
        for agent, some in split.items()
    ]
    return tuple(sorted(lines, key=lambda one: (not one.stands_out, -(one.caller_left.value or 0), one.agent)))


def _more_often(left: dict[str, int], calls_of: dict[str, int], agent: str) -> float:
    """The chance of as many callers leaving first, were this agent like all others together (normal approximation)."""
    from math import erfc, sqrt

    hits, n = left[agent], calls_of[agent]
    others, rest = sum(left.values()) - hits, sum(calls_of.values()) - n
    if not rest:
        return 1.0
    pooled = (hits + others) / (n + rest)
    spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest))
    return 1.0 if spread == 0 else 0.5 * erfc((hits / n - others / rest) / spread / sqrt(2))
