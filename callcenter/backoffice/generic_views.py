"""Identifiers that stand for nobody: seen, tried out, put on the list and taken off it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from customers.identity import generic
from customers.identity.models import Identifier

_KINDS = [kind for kind in Identifier.Kind.values if kind != Identifier.Kind.LANDLINE]  # a number is a number
_FORM = ("kind", "text", "scope", "note")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def generics(request: HttpRequest) -> HttpResponse:
    """What links nobody. A new entry is shown with how many it concerns before it is put there."""
    if request.method != "POST":
        return _page(request)
    wish = {name: request.POST.get(name, "") for name in _FORM}
    told = {name: wish[name] for name in ("kind", "text", "scope")}
    try:
        if request.POST.get("act") != "list":
            return _page(request, wish=wish, reach=generic.reach(**told))
        row = generic.add(**wish, actor=principal_of(request).name, now=db_now())
    except Refused as refused:
        return _page(request, refused.sentence, refused.status, wish=wish)
    messages.success(request, _on_the_list(row.people or 0))
    return redirect("backoffice:generics")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def decide(request: HttpRequest, entry: int) -> HttpResponse:
    """A person's word on a proposal, or on what stands there."""
    verdict = request.POST.get("verdict", "")
    try:
        row = generic.decide(
            entry_id=entry, verdict=verdict, note=request.POST.get("note", ""), actor=principal_of(request).name,
            now=db_now(),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, refused.sentence, refused.status)
    told = {
        "list": lambda: _on_the_list(row.people or 0),
        "dismiss": lambda: _("Noted: it is somebody’s. It is not proposed again."),
    }
    messages.success(request, told.get(verdict, lambda: _("Taken off the list: it counts again."))())
    return redirect("backoffice:generics")


def _on_the_list(people: int) -> str:
    return ngettext(
        "On the list: it opens nobody from now on. %(n)d customer has it; the next linking undoes what it alone joined.",
        "On the list: it opens nobody from now on. %(n)d customers have it; the next linking undoes what it alone joined.",
        people,
    ) % {"n": people}


def _page(request: HttpRequest, refusal: str = "", status: int = 200, **more: Any) -> HttpResponse:
    shelf = generic.shelf()
    actors = [row.actor for row in (*shelf.listed, *shelf.dismissed)]
    page = {"shelf": shelf, "kinds": _KINDS, "names": trail.names(actors=actors), "refusal": refusal, "wish": {}} | more
    return render(request, "backoffice/generics.html", page, status=status)
