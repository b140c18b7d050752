"""Sign-in pages and the way to each role's first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from callcenter.accounts.access import EVERY_ROLE, allow
from callcenter.foundation.principal import Role

FIRST_PAGE = {Role.AGENT: "/console/", Role.ADMIN: "/admin/"}


@allow(*EVERY_ROLE)
def home(request: HttpRequest) -> HttpResponse:
    """Send each role to where its work is."""
    return redirect(FIRST_PAGE.get(Role(request.user.role), "/floor/"))  # type: ignore[union-attr]
