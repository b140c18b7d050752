"""The rule of every URL. Deny by default: a view without a rule answers 403 to everybody, and a test says so.

A view states its rule beside itself: `@allow(Role.SUPERVISOR, Role.ADMIN)`, `@allow_anyone`, or, for the public API,
`scope = "calls:write"` on the view class. Views of others are listed in `OTHERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from callcenter.accounts import denials
from callcenter.accounts.navigation import bar, here
from callcenter.foundation.principal import Principal, Role

View = TypeVar("View", bound=Callable[..., Any])

ANYONE: frozenset[Role] = frozenset()
EVERY_ROLE = frozenset(Role)

# Views that cannot say it themselves, by the namespace or name they are reached by: others' code, and the ground's.
OTHERS: dict[str, frozenset[Role]] = {
    "admin": frozenset({Role.ADMIN}),
    "foundation": ANYONE,  # health, and /metrics behind its own token
}


def allow(*roles: Role) -> Callable[[View], View]:
    """Only signed-in people of these roles see the view."""
    if not roles:
        raise ValueError("Name the roles, or say allow_anyone.")

    def mark(view: View) -> View:
        view.access_rule = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def allow_anyone(view: View) -> View:
    """No sign-in needed. For log-in pages, health and the contract's documentation only."""
    view.access_rule = ANYONE  # type: ignore[attr-defined]
    return view


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Who may reach an address: signed-in people of `roles`; anyone at all; or API keys, by the view's scope."""

    roles: frozenset[Role] = frozenset()
    is_api: bool = False

    @property
    def is_open(self) -> bool:
        return not self.roles and not self.is_api


def rule_for(view: Callable[..., Any], names: Iterable[str]) -> Rule | None:
    """The rule of a view reached by these namespaces and this name; None if nobody wrote one: then nobody may."""
    declared = getattr(view, "access_rule", None)
    if declared is not None:
        return Rule(roles=frozenset(declared))
    if getattr(getattr(view, "cls", None), "scope", None) is not None:
        return Rule(is_api=True)
    for name in names:
        if name in OTHERS:
            return Rule(roles=OTHERS[name])
    return None


class DenyByDefault:
    """Applies the rule of the view before it runs, and keeps what is personal out of every cache."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "is_personal", False) and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        rule = rule_for(view, (*match.app_names, match.url_name or "")) if match else None
        if rule is None:
            raise PermissionDenied("No rule says who may see this page.")
        request.is_personal = not rule.is_open  # type: ignore[attr-defined]
        if not rule.roles:
            return None
        user = request.user
        if not user.is_authenticated:
            return HttpResponse(status=401) if _wants_no_page(request) else redirect_to_login(request.get_full_path())
        if _role(user) not in rule.roles:
            denials.note(actor=f"user:{user.pk}", place=match.view_name if match else "")
            raise PermissionDenied("Your role does not include this page.")
        return None


def _role(user: Any) -> Role | None:
    """The role as a known one: a role that a newer release wrote opens nothing here."""
    try:
        return Role(user.role)
    except ValueError:
        return None


def _wants_no_page(request: HttpRequest) -> bool:
    """True for scripts of our pages, which must learn that the session is over instead of drawing a sign-in page."""
    accept = request.headers.get("Accept", "")
    return bool(request.headers.get("HX-Request")) or accept.startswith(("application/json", "text/event-stream"))


class HasScope(BasePermission):
    """The public API: the key must hold the view's scope (`scope`, or `scopes[method]` where methods differ).

    The empty scope is published to everybody (contract, limits); no scope at all means nobody.
    """

    message = "This key lacks the scope that this call needs."

    def has_permission(self, request: Request, view: Any) -> bool:
        scopes: dict[str, str] = getattr(view, "scopes", {})
        needed = scopes.get(request.method or "", getattr(view, "scope", None))
        if needed is None:
            return False
        if needed == "":
            return True
        if not isinstance(request.user, ApiUser):
            return False
        if needed not in request.user.principal.scopes:
            denials.note(actor=request.user.principal.name, place=needed)
            return False
        return True


class ApiUser:
    """What `request.user` is on the public API."""

    is_authenticated = True
    is_active = True

    def __init__(self, principal: Principal, *, is_watched: bool = False) -> None:
        self.principal = principal
        self.is_watched = is_watched  # somebody looks at the requests of this key


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
    """Template context: the role and its places, so that a page offers only what exists for this person."""
    user = getattr(request, "user", None)
    role = getattr(user, "role", "") if user is not None and user.is_authenticated else ""
    return {"role": role, "bar": bar(role), "here": here(role, request.path)}
