"""Skills, agents and queues in and out as tables: read the request, one call inward, answer."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.floor import roster_page
from callcenter.floor.files import csv_bytes
from callcenter.floor.views import domain_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from routing.operations.importing import export_table

CSV = "text/csv; charset=utf-8"


@allow(Role.SUPERVISOR, Role.ADMIN)
def roster(request: HttpRequest) -> HttpResponse:
    """Send a table, see at once what became of each row."""
    taken, refusal = None, ""
    if request.method == "POST":
        try:
            taken = roster_page.take(
                kind=roster_page.kind_named(request.POST.get("kind", "")),
                sent=request.FILES.get("file"),
                domain=domain_of(request),
                dry_run="dry_run" in request.POST,
                now=db_now(),
                actor=principal_of(request).name,
            )
        except Refused as refused:
            refusal = refused.sentence
    page = {"taken": taken, "refusal": refusal, "kinds": roster_page.columns(), "given": request.POST}
    return render(request, "floor/roster.html", page, status=422 if refusal else 200)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def roster_file(request: HttpRequest, kind: str) -> HttpResponse:
    """What stands, in the form that can be edited and sent back."""
    try:
        header, *rows = export_table(kind=roster_page.kind_named(kind), domain=domain_of(request))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    return _file(csv_bytes(header, rows), f"{kind}.csv")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def roster_errors(request: HttpRequest, name: UUID) -> HttpResponse:
    """Refused rows, to be corrected and sent again."""
    try:
        return _file(roster_page.kept_errors(name), "refused-rows.csv")
    except Refused as refused:
        raise Http404(refused.sentence) from refused


def _file(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
