"""Reports of the menus: made on demand or by the calendar, read on the page, printed as PDF in the reader's language."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import ivr.flows.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor import reporting
from callcenter.floor.templatetags.floor import moment, who
from callcenter.floor.words import word
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.ivr_pages.sentences import said
from callcenter.ivr_pages.words import REPORT, TODO, TROUBLE
from ivr.reporting import operations, queries
from ivr.reporting.queries import ReportView

WEEKS = (1, 2, 4, 13)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def every(request: HttpRequest) -> HttpResponse:
    """All reports; posting makes one that ends with yesterday."""
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return redirect("ivr_pages:report", _make(request))
        except Refused as why:
            refused = why
    page = {
        "reports": queries.reports(),
        "flows": ivr.flows.queries.flows(),
        "weeks": WEEKS,
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "ivr_pages/reports.html", page, status=refused.status if refused else 200)


def _make(request: HttpRequest) -> int:
    now, zone = db_now(), get_default_timezone()
    until = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = request.POST.get("weeks", "1")
    weeks = int(asked) if asked in {str(one) for one in WEEKS} else 1
    return operations.make(
        flow=request.POST.get("flow", ""), since=until - timedelta(weeks=weeks), until=until,
        by=principal_of(request).name, zone=zone, now=now,
    )  # fmt: skip


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One report as it was made."""
    page = _context(number) | {"missing": reporting.missing_words(), "number": number}
    return render(request, "ivr_pages/report.html", page)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def pdf(request: HttpRequest, number: int) -> HttpResponse:
    """The same on paper; where it cannot be made, the page says what is missing."""
    context = _context(number)
    try:
        content = reporting.pdf("floor/report_print.html", context)
    except Refused as refused:
        page = context | {"missing": refused.sentence, "number": number}
        return render(request, "ivr_pages/report.html", page, status=refused.status)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="ivr-report-{number}.pdf"'
    return answer


def _context(number: int) -> dict[str, Any]:
    try:
        of = queries.report(report_id=number)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    return {
        "of": of,
        "title": _("Menus {flow}: report").format(flow=of.flow),
        "subtitle": _subtitle(of),
        "blocks": reporting.shown(of.blocks, say=say),
    }


def _subtitle(of: ReportView) -> str:
    by = _("by the calendar") if of.made_by == operations.SCHEDULE else who(of.made_by)
    return _("Calls from {since} to {until}; version {version}; made {at}, {by}").format(
        since=moment(of.since), until=moment(of.until), version=of.version, at=moment(of.made_at), by=by
    )


def say(kind: str, code: str) -> str:
    """The words of a report: sentence | title | column | measure | trouble | todo | outcome."""
    if kind == "outcome":
        return str(word("outcome", code))
    table = {"trouble": TROUBLE, "todo": TODO}.get(kind)
    return str(table.get(code, code)) if table else str(REPORT[kind].get(code, code))
