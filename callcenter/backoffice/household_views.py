"""Households, campuses and enterprises that were found: a person says whether they are one."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.principal import Role
from customers.households import operations, reading


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def households(request: HttpRequest) -> HttpResponse:
    """Groups that wait for a person, the strongest evidence first."""
    return _page(request)


def _page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    kind = request.POST.get("kind", request.GET.get("kind", ""))
    decided = reading.decided()
    page = {
        "cases": reading.queue(kind=kind), "waiting": reading.waiting(), "kind": kind, "refusal": refusal,
        "decided": decided, "names": trail.names(actors=[one.decided_by for one in decided]),
    }  # fmt: skip
    return render(request, "backoffice/households.html", page, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def decide(request: HttpRequest, proposal: int) -> HttpResponse:
    """They are one group, or they are not."""
    now, actor = db_now(), principal_of(request).name
    try:
        if request.POST.get("verdict") == "accept":
            members = _members(request.POST.getlist("member"))
            operations.accept(
                proposal_id=proposal, members=members, name=request.POST.get("name", ""), actor=actor, now=now
            )
            messages.success(request, _("They are a group now. Each tie can be ended on the person’s page."))
        else:
            operations.dismiss(proposal_id=proposal, actor=actor, reason=request.POST.get("name", ""), now=now)
    except Refused as refused:
        return _page(request, refused.sentence, refused.status)
    kind, queue = request.POST.get("kind", ""), reverse("backoffice:households")
    return redirect(f"{queue}?{urlencode({'kind': kind})}" if kind else queue)


def _members(told: list[str]) -> set[UUID]:
    """Who was ticked; all of a large group's people are meant by its one word `all`."""
    if told == ["all"]:
        return set()
    try:
        members = {UUID(one) for one in told}
    except ValueError:
        members = set()
    if len(members) < 2:
        raise Invalid(_("A group has at least two of the people who were proposed."), field="/members")
    return members
