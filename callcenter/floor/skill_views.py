"""Who can do what: the matrix of skills, and changing many agents at once. Read the request, one call inward, answer."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from callcenter.accounts.access import allow, principal_of
from callcenter.floor.views import domain_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, Refused
from callcenter.foundation.principal import Role
from routing.operations.reasons import said
from routing.skill_matrix import matrix
from routing.skills import SkillChange, change_skills


@allow(Role.SUPERVISOR, Role.ADMIN)
def skills(request: HttpRequest) -> HttpResponse:
    """Agents against skills; a change for those who are ticked, from a day on or at once."""
    now, domain, team = db_now(), domain_of(request), request.GET.get("team", "")
    refused = ""
    if request.method == "POST":
        try:
            change_skills(
                domain=domain, agents=_ticked(request), change=_change(request), why=said(request.POST.get("why", "")),
                now=now, actor=principal_of(request).name,
            )  # fmt: skip
            return redirect(request.get_full_path())
        except Refused as error:
            refused = error.sentence
    page = {
        "page": matrix(domain=domain, team=team, now=now), "team": team, "refused": refused, "given": request.POST,
        "ticked": set(_ticked(request)), "levels": (1, 2, 3, 4, 5, 0),
    }  # fmt: skip
    return render(request, "floor/skills.html", page, status=409 if refused else 200)


def _ticked(request: HttpRequest) -> list[int]:
    return [int(agent) for agent in request.POST.getlist("agent") if agent.isdecimal() and len(agent) < 12]


def _change(request: HttpRequest) -> SkillChange:
    level = request.POST.get("level", "")
    return SkillChange(
        skill=request.POST.get("skill", ""),
        level=int(level) if level in {"0", "1", "2", "3", "4", "5"} else -1,
        since=_day(request.POST.get("since", ""), "/since"),
        until=_day(request.POST.get("until", ""), "/until"),
    )


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise Invalid(_("Choose a day, or none."), field=field)
    return found
