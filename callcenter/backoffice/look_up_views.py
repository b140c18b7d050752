"""Finding a customer by anything that leads to them: one opens, of several a person chooses."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from callcenter.accounts import lookups
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.principal import Role
from customers.identity.models import Identifier
from customers.imports.mapping import SCOPED
from customers.results import Candidate


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: HttpRequest) -> HttpResponse:
    """The value comes by POST and stands in no address; exactly one opens, nobody is picked from several."""
    kind, value = request.POST.get("kind", ""), request.POST.get("value", "").strip()
    scope = request.POST.get("scope", "").strip()
    page = {
        "kinds": Identifier.Kind.values, "scoped": sorted(SCOPED), "kind": kind, "value": value, "scope": scope, "refusal": "",
        "candidates": (), "asked": False,
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "backoffice/find.html", page)
    status = 200
    try:
        found = _found(request, kind, value, scope)
        if isinstance(found, UUID):
            return redirect("backoffice:customer", customer=found)
        page |= {"candidates": found, "asked": True}
    except Refused as refused:
        page["refusal"], status = refused.sentence, refused.status
    return render(request, "backoffice/find.html", page, status=status)


def _found(request: HttpRequest, kind: str, value: str, scope: str) -> UUID | tuple[Candidate, ...]:
    """Whom it leads to, or who it may be. Raises Invalid, TooMany."""
    if not value:
        raise Invalid(_("Write a number, a mail, an id or whatever leads to the customer."), field="/value")
    if kind not in {"", *Identifier.Kind.values}:
        raise Invalid(_("Choose a kind from the list."), field="/kind")
    if kind in SCOPED and not scope:
        raise Invalid(_("Say of which app or corporation: such an id is known only within one."), field="/scope")
    if not kind and (living := _by_own_id(request, value)):
        return living
    found = lookups.look_up(principal=principal_of(request), kind=kind, value=value, scope=scope, now=db_now())
    return found.customer_id or found.candidates


def _by_own_id(request: HttpRequest, value: str) -> UUID | None:
    """A customer's own id, an old one too, as other systems know it. Raises TooMany."""
    try:
        return lookups.open_by_id(principal=principal_of(request), customer_id=UUID(value), now=db_now())
    except (ValueError, NotFound):
        return None
