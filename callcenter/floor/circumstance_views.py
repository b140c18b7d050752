"""The page of circumstances: what stands against offers now, noted with its end, and ended."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.phones import e164
from callcenter.foundation.principal import Role
from customers.identity import queries as identity
from customers.offers.circumstances import operations, queries
from customers.offers.circumstances.models import Circumstance


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def circumstances(request: HttpRequest) -> HttpResponse:
    """What stands, and a form for one more; a refusal keeps what was typed."""
    now, fault, status = db_now(), "", 200
    if request.method == "POST":
        try:
            operations.note(**_read(request, now, get_default_timezone()), actor=principal_of(request).name, now=now)
            return redirect("floor:circumstances")
        except Refused as refusal:
            fault, status = refusal.sentence, refusal.status
    context = {
        "rows": queries.standing(now=now), "kinds": Circumstance.Kind.values, "fault": fault, "given": request.POST,
    }  # fmt: skip
    return render(request, "floor/circumstances.html", context, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def end(request: HttpRequest, circumstance: int) -> HttpResponse:
    """It is over."""
    operations.end(circumstance_id=circumstance, actor=principal_of(request).name, now=db_now())
    return redirect("floor:circumstances")


def _read(request: HttpRequest, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """A number that leads to one customer is about that customer, whatever number they call from."""
    body = request.POST
    number = body.get("number", "").strip()
    spelled = e164(number)
    if number and not spelled:
        raise Invalid(_("This is no telephone number that can be reached."), field="/number")
    found = identity.find(kind="phone", value=spelled, now=now) if spelled else None
    customer_id = found.customer_id if found else None
    try:
        until = datetime.fromisoformat(body.get("expires_at", ""))
    except ValueError as why:
        raise Invalid(_("Give a date and a time."), field="/expires_at") from why
    return {
        "kind": body.get("kind", ""), "customer_id": customer_id, "number": "" if customer_id else spelled,
        "region": body.get("region", "").strip()[:40], "source": body.get("source", "").strip()[:32] or "supervisor",
        "expires_at": until if until.tzinfo else until.replace(tzinfo=zone),
    }  # fmt: skip
