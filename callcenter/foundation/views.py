"""Health and figures. Their access rules stand in `accounts.access`: the ground knows no door."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from callcenter.foundation import health
from callcenter.foundation.health import Part


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers. Never touches the database: its fall must not restart every process."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Calls can be taken: database writes, migrations, dispatcher and relay. 503 names the part that cannot."""
    return _report(health.readiness())


@never_cache
@require_safe
def startupz(request: HttpRequest) -> HttpResponse:
    """This release may start serving: its migrations are applied."""
    return _report([health.migrations()])


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures of this process, for who holds METRICS_TOKEN; without one there is no such page."""
    token = settings.METRICS_TOKEN
    if not token:
        raise Http404
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _report(parts: list[Part]) -> JsonResponse:
    ok = all(part.ok for part in parts)
    body = {
        "status": "ok" if ok else "unavailable",
        "parts": {part.name: {"ok": part.ok, "detail": part.detail} for part in parts},
    }
    return JsonResponse(body, status=200 if ok else 503)
