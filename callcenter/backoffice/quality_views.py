"""How good each source's data is, by which rules, and whether the sources agree."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.principal import Role
from customers.quality import consistency, formulas, judging, measuring, sources


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Every source by its five dimensions, with a week ago and the definition of each number."""
    return _page(request)


def _page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    page = {"sources": measuring.board(today=timezone.localdate(db_now())), "dimensions": formulas.DIMENSIONS,
            "version": formulas.VERSION, "weights": formulas.FIELD_WEIGHTS, "rules": judging.library(),
            "rates": judging.rates(), "described": sources.described(), "drifts": sources.drifts(),
            "refusal": refusal}  # fmt: skip
    return render(request, "backoffice/quality.html", page, status=status)


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: what it asks, how it is computed, how each source does."""
    told = judging.history(code=code)
    if told is None:
        raise Http404(_("There is no such rule."))
    return render(request, "backoffice/rule.html", {"told": told, "rule": told.judged.rule})


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """Whom the sources have in common, and on what they disagree."""
    report = consistency.newest()
    page: dict[str, Any] = {"report": report}
    if report:
        names, rows = consistency.matrix(report.doc)
        total = sum(count for _sources, count in report.doc["known_in"])
        page |= {
            "names": names, "rows": rows, "fields": consistency.by_field(report.doc), "doc": report.doc,
            "known_in": [(n, count, count / total) for n, count in report.doc["known_in"]],
        }  # fmt: skip
    return render(request, "backoffice/consistency.html", page)


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def describe(request: HttpRequest) -> HttpResponse:
    """Who answers for a source, and what may be expected of it."""
    told = request.POST
    try:
        sources.describe(
            code=told.get("code", ""), owner=told.get("owner", ""), promised_days=int(_number(told.get("promised_days"))),
            cadence_days=int(_number(told.get("cadence_days"))), trust=_number(told.get("trust")),
            one_record_per_person=told.get("single") == "on", actor=principal_of(request).name, now=db_now(),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, refused.sentence, refused.status)
    return redirect("backoffice:quality")


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise Invalid(_("Days are 1 to 3,650 and trust is 0 to 1."), field="/trust") from None
