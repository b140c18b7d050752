"""What the nights computed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.circles.queries import last_run
from customers.clusters.models import ClusterRun
from customers.insight.runs import nights
from customers.segments import mirror


@allow(Role.ANALYST, Role.MARKETING, Role.SUPERVISOR, Role.ADMIN)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The newest runs with what changed; and when circles, clusters and the mirror were last made."""
    read = mirror.reading()
    page = {
        "nights": nights(now=db_now()), "circles": last_run(),
        "clusters": ClusterRun.objects.order_by("-at").first(), "mirror_at": read[1] if read else None,
    }  # fmt: skip
    return render(request, "insight_pages/nights.html", page)
