"""Reports of the menus: made on demand or by the calendar, read on the page, printed as PDF in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import get_default_timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import ivr.flows.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor import reporting
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.ivr_pages import post
from callcenter.ivr_pages.report_page import context_of
from callcenter.ivr_pages.sentences import said
from ivr.reporting import mailing, operations, queries

WEEKS = (1, 2, 4, 13)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def every(request: HttpRequest) -> HttpResponse:
    """All reports; posting makes one that ends with yesterday."""
    refused: Refused | None = None
    if request.method == "POST":
        try:
            if "address" in request.POST:
                return _add_recipient(request)
            return redirect("ivr_pages:report", _make(request))
        except Refused as why:
            refused = why
    page = {
        "reports": queries.reports(),
        "flows": ivr.flows.queries.flows(),
        "weeks": WEEKS,
        "refused": refused,
        "typed": request.POST,
        "recipients": mailing.recipients(),
        "no_mail": post.missing_words(),
        "decides": principal_of(request).role is not Role.ANALYST,
    }
    return render(request, "ivr_pages/reports.html", page, status=refused.status if refused else 200)


def _add_recipient(request: HttpRequest) -> HttpResponse:
    who_asks = principal_of(request)
    if who_asks.role is Role.ANALYST:
        raise PermissionDenied
    typed = request.POST
    flow = typed.get("flow", "")
    if flow and flow not in {one.flow for one in ivr.flows.queries.flows()}:
        raise mailing.BadRecipient("Choose a language and a flow from the list.", field="/flow")
    mailing.add_recipient(
        address=typed["address"], language=typed.get("language", ""), flow=flow, by=who_asks.name, now=db_now()
    )
    return redirect(reverse("ivr_pages:reports") + "#recipients")


@require_POST
@allow(Role.SUPERVISOR, Role.ADMIN)
def remove_recipient(request: HttpRequest, number: int) -> HttpResponse:
    """No more letters to this address."""
    mailing.remove_recipient(recipient_id=number)
    return redirect(reverse("ivr_pages:reports") + "#recipients")


@require_POST
@allow(Role.SUPERVISOR, Role.ADMIN)
def send(request: HttpRequest, number: int) -> HttpResponse:
    """Put a report on its way to its recipients; letters that were given up are tried again."""
    try:
        mailing.post(report_id=number, now=db_now())
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    return redirect(reverse("ivr_pages:report", args=(number,)) + "#letters")


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
    page = context_of(number) | {
        "missing": reporting.missing_words(),
        "number": number,
        "letters": mailing.letters(report_id=number),
        "no_mail": post.missing_words(),
        "decides": principal_of(request).role is not Role.ANALYST,
    }
    return render(request, "ivr_pages/report.html", page)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def pdf(request: HttpRequest, number: int) -> HttpResponse:
    """The same on paper; where it cannot be made, the page says what is missing."""
    context = context_of(number)
    try:
        content = reporting.pdf("floor/report_print.html", context)
    except Refused as refused:
        page = context | {"missing": refused.sentence, "number": number}
        return render(request, "ivr_pages/report.html", page, status=refused.status)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="ivr-report-{number}.pdf"'
    return answer
