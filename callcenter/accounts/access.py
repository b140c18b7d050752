"""The rule of every URL. Deny by default: a view without a rule answers 403 to everybody, and a test says so.

A view states its rule beside itself: `@allow(Role.SUPERVISOR, Role.ADMIN)`, `@allow_anyone`, or, for the public API,
`scope = "calls:write"` on the view class. Views of others are listed in `OTHERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from callcenter.foundation.principal import Principal, Role

View = TypeVar("View", bound=Callable[..., Any])

ANYONE: frozenset[Role] = frozenset()
EVERY_ROLE = frozenset(Role)

# Views that are not ours, by the namespace or name they are reached by.
OTHERS: dict[str, frozenset[Role]] = {
    "admin": frozenset({Role.ADMIN}),
    "set_language": ANYONE,
}


def allow(*roles: Role) -> Callable[[View], View]:
    """Only signed-in people of these roles see the view."""

    def mark(view: View) -> View:
        view.access_rule = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def allow_anyone(view: View) -> View:
    """No sign-in needed. For log-in pages, health and the contract's documentation only."""
    view.access_rule = ANYONE  # type: ignore[attr-defined]
    return view


def rule_of(request: HttpRequest, view: Callable[..., Any]) -> frozenset[Role] | None:
    """The rule of the view a request was resolved to; None if nobody wrote one.

    Views of the public API answer ANYONE: their scope decides.
    """
    rule = getattr(view, "access_rule", None)
    if rule is not None:
        return frozenset(rule)
    if getattr(getattr(view, "cls", None), "scope", None) is not None:
        return ANYONE
    match = request.resolver_match
    if match is None:
        return None
    for word in (*match.app_names, match.url_name or ""):
        if word in OTHERS:
            return OTHERS[word]
    return None


class DenyByDefault:
    """Applies the rule of the view before it runs."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        rule = rule_of(request, view)
        if rule is None:
            raise PermissionDenied("No rule says who may see this page.")
        if not rule:
            return None
        user = request.user
        if not user.is_authenticated:
            if _wants_no_page(request):
                return HttpResponse(status=401)
            return redirect_to_login(request.get_full_path())
        if Role(user.role) not in rule:
            raise PermissionDenied("Your role does not include this page.")
        return None


def _wants_no_page(request: HttpRequest) -> bool:
    """True for scripts of our pages, which must learn that the session is over instead of drawing a sign-in page."""
    accept = request.headers.get("Accept", "")
    return bool(request.headers.get("HX-Request")) or accept.startswith(("application/json", "text/event-stream"))


class HasScope(BasePermission):
    """The public API: the key must hold the view's scope (`scope`, or `scopes[method]` where methods differ)."""

    message = "This key lacks the scope that this call needs."

    def has_permission(self, request: Request, view: Any) -> bool:
        scopes: dict[str, str] = getattr(view, "scopes", {})
        needed = scopes.get(request.method or "", getattr(view, "scope", None))
        if needed is None:
            return False
        if needed == "":
            return True
        return isinstance(request.user, ApiUser) and needed in request.user.principal.scopes


class ApiUser:
    """What `request.user` is on the public API."""

    is_authenticated = True
    is_active = True

    def __init__(self, principal: Principal) -> None:
        self.principal = principal


def principal_of(request: HttpRequest) -> Principal:
    """Who acts in this request: the signed-in person. For views behind `allow`."""
    user = request.user
    agent = getattr(user, "agent", None)
    return Principal(
        name=f"user:{user.pk}",
        role=Role(user.role),  # type: ignore[union-attr]
        domain=agent.domain.key if agent else "",
        agent_id=agent.pk if agent else None,
    )


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the role, so that a page offers only what exists for this person."""
    user = getattr(request, "user", None)
    return {"role": getattr(user, "role", "") if user is not None and user.is_authenticated else ""}
