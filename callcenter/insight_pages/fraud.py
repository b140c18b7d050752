"""Fraud: cases with their signs, decided by people, with a reason."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from customers.fraud import operations, queries, signals

WHO = (Role.SUPERVISOR, Role.ADMIN)
# What was done, and what follows from it.
_DONE = {
    "clear": gettext_lazy("Cleared: these signs stay silent until they grow stronger."),
    "review": gettext_lazy("Under review: agents see “verify identity” until it is decided."),
    "confirm": gettext_lazy("Confirmed: nobody of this case is on a marketing list; ties to it count as a sign."),
}  # fmt: skip


def _page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    opened, closed = queries.open_cases(), queries.closed_cases()
    page = {"cases": opened, "closed": closed, "signals": signals.SIGNALS, "opens_at": signals.OPENS_AT,
            "names": trail.names(actors=[one.decided_by for one in (*opened, *closed)]), "refusal": refusal}  # fmt: skip
    return render(request, "insight_pages/fraud.html", page, status=status)


@allow(*WHO)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Cases that wait, the strongest first, with every sign and its weight."""
    return _page(request)


@allow(*WHO)
@require_POST
def decide(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take under review, confirm, or clear."""
    try:
        operations.decide(
            case_id=case_id, verdict=request.POST.get("verdict", ""), reason=request.POST.get("reason", ""),
            actor=principal_of(request).name, now=db_now(),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, refused.sentence, refused.status)
    messages.success(request, str(_DONE.get(request.POST.get("verdict", ""), _("Noted."))))
    return redirect("insight_pages:fraud")
