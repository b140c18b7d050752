"""Rights of people from their page, the look at a restricted customer with a stated ground, and the privacy page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter import hall
from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.conditions import all_in_words
from callcenter.backoffice.views import customer_page, to_section
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.principal import Role
from customers.insight import queries as insight
from customers.rights import operations as rights
from customers.rights import queries


@allow(Role.AUDITOR, Role.ADMIN)
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept how long and when it last went, who is restricted, and what people asked for."""
    asked = list(queries.requests())
    page = {
        "kept": queries.retention(now=db_now()),
        "restrictions": queries.restrictions(),
        "requests": asked,
        "names": trail.names(actors=[one.actor for one in asked]),
        "may_open": principal_of(request).role == Role.ADMIN,
    }
    return render(request, "backoffice/privacy.html", page)


@allow(Role.ADMIN)
@require_POST
def act(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Restrict, lift, correct or object, as the person asked."""
    told: dict[str, Any] = {
        "customer_id": customer,
        "reference": request.POST.get("reference", ""),
        "actor": principal_of(request).name,
        "now": db_now(),
    }
    try:
        match request.POST.get("act"):
            case "restrict":
                hall.customer.customer_restricted(ground=request.POST.get("ground", ""), **told)
                return redirect("backoffice:privacy")
            case "lift":
                rights.lift(**told)
                messages.success(request, _("Their data may be used again."))
            case "correct":
                rights.correct(field=request.POST.get("field", ""), value=request.POST.get("value", ""), **told)
                messages.success(request, _("Corrected: no file overwrites it."))
            case "object":
                rights.object_to_conclusions(**told)
                messages.success(request, _("Nothing is concluded about this person any more."))
            case _:
                raise NotFound("")
    except NotFound as refused:
        raise Http404(refused.sentence) from refused
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    return to_section(customer, "rights-name")


@allow(Role.ADMIN)
def restricted(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Whose use is restricted is looked at with a stated ground, written down first; the next look asks anew."""
    standing = queries.restriction_of(customer_id=customer)
    if standing is None:
        return redirect("backoffice:customer", customer=customer)
    refusal, ground = "", request.POST.get("ground", "")
    if request.method == "POST":
        try:
            rights.opened(
                customer_id=customer, ground=ground, reference=request.POST.get("reference", ""),
                actor=principal_of(request).name, now=db_now(),
            )  # fmt: skip
            return customer_page(request, customer, ground=ground)
        except Refused as refused:
            refusal = refused.sentence
    page = {"standing": standing, "customer": customer, "grounds": type(standing).Ground.values, "refusal": refusal}
    return render(request, "backoffice/restricted.html", page, status=422 if refusal else 200)


@allow(Role.ADMIN, Role.SUPERVISOR)
@require_POST
def explained(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Every automated result about the person with its reasons, to be handed out; who asked is written down."""
    now, who = db_now(), principal_of(request)
    try:
        rights.note(
            kind="explain", customer_id=customer, reference=request.POST.get("reference", ""), actor=who.name, now=now
        )
    except Refused as refused:
        return customer_page(request, customer, refusal=refused.sentence, status=refused.status)
    tags = insight.tags_of(customer_id=customer, now=now)
    page = {
        "customer": customer,
        "now": now,
        "insight": insight.of(customer_id=customer),
        "tags": tags,
        "conditions": all_in_words(insight.conditions_of(held=tags)),
        "objects": queries.objects(customer_id=customer),
    }
    return render(request, "backoffice/explained.html", page)
