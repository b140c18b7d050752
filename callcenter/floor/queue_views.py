"""A queue's settings, their versions, and what they would have done to the last days: read, one call inward, answer."""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

import routing.queries
from callcenter.accounts.access import allow, principal_of
from callcenter.floor import queue_form
from callcenter.floor.views import domain_of
from callcenter.foundation import versions as fences
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Role
from routing import queue_settings, reporting, tasks
from routing.operations.judging import ask_again, ask_what_if
from routing.operations.queue_changes import change_queue, restore_queue
from routing.operations.rest_changes import change_rests, restore_rests, rests_of
from routing.what_if_queries import what_if_page

DAYS = 7


@allow(Role.SUPERVISOR, Role.ADMIN)
def queues(request: HttpRequest) -> HttpResponse:
    """Every queue: who waits, who is free, and the way to its settings; how agents rest between calls."""
    domain, refused = domain_of(request), ""
    if request.method == "POST":
        try:
            _rests_written(request, domain)
            return redirect("floor:queues")
        except Refused as error:
            refused = error.sentence
    page = {
        "lines": routing.queries.queue_line(domain=domain, now=db_now()), "refused": refused,
        "rests": {name: request.POST.get(name, value) for name, value in rests_of(domain=domain).items()},
        "given": request.POST, "versions": queue_settings.rest_versions(domain=domain, limit=10),
    }  # fmt: skip
    return render(request, "floor/queues.html", page, status=409 if refused else 200)


def _rests_written(request: HttpRequest, domain: str) -> None:
    why, now, actor = request.POST.get("why", ""), db_now(), principal_of(request).name
    if "restore" in request.POST:
        restore_rests(domain=domain, number=_number(request.POST["restore"]), why=why, now=now, actor=actor)
        return
    said = {
        name: queue_form.whole(request.POST.get(name, ""), queue_form.setting_name(name))
        for name in queue_settings.RESTS
    }
    change_rests(domain=domain, settings=said, why=why, now=now, actor=actor)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


@allow(Role.SUPERVISOR, Role.ADMIN)
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """Change a queue, or have the change judged by the last days first."""
    domain, refused = domain_of(request), ""
    try:
        queue = queue_settings.queue_named(domain=domain, key=key)
    except Refused as error:
        raise Http404(error.sentence) from error
    present = queue_settings.settings_of(queue)
    if request.method == "POST":
        try:
            return _written(request, domain, key, present)
        except Refused as error:
            refused = error.sentence
    given = request.POST if refused else None
    page = {
        "queue": queue, "refused": refused, "given": request.POST, "version": fences.of_content(present),
        "groups": queue_form.shown(present, given), "steps": queue_form.steps(present, given),
        "hours": queue_form.hours(present, given), "overflow": queue_form.overflow(present, given),
        "ranks": queue_form.ranks(present, given), "members": routing.queries.members_of(queue_id=queue.pk),
        "measures": queue_form.MEASURES, "actions": queue_form.ACTIONS, "weekdays": range(7),
        "closed_to": request.POST.get("closed_to", "") if refused else present["closed_to"] or "",
        "others": [(other, names) for other, names in reporting.queue_names(domain=domain).items() if other != key],
        "versions": queue_settings.versions(domain=domain, key=key, limit=20),
    }  # fmt: skip
    return render(request, "floor/queue_settings.html", page, status=409 if refused else 200)


def _written(request: HttpRequest, domain: str, key: str, present: queue_settings.Settings) -> HttpResponse:
    actor, now, why = principal_of(request).name, db_now(), request.POST.get("why", "")
    if "restore" in request.POST:
        restore_queue(domain=domain, queue=key, number=_number(request.POST["restore"]), why=why, now=now, actor=actor)
        return redirect("floor:queue_settings", key=key)
    said = queue_form.read_form(request.POST, present)
    if "judge" in request.POST:
        asked = ask_what_if(domain=domain, queue=key, settings=said, days=DAYS, now=now, actor=actor)
        transaction.on_commit(lambda: tasks.play_what_if(asked))
        return redirect("floor:what_if", number=asked)
    fence = request.POST.get("version", "")
    expected = int(fence) if fence.isdecimal() and len(fence) < 16 else None
    change_queue(domain=domain, queue=key, settings=said, why=why, now=now, actor=actor, expected=expected)
    return redirect("floor:queue_settings", key=key)


@allow(Role.SUPERVISOR, Role.ADMIN)
def what_if(request: HttpRequest, number: int) -> HttpResponse:
    """How far it has been played, and what came of it; from here the settings can be saved."""
    try:
        page = what_if_page(number=number, domain=domain_of(request))
    except Refused as error:
        raise Http404(error.sentence) from error
    refused, now = "", db_now()
    if request.method == "POST" and "again" in request.POST:
        ask_again(number=number, domain=page.domain, now=now)
        transaction.on_commit(lambda: tasks.play_what_if(number))
        return redirect("floor:what_if", number=number)
    if request.method == "POST":
        try:
            change_queue(
                domain=page.domain, queue=page.queue, settings=page.settings, why=request.POST.get("why", ""),
                now=now, actor=principal_of(request).name,
            )  # fmt: skip
            return redirect("floor:queue_settings", key=page.queue)
        except Refused as error:
            refused = error.sentence
    template = "floor/what_if_state.html" if request.headers.get("HX-Request") else "floor/what_if.html"
    return render(request, template, {"page": page, "refused": refused, "is_left": page.is_left(now=now)})
