"""Who a group is, and the clusters nobody asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from callcenter.accounts.access import allow
from callcenter.backoffice.conditions import all_in_words
from callcenter.foundation.bilingual import spoken
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.catalogue.models import Offering
from customers.clusters.models import Cluster, ClusterRun
from customers.groups import queries
from customers.insight.queries import tags
from customers.segments import queries as segments
from customers.segments.fields import FIELDS
from customers.segments.grammar import parse

WHO = (Role.MARKETING, Role.ANALYST, Role.SUPERVISOR, Role.ADMIN)


@allow(*WHO)
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    """A group by one category, beside everybody; small cells are hidden."""
    who, by = request.GET.get("who", ""), request.GET.get("by", "age")
    page: dict[str, Any] = {"choices": _choices(), "by_choices": list(queries.BY), "who": who, "by": by}
    status = 200
    try:
        if who:
            page["profile"] = queries.profile(tree=_tree(who), by=by, now=db_now())
    except Refused as refused:
        page["refusal"], status = refused.sentence, refused.status
    return render(request, "insight_pages/groups.html", page, status=status)


@allow(*WHO)
@require_safe
def clusters(request: HttpRequest) -> HttpResponse:
    """The clusters of the newest run, each with what sets it apart and its rule."""
    said = "zh" if get_language() == "zh-hans" else "en"
    known = list(Cluster.objects.order_by("-size"))
    words = all_in_words({one.pk: parse(one.rule) for one in known})
    found = [(one, [_trait(trait, said) for trait in one.traits], words[one.pk]) for one in known]
    page = {"clusters": found, "runs": ClusterRun.objects.order_by("-at")[:8]}
    return render(request, "insight_pages/clusters.html", page)


def _choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups to choose from: products, tags, kept segments, each with its name in the reader's language."""
    is_chinese = get_language() == "zh-hans"
    goods = Offering.objects.order_by("family", "code").values_list("code", "name_zh" if is_chinese else "name_en")
    return [
        ("products", [(f"product:{code}", name) for code, name in goods]),
        ("tags", [(f"tag:{tag.key}", tag.name_zh if is_chinese else tag.name_en) for tag in tags()]),
        (
            "segments",
            [(f"segment:{one.pk}", spoken(one.name, language=get_language() or "en")) for one in segments.segments()],
        ),
    ]


def _tree(who: str) -> Any:
    """The condition behind a choice. Raises NotFound for a segment that is gone."""
    kind, _colon, key = who.partition(":")
    if kind == "segment" and (number := whole(key)) is not None:
        return segments.segment(segment_id=number)[1][0].tree
    return {"field": "tags" if kind == "tag" else "products", "op": "has", "value": key}


def _trait(trait: dict[str, Any], said: str) -> dict[str, Any]:
    field = FIELDS[trait["field"]]
    return trait | {
        "label": getattr(field, said), "unit": field.unit, "mean": trait["mean"] / field.parts,
        "everybody": trait["everybody"] / field.parts, "is_more": trait["deviations"] > 0,
    }  # fmt: skip
