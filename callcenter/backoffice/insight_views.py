"""Tags by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import must_serve, to_section
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.insight import manual


@allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
@require_POST
def tag(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Put a tag on a customer or take one off; a refusal is said on the customer's page."""
    who, now = principal_of(request), db_now()
    key, why = request.POST.get("key", ""), request.POST.get("why", "")
    days = request.POST.get("days", str(manual.DAYS))
    try:
        must_serve(who, customer)
        if request.POST.get("act") == "remove":
            manual.remove_tag(customer_id=customer, key=key, why=why, actor=who.name, now=now)
            messages.success(request, _("The tag is off. Rules leave it off for half a year."))
        else:
            manual.add_tag(
                customer_id=customer, key=key, why=why, actor=who.name, now=now,
                days=whole(days, most=99_999) or 0,
                locked="locked" in request.POST,
            )  # fmt: skip
            messages.success(request, _("The tag is on."))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return to_section(customer, "tags-name")
