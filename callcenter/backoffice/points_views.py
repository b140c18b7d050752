"""Points given, spent, put right and taken back from a customer's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import customer_page, to_section
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.identity import merging
from customers.insight import points


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def move(request: HttpRequest, customer: UUID) -> HttpResponse:
    """One more entry of the ledger; a refusal is said on the customer's page, and what was written stands there still."""
    try:
        living = merging.living(customer_id=customer)
        _enter(request, {"customer_id": living, "actor": principal_of(request).name, "now": db_now()})
    except Refused as refused:
        tried = request.POST.dict() | {"moves": request.POST.get("kind") != "reverse"}
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status, tried=tried)
    held = points.balance(customer_id=living)
    messages.success(
        request,
        ngettext("Entered. There is %(n)d point now.", "Entered. There are %(n)d points now.", held) % {"n": held},
    )
    return to_section(living, "points-name")


def _enter(request: HttpRequest, who: dict[str, Any]) -> None:
    kind, reason = request.POST.get("kind", ""), request.POST.get("reason", "")
    if kind == "reverse":
        points.reverse(entry_id=_whole(request.POST.get("entry", "")), reason=reason, **who)
        return
    if not reason.strip():
        raise Invalid(_("Say in at most 120 characters what the points are for."), field="/reason")
    told = {"ref": request.POST.get("ref", ""), "reason": reason, **who}
    many = _whole(request.POST.get("points", ""))
    match kind:
        case "earn":
            points.earn(points=many, qualifying="qualifying" in request.POST, **told)
        case "redeem":
            points.redeem(points=many, **told)
        case "more":
            points.adjust(points=many, **told)
        case "less":
            points.adjust(points=-many, **told)
        case _:
            raise Invalid(_("Choose what is to be entered."), field="/kind")


def _whole(text: str) -> int:
    """A whole number as people write it, thousands apart or not; nothing else."""
    digits = text.strip().replace(",", "").replace(" ", "").replace("，", "")
    return whole(digits) or 0
