"""The card of the predicted reasons: how good they are, and what menus of one's own could be worth."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

import ivr.intent.queries
from callcenter.accounts.access import allow
from callcenter.floor.templatetags.floor import is_chinese
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def card(request: HttpRequest) -> HttpResponse:
    """Sums only: no call, no caller."""
    page = ivr.intent.queries.intent_page(now=db_now(), language="zh" if is_chinese() else "en")
    return render(request, "ivr_pages/intent.html", {"page": page})
