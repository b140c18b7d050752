"""The work list of low answers: read the request, one call inward, answer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import ivr.queries
import routing.queries
from callcenter import hall
from callcenter.accounts.access import allow, principal_of
from callcenter.floor.call_names import CallNames
from callcenter.floor.views import domain_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role
from callcenter.satisfaction.words import REFUSALS
from ivr.surveys.following import operations, queries
from ivr.surveys.following.models import RESULTS

PAGE = 50


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """What is to be done, the most urgent first; what was done."""
    which = request.GET.get("list", "")
    which = which if which in queries.LISTS else "undone"
    number = whole(request.GET.get("page", "1"), most=99_999) or 1
    by = principal_of(request).name
    found = queries.tasks(which=which, by=by, now=db_now(), limit=PAGE, offset=PAGE * (number - 1))
    page: dict[str, Any] = {
        "found": found,
        "which": which,
        "lists": queries.LISTS,
        "number": number,
        "last": -(-found.total // PAGE),
    }
    page["names"] = CallNames(domain=domain_of(request))
    return render(request, "satisfaction/following.html", page)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One task: what was said, the call, the way through the menus, and what to do."""
    return _page(request, number)


@allow(Role.SUPERVISOR, Role.ADMIN)
@require_POST
def act(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """take | give-back | nobody-answered | close"""
    by, now, typed = principal_of(request).name, db_now(), request.POST
    try:
        if act == "take":
            operations.take(task_id=number, by=by, now=now)
        elif act == "give-back":
            operations.give_back(task_id=number, by=by)
        elif act == "nobody-answered":
            operations.nobody_answered(task_id=number, by=by, now=now)
        elif act == "close":
            result, note = typed.get("result", ""), typed.get("note", "")
            operations.close(task_id=number, result=result, note=note, by=by, now=now)
            return redirect("satisfaction:following")
        else:
            raise Http404(_("There is no such act."))
    except NotFound as missing:
        raise Http404(_("There is no such task.")) from missing
    except Refused as refused:
        return _page(request, number, refused=refused)
    return redirect("satisfaction:follow_up", number)


def _page(request: HttpRequest, number: int, *, refused: Refused | None = None) -> HttpResponse:
    now = db_now()
    try:
        task = queries.task(task_id=number, now=now)
    except NotFound as missing:
        raise Http404(_("There is no such task.")) from missing
    page: dict[str, Any] = {
        "task": task,
        "line": task.line,
        "path": ivr.queries.path_of(call_id=task.line.call),
        "recorded": bool(routing.queries.calls(call_ids={task.line.call})),
        "verdict": hall.survey.may_ring_back(call_id=task.line.call, now=now),
        "results": RESULTS,
        "names": CallNames(domain=domain_of(request)),
        "refusal": REFUSALS.get(_code(refused), refused.sentence) if refused else "",
        "typed": request.POST,
        "mine": task.line.owner == principal_of(request).name,
    }
    return render(request, "satisfaction/follow_up.html", page, status=refused.status if refused else 200)


def _code(refused: Refused) -> str:
    """Refusals are known by code and field, never by their English."""
    return f"{refused.code}{refused.facts.get('field', '')}{':owned' if refused.facts.get('owner') else ''}"
