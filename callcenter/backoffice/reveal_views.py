"""One masked value of a customer in clear, on the customer's page: purpose first, then the value, both on record."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from callcenter.accounts import reveals
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import customer_page
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role


@allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
@require_POST
def reveal(request: HttpRequest, customer: UUID) -> HttpResponse:
    """The page again, with the value asked for in clear: it is in no address and in no cache."""
    field, purpose = request.POST.get("field", ""), request.POST.get("purpose", "")
    try:
        value = reveals.reveal(
            principal=principal_of(request),
            customer_id=customer,
            field=field,
            purpose=purpose,
            call_id=None,
            now=db_now(),
        )
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    return customer_page(request, customer, shown={"field": field, "value": value})
