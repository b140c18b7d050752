"""The pages of campaigns: designing, a second person's word, progress, and what they changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.access import allow, principal_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from customers.catalogue import shelves
from customers.offers.campaigns import operations, planning, queries, running
from customers.segments import queries as segments

WRITERS = (Role.SUPERVISOR, Role.MARKETING, Role.ADMIN)
READERS = (*WRITERS, Role.ANALYST)


@allow(*READERS)
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """All campaigns, the newest first."""
    return render(request, "floor/campaigns.html", {"rows": queries.campaigns(), "may_write": _may_write(request)})


@allow(*WRITERS)
@require_http_methods(["GET", "POST"])
def new_campaign(request: HttpRequest) -> HttpResponse:
    """A design; a refusal keeps what was typed."""
    now, fault, status = db_now(), "", 200
    if request.method == "POST":
        try:
            made = operations.design(
                **_read(request, get_default_timezone()), author=principal_of(request).name, now=now
            )
            return redirect("floor:campaign", campaign=made)
        except Refused as refusal:
            fault, status = refusal.sentence, refusal.status
    context = {
        "fault": fault, "given": request.POST, "segments": segments.segments(), "channels": planning.shipped(),
        "chosen": request.POST.getlist("channels"), "triggers": operations.TRIGGERS,
        "products": [row for row in shelves.shelf(today=localdate(now)) if row.state == "sold"],
    }  # fmt: skip
    return render(request, "floor/campaign_new.html", context, status=status)


@allow(*READERS)
@require_GET
def campaign(request: HttpRequest, campaign: int) -> HttpResponse:
    """One campaign: plan and forecast, progress, evaluation."""
    return _page(request, campaign)


@allow(*WRITERS)
@require_POST
def campaign_act(request: HttpRequest, campaign: int) -> HttpResponse:
    """Hand in, approve, send back, launch, widen, pause, go on, stop."""
    try:
        _act(request, campaign)
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    except Refused as refusal:
        return _page(request, campaign, refusal=refusal)
    return redirect("floor:campaign", campaign=campaign)


def _act(request: HttpRequest, campaign_id: int) -> None:
    common: dict[str, Any] = {"campaign_id": campaign_id, "actor": principal_of(request).name, "now": db_now()}
    reason = request.POST.get("reason", "")
    acts: dict[str, Callable[..., object]] = {
        "hand_in": operations.hand_in,
        "approve": operations.approve,
        "send_back": partial(operations.send_back, reason=reason),
        "launch": operations.launch,
        "widen": operations.widen,
        "pause": partial(operations.pause, reason=reason),
        "resume": operations.resume,
        "stop": operations.stop,
    }
    act = acts.get(request.POST.get("act", ""))
    if act is None:
        raise Invalid(_("Choose what to do with this campaign."), field="/act")
    act(**common)


def _page(request: HttpRequest, campaign_id: int, refusal: Refused | None = None) -> HttpResponse:
    now = db_now()
    try:
        found = queries.campaign(campaign_id=campaign_id)
    except NotFound as missing:
        raise Http404(missing.sentence) from missing
    context = {
        "one": found, "fault": refusal.sentence if refusal else "", "me": principal_of(request).name,
        "may_write": _may_write(request), "progress": queries.progress(found),
        "forecast": queries.forecast(found, value_fen=running.value_of(found.offering), now=now),
        "result": queries.evaluate(found, now=now) if found.approved_at else None,
    }  # fmt: skip
    return render(request, "floor/campaign.html", context, status=refusal.status if refusal else 200)


def _may_write(request: HttpRequest) -> bool:
    return principal_of(request).role in WRITERS


def _read(request: HttpRequest, zone: tzinfo) -> dict[str, Any]:
    body = request.POST
    return {
        "name": body.get("name", ""), "hypothesis": body.get("hypothesis", ""), "group": body.get("group", ""),
        "segment_id": _whole(body.get("segment", ""), "/segment"), "offering_code": body.get("offering", "").strip(),
        "channels": body.getlist("channels"), "trigger": body.get("trigger", ""),
        "control_share": _percent(body.get("control_share", ""), "/control_share"),
        "expected": _percent(body.get("expected", ""), "/expected"), "effect": _percent(body.get("effect", ""), "/effect"),
        "budget": _whole(body.get("budget", ""), "/budget"), "per_batch": _whole(body.get("per_batch", "100"), "/per_batch"),
        "starts_at": _instant(body.get("starts_at", ""), zone), "ends_at": _instant(body.get("ends_at", ""), zone),
    }  # fmt: skip


def _whole(text: str, field: str) -> int:
    number = whole(text.strip(), most=999_999_999)
    if number is None:
        raise Invalid(_("Write a whole number."), field=field)
    return number


def _percent(text: str, field: str) -> float:
    try:
        return float(text.replace("%", "").replace(",", ".")) / 100
    except ValueError as why:
        raise Invalid(_("Write a share in percent."), field=field) from why


def _instant(text: str, zone: tzinfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as why:
        raise Invalid(_("Give a date and a time."), field="/starts_at") from why
    return at if at.tzinfo else at.replace(tzinfo=zone)
