"""The supervisor's pages of offers and contacts: read the request, one call inward, answer."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.floor.contact_page import contact_page, effect_of, effect_of_draft, read_proposal
from callcenter.floor.offer_results import offer_results
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from customers.offers import contacting


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_http_methods(["GET", "POST"])
def contact_policy(request: HttpRequest) -> HttpResponse:
    """What counts now, versions and proposals."""
    now, zone, me = db_now(), get_default_timezone(), principal_of(request).name
    fault, draft, effect, status = "", None, None, 200
    if request.method == "POST":
        try:
            given = read_proposal(request.POST.dict(), now=now, zone=zone)
            if "try" in request.POST:
                draft, effect = request.POST.dict(), effect_of_draft(rules=given["rules"], now=now)
            else:
                contacting.propose(**given, author=me, now=now)
                return redirect("floor:contact_policy")
        except Refused as refusal:
            fault, draft, status = refusal.sentence, request.POST.dict(), refusal.status
    page = contact_page(asked={}, now=now, zone=zone)
    context = {"page": page, "fault": fault, "draft": draft, "me": me, "past": effect}
    return render(request, "floor/contact_policy.html", context, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_GET
def contact_effect(request: HttpRequest, rules: int) -> HttpResponse:
    """What a version would have changed in the last days, beside the buttons that decide about it."""
    now = db_now()
    try:
        past = effect_of(rules_id=rules, now=now)
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    page = contact_page(asked={}, now=now, zone=get_default_timezone())
    context = {"page": page, "fault": "", "draft": None, "me": principal_of(request).name, "past": past}
    return render(request, "floor/contact_policy.html", context)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def contact_ask(request: HttpRequest) -> HttpResponse:
    """One question answered. By POST: a number in an address would stand in every log on the way."""
    page = contact_page(asked=request.POST.dict(), now=db_now(), zone=get_default_timezone())
    context = {"page": page, "fault": "", "draft": None, "me": principal_of(request).name}
    return render(request, "floor/contact_policy.html", context)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def contact_judge(request: HttpRequest, rules: int) -> HttpResponse:
    """A second person approves or rejects a proposal."""
    now = db_now()
    try:
        contacting.judge(
            rules_id=rules, approve=request.POST.get("approve") == "1", principal=principal_of(request), now=now
        )
    except Refused as refusal:
        page = contact_page(asked={}, now=now, zone=get_default_timezone())
        context = {"page": page, "fault": refusal.sentence, "draft": None, "me": principal_of(request).name}
        return render(request, "floor/contact_policy.html", context, status=refusal.status)
    return redirect("floor:contact_policy")


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """What offers brought, beside those left in peace; what another choice would have; the models that speak."""
    page = offer_results(days=request.GET.get("days", ""), now=db_now())
    return render(request, "floor/offer_results.html", {"page": page})
