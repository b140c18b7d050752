"""The supervisor's pages about routing: read the request, one call inward, answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from callcenter.accounts.access import allow, principal_of
from callcenter.floor.why_page import why_page
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Role


@allow(Role.SUPERVISOR, Role.ADMIN)
def why(request: HttpRequest, call_id: str) -> HttpResponse:
    """Who was considered for a call, what removed them, and the terms of the scores."""
    try:
        page = why_page(call_id=read_uuid("c", call_id), number=request.GET.get("n", ""))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    if principal_of(request).domain not in {"", page.call.domain}:
        raise Http404(_("There is no such call."))
    return render(request, "floor/why.html", {"page": page, "decision": page.decision})
