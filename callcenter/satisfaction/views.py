"""The pages of satisfaction: read the request, one call inward, answer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

import routing.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor.call_names import CallNames
from callcenter.floor.files import XLSX, csv_bytes
from callcenter.floor.views import domain_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from callcenter.satisfaction import sheets, tables
from callcenter.satisfaction.asking import Question, read_question
from ivr.surveys import board as boards
from ivr.surveys.rules import Reached

PAGE = 50


def _question(request: HttpRequest) -> Question:
    return read_question(request.GET.dict(), now=db_now(), zone=get_default_timezone())


def _board(question: Question) -> boards.Board:
    return boards.board(asked=question.asked, zone=get_default_timezone())


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def board(request: HttpRequest) -> HttpResponse:
    """How content callers are. Sums only; who may open calls can click every number."""
    question = _question(request)
    context: dict[str, Any] = {
        "question": question,
        "board": _board(question),
        "reached": [one.value for one in Reached],
        "opens": principal_of(request).role is not Role.ANALYST,
        "names": CallNames(domain=domain_of(request)),
    }
    return render(request, "satisfaction/board.html", context)


@allow(Role.SUPERVISOR, Role.ADMIN)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls behind a number, 50 a page, their comments searchable."""
    question = _question(request)
    found = boards.calls(
        asked=question.asked,
        result=question.result,
        words=question.words,
        limit=PAGE,
        offset=PAGE * (question.page - 1),
    )
    context = {
        "question": question,
        "found": found,
        "recorded": set(routing.queries.calls(call_ids={line.call for line in found.lines})),
        "results": boards.RESULTS,
        "last": -(-found.total // PAGE),
        "names": CallNames(domain=domain_of(request)),
    }
    return render(request, "satisfaction/calls.html", context)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def table_csv(request: HttpRequest, table: str) -> HttpResponse:
    """One table of the page as CSV."""
    if table not in tables.TABLES:
        raise Http404(_("There is no such table."))
    content = csv_bytes(*tables.TABLES[table](_board(_question(request))))
    return _file(f"satisfaction-{table}.csv", "text/csv; charset=utf-8", content)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def tables_xlsx(request: HttpRequest) -> HttpResponse:
    """All tables of the page as one workbook."""
    question = _question(request)
    return _file("satisfaction.xlsx", XLSX, sheets.workbook(question, _board(question)))


def _file(name: str, kind: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
