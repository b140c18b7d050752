"""What a supervisor may do to a promised callback: the forms, and one function of the hall behind each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_default_timezone, localtime, make_aware
from django.utils.translation import gettext as _

from callcenter import hall
from callcenter.floor.acts import Asked, Form, choose
from callcenter.foundation.errors import Invalid
from routing.results import CallbackView

CHANGEABLE = frozenset({"scheduled", "queued"})


def forms(one: CallbackView, *, now: datetime) -> tuple[Form, ...]:
    """Nothing once an agent is held for it or it is over."""
    if one.state not in CHANGEABLE:
        return ()
    due = max(one.due_at or now, now + timedelta(minutes=5))
    return (
        Form(
            act="reschedule",
            title=_("Ring at another time"),
            note=_("As agreed with the customer, within seven days. The wait already served still counts."),
            choice="at",
            label=_("When"),
            kind="datetime-local",
            value=localtime(due).strftime("%Y-%m-%dT%H:%M"),
        ),
        Form(
            act="withdraw",
            title=_("Take the promise back"),
            note=_("Nobody rings any more. If the customer rings, the call is a new one."),
        ),
    )


def on_callback(one: CallbackView, asked: Asked) -> None:
    """Raises Refused."""

    def reschedule() -> None:
        at = _moment(asked.fields.get("at", ""))
        hall.callback.callback_rescheduled(callback_id=one.id, at=at, **asked.terms())

    choose(
        {
            "reschedule": reschedule,
            "withdraw": lambda: hall.callback.callback_withdrawn(callback_id=one.id, **asked.terms()),
        },
        asked,
    )


def _moment(text: str) -> datetime:
    """A wall-clock time of the site. Raises Invalid."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise Invalid(_("Choose a day and a time."), field="/at")
    return make_aware(found, get_default_timezone()) if found.tzinfo is None else found
