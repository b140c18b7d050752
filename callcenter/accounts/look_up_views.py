"""Look-up alarms: seen by who leads and who audits, answered for by somebody else than who looked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from callcenter.accounts import look_up_alarms, trail
from callcenter.accounts.access import allow, principal_of
from callcenter.accounts.models import LookUpRule
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Refused
from callcenter.foundation.numbers import whole
from callcenter.foundation.principal import Role


@allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
@require_safe
def look_ups(request: HttpRequest) -> HttpResponse:
    """Who looked up strangely many customers without a call, and from when on that is strange."""
    return _look_ups_page(request)


@allow(Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
@require_POST
def look_ups_answer(request: HttpRequest, alarm: int) -> HttpResponse:
    """What the look-ups were for, said by somebody else than who made them."""
    try:
        look_up_alarms.answer(
            alarm_id=alarm, note=request.POST.get("note", ""), principal=principal_of(request), now=db_now()
        )
    except Refused as refused:
        return _look_ups_page(request, refused.sentence, refused.status)
    messages.success(request, _("Answered for. The note stands in the audit log too."))
    return redirect("accounts:look_ups")


@allow(Role.ADMIN)
@require_POST
def look_ups_rule(request: HttpRequest) -> HttpResponse:
    """From how many on an alarm is raised; a new version, with its author."""
    try:
        most, least = (_whole(request.POST.get(name, "")) for name in ("most", "least"))
        sigmas = float(request.POST.get("sigmas", "")[:6])
        look_up_alarms.set_rule(
            of=request.POST.get("of", LookUpRule.Of.PERSON), most=most, least=least, sigmas=sigmas,
            principal=principal_of(request), now=db_now(),
        )  # fmt: skip
    except ValueError:
        return _look_ups_page(request, _("Write numbers."), 422)
    except Refused as refused:
        return _look_ups_page(request, refused.sentence, refused.status)
    messages.success(request, _("The rule holds from now on."))
    return redirect("accounts:look_ups")


def _whole(text: str) -> int:
    """A whole number of few digits. Raises ValueError."""
    number = whole(text, most=999_999)
    if number is None:
        raise ValueError(text)
    return number


def _look_ups_page(request: HttpRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    alarms, rules = look_up_alarms.alarms(), list(look_up_alarms.rules())
    actors = [*(one.seen_by for one in alarms if one.seen_by), *(one.actor for one in rules)]
    page = {
        "alarms": alarms, "rules": rules, "refusal": refusal, "sent": request.POST,
        "rule": look_up_alarms.threshold(), "key_rule": look_up_alarms.threshold(of=LookUpRule.Of.KEY),
        "names": trail.names(actors=actors), "me": principal_of(request).name,
        "may_set": principal_of(request).role == Role.ADMIN, "may_read_trail": principal_of(request).role != Role.SUPERVISOR,
    }  # fmt: skip
    return render(request, "accounts/look_ups.html", page, status=status)
