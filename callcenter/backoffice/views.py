"""Customers kept in order: read the request, one call inward, answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import routing.queries
from callcenter import customer_flow
from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Principal, Role
from customers.accounts import queries as accounts
from customers.catalogue import queries as catalogue
from customers.identity import assembling, merging, queries, relating, relations
from customers.identity import review as pairs
from customers.imports import provenance
from customers.insight import money
from customers.insight import queries as insight
from customers.rights import queries as rights
from customers.rights.models import Restriction
from customers.rights.operations import CORRECTABLE
from customers.timeline import queries as timeline
from customers.timeline.kinds import KINDS


def _review_page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    page = {"cases": pairs.queue(), "waiting": pairs.waiting(), "past": pairs.past_merges(), "refusal": refusal}
    return render(request, "backoffice/review.html", page, status=status)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Pairs of customers that may be one person, and merges that can be undone."""
    return _review_page(request)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def decide(request: HttpRequest, proposal: int) -> HttpResponse:
    """One person, two people, or not today."""
    now, actor = db_now(), principal_of(request).name
    reason = request.POST.get("reason", "").strip() or _("Reviewed")
    try:
        one, other = pairs.pair_of(proposal_id=proposal)
        match request.POST.get("verdict"):
            case "same":
                customer_flow.customers_merged(one=one, other=other, actor=actor, reason=reason, now=now)
            case "not_same":
                merging.declare_not_same(one=one, other=other, actor=actor, reason=reason, now=now)
            case _other:
                pairs.put_off(proposal_id=proposal, actor=actor, now=now)
    except Refused as refused:
        return _review_page(request, refused.sentence, refused.status)
    return redirect("backoffice:review")


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def unmerge(request: HttpRequest, customer: UUID) -> HttpResponse:
    """One customer becomes two again."""
    try:
        customer_flow.customers_unmerged(
            absorbed=customer,
            actor=principal_of(request).name,
            reason=request.POST.get("reason", ""),
            now=db_now(),
        )
    except Refused as refused:
        return _review_page(request, refused.sentence, refused.status)
    return redirect("backoffice:review")


@allow(Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
@require_safe
def customer(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Everything about one customer, masked. An agent sees whom they serve; a merged id leads to the survivor."""
    try:
        living = merging.resolve(customer_id=customer)
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
) -> HttpResponse:
    """The page of one customer; `shown` is a field and its value in clear, `refusal` why there is none.

    `ground`: on which a restricted customer is looked at.
    """
    who = principal_of(request)
    try:
        must_serve(who, customer)
        page = _sections(request, customer, who, ground)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    page |= {"shown": shown, "refusal": refusal}
    return render(request, "backoffice/customer.html", page, status=status)


def _sections(request: HttpRequest, customer: UUID, who: Principal, ground: str) -> dict[str, Any]:
    """Every section of the page. Raises Refused."""
    now, kind = db_now(), request.GET.get("kind", "")
    cursor, kinds = request.GET.get("cursor", ""), [kind] if kind else []
    contacts = timeline.page(customer_id=customer, cursor=cursor, kinds=kinds)
    tags, log = insight.tags_of(customer_id=customer, now=now), insight.tag_log(customer_id=customer)
    asked = list(rights.requests(customer_id=customer, most=20)) if who.role == Role.ADMIN else []
    golden = assembling.fields_of(customer_id=customer, now=now)
    return {
        "view": queries.customer_view(customer_id=customer, now=now, ground=ground),
        "relations": relations.relations(customer_id=customer, today=timezone.localdate(now)),
        "golden": golden,
        "accounts": accounts.accounts_of(customer_id=customer),
        "tie_roles": list(relating.ROLES),
        "transactions": money.recent_transactions(customer_id=customer),
        "timeline": contacts,
        "products": catalogue.names(codes=[row.code for row in contacts.rows], chinese=get_language() == "zh-hans"),
        "names": trail.names(
            actors=[
                *(one.actor for one in tags),
                *(one.actor for one in log),
                *(one.actor for one in asked),
                *(one.pin.actor for one in golden if one.pin),
            ]
        ),
        "kinds": KINDS,
        "kind": kind,
        "objects": rights.objects(customer_id=customer),
        "requests": asked,
        "grounds": Restriction.Ground.values,
        "correctable": tuple(CORRECTABLE),
        "claims": provenance.claims(customer_id=customer),
        "parts": pairs.parts_of(customer_id=customer),
        "may_review": who.role != Role.AGENT,
        "may_erase": who.role == Role.ADMIN,
        "insight": insight.of(customer_id=customer),
        "tags": tags,
        "conditions": insight.conditions_of(held=tags),
        "tag_log": log,
        "all_tags": insight.tags(),
    }


def must_serve(who: Principal, customer: UUID) -> None:
    """Supervisors and administrators see everybody; an agent sees whom they serve. Raises NotFound."""
    if who.role != Role.AGENT:
        return
    agent = who.agent_id
    if agent is None or not routing.queries.serves(agent_id=agent, customer_id=customer, now=db_now()):
        raise NotFound(_("You are not serving this customer."))
