"""What somebody may ask of us about themselves: all of it as a file, or all of it gone. A worker does it, its page shows it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter import hall
from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.views import customer_page
from callcenter.foundation.background import PATIENCE
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.principal import Role
from customers.rights import asking
from customers.rights.models import PrivacyRequest


@allow(Role.ADMIN)
@require_POST
def export(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Have everything gathered that every room holds about the person; who asked and what for is on record."""
    return _asked(request, customer, PrivacyRequest.Kind.EXPORT)


@allow(Role.ADMIN)
@require_POST
def erase(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Have the person taken out of every table."""
    return _asked(request, customer, PrivacyRequest.Kind.ERASE)


def _asked(request: HttpRequest, customer: UUID, kind: str) -> HttpResponse:
    try:
        if kind == PrivacyRequest.Kind.ERASE and request.POST.get("sure") != "yes":
            raise Invalid(_("Confirm that there is no way back."), field="/sure")
        kept = hall.privacy.asked(
            kind=kind, customer_id=customer, reference=request.POST.get("purpose", ""),
            actor=principal_of(request).name, now=db_now(),
        )  # fmt: skip
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    return redirect("backoffice:privacy_request", asked=kept.pk)


@allow(Role.AUDITOR, Role.ADMIN)
@require_safe
def privacy_request(request: HttpRequest, asked: int) -> HttpResponse:
    """How far it is, what came of it, and the file for who asked for it."""
    try:
        found = asking.find(request_id=asked)
    except NotFound as refused:
        raise Http404(refused.sentence) from refused
    template = "backoffice/_request_state.html" if request.headers.get("HX-Request") else "backoffice/request.html"
    return render(request, template, _state(found, who=principal_of(request).name, now=db_now()))


def _state(found: PrivacyRequest, *, who: str, now: datetime) -> dict[str, Any]:
    is_file = found.kind == PrivacyRequest.Kind.EXPORT and found.state == PrivacyRequest.State.DONE
    return {
        "asked": found,
        "names": trail.names(actors=[found.actor]),
        "is_left": found.is_open and (found.moved_at or found.at) < now - PATIENCE,
        "is_file": is_file and found.moved_at is not None,
        "is_held": is_file and asking.is_held(request_id=found.pk, now=now),
        "is_own": found.actor == who,
    }


@allow(Role.ADMIN)
@require_POST
def privacy_file(request: HttpRequest, asked: int) -> HttpResponse:
    """What was handed out, in clear, for who asked for it and as long as it is kept."""
    try:
        told = asking.fetch(request_id=asked, actor=principal_of(request).name, now=db_now())
    except NotFound as refused:
        raise Http404(refused.sentence) from refused
    except Refused:  # gone meanwhile: its page says so
        return redirect("backoffice:privacy_request", asked=asked)
    answer = HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="request-{asked}.json"'
    return answer
