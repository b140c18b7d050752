"""What somebody may ask of us about themselves, done from their page: all of it as a file, or all of it gone."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter import customer_flow
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import customer_page
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.principal import Role


@allow(Role.ADMIN)
@require_POST
def export(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Everything every room holds about the person, in clear, as a file; who asked and what for is on record."""
    try:
        told = customer_flow.customer_exported(
            customer_id=customer, actor=principal_of(request).name, purpose=_purpose(request), now=db_now()
        )
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    answer = HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="customer-{customer}.json"'
    return answer


@allow(Role.ADMIN)
@require_POST
def erase(request: HttpRequest, customer: UUID) -> HttpResponse:
    """The person is taken out of every table; the receipt says what went and whether anything still stands."""
    try:
        if request.POST.get("sure") != "yes":
            raise Invalid(_("Confirm that there is no way back."), field="/sure")
        receipt, left = customer_flow.customer_erased(
            customer_id=customer, actor=principal_of(request).name, purpose=_purpose(request), now=db_now()
        )
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    return render(request, "backoffice/erased.html", {"receipt": receipt, "left": left})


def _purpose(request: HttpRequest) -> str:
    """Raises Invalid."""
    purpose = request.POST.get("purpose", "").strip()
    if not purpose or len(purpose) > 120:
        raise Invalid(_("Say in at most 120 characters which request this answers."), field="/purpose")
    return purpose
