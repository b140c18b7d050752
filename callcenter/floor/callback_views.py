"""Promises to ring back, for supervisors: read the request, one call inward, answer."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

import routing.callback_queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor import callback_acts
from callcenter.floor.routing_views import Page, acted
from callcenter.floor.views import domain_of
from callcenter.foundation import masks
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Role
from routing.callbacks import Kept
from routing.results import CallbackView

LOOK_BACK = timedelta(days=30)


@allow(Role.SUPERVISOR, Role.ADMIN)
def callbacks(request: HttpRequest) -> HttpResponse:
    """Promises that are open, kept, broken or taken back."""
    asked = request.GET.get("kept", Kept.OPEN)
    kept = Kept(asked) if asked in set(Kept) else Kept.OPEN
    now = db_now()
    page = routing.callback_queries.callback_page(domain=domain_of(request), kept=kept, since=now - LOOK_BACK, now=now)
    context = {"page": page, "kept": kept, "days": LOOK_BACK.days}
    return render(request, "floor/callbacks.html", context)


@allow(Role.SUPERVISOR, Role.ADMIN)
def callback_act(request: HttpRequest, callback: str) -> HttpResponse:
    """Agree on another time, or take the promise back."""
    one = _callback(request, callback)
    page = Page(
        title=_("Callback to %(number)s") % {"number": masks.phone(one.number)},
        forms=callback_acts.forms(one, now=db_now()),
        nothing=_("This callback is over, or an agent is held for it: nothing can be changed any more."),
        up=("/floor/callbacks/", _("Callbacks")),
    )

    return acted(request, page, lambda asked: callback_acts.on_callback(one, asked), then="/floor/callbacks/")


def _callback(request: HttpRequest, name: str) -> CallbackView:
    try:
        found = routing.callback_queries.callback(callback_id=read_uuid("cb", name))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    if principal_of(request).domain not in {"", found.domain}:
        raise Http404(_("There is no such callback."))
    return found
