"""Which of several sources' words counts: set by a person, shown on the customers as they are, then published."""

from __future__ import annotations

import math
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.identity import rulebook, survivorship
from customers.identity.golden import OWN, RULE_NAMES, FieldRule
from customers.identity.survivorship import Wish

_TRUST = "trust_"


@allow(Role.ANALYST, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def golden(request: HttpRequest) -> HttpResponse:
    """The rules of every field and the trust of every source, tried out before they hold."""
    held, page, status = rulebook.present(), dict[str, Any](), 200
    wish = survivorship.wish_now()
    if request.method == "POST":
        wish = _wish(request)
        try:
            if request.POST.get("act") == "publish":
                version = whole(request.POST.get("version", "")) or 0
                survivorship.publish(wish=wish, version=version, actor=principal_of(request).name, now=db_now())
                return redirect("backoffice:golden")
            page["effect"] = survivorship.try_out(wish=wish)
        except Refused as refused:
            page["refusal"], status = refused.sentence, refused.status
    earlier = rulebook.history()
    page |= {
        "held": held, "rules": RULE_NAMES, "earlier": earlier, "names": trail.names(actors=[one.actor for one in earlier]),
        "fields": [(field, one.rule, ", ".join(one.order)) for field, one in wish.rules.items()],
        "trust": [(code, None if math.isnan(one) else one) for code, one in wish.trust.items()],
    }  # fmt: skip
    return render(request, "backoffice/golden.html", page, status=status)


def _wish(request: HttpRequest) -> Wish:
    """What was written; what is no number is none, and refused as such."""
    told = request.POST
    rules = {
        field: FieldRule(
            rule=told.get(f"rule_{field}", ""),
            order=tuple(filter(None, re.split(r"[\s,，、;；>]+", told.get(f"order_{field}", "")[:400]))),
        )
        for field in OWN
    }
    trust = {name.removeprefix(_TRUST)[:32]: _number(text) for name, text in told.items() if name.startswith(_TRUST)}
    return Wish(rules=rules, trust=trust)


def _number(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return math.nan
