"""The supervisor's pages: read the request, one call inward, answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from callcenter.accounts.access import allow, principal_of
from callcenter.floor import board as boards
from callcenter.floor.files import csv_bytes
from callcenter.floor.lists import calls_table, list_of_calls, queue_table
from callcenter.floor.metrics import METRICS
from callcenter.floor.record import call_record
from callcenter.floor.words import RESULT
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Role
from customers.quality import alerting
from routing import reporting


def domain_of(request: HttpRequest) -> str:
    """The routing domain a supervisor looks at: their own, the one asked for, else the first."""
    own = principal_of(request).domain
    if own:
        return own
    known = reporting.domains()
    asked = request.GET.get("domain", "")
    return asked if asked in known else next(iter(known), "")


def _board(request: HttpRequest) -> boards.Board:
    return boards.board(domain=domain_of(request), now=db_now(), zone=get_default_timezone())


def _file(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@allow(Role.SUPERVISOR, Role.ADMIN)
def live(request: HttpRequest) -> HttpResponse:
    """The live floor."""
    page = {"board": _board(request), "metrics": METRICS, "quality_alerts": alerting.unseen()}
    return render(request, "floor/live.html", page)


@allow(Role.SUPERVISOR, Role.ADMIN)
def now(request: HttpRequest) -> HttpResponse:
    """The part of the live floor that is fetched again every three seconds."""
    return render(request, "floor/board.html", {"board": _board(request)})


@allow(Role.SUPERVISOR, Role.ADMIN)
def queues_file(request: HttpRequest) -> HttpResponse:
    """The queue table of the live floor as CSV."""
    return _file("queues", csv_bytes(*queue_table(_board(request))))


@allow(Role.SUPERVISOR, Role.ADMIN)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls behind a figure, 50 a page."""
    try:
        page = list_of_calls(
            domain=domain_of(request), asked=request.GET.dict(), now=db_now(), zone=get_default_timezone()
        )
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    return render(request, "floor/calls.html", {"page": page, "results": RESULT.items()})


@allow(Role.SUPERVISOR, Role.ADMIN)
def calls_file(request: HttpRequest) -> HttpResponse:
    """The same calls as CSV: this page and all that follow it."""
    try:
        table = calls_table(
            domain=domain_of(request), asked=request.GET.dict(), now=db_now(), zone=get_default_timezone()
        )
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    return _file("calls", csv_bytes(*table))


@allow(Role.SUPERVISOR, Role.ADMIN)
def call(request: HttpRequest, call_id: str) -> HttpResponse:
    """One call's record."""
    try:
        record = call_record(call_id=read_uuid("c", call_id))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    if principal_of(request).domain not in {"", record.call.domain}:
        raise Http404(_("There is no such call."))
    return render(request, "floor/call.html", {"record": record})
