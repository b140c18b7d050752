"""Circles: whom word spreads from, whom not to lose, and who has a new number."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from customers.circles import queries

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)
_REVIEW = frozenset({Role.SUPERVISOR, Role.ADMIN})


@allow(*WHO)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The circles that stand, with whom to begin and the changed numbers that wait for review."""
    page = {
        "run": queries.last_run(), "rows": queries.circles(), "beginners": queries.beginners(),
        "changed": queries.changed_numbers(), "is_on": settings.CIRCLES_ENABLED,
        "may_open": principal_of(request).role in _REVIEW,
    }  # fmt: skip
    return render(request, "insight_pages/circles.html", page)


@allow(*WHO)
@require_safe
def one(request: HttpRequest, circle_id: int) -> HttpResponse:
    """One circle: its customers, masked, with role and reasons; strangers are a number."""
    try:
        circle, people = queries.circle(circle_id=circle_id)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    page = {"circle": circle, "people": people, "may_open": principal_of(request).role in _REVIEW,
            "strangers": circle.numbers - circle.customers}  # fmt: skip
    return render(request, "insight_pages/circle.html", page)
