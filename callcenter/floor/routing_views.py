"""The supervisor's pages about routing: read the request, one call inward, answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

import routing.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor import acts
from callcenter.floor.templatetags.floor import words
from callcenter.floor.views import domain_of
from callcenter.floor.why_page import why_page
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Role
from routing import proving
from routing.results import AgentView, CallView
from routing.scoring.proof import LEAST_DAYS


@allow(Role.SUPERVISOR, Role.ADMIN)
def why(request: HttpRequest, call_id: str) -> HttpResponse:
    """Who was considered for a call, what removed them, and the terms of the scores."""
    call = _call(request, call_id)
    page = why_page(call_id=call.id, number=request.GET.get("n", ""))
    return render(request, "floor/why.html", {"page": page, "decision": page.decision})


@allow(Role.SUPERVISOR, Role.ADMIN)
def call_acts(request: HttpRequest, call_id: str) -> HttpResponse:
    """Move a waiting caller ahead, to another queue, or to an agent."""
    call = _call(request, call_id)
    page = Page(
        title=_("Act on a waiting call"), forms=acts.call_forms(call), nothing=_("This caller no longer waits.")
    )
    return acted(request, page, lambda asked: acts.on_call(call, asked), then=f"/floor/calls/{call_id}/")


@allow(Role.SUPERVISOR, Role.ADMIN)
def agent_acts(request: HttpRequest, key: str) -> HttpResponse:
    """Set an agent's state."""
    agent = _agent(request, key)
    page = Page(
        title=words(agent),
        forms=acts.agent_forms(agent),
        nothing=_("This agent is not signed in."),
        state=agent.shown,
        reason=agent.reason,
    )
    return acted(request, page, lambda asked: acts.on_agent(agent, asked), then="/floor/")


@allow(Role.SUPERVISOR, Role.ADMIN)
def queue_acts(request: HttpRequest, key: str) -> HttpResponse:
    """Close a queue to new callers, or open it again."""
    domain = domain_of(request)
    queue = routing.queries.queue_card(domain=domain, key=key)
    if queue is None:
        raise Http404(_("There is no such queue."))
    page = Page(title=words(queue), forms=acts.queue_forms(is_open=queue.is_open))
    return acted(request, page, lambda asked: acts.on_queue(domain=domain, queue=key, asked=asked), then="/floor/")


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def pairing(request: HttpRequest) -> HttpResponse:
    """What paired queues have learned, and whether it is worth anything: on against off."""
    found = proving.reports(domain=domain_of(request), now=db_now())
    return render(request, "floor/pairing.html", {"reports": found, "least_days": LEAST_DAYS})


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of acts: each a form with a reason."""

    title: str
    forms: tuple[acts.Form, ...]
    nothing: str = ""
    state: str = ""  # of an agent, as it stands now
    reason: str = ""  # of their break
    up: tuple[str, ...] = ()  # address and name of the page above; () = the live floor


def acted(request: HttpRequest, page: Page, act: Callable[[acts.Asked], None], *, then: str) -> HttpResponse:
    """Do what was asked and go back, or say why not and keep what was written."""
    refused = ""
    if request.method == "POST":
        asked = acts.Asked(fields=request.POST.dict(), actor=principal_of(request).name, now=db_now())
        try:
            act(asked)
        except Refused as error:
            refused = error.sentence
        else:
            return redirect(then)
    context = {"page": page, "refused": refused, "given": request.POST.dict(), "then": then}
    return render(request, "floor/act.html", context, status=409 if refused else 200)


def _call(request: HttpRequest, call_id: str) -> CallView:
    try:
        call = routing.queries.call(call_id=read_uuid("c", call_id))
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    if principal_of(request).domain not in {"", call.domain}:
        raise Http404(_("There is no such call."))
    return call


def _agent(request: HttpRequest, key: str) -> AgentView:
    try:
        return routing.queries.agent_by_key(domain=domain_of(request), key=key)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
