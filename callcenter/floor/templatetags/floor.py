"""How the floor's pages write figures, times and names in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BaseForm
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language

from callcenter.floor.caller_types import caller_type
from callcenter.floor.metrics import Figure
from callcenter.floor.queue_form import setting_name, setting_value
from callcenter.floor.words import SIGNS, word
from callcenter.foundation import masks
from callcenter.foundation.ids import public

register = template.Library()
DASH = "–"
SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"
_TONES = {
    "completed": "good",
    "connected": "info",
    "accepted": "info",
    "wrapping": "info",
    "abandoned": "bad",
    "failed": "bad",
    "timeout": "warn",
    "rejected": "warn",
    "rescinded": "warn",
}


def is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


@register.filter
def words(thing: Any, stem: str = "name") -> str:
    """`thing.name_zh` or `thing.name_en` by the reader's language; `words:"label"` reads label_zh, label_en."""
    return str(getattr(thing, f"{stem}_zh" if is_chinese() else f"{stem}_en"))


@register.filter
def label(labelled: Any) -> str:
    """A label with `en` and `zh`."""
    return str(labelled.zh if is_chinese() else labelled.en)


@register.filter
def span(seconds: float | None) -> str:
    """75 → 1:15, 3675 → 1:01:15, None → a dash."""
    if seconds is None:
        return DASH
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


@register.filter
def seconds(value: float | None) -> str:
    """4.27 → 4.3; None → a dash. The unit stands in the header."""
    return DASH if value is None else f"{value:.1f}"


@register.filter
def share(value: float | None, digits: int = 1) -> str:
    """0.8424 → 84.2 %; None → a dash."""
    if value is None:
        return DASH
    return f"{100 * value:.{digits}f}%" if is_chinese() else f"{100 * value:.{digits}f} %"


@register.filter
def rate(value: float | None) -> str:
    """A share in a table: a plain 0 recedes, so that what happens stands out."""
    return format_html('<span class="none">{}</span>', DASH if value is None else "0") if not value else share(value)


@register.filter
def number(value: float | None) -> str:
    """12345 → 12,345; None → a dash."""
    return DASH if value is None else f"{value:,.0f}"


@register.filter
def figure(of: Figure) -> str:
    """A figure in its metric's unit."""
    if of.metric.unit == "share":
        return share(of.value)
    return span(of.value) if of.metric.unit == "seconds" else number(of.value)


@register.filter
def who(actor: str) -> str:
    """`key:ab12cd34` → Switch ab12cd34, `dispatcher` → Dispatcher."""
    kind, _, number = actor.partition(":")
    return f"{word('actor', kind)} {number}".strip()


@register.filter
def moment(at: datetime | None) -> str:
    """2026-03-02 09:15:07 in the site's zone."""
    return DASH if at is None else localtime(at).strftime("%Y-%m-%d %H:%M:%S")


@register.filter
def clock(at: datetime | None) -> str:
    """09:15:07 in the site's zone."""
    return DASH if at is None else localtime(at).strftime("%H:%M:%S")


@register.filter
def day_words(day: Any) -> str:
    return date_format(day, "Y年n月j日" if is_chinese() else "j F Y")


@register.filter
def percent_of(part: float | None, whole: float | None) -> float:
    """For the width of bars: 0–100."""
    return round(100 * (part or 0) / whole, 1) if whole else 0.0


@register.filter
def iso(at: datetime | None) -> str:
    """An instant for the timers of the page."""
    return at.isoformat() if at else ""


@register.filter
def sign(state: object) -> str:
    """The sign of an agent's state: never colour alone."""
    return SIGNS.get(str(state), "")


@register.filter(name="word")
def word_filter(code: object, kind: str) -> str:
    """`{{ call.state|word:"call" }}`"""
    return str(word(kind, str(code))) if code else ""


@register.filter
def tone(state: object) -> str:
    """The chip of a call's or reservation's state: good | warn | bad | info."""
    return _TONES.get(str(state), "")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture from the sprite; words beside it say the same."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static(SPRITE), name)


@register.filter
def public_call(key: Any) -> str:
    return public("c", key)


@register.filter
def public_callback(key: Any) -> str:
    return public("cb", key)


@register.filter
def setting(changed: Any, part: str = "") -> str:
    """A changed setting: its name, or its value before or after."""
    return setting_value(changed.name, getattr(changed, part)) if part else setting_name(changed.name)


@register.filter
def caller_kind(name: str) -> str:
    """value:gold, intent:billing … in words."""
    return caller_type(name)


@register.filter
def masked(number: str) -> str:
    """+8613812345678 → as everybody may read it."""
    return masks.phone(number)


@register.simple_tag
def behind(of: Figure, queue: str = "", **window: str) -> str:
    """The address of the calls behind a figure."""
    if of.metric.result == "ivr":
        return reverse("ivr_pages:explorer") + "#now"
    query = {"result": of.metric.result} | ({"queue": queue} if queue else {}) | window
    return f"{reverse('floor:calls')}?{urlencode(query)}"


@register.simple_tag(takes_context=True)
def again(context: Any, **changes: str) -> str:
    """The address of this page with some of its filters changed."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value == "":
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@register.filter
def wrong(form: BaseForm, field: str) -> SafeString:
    """The attributes of a field that was refused: marked for readers of the screen, and the first of them has the focus."""
    if field not in form.errors:
        return SafeString("")
    first = next(name for name in form.fields if name in form.errors)
    return SafeString(' aria-invalid="true" autofocus' if field == first else ' aria-invalid="true"')
