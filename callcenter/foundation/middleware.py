"""Every request gets an id that stands in its logs, its errors and its answer; and is counted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from callcenter.foundation import faults, figures

request_id: ContextVar[str] = ContextVar("request_id", default="")
_ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class RequestId:
    """Takes the proxy's `X-Request-Id` if it is well-formed, else makes one; sends it back."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.id = given if _ACCEPTABLE.fullmatch(given) else uuid4().hex[:16]  # type: ignore[attr-defined]
        token = request_id.set(request.id)  # type: ignore[attr-defined]
        began = time.monotonic()
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        figures.REQUEST_SECONDS.observe(time.monotonic() - began)
        method = request.method if request.method in _METHODS else "other"
        figures.REQUESTS.labels(method, f"{response.status_code // 100}xx").inc()
        response["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        return response


class ReadableQuery:
    """Refuses a page's address with a NUL in its query: no page means one, and no database takes it.

    The public API is let through: it names the parameter in its own form.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            return faults.bad_request(request)
        return self.get_response(request)


class ContentPolicy(CSPMiddleware):
    """The Content-Security-Policy of each page. What the public API answers is data: it may do nothing at all, and its
    policy need not be put together anew, which cost a switch's requests a quarter of a millisecond each.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith("/api/v1/"):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, "default-src 'none'; frame-ancestors 'none'")
        return response
