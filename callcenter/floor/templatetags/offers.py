"""Words of the contact policy and of offers on the supervisor's pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from customers.offers.contact.terms import Hours, Limit, Pause
from customers.offers.wording import WARNINGS

register = template.Library()

CHANNEL: dict[str, Promise] = {
    "VOICE": later("Phone"),
    "SMS": later("SMS"),
    "PUSH": later("App notice"),
    "EMAIL": later("E-mail"),
    "WECHAT": later("WeChat"),
    "IVR": later("IVR"),
    "BILL": later("On the bill"),
    "COUNTER": later("Shop"),
    "ANY": later("All channels"),
}
PURPOSE: dict[str, Promise] = {
    "MARKETING": later("Marketing"),
    "RETENTION": later("Keeping a customer"),
    "SERVICE": later("Service"),
    "TRANSACTIONAL": later("About an order"),
    "MANDATORY": later("Required by law"),
}
STATE: dict[str, Promise] = {
    "proposed": later("Proposed"),
    "approved": later("Approved"),
    "rejected": pgettext_lazy("rules", "Rejected"),
}
DAYS: dict[str, Promise] = {
    "workday": later("working days"),
    "weekend": later("weekends"),
    "holiday": later("holidays"),
}
OVER: dict[str, Promise] = {
    "all": later("everything"),
    "action": later("the same product"),
    "group": later("the same kind"),
}


@register.filter
def channel_word(code: str) -> str:
    return str(CHANNEL.get(code, code))


@register.filter
def purpose_word(code: str) -> str:
    return str(PURPOSE.get(code, code))


@register.filter
def rules_state(code: str) -> str:
    return str(STATE.get(code, code))


@register.filter
def denial_word(rule: str) -> str:
    """The sentence of a rule in the reader's language; its code where a floor has added a limit of its own."""
    known = WARNINGS.get(rule)
    return known.to(get_language() or "en") if known else rule


@register.filter
def over_word(limit: Limit) -> str:
    """What a limit counts, and by whom."""
    over = str(OVER[limit.over])
    return _("{over}, by household").format(over=over) if limit.reach == "household" else over


@register.filter
def hours_channels(codes: Iterable[str]) -> str:
    return ", ".join(sorted(channel_word(code) for code in codes))


@register.filter
def hours_word(hours: Hours) -> str:
    days = ", ".join(str(DAYS[day]) for day in sorted(hours.days))
    spans = ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours.spans)
    where = "" if hours.region == "*" else f" ({hours.region})"
    return f"{days} {spans}{where}"


@register.filter
def pause_word(pause: Pause) -> str:
    """`3 refusals within 90 days: 180 days of silence about everything`."""
    sentence = ngettext(
        "{n} refusal within {within} days: {pause} days of silence about {over}",
        "{n} refusals within {within} days: {pause} days of silence about {over}",
        pause.n,
    )
    return sentence.format(n=pause.n, within=pause.within.days, pause=pause.pause.days, over=OVER[pause.over])
