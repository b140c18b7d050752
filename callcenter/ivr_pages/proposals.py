"""The optimiser's pages: what was proposed, by whom, who agreed, and what came of it."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

import ivr.flows.queries
import ivr.optimiser.operations
import ivr.optimiser.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from callcenter.ivr_pages.sentences import said

WEEKS = (1, 2, 4, 8)
ACTS = ("approve", "reject", "publish")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def every(request: HttpRequest) -> HttpResponse:
    """All proposals; posting the form looks for a new one."""
    if request.method == "POST":
        return _propose(request)
    return _list(request)


def _propose(request: HttpRequest) -> HttpResponse:
    asked, now = request.POST, db_now()
    weeks = int(asked.get("weeks", "4")) if asked.get("weeks", "4") in {str(one) for one in WEEKS} else 4
    try:
        number = ivr.optimiser.operations.propose(
            flow=asked.get("flow", ""),
            since=now - timedelta(weeks=weeks),
            until=now,
            language="en" if asked.get("language") == "en" else "zh",
            width=int(asked["width"]) if asked.get("width") in {"5", "6", "7", "8", "9"} else 9,
            zone=get_default_timezone(),
            by=principal_of(request).name,
            now=now,
        )
    except Refused as refused:
        return _list(request, refused=refused)
    return redirect("ivr_pages:proposal", number)


def _list(request: HttpRequest, *, refused: Refused | None = None) -> HttpResponse:
    return render(
        request,
        "ivr_pages/proposals.html",
        {
            "proposals": ivr.optimiser.queries.proposals(),
            "flows": ivr.flows.queries.flows(),
            "weeks": WEEKS,
            "widths": (5, 6, 7, 8, 9),
            "refused": refused,
            "typed": request.POST,
        },
        status=refused.status if refused else 200,
    )


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal: both trees, moved keys, promise, gap to the bound, and the real gain."""
    return _detail(request, number)


@require_POST
@allow(Role.SUPERVISOR, Role.ADMIN)
def decide(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """Approve, reject or publish. Whoever made a proposal does not approve it."""
    if act not in ACTS:
        raise Http404(_("There is no such act."))
    by, now, operations = principal_of(request).name, db_now(), ivr.optimiser.operations
    try:
        if act == "approve":
            operations.approve(proposal_id=number, by=by, now=now)
        elif act == "reject":
            operations.reject(proposal_id=number, reason=request.POST.get("reason", ""), by=by, now=now)
        else:
            operations.publish(proposal_id=number, by=by, now=now)
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    except Refused as refused:
        return _detail(request, number, refused=refused)
    return redirect("ivr_pages:proposal", number)


def _detail(request: HttpRequest, number: int, *, refused: Refused | None = None) -> HttpResponse:
    try:
        detail = ivr.optimiser.queries.proposal(proposal_id=number, now=db_now(), zone=get_default_timezone())
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    me = principal_of(request)
    return render(
        request,
        "ivr_pages/proposal.html",
        {
            "detail": detail,
            "of": detail.view,
            "decides": me.role is not Role.ANALYST,
            "is_maker": me.name == detail.view.made_by,
            "refused": refused,
            "typed": request.POST,
        },
        status=refused.status if refused else 200,
    )
