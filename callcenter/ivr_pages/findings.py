"""The findings page: what changed, where callers are lost, what to do; every line leads to its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_default_timezone
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.floor.templatetags.floor import label
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.foundation.principal import Role
from callcenter.ivr_pages.asking import Question, quoted, read_question
from callcenter.ivr_pages.words import TODO, TROUBLE
from ivr.paths.finding_queries import Found, Place, day_of, found
from ivr.paths.findings import Finding

WINDOW = timedelta(days=27)
_SECONDS = frozenset({"heard"})  # measured in seconds; all others are shares
# What finds the calls of a finding in the explorer.
_QUERIES = {
    "bad_key": "bad_key@{node}",
    "no_input": "no_input@{node}",
    "again": "loop@{node}",
    "heard": "{node}",
    "zero_out": "zero_out@{node}",
    "drop_off": "{node} > hung_up",
    "hidden": "zero_out and final={option}",
    "chosen": "outcome=agent and reason={option}",
    "queue": "{node}",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One finding in the reader's words."""

    finding: Finding
    since: date
    where: str
    what: str
    todo: str
    in_seconds: bool
    query: str  # the address of its calls in the explorer


@dataclass(frozen=True, kw_only=True)
class FindingsPage:
    question: Question
    found: Found | None  # None: no flow has been published
    lines: tuple[Line, ...]
    places: tuple[Place, ...]


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """Findings of the last four weeks, or of the window asked."""
    page = findings_page(asked=request.GET.dict(), now=db_now(), zone=get_default_timezone())
    opens = principal_of(request).role is not Role.ANALYST
    return render(request, "ivr_pages/findings.html", {"page": page, "opens": opens})


def findings_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> FindingsPage:
    """`from`, `to`, `flow`: by default four weeks of the first flow."""
    wanted = dict(asked)
    if not wanted.get("from"):
        today = now.astimezone(zone).date()
        wanted |= {"from": (today - WINDOW).isoformat(), "to": today.isoformat()}
    question = read_question(wanted | {"q": ""}, now=now, zone=zone)
    if not question.flow and question.flows:
        question = read_question(wanted | {"q": "", "flow": question.flows[0].flow}, now=now, zone=zone)
    try:
        seen = found(asked=question.asked, zone=zone)
    except NotFound:
        return FindingsPage(question=question, found=None, lines=(), places=())
    return FindingsPage(
        question=question,
        found=seen,
        lines=tuple(_line(one, seen, question) for one in seen.findings),
        places=seen.places,
    )


def _line(one: Finding, seen: Found, question: Question) -> Line:
    since = day_of(one.since)
    query = _QUERIES.get(one.measure, "").format(node=quoted(one.node), option=one.option) if one.node else ""
    address = question.address | {"from": since.isoformat(), "to": question.window.last.isoformat(), "q": query}
    return Line(
        finding=one,
        since=since,
        where=where(one, seen),
        what=str(TROUBLE[one.kind]),
        todo=str(TODO[one.kind]),
        in_seconds=one.measure in _SECONDS,
        query=urlencode({name: text for name, text in address.items() if text}),
    )


def where(one: Finding, seen: Found) -> str:
    """The node, and the option where one is meant, in the reader's language."""
    node = seen.labels.get(one.node)
    option = seen.reasons.get(one.option) or (seen.labels.get(one.option) if one.kind == "worse_version" else None)
    return " · ".join(label(part) for part in (node, option) if part)
