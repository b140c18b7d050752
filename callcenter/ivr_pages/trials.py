"""A version on trial: let a share of callers hear it, look at both sides, keep it or end it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from callcenter.ivr_pages import flows
from callcenter.ivr_pages.sentences import said
from ivr.flows import trials

SHARES = (5, 10, 20, 50)


@require_POST
@allow(Role.SUPERVISOR, Role.ADMIN)
def start(request: HttpRequest, flow: str, number: int) -> HttpResponse:
    """Let a share of callers hear a version that was agreed to."""
    share = whole(request.POST.get("share", ""), most=999) or 0
    try:
        trials.start(flow=flow, number=number, share=share, by=principal_of(request).name, now=db_now())
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    except Refused as refused:
        return flows.page(request, flow, number, refused=refused)
    return redirect(reverse("ivr_pages:flows") + f"#flow-{flow}")


@require_POST
@allow(Role.SUPERVISOR, Role.ADMIN)
def end(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """keep: everybody hears the version on trial; stop: everybody hears the one before it."""
    if act not in {"keep", "stop"}:
        raise Http404(_("There is no such act."))
    try:
        trials.end(trial_id=number, keep=act == "keep", by=principal_of(request).name, now=db_now())
    except NotFound as missing:
        raise Http404(said(missing.sentence)) from missing
    except Refused as refused:
        return flows.listed(request, refused=refused)
    return redirect("ivr_pages:flows")
