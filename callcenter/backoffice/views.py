"""Customers kept in order: read the request, one call inward, answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import routing.queries
from callcenter import hall
from callcenter.accounts import denials, trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.customer_sections import sections_of
from callcenter.backoffice.templatetags.backoffice import person, said
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Principal, Role
from customers.identity import generic, merging, sampling
from customers.identity import review as pairs
from customers.rights import queries as rights


def _review_page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    past, apart = pairs.past_merges(), pairs.apart()
    why = request.POST.get("why", request.GET.get("why", ""))
    flagged = sampling.waiting(why=sampling.Why.VANISHED)
    actors = [*(one.actor for one in past), *(one.actor for one in apart), *(one.actor for one in flagged)]
    page = {
        "cases": pairs.queue(why=why), "waiting": pairs.waiting(), "why": why, "past": past, "apart": apart, "refusal": refusal,
        "drawn": sampling.waiting(), "flagged": flagged, "bands": sampling.bands(), "least_precision": sampling.LEAST_PRECISION,
        "names": trail.names(actors=actors), "generic_waiting": generic.waiting(),
    }  # fmt: skip
    return render(request, "backoffice/review.html", page, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Pairs of customers that may be one person, and merges that can be undone."""
    return _review_page(request)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def effect(request: HttpRequest, proposal: int) -> HttpResponse:
    """One pair, and what a merge would make of the two; by itself, or drawn into the queue."""
    page: dict[str, Any] = {"why": request.GET.get("why", ""), "refusal": ""}
    try:
        page["case"] = pairs.case_of(proposal_id=proposal)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    try:
        one, other = (side.id for side in page["case"].sides)
        page["effect"] = merging.preview(one=one, other=other, now=db_now())
    except Refused as refused:  # somebody merged one of them, or keeps them apart: the sentence says so in its place
        page |= {"effect": True, "refusal": refused.sentence}
    return render(request, "backoffice/pair.html", page)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def decide(request: HttpRequest, proposal: int) -> HttpResponse:
    """One person, two people, or not today."""
    reason = request.POST.get("reason", "").strip() or _("Reviewed")
    verdict = request.POST.get("verdict", "")
    try:
        done = hall.customer.pair_judged(
            proposal_id=proposal, verdict=verdict, reason=reason, actor=principal_of(request).name, now=db_now()
        )
    except Refused as refused:
        return _review_page(request, _with_whoever_was_first(refused), refused.status)
    if done is not None:
        messages.success(request, _("They are one customer now. Take them apart again below, at any time."))
    elif verdict == "not_same":
        messages.success(request, _("They are kept apart. Below you may let them be proposed again."))
    else:
        messages.success(request, _("Put off: the pair comes back with the next linking that still sees it."))
    why, queue = request.POST.get("why", ""), reverse("backoffice:review")
    return redirect(f"{queue}?{urlencode({'why': why})}" if why else queue)


def _with_whoever_was_first(refused: Refused) -> str:
    """The sentence, and of a refusal because somebody was first who it was and what they said."""
    by, state = str(refused.facts.get("by") or ""), str(refused.facts.get("state") or "")
    if not by:
        return refused.sentence
    return f"{refused.sentence} ({person(by, trail.names(actors=[by]))}{': ' if state else ''}{said(state)})"


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def audited(request: HttpRequest, audit: int) -> HttpResponse:
    """An automatic merge was right, or is taken apart."""
    reason = request.POST.get("reason", "").strip() or _("Audited")
    try:
        parted = hall.customer.merge_audited(
            audit_id=audit, verdict=request.POST.get("verdict", ""), reason=reason,
            actor=principal_of(request).name, now=db_now(),
        )  # fmt: skip
    except Refused as refused:
        return _review_page(request, _with_whoever_was_first(refused), refused.status)
    messages.success(
        request, _("They are two again, each with what was their own.") if parted else _("Noted: it was right.")
    )
    return redirect("backoffice:review")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def unmerge(request: HttpRequest, customer: UUID) -> HttpResponse:
    """One customer becomes two again; from the queue, or from the page of whom they lived on in."""
    survivor = None
    try:
        if "here" in request.POST:
            survivor = merging.resolve(customer_id=customer)
        done = hall.customer.customers_unmerged(
            absorbed=customer, actor=principal_of(request).name, reason=request.POST.get("reason", ""), now=db_now()
        )
    except Refused as refused:
        if survivor is None:
            return _review_page(request, refused.sentence, refused.status)
        return customer_page(request, survivor, refusal=refused.sentence, status=refused.status)
    messages.success(request, _("They are two again, each with what was their own."))
    return redirect("backoffice:customer", customer=done.restored) if survivor else redirect("backoffice:review")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def lift(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """Two who were declared not the same may be proposed and merged again."""
    try:
        merging.lift_not_same(one=one, other=other, actor=principal_of(request).name, now=db_now())
    except Refused as refused:
        return _review_page(request, refused.sentence, refused.status)
    messages.success(request, _("The next linking may propose them again."))
    return redirect("backoffice:review")


@allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
@require_safe
def customer(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Everything about one customer, masked. An agent sees whom they serve; a merged id leads to the survivor."""
    try:
        living = merging.resolve(customer_id=customer)
        must_serve(principal_of(request), living)  # an old id tells nobody else whom it leads to
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    if living == customer and rights.restriction_of(customer_id=customer) and principal_of(request).role == Role.ADMIN:
        return redirect("backoffice:restricted", customer=customer)
    return customer_page(request, customer) if living == customer else redirect("backoffice:customer", customer=living)


def customer_page(
    request: HttpRequest,
    customer: UUID,
    *,
    shown: dict[str, str] | None = None,
    refusal: str = "",
    status: int = 200,
    ground: str = "",
    tried: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The page of one customer; `shown` is a field and its value in clear, `refusal` why there is none.

    `ground`: on which a restricted customer is looked at. `tried`: what was written into a form that was refused.
    """
    who = principal_of(request)
    try:
        must_serve(who, customer)
        page = sections_of(request, customer, who=who, ground=ground)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    page |= {"shown": shown, "refusal": refusal, "tried": tried or {}}
    return render(request, "backoffice/customer.html", page, status=status)


def to_section(customer: UUID, section: str) -> HttpResponseRedirect:
    """Back to where on the page of a customer something was done, so that the next key goes on from there."""
    return HttpResponseRedirect(f"{reverse('backoffice:customer', args=[customer])}#{section}")


def must_serve(who: Principal, customer: UUID) -> None:
    """Supervisors and administrators see everybody; an agent sees whom they serve. Raises NotFound, which is on record."""
    if who.role != Role.AGENT:
        return
    agent = who.agent_id
    if agent is None or not routing.queries.serves(agent_id=agent, customer_id=customer, now=db_now()):
        denials.note(actor=who.name, place="backoffice:customer")
        raise NotFound(_("You are not serving this customer."))
