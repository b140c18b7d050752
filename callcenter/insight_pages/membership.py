"""The membership as marketing works with it: levels, what they bring, points, and who may fall."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.insight import formulas, membership

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)
_OPENS = frozenset({Role.SUPERVISOR, Role.ADMIN})


@allow(*WHO)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Levels, the ledger and the list of who may lose their level; analysts see no names."""
    role, now = principal_of(request).role, db_now()
    level = request.GET.get("level", "")
    level = level if level in formulas.NEEDS else ""
    page = {
        "levels": membership.levels(today=timezone.localdate(now)), "ledger": membership.ledger(now=now), "level": level,
        "risky": membership.at_risk(level=level), "tree": json.dumps(membership.risk_condition(level)),
        "has_names": role != Role.ANALYST, "may_open": role in _OPENS, "rules": formulas, "likely": membership.LIKELY,
        "near": membership.NEAR,
    }  # fmt: skip
    return render(request, "insight_pages/membership.html", page)
