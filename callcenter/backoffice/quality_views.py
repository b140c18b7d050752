"""How good each source's data is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.quality import formulas, measuring


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Every source by its five dimensions, with a week ago and the definition of each number."""
    page = {"sources": measuring.board(today=timezone.localdate(db_now())), "dimensions": formulas.DIMENSIONS,
            "version": formulas.VERSION, "weights": formulas.FIELD_WEIGHTS}  # fmt: skip
    return render(request, "backoffice/quality.html", page)
