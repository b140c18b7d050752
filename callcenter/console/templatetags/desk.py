"""How the desk writes things: words for codes, names by language, money, spans of time."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from callcenter.console import words
from callcenter.console.commands import session_name
from callcenter.console.defaults import DispositionView, dispositions
from callcenter.console.desk_state import lease_of, newest_seq
from customers.results import ComparedMonth, Explained, ProductName
from ivr.results import Step

register = template.Library()
SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"


def in_chinese() -> bool:
    return (get_language() or "en").startswith("zh")


@register.filter
def word(code: object, kind: str) -> str:
    """`{{ reservation.end_reason|word:"reason" }}`"""
    return words.word(kind, str(code)) if code else ""


@register.filter
def sign(shown: object) -> str:
    """The sign of a shown state: never colour alone."""
    return words.SIGN.get(str(shown), "")


@register.filter
def named(thing: Any, field: str = "name") -> str:
    """The `…_en` or `…_zh` text of a value, by the reader's language; the other one where it is missing."""
    first, second = ("zh", "en") if in_chinese() else ("en", "zh")
    return getattr(thing, f"{field}_{first}", "") or getattr(thing, f"{field}_{second}", "") or ""


@register.filter
def span(seconds: float | None) -> str:
    """Seconds as m:ss or h:mm:ss; a dash for unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan, without empty decimals."""
    if fen is None:
        return ""
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}¥{whole // 100:,}" if whole % 100 == 0 else f"{sign}¥{whole // 100:,}.{whole % 100:02}"


@register.filter
def percent(share: float) -> str:
    """0.04 → `4%`"""
    return f"{share:.0%}"


@register.filter
def plain(line: Any) -> str:
    """The sentence of a line that says the same in both languages."""
    return str(line.zh if in_chinese() else line.en)


@register.filter
def both(month: ComparedMonth) -> tuple[tuple[Explained, ...], tuple[Explained, ...]]:
    """The lines of both bills of a month, to be drawn alike."""
    return month.now_lines, month.then_lines


@register.filter
def iso(at: datetime | None) -> str:
    """An instant for `datetime=` and for the timers of the page."""
    return at.isoformat() if at else ""


@register.filter
def gigabytes(kilobytes: int) -> str:
    return f"{kilobytes / 1_048_576:.1f}"


@register.filter
def short(key: object) -> str:
    """The tail of a UUID: enough to give a customer's panels ids of their own on one page."""
    return str(key)[-8:] if key else "nobody"


@register.filter
def last_steps(steps: Sequence[Step], most: int) -> Sequence[Step]:
    """The last steps in the menus, those with a name to show."""
    return [step for step in steps if step.label_en or step.label_zh][-most:]


@register.simple_tag
def disposition_name(names: Mapping[str, DispositionView | ProductName], code: str) -> str:
    """A disposition in the floor's words, or a product's name; the code itself where nobody knows it."""
    known = names.get(code)
    if known is not None:
        return named(known)
    return words.word("code", code) if code else "–"


@register.simple_tag
def disposition_names() -> Mapping[str, DispositionView]:
    """The floor's dispositions by code, read once for a whole list of another door's page."""
    return {row.code: row for row in dispositions()}


@register.filter
def disposition(code: str) -> str:
    """The same for a page of another door: `{% load disposition from desk %}`. Reads the floor's words each time."""
    return disposition_name({row.code: row for row in dispositions()}, code)


@register.simple_tag(takes_context=True)
def desk_shell(context: dict[str, Any]) -> dict[str, Any]:
    """What the scripts of an agent's page must know: who vouches, under which lease; {} for people without an agent."""
    request: HttpRequest = context["request"]
    agent = getattr(request.user, "agent", None)
    if agent is None:
        return {}
    fingerprint = session_name(request)
    lease = lease_of(agent_id=agent.pk, fingerprint=fingerprint)
    # The key under which unsent text rests in this browser: worthless once the login session is over.
    draft_key = salted_hmac("console.drafts", request.session.session_key or "", algorithm="sha256").digest()
    return {
        "fingerprint": fingerprint,
        "lease": str(lease or uuid4()),
        "spare": str(uuid4()),
        "seq": newest_seq(),
        "draft_key": base64.b64encode(draft_key).decode(),
    }


@register.simple_tag
def clock_offset() -> SafeString:
    """A place for a figure that only the browser knows, to stand inside a sentence."""
    return format_html('<strong class="number" id="clock-offset">{}</strong>', "–")


@register.simple_tag
def icon(name: str) -> SafeString:
    """One symbol of the vendored sprite; decoration only, the word stands beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static(SPRITE), name)
