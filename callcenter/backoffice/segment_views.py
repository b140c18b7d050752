"""Segments: build a condition, see at once how many it means, keep it, look at who they are."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.backoffice.insight_words import COUNTED_WORDS, INSIGHT_WORDS, RELATED_WORDS
from callcenter.backoffice.words import UNITS, WORDS
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.insight.queries import tags
from customers.offers.campaigns import queries as campaigns
from customers.segments import counting, fields, operations, queries, ready
from customers.segments.exclusions import CHANNELS, VOICE

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)
LISTS = frozenset({Role.MARKETING, Role.SUPERVISOR, Role.ADMIN})  # who sees lists with names and numbers
_STARTS_WITH: dict[str, Any] = {"all": [{"field": "value_tier", "op": "in", "value": ["diamond", "gold"]}]}


@allow(*WHO)
@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    """Kept segments and the eight ready-made ways."""
    kept = list(queries.segments())
    names = trail.names(actors=[version.author for one in kept for version in one.versions.all()])
    return render(request, "backoffice/segments.html", {"segments": kept, "names": names, "ways": ready.EIGHT})


@allow(*WHO)
def segment(request: HttpRequest, segment_id: int | None = None) -> HttpResponse:
    """The builder: of a new condition, of a ready-made one, or of a kept segment's newest version."""
    page: dict[str, Any] = {"refusal": ""}
    status = 200
    if request.method == "POST" and "name" in request.POST:  # without a name it comes from a question, to be built on
        try:
            version = _save(request, segment_id)
            return redirect("backoffice:segment", segment_id=version.segment_id)
        except Refused as refused:
            page["refusal"], status = refused.sentence, refused.status
    try:
        page |= _opened(request, segment_id)
    except Refused as refused:
        raise Http404(refused.sentence) from refused
    page["campaigns"] = campaigns.of_segment(segment_id=segment_id) if segment_id else []
    page["names"] = trail.names(actors=[one.author for one in page["versions"]])
    page |= {"schema": schema(), "channels": CHANNELS, "others": queries.segments(),
             "may_list": principal_of(request).role in LISTS}  # fmt: skip
    return render(request, "backoffice/segment.html", page, status=status)


@allow(*WHO)
@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """The counts of a condition, as a part of the page: asked while it is being written."""
    now = db_now()
    try:
        tree, channel = read_tree(request), request.POST.get("channel", VOICE)
        page: dict[str, Any] = {"counted": counting.count(tree=tree, now=now, channel=channel)}
        if (other := whole(request.POST.get("other", ""))) is not None:
            kept, versions = queries.segment(segment_id=other)
            page |= {"other": kept, "overlap": counting.overlap(one=tree, other=versions[0].tree, now=now)}
        if "sample" in request.POST:
            page |= {"members": queries.members(tree=tree, channel=channel, now=now), "is_sampled": True}
    except Refused as refused:
        page = {"refusal": refused.sentence, "place": refused.facts.get("field", "")}
    return render(request, "backoffice/_counted.html", page)


@allow(Role.MARKETING, Role.ADMIN)
@require_POST
def put_away(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Take a segment off the list."""
    operations.put_away(segment_id=segment_id, actor=principal_of(request).name, now=db_now())
    return redirect("backoffice:segments")


def schema() -> dict[str, Any]:
    """What the builder offers, in the reader's language: facts with their comparisons and choices."""
    said = "zh" if get_language() == "zh-hans" else "en"
    told = {
        key: {"kind": one.kind, "label": getattr(one, said), "group": one.group, "choices": one.choices,
              "unit": str(UNITS.get(one.unit, one.unit)), "parts": one.parts, "ops": fields.OPERATORS[one.kind]}
        for key, one in fields.FIELDS.items()
    }  # fmt: skip
    told["tags"]["choices"] = [tag.key for tag in tags()]
    codes = {*fields.COUNTED, *(code for one in fields.FIELDS.values() for code in one.choices)}
    words = {**WORDS, **INSIGHT_WORDS, **COUNTED_WORDS}  # an app is a channel here, not an identifier
    names = {code: str(words.get(code, code)) for code in codes}
    names |= {tag.key: tag.name_zh if said == "zh" else tag.name_en for tag in tags()}
    related = [(key, str(words)) for key, words in RELATED_WORDS.items() if key in fields.RELATED]
    return {"fields": told, "counted": fields.COUNTED, "names": names, "related": related}


def _save(request: HttpRequest, segment_id: int | None) -> Any:
    return operations.save(
        name=request.POST.get("name", ""), note=request.POST.get("note", ""), tree=read_tree(request),
        channel=request.POST.get("channel", VOICE), actor=principal_of(request).name, now=db_now(),
        segment_id=segment_id,
    )  # fmt: skip


def _opened(request: HttpRequest, segment_id: int | None) -> dict[str, Any]:
    """What the builder shows first: what was just sent, a kept version, a ready-made cut, or a beginning."""
    page: dict[str, Any] = {"segment": None, "versions": [], "channel": VOICE, "tree": _STARTS_WITH, "name": ""}
    if segment_id is not None:
        kept, versions = queries.segment(segment_id=segment_id)
        asked = request.GET.get("version", "")
        shown = next((one for one in versions if str(one.number) == asked), versions[0])
        page |= {"segment": kept, "versions": versions, "channel": shown.channel, "tree": shown.tree,
                 "name": kept.name, "note": kept.note, "shown": shown.number}  # fmt: skip
    elif (cut := queries.ready_made(request.GET.get("ready", ""))) is not None:
        page |= {"tree": cut.tree, "name": cut.zh if get_language() == "zh-hans" else cut.en}
    if request.method == "POST":
        page |= {name: request.POST.get(name, "") for name in ("name", "note", "channel")}
        try:
            page["tree"] = read_tree(request)
        except Invalid:
            page["text"] = request.POST.get("tree", "")
    page["tree_text"] = page.get("text") or json.dumps(page["tree"], ensure_ascii=False, indent=1)
    return page


def read_tree(request: HttpRequest) -> Any:
    """The condition a builder sent. Raises Invalid."""
    try:
        return json.loads(request.POST.get("tree", ""))
    except (ValueError, RecursionError):
        raise Invalid(_("The condition is not valid JSON."), field="/tree") from None
