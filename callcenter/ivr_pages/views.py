"""The pages of the menus: read the request, one call inward, answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

import ivr.paths.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor.files import XLSX, csv_bytes
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Role
from callcenter.ivr_pages import behind, comparison, segments, sheets, tables
from callcenter.ivr_pages import explorer as explorers
from callcenter.ivr_pages.names import names_of


def _page(request: HttpRequest) -> explorers.IvrPage:
    return explorers.ivr_page(asked=request.GET.dict(), now=db_now(), zone=get_default_timezone())


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def explorer(request: HttpRequest) -> HttpResponse:
    """Every way callers took through the menus. Sums only: no number, no single call."""
    page = _page(request)
    opens = principal_of(request).role is not Role.ANALYST
    shown = {"page": page, "picture": page.picture, "opens": opens, "names": names_of(request)}
    return render(request, "ivr_pages/explorer.html", shown | {"segments": segments.offered()})


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def table_csv(request: HttpRequest, table: str) -> HttpResponse:
    """One table of that page as CSV."""
    if table not in tables.TABLES:
        raise Http404(_("There is no such table."))
    content = csv_bytes(*tables.TABLES[table](_page(request)))
    return _file(f"ivr-{table}.csv", "text/csv; charset=utf-8", content)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def tables_xlsx(request: HttpRequest) -> HttpResponse:
    """All tables of that page as one workbook, with what was asked on the first sheet."""
    return _file("ivr.xlsx", XLSX, sheets.workbook(_page(request)))


@allow(Role.SUPERVISOR, Role.ADMIN)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls behind a number, 50 a page."""
    page = behind.calls_page(asked=request.GET.dict(), now=db_now(), zone=get_default_timezone())
    return render(request, "ivr_pages/calls.html", {"page": page, "names": names_of(request)})


@allow(Role.SUPERVISOR, Role.ADMIN)
def trace(request: HttpRequest, call_id: str) -> HttpResponse:
    """One call with every prompt and key."""
    try:
        found = ivr.paths.queries.trace(call_id=read_uuid("c", call_id))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    shown = {"trace": found, "call_id": call_id, "names": names_of(request)}
    return render(request, "ivr_pages/trace.html", shown)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def compare(request: HttpRequest) -> HttpResponse:
    """Two weeks, versions or segments side by side, with intervals."""
    page = comparison.compare_page(asked=request.GET.dict(), now=db_now(), zone=get_default_timezone())
    opens = principal_of(request).role is not Role.ANALYST
    return render(request, "ivr_pages/compare.html", {"page": page, "opens": opens, "segments": segments.offered()})


def _file(name: str, kind: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
