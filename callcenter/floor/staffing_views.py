"""How many agents a day needs: read the request, one call inward, answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import get_default_timezone

from callcenter.accounts.access import allow
from callcenter.floor import staffing_page
from callcenter.floor.views import domain_of
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.principal import Role
from routing import reporting
from routing.staffing_plan import INTERVALS, Wish
from routing.staffing_queries import staffing as staffed


@allow(Role.SUPERVISOR, Role.ANALYST, Role.ADMIN)
def staffing(request: HttpRequest) -> HttpResponse:
    """A day's forecast and the agents it asks for, as it is or as somebody supposes."""
    domain, now = domain_of(request), db_now()
    asked = staffing_page.read(request.GET.dict(), now=now, zone=get_default_timezone())
    refused = asked.refused
    ask = partial(staffed, domain=domain, minutes=asked.minutes, now=now)
    try:
        found = ask(queue=asked.queue, day=asked.day, wish=asked.wish)
    except NotFound as error:
        raise Http404(error.sentence) from error
    except Invalid as error:
        refused, near = refused or error.sentence, now.date() + timedelta(days=1)
        day = near if error.facts.get("field") == "/day" else asked.day
        found = ask(queue=asked.queue, day=day, wish=replace(asked.wish, agents=None))
    page = {
        "found": found, "asked": asked, "refused": refused, "intervals": INTERVALS,
        "picture": staffing_page.picture(found), "names": reporting.queue_names(domain=domain).items(),
        "is_usual": asked.wish == Wish(),
    }  # fmt: skip
    return render(request, "floor/staffing.html", page, status=422 if refused else 200)
