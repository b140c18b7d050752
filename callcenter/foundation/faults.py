"""The pages of last resort: both languages at once, no database, no session, with the request's id to tell support."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.encoding import escape_uri_path

RETRY_AFTER_S = 3


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What went wrong, in the words of both languages: what happened, then what to do."""

    status: int
    code: str
    en: tuple[str, str]
    zh: tuple[str, str]


BAD_REQUEST = Fault(
    status=400,
    code="bad_request",
    en=("This request cannot be read", "Go back and try again; nothing was changed."),
    zh=("无法读取该请求", "请返回后重试；没有任何内容被更改。"),
)
FORBIDDEN = Fault(
    status=403,
    code="forbidden",
    en=("This page is not part of your role", "If you need it for your work, ask an administrator."),
    zh=("您的角色不包含此页面", "如工作需要，请联系管理员。"),
)
CSRF = Fault(
    status=403,
    code="csrf_failed",
    en=("This form is out of date", "Nothing was sent. Go back, reload the page and send it again."),
    zh=("表单已失效", "内容未提交。请返回并刷新页面，然后重新提交。"),
)
NOT_FOUND = Fault(
    status=404,
    code="not_found",
    en=("There is nothing here", "The address is wrong, or what it named is not yours to see."),
    zh=("此处没有内容", "地址有误，或您无权查看其指向的内容。"),
)
SERVER_ERROR = Fault(
    status=500,
    code="internal",
    en=(
        "Something went wrong on our side",
        "What you had saved is safe. Try again; if it happens again, give support the number below.",
    ),
    zh=("系统内部出错", "已保存的内容不受影响。请重试；若再次出现，请将下方编号告知支持人员。"),
)
UNAVAILABLE = Fault(
    status=503,
    code="unavailable",
    en=("The system is starting again", "Calls keep their places. This page will work again in a few seconds."),
    zh=("系统正在恢复", "来电的排队位置保持不变。此页面将在几秒后恢复。"),
)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, FORBIDDEN)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, CSRF)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that is away is no error of ours: say that it will pass, and when to come back."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        response = answer(request, UNAVAILABLE)
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return answer(request, SERVER_ERROR)


def answer(request: HttpRequest, fault: Fault) -> HttpResponse:
    """A page for people; problem+json for machines and for scripts of our pages."""
    number = getattr(request, "id", "")
    if _is_machine(request):
        body = {
            "type": f"/api/docs/errors#{fault.code}",
            "title": fault.code.replace("_", " "),
            "status": fault.status,
            "detail": f"{fault.en[0]}. {fault.en[1]}",
            "instance": escape_uri_path(request.path),
            "code": fault.code,
            "request_id": number,
        }
        response: HttpResponse = JsonResponse(body, status=fault.status, content_type="application/problem+json")
    else:
        page = render_to_string("errors/fault.html", {"fault": fault, "number": number})
        response = HttpResponse(page, status=fault.status)
    response["Cache-Control"] = "no-store"
    return response


def _is_machine(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or accept.startswith(("application/json", "application/problem+json"))
