"""Errors as problem+json (RFC 9457) with a stable code, a sentence to act on and the request's id."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from callcenter.foundation.errors import Refused
from callcenter.foundation.middleware import request_id


def problem(*, status: int, code: str, detail: str, **facts: Any) -> JsonResponse:
    body = {"type": f"/api/docs/errors#{code}", "title": code.replace("_", " "), "status": status, "detail": detail}
    body |= {"code": code, "request_id": request_id.get()} | facts
    return JsonResponse(body, status=status, content_type="application/problem+json")


def handler(error: Exception, context: dict[str, Any]) -> Response | JsonResponse | None:
    """DRF's exception handler: our refusals and DRF's own errors in one form; anything else is a 500 elsewhere."""
    if isinstance(error, Refused):
        return problem(status=error.status, code=error.code, detail=error.sentence, **error.facts)
    if isinstance(error, APIException):
        return problem(status=error.status_code, code=str(error.default_code), detail=str(error.detail))
    return None
