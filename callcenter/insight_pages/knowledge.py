"""The knowledge base: choose a question, fill its blanks, see who matches now; and who is like a customer."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.catalogue import queries as catalogue
from customers.knowledge import operations, queries
from customers.knowledge.blanks import NoNumber, blanks, filled
from customers.knowledge.questions import SHIPPED
from customers.segments import counting
from customers.segments import queries as segments
from customers.segments.exclusions import CHANNELS, VOICE
from customers.segments.fields import FIELDS

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)
_NAMED = frozenset({Role.MARKETING, Role.SUPERVISOR, Role.ADMIN})  # analysts see no names, masked ones neither


@allow(*WHO)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The questions that ship and those that people kept."""
    page = {"shipped": SHIPPED, "kept": queries.questions(), "segments": segments.segments()}
    return render(request, "insight_pages/knowledge.html", page)


@allow(*WHO)
@require_safe
def question(request: HttpRequest, key: str) -> HttpResponse:
    """One question with its blanks, how many match now, and the first twenty."""
    try:
        asked = queries.question(key=key)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    now, channel = db_now(), request.GET.get("channel", VOICE)
    answers = {name: request.GET.getlist(name) for name in request.GET}
    page: dict[str, Any] = {"question": asked, "channels": CHANNELS, "channel": channel,
                            "has_names": principal_of(request).role in _NAMED}  # fmt: skip
    tree, status = asked.tree, 200
    try:
        tree = filled(asked.tree, answers)
        page["counted"] = counting.count(tree=tree, now=now, channel=channel)
        page["members"] = segments.members(tree=tree, channel=channel, now=now)
    except NoNumber:
        page["refusal"], status = _("A blank wants a number."), 422
    except Refused as refused:
        page["refusal"], status = refused.sentence, refused.status
    page |= {"blanks": [_labelled(one) for one in blanks(tree)], "tree": json.dumps(tree, ensure_ascii=False)}
    return render(request, "insight_pages/question.html", page, status=status)


@allow(Role.MARKETING, Role.ADMIN)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep a segment's condition as a question."""
    who, now = principal_of(request).name, db_now()
    page: dict[str, Any] = {"shipped": SHIPPED, "kept": queries.questions(), "segments": segments.segments()}
    try:
        _kept, versions = segments.segment(segment_id=whole(request.POST.get("segment", "")) or 0)
        made = operations.keep(name=request.POST.get("name", ""), tree=versions[0].tree, actor=who, now=now)
    except Refused as refused:
        page["refusal"] = refused.sentence
        return render(request, "insight_pages/knowledge.html", page, status=refused.status)
    return redirect("insight_pages:question", key=f"q{made.pk}")


@allow(Role.MARKETING, Role.ADMIN)
@require_POST
def put_away(request: HttpRequest, question_id: int) -> HttpResponse:
    """Take a kept question off the list."""
    try:
        operations.put_away(question_id=question_id, actor=principal_of(request).name, now=db_now())
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    return redirect("insight_pages:knowledge")


@allow(Role.MARKETING, Role.SUPERVISOR, Role.ADMIN)
@require_safe
def alike(request: HttpRequest, customer: UUID) -> HttpResponse:
    """Customers like this one, and what they hold that this one does not."""
    try:
        found = queries.alike(customer_id=customer, now=db_now())
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    names = catalogue.names(codes=[code for code, _n in found.held_by_them], chinese=get_language() == "zh-hans")
    page = {
        "customer": customer, "found": found, "may_open": principal_of(request).role != Role.MARKETING,
        "held": [(names.get(code, code), count) for code, count in found.held_by_them],
    }  # fmt: skip
    return render(request, "insight_pages/alike.html", page)


def _labelled(blank: Any) -> dict[str, Any]:
    field = FIELDS.get(blank.field)
    said = "zh" if get_language() == "zh-hans" else "en"
    value = ", ".join(map(str, blank.value)) if blank.is_list and not blank.choices else blank.value
    return {
        "blank": blank,
        "label": getattr(field, said) if field else "",
        "unit": field.unit if field else "",
        "value": value,
    }
