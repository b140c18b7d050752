"""Lists of a segment: asked for by one, approved by another, fetched as a file."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from customers.segments import exporting, queries

ASK = (Role.MARKETING, Role.ADMIN)
SEE = (*ASK, Role.SUPERVISOR)


@allow(*SEE)
def lists(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The lists of a segment, and asking for one."""
    who, refusal, status = principal_of(request), "", 200
    if request.method == "POST":
        try:
            exporting.ask(
                segment_id=segment_id, recipient=request.POST.get("recipient", ""),
                purpose=request.POST.get("purpose", ""), actor=who.name, now=db_now(),
            )  # fmt: skip
            messages.success(request, _("Asked for. A second person must approve it."))
            return redirect("insight_pages:lists", segment_id=segment_id)
        except Refused as refused:
            refusal, status = refused.sentence, refused.status
    try:
        segment, versions = queries.segment(segment_id=segment_id)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    exports = list(exporting.exports(segment_id=segment_id))
    names = trail.names(actors=[actor for one in exports for actor in (one.asked_by, one.approved_by) if actor])
    page = {"segment": segment, "newest": versions[0], "exports": exports, "names": names,
            "me": who.name, "may_ask": who.role in ASK, "refusal": refusal, "sent": request.POST}  # fmt: skip
    return render(request, "insight_pages/lists.html", page, status=status)


@allow(*SEE)
@require_POST
def act(request: HttpRequest, segment_id: int, export_id: int) -> HttpResponse:
    """Approve a list of somebody else, or fetch an approved one."""
    who, now = principal_of(request), db_now()
    try:
        if request.POST.get("act") == "approve":
            exporting.approve(export_id=export_id, actor=who.name, now=now)
            messages.success(request, _("Approved: the list can be fetched for seven days."))
            return redirect("insight_pages:lists", segment_id=segment_id)
        text = exporting.fetch(export_id=export_id, actor=who.name, now=now)
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect("insight_pages:lists", segment_id=segment_id)
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="segment-{segment_id}-{export_id}.csv"'
    return answer
