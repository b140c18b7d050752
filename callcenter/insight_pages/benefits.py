"""Benefits of a membership as they are used."""

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
from callcenter.foundation.principal import Role
from customers.insight import benefits


@allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
@require_POST
def used(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Note that a benefit was used; a refusal is said on the customer's page."""
    who = principal_of(request)
    try:
        must_serve(who, customer)
        benefits.use(
            customer_id=customer, key=request.POST.get("benefit", ""), ref=request.POST.get("ref", ""), actor=who.name,
            now=db_now(),
        )  # fmt: skip
        messages.success(request, _("Noted."))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return to_section(customer, "insight-name")
