"""Tags: all there are, a new one, and the rule of each with what another version would change."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.conditions import all_in_words
from callcenter.backoffice.segment_views import read_tree, schema
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.insight import tag_shelf, tagging
from customers.insight.models import Tag, TagRule
from customers.insight.tags import LAYERS
from customers.segments import counting
from customers.segments.asking import understood
from customers.segments.grammar import Node

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)
KEEP = (Role.MARKETING, Role.ADMIN)
_NAMED = frozenset({Role.MARKETING, Role.SUPERVISOR, Role.ADMIN})  # analysts see no names, masked ones neither
_STARTS_WITH: dict[str, Any] = {"all": [{"field": "data_gb", "op": ">", "value": 10}]}


@allow(*WHO)
def every(request: HttpRequest) -> HttpResponse:
    """Every tag with its rule in words and how many have it; a new one is made here."""
    refusal, status = "", 200
    who = principal_of(request)
    if request.method == "POST" and who.role in KEEP:
        try:
            made = tag_shelf.create(
                name_en=request.POST.get("name_en", ""), name_zh=request.POST.get("name_zh", ""),
                layer=request.POST.get("layer", ""), actor=who.name, now=db_now(),
            )  # fmt: skip
            return redirect("insight_pages:tag_rule", key=made.key)
        except Refused as refused:
            refusal, status = refused.sentence, refused.status
    shelf = tag_shelf.shelf(now=db_now())
    page = {"shelf": shelf, "rules": _all_words({one.tag.pk: one.rule for one in shelf.tags if one.rule}), "layers": LAYERS,
            "refusal": refusal, "may_keep": who.role in KEEP, "sent": request.POST}  # fmt: skip
    return render(request, "insight_pages/tags.html", page, status=status)


@allow(*WHO)
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """One tag: its rule in the builder, what a change would do, publishing, versions."""
    who, refusal, status = principal_of(request), "", 200
    if request.method == "POST" and who.role in KEEP:
        try:
            _publish(request, key, who.name)
            messages.success(request, _("Published. The next computation puts it into effect."))
            return redirect("insight_pages:tag_rule", key=key)
        except Refused as refused:
            refusal, status = refused.sentence, refused.status
    try:
        tag, versions = tag_shelf.one(key=key)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    page = _shown(request, tag, versions) | {
        "schema": schema(), "refusal": refusal, "may_keep": who.role in KEEP and tag.layer != Tag.PLACE,
        "names": trail.names(actors=[one.author for one in versions]),
    }  # fmt: skip
    return render(request, "insight_pages/tag.html", page, status=status)


@allow(*WHO)
@require_POST
def count(request: HttpRequest, key: str) -> HttpResponse:
    """How many a rule means, asked while it is written; with `sample`, whom its publishing would change."""
    now = db_now()
    page: dict[str, Any] = {"has_names": principal_of(request).role in _NAMED}
    try:
        tree = read_tree(request)
        page["counted"] = counting.count(tree=tree, now=now)
        if "sample" in request.POST:
            page["difference"] = tagging.difference(key=key, tree=tree, now=now)
    except Refused as refused:
        page |= {"refusal": refused.sentence, "place": refused.facts.get("field", "")}
    return render(request, "insight_pages/_difference.html", page)


def _publish(request: HttpRequest, key: str, actor: str) -> None:
    """The condition sent, or for a rule that is ended one that holds for nobody. Raises Refused."""
    days = request.POST.get("days", "").strip()
    tagging.publish_rule(
        key=key, tree=tag_shelf.NOBODY if request.POST.get("act") == "end" else read_tree(request),
        days=(whole(days, most=99_999) or 0) if days else None, actor=actor, now=db_now(),
        seen=whole(request.POST.get("seen", "")) or 0,
    )  # fmt: skip


def _shown(request: HttpRequest, tag: Tag, versions: list[TagRule]) -> dict[str, Any]:
    """What the builder begins with: what was just sent, the version asked for, today's rule, or a beginning."""
    asked = request.GET.get("version", "")
    today = next((one for one in versions if one.closed_at is None), None)
    shown = next((one for one in versions if str(one.version) == asked), today)
    is_ended = shown is None or shown.tree == tag_shelf.NOBODY
    text = json.dumps(_STARTS_WITH if shown is None or is_ended else shown.tree, ensure_ascii=False, indent=1)
    words = _all_words({one.pk: one for one in versions if one.tree != tag_shelf.NOBODY})
    told = [(one, words.get(one.pk, "")) for one in versions]
    return {
        "tag": tag, "versions": told, "shown": shown, "is_ruled": today is not None and today.tree != tag_shelf.NOBODY,
        "tree_text": request.POST.get("tree", text), "seen": versions[0].version if versions else 0,
        "days": request.POST.get("days", (shown.days if shown else None) or ""),
    }  # fmt: skip


def _all_words(rules: dict[int, TagRule]) -> dict[int, str]:
    """The condition of each in words; one on a fact that is kept no longer says so."""
    nodes: dict[int, Node] = {}
    told: dict[int, str] = {}
    for key, one in rules.items():
        try:
            nodes[key] = understood(one.tree)
        except Refused as refused:
            told[key] = refused.sentence
    return told | all_in_words(nodes)
