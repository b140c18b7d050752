"""How good each source's data is, by which rules, and whether the sources agree."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import trail
from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.quality import alerting, book, consistency, formulas, judging, measuring, setting, sources, weighing
from customers.quality.rules import SEVERITIES


@allow(Role.ANALYST, Role.ADMIN)
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """Every source by its five dimensions, with a week ago and the definition of each number."""
    return _page(request)


def _page(request: HttpRequest, refusal: str = "", status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate(db_now())
    held, earlier, alerts = weighing.present(), weighing.history(), alerting.standing(today=today)
    actors = [*(one.actor for one in earlier), *(one.alert.acknowledged_by for one in alerts)]
    page = {"sources": measuring.board(today=today), "dimensions": formulas.DIMENSIONS,
            "version": formulas.VERSION, "weights": formulas.FIELD_WEIGHTS, "rules": judging.library(),
            "rates": judging.rates(), "described": sources.described(), "drifts": sources.drifts(), "alerts": alerts,
            "may_open": True, "held": held, "wish": held.by_dimension, "earlier": earlier,
            "names": trail.names(actors=actors), "refusal": refusal} | more  # fmt: skip
    return render(request, "backoffice/quality.html", page, status=status)


@allow(Role.ANALYST, Role.ADMIN)
def rule(request: HttpRequest, code: str) -> HttpResponse:
    """One rule: what it asks, how it is computed, how each source does; set otherwise, it is shown on the records first."""
    told = judging.history(code=code)
    if told is None:
        raise Http404(_("There is no such rule."))
    present = told.judged.rule
    page: dict[str, Any] = {"told": told, "rule": present, "wish": present, "severities": SEVERITIES}
    status = 200
    if request.method == "POST":
        try:
            wish = _wish(request)
            page["wish"] = wish
            if request.POST.get("act") == "publish":
                setting.publish(
                    code=code, wish=wish, version=int(_number(request.POST.get("version"))),
                    actor=principal_of(request).name, now=db_now(),
                )  # fmt: skip
                return redirect("backoffice:quality_rule", code=code)
            page["effects"] = setting.try_out(code=code, wish=wish, now=db_now())
        except Refused as refused:
            page["refusal"], status = refused.sentence, refused.status
    earlier = book.history(code=code)
    page |= {"earlier": earlier, "names": trail.names(actors=[one.actor for one in earlier])}
    return render(request, "backoffice/rule.html", page, status=status)


def _wish(request: HttpRequest) -> setting.Wish:
    told = request.POST
    try:
        numbers = {name[7:]: int(told[name]) for name in told if name.startswith("number_")}
        weight = float(told.get("weight", ""))
    except ValueError:
        raise Invalid(_("Weight and limits are numbers."), field="/weight") from None
    return setting.Wish(
        severity=told.get("severity", ""), weight=weight, is_on=told.get("is_on") == "on", numbers=numbers
    )


@allow(Role.ANALYST, Role.ADMIN)
@require_POST
def weights(request: HttpRequest) -> HttpResponse:
    """How much each dimension weighs: shown on last night's scores first, then kept."""
    told, wish = request.POST, {}
    try:
        wish = {one.key: _weight(told.get(f"weight_{one.key}")) for one in formulas.DIMENSIONS}
        if told.get("act") == "publish":
            version = whole(told.get("version", "")) or 0
            weighing.publish(weights=wish, version=version, actor=principal_of(request).name, now=db_now())
            return redirect("backoffice:quality")
        return _page(request, wish=wish, effects=weighing.try_out(weights=wish))
    except Refused as refused:
        return _page(request, refused.sentence, refused.status, **({"wish": wish} if wish else {}))


def _weight(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise Invalid(_("Weights are numbers from 0 to 1."), field="/weights") from None


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """What is worse than it may be, since when, and who has seen it."""
    return _alerts_page(request)


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
@require_POST
def acknowledge(request: HttpRequest, alert: int) -> HttpResponse:
    """Somebody has seen an alert."""
    try:
        note = request.POST.get("note", "")
        alerting.acknowledge(alert_id=alert, note=note, actor=principal_of(request).name, now=db_now())
    except Refused as refused:
        return _alerts_page(request, refused.sentence, refused.status)
    return redirect("backoffice:quality_alerts")


def _alerts_page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    standing, ended = alerting.standing(today=timezone.localdate(db_now())), alerting.ended()
    actors = [*(one.alert.acknowledged_by for one in standing), *(one.acknowledged_by for one in ended)]
    page = {"alerts": standing, "ended": ended, "names": trail.names(actors=actors), "refusal": refusal,
            "may_open": principal_of(request).role != Role.SUPERVISOR}  # fmt: skip
    return render(request, "backoffice/quality_alerts.html", page, status=status)


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
