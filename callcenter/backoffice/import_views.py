"""Files of other systems: send one, say what its columns mean, try it, let it in, hold it, stop it, take it back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice import import_words
from callcenter.backoffice.forms import UploadForm
from callcenter.backoffice.templatetags.backoffice import import_field
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.foundation.uploads import MOST_BYTES, keep
from customers import tasks
from customers.imports import control, feeds, operations, queries
from customers.imports.steps import DOES

Told = tuple[dict[str, str], list[dict[str, str]]]  # {column: field}, steps
SPARE_STEPS = 2  # empty lines on the page


@allow(Role.ANALYST, Role.ADMIN)
def imports(request: HttpRequest) -> HttpResponse:
    """Files of other systems: send one, see how each went."""
    form = UploadForm(request.POST or None, request.FILES or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            return _begin(request, form.cleaned_data)
        except Refused as refused:
            refusal = refused.sentence
    jobs, saved = queries.recent(), queries.saved_mappings()
    page = {
        "form": form, "jobs": jobs, "saved": saved, "refusal": refusal, "feeds": feeds.feeds(), "set_feeds": queries.set_feeds(),
        "folder": settings.IMPORT_FOLDER, "moves": any(job.state in {"ready", "running"} for job in jobs),
        "names": trail.names(actors=[one.actor for one in saved]), "most_mb": MOST_BYTES // 1_000_000,
    }  # fmt: skip
    return render(request, "backoffice/imports.html", page, status=422 if refusal or form.errors else 200)


def _begin(request: HttpRequest, asked: dict[str, Any]) -> HttpResponseRedirect:
    """Keep the file, look at its header, and ask what its columns mean."""
    kept = keep(asked["file"])
    try:
        job = operations.prepare(
            path=kept, source=asked["source"], actor=principal_of(request).name, now=db_now(), waits=True,
            name=asked["file"].name or kept.name, kind=asked["kind"],
        )  # fmt: skip
    except Refused:
        kept.unlink()
        raise
    queries.drop_stray(kept)  # it was packed
    if not job.waits:  # the same file stood half done: it goes on where it stopped
        tasks.import_file.delay(job.pk)
    return redirect("backoffice:import", job=job.pk)


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Look into the watched folder and the other databases now, not at the next minute."""
    tasks.fetch_customers.delay()
    return redirect("backoffice:imports")


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def job(request: HttpRequest, job: int) -> HttpResponse:
    """One import: what its columns mean while it waits, how it went, and what can be done with it."""
    return _job_page(request, job)


def _job_page(
    request: HttpRequest, job_id: int, *, refusal: str = "", status: int = 200, told: Told | None = None
) -> HttpResponse:
    """`told` is what somebody had said of columns and steps when it was refused: it is not lost."""
    try:
        found = queries.job(job_id=job_id)
    except NotFound as refused:
        raise Http404(refused.sentence) from refused
    mapping, steps = told or (found.job.mapping, found.job.steps)
    page = {
        "names": trail.names(actors=[found.job.taken_back_by, found.job.let_in_by]),
        "told": found, "job": found.job, "fields": queries.fields(found.job.kind),
        "kinds": import_words.KINDS, "refusal": refusal, "mapping": mapping,
        "steps": [*steps, *[{}] * SPARE_STEPS], "does": DOES,
        "may_undo": control.may_undo(found.job, now=db_now()), "undo_days": control.UNDO_DAYS,
    }  # fmt: skip
    return render(request, "backoffice/import.html", page, status=status)


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def start(request: HttpRequest, job: int) -> HttpResponse:
    """What the columns mean: then the rows are judged only, or taken in."""
    names, meant = request.POST.getlist("column"), request.POST.getlist("field")
    mapping, steps = dict(zip(names, meant, strict=False)), _steps(request)
    try:
        if request.POST.get("act") == "kind":
            control.take_for(job_id=job, kind=request.POST.get("kind", ""))
            return redirect("backoffice:import", job=job)
        if request.POST.get("act") == "look":
            control.preview(job_id=job, mapping=mapping, steps=steps)
            return redirect("backoffice:import", job=job)
        begun = control.start(
            job_id=job, mapping=mapping, steps=steps, actor=principal_of(request).name, now=db_now(),
            dry_run=request.POST.get("act") == "try",
        )  # fmt: skip
    except Refused as refused:
        return _job_page(request, job, refusal=refused.sentence, status=refused.status, told=(mapping, steps))
    tasks.import_file.delay(begun.pk)
    return redirect("backoffice:import", job=job)


def _steps(request: HttpRequest) -> list[dict[str, str]]:
    parts = ("do", "column", "with", "into")
    rows = zip(*(request.POST.getlist(f"step_{part}") for part in parts), strict=False)
    return [dict(zip(parts, row, strict=True)) for row in rows if row[0]]


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def act(request: HttpRequest, job: int) -> HttpResponse:
    """Pause, resume, cancel, let in or take back."""
    actor, now = principal_of(request).name, db_now()
    try:
        match request.POST.get("act"):
            case "pause":
                control.pause(job_id=job, actor=actor, now=now)
            case "resume":
                tasks.import_file.delay(control.resume(job_id=job, actor=actor, now=now).pk)
            case "let_in":
                tasks.import_file.delay(control.let_in(job_id=job, actor=actor, now=now).pk)
            case "cancel":
                queries.drop_file(control.cancel(job_id=job, actor=actor, now=now))
                tasks.undo_import.delay(job, actor)
            case "undo":
                control.ask_undo(job_id=job, actor=actor, now=now)
                tasks.undo_import.delay(job, actor)
            case _other:
                raise Refused(_("Choose what to do with this import."))
    except Refused as refused:
        return _job_page(request, job, refusal=refused.sentence, status=refused.status)
    return redirect("backoffice:import", job=job)


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def forget_mapping(request: HttpRequest, mapping: int) -> HttpResponse:
    """What was remembered of some columns is forgotten."""
    control.forget(mapping_id=mapping)
    return redirect("backoffice:imports")


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def errors_file(request: HttpRequest, job: int) -> StreamingHttpResponse:
    """Refused rows, to be corrected and sent again; with ?rows=unplaced those of nobody we know."""
    unplaced = request.GET.get("rows") == "unplaced"
    rows = queries.errors_file(job_id=job, language=get_language() or "", name=import_field, unplaced=unplaced)
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{job}-{"unplaced" if unplaced else "errors"}.csv"'
    return answer
