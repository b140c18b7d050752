"""The pages of what comes in: callers in the menus now, files of path events, what was set aside."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import ivr.intake.bulk
import ivr.intake.queries
import ivr.paths.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.foundation.uploads import keep
from callcenter.ivr_pages.sentences import said
from callcenter.ivr_pages.tasks import import_path_events

LOOKED_BACK = timedelta(days=7)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Callers in the menus at this moment; fetched afresh every three seconds, greyed when it is older than ten."""
    return render(request, "ivr_pages/live.html", _now())


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def live_now(request: HttpRequest) -> HttpResponse:
    """The part of that page that moves."""
    return render(request, "ivr_pages/live_now.html", _now())


def _now() -> dict[str, object]:
    now = db_now()
    return {"at": now, "live": ivr.paths.queries.live(now=now), "lately": ivr.paths.queries.lately(now=now)}


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.ANALYST, Role.ADMIN)
def files(request: HttpRequest) -> HttpResponse:
    """Files of path events: send one, see how each went, and what switches sent that could not be taken."""
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return _begin(request)
        except Refused as why:
            refused = why
    page = {
        "imports": ivr.intake.queries.imports(),
        "aside": ivr.intake.queries.set_aside(since=db_now() - LOOKED_BACK),
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "ivr_pages/intake.html", page, status=refused.status if refused else 200)


def _begin(request: HttpRequest) -> HttpResponse:
    sent = request.FILES.get("file")
    if sent is None:
        raise Invalid(_("Choose a file first."), field="/file")
    kept = keep(sent)
    pairs = [pair.partition("=") for pair in request.POST.get("map", "").replace(",", " ").split()]
    try:
        job = ivr.intake.bulk.prepare(
            path=kept, source=request.POST.get("source", "").strip(), actor=principal_of(request).name, now=db_now(),
            mapping={column: field for column, _sign, field in pairs}, zone=request.POST.get("zone", "").strip(),
            dry_run="dry_run" in request.POST, name=sent.name or kept.name,
        )  # fmt: skip
    except Refused:
        kept.unlink()
        raise
    import_path_events.delay(job.pk)
    return redirect("ivr_pages:intake")


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def refused_rows(request: HttpRequest, job: int) -> HttpResponse:
    """The first hundred refused rows of a file."""
    try:
        rows = ivr.intake.queries.first_refused(job_id=job)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    return render(request, "ivr_pages/refused.html", {"rows": rows, "job": job})


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def refused_file(request: HttpRequest, job: int) -> StreamingHttpResponse:
    """All of them, to be corrected and sent again."""
    answer = StreamingHttpResponse(ivr.intake.queries.refused_file(job_id=job), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="path-events-{job}-refused.csv"'
    return answer
