"""The documentation: the contract as a page, the contract as a file, and what each error code asks you to do."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView

from callcenter.accounts.access import allow_anyone
from callcenter.telephony.problems import CODES, problem


class Schema(SpectacularAPIView):
    """OpenAPI 3.1, YAML or (`?format=json`) JSON."""

    scope = ""


# Swagger UI sets styles on elements; on this one page that is allowed. Scripts stay ours and by file.
@allow_anyone
@csp_update({"style-src": ["'unsafe-inline'"]})
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "telephony/docs.html", {"schema": reverse("telephony:schema")})


@allow_anyone
@cache_control(max_age=3600)
def errors(request: HttpRequest) -> HttpResponse:
    rows = [{"code": code, "status": status, "meaning": text} for code, (status, text) in CODES.items()]
    return render(
        request, "telephony/errors.html", {"rows": sorted(rows, key=lambda row: (row["status"], row["code"]))}
    )


@allow_anyone
@csrf_exempt
def nothing_here(request: HttpRequest, **_: Any) -> HttpResponse:
    return problem(
        status=404,
        code="not_found",
        detail="There is no such address. See /api/docs/.",
        instance=escape_uri_path(request.path),
    )
