"""The desk's commands about ringing back: agree on a time with the caller, and keep a promise."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, localtime, make_aware
from django.utils.translation import gettext as _

from callcenter import hall
from callcenter.console.actions import call_served
from callcenter.console.commands import Answer, Command, command
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.ids import read_uuid
from routing.states import Role

SOON_MIN = (30, 120)
MORNING = time(10, 0)


@command
def agree(given: Command, call: str) -> Answer:
    """A time was agreed: `in` so many minutes, or `at` a wall-clock time of the site."""
    found, mine = call_served(given, call)
    if mine.role != Role.PRIMARY:
        raise Conflict("A colleague serves this caller.", code="not_yours", state=found.state.value)
    one = hall.callback.callback_agreed(call_id=found.id, at=_moment(given), actor=given.principal.name, now=given.now)
    when = localtime(one.due_at or given.now).strftime("%Y-%m-%d %H:%M")
    return {"said": _("The customer is rung back at %(when)s.") % {"when": when}}


@command
def take(given: Command, callback: str) -> Answer:
    """Ring somebody back now: this phone first, then the customer's."""
    given.lease()
    hall.callback.callback_taken(
        callback_id=read_uuid("cb", callback), agent_id=given.agent_id, actor=given.principal.name, now=given.now
    )
    return {}


def choices(now: datetime) -> dict[str, Any]:
    """What the menu of a promise offers: in some minutes, tomorrow morning, and a time of one's own."""
    tomorrow = make_aware(datetime.combine(localtime(now).date() + timedelta(days=1), MORNING), get_default_timezone())
    written = "%Y-%m-%dT%H:%M"
    return {
        "soon": SOON_MIN,
        "tomorrow": localtime(tomorrow).strftime(written),
        "own": localtime(now + timedelta(hours=3)).strftime(written),
    }


def _moment(given: Command) -> datetime:
    minutes = given.body.get("in")
    if isinstance(minutes, int) and not isinstance(minutes, bool) and 0 < minutes <= 7 * 24 * 60:
        return given.now + timedelta(minutes=minutes)
    try:
        found = parse_datetime(given.text("at"))
    except ValueError:
        found = None
    if found is None:
        raise Invalid(_("Choose a day and a time."), field="/at")
    return make_aware(found, get_default_timezone()) if found.tzinfo is None else found
