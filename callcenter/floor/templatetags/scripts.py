"""Words of scripts, their versions and their slots on the supervisor's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from callcenter.floor.templatetags.offers import product_name, tag_words, worded
from customers.offers.scripts.slots import Kind, Slot
from customers.offers.wording import INTENTS, MOMENTS, STAGES

register = template.Library()

SCRIPT_STATE: dict[str, Promise] = {
    "draft": later("Draft"),
    "review": later("Waits for approval"),
    "published": later("Published"),
    "retired": later("Retired"),
}
LANGUAGE: dict[str, Promise] = {"zh-hans": later("Chinese"), "en": later("English")}


@register.filter
def script_state(code: str) -> str:
    return str(SCRIPT_STATE.get(code, code))


@register.filter
def script_language(code: str) -> str:
    return str(LANGUAGE.get(code, code))


@register.filter
def stage_word(code: str) -> str:
    return worded(STAGES, code)


@register.filter
def script_for(script: Any) -> str:
    """When a script is chosen: a product, a reason of the call, customers, or everything."""
    product = product_name(script.offering) if script.offering else ""
    parts = [product, worded(INTENTS, script.intent), tag_words(script.tags)]
    if script.moment:
        parts.append(MOMENTS[script.moment].to(get_language() or "en"))
    return ", ".join(part for part in parts if part) or _("every call")


@register.filter
def slot_form(slot: Slot) -> str:
    """How a slot is written: `{agent}`, `{{ fee|money }}`, or its bare name for conditions."""
    if slot.kind is Kind.FLAG:
        return slot.name
    return f"{{{slot.name}}}" if slot.kind is Kind.TEXT else f"{{{{ {slot.name}|{slot.kind.value} }}}}"


@register.filter
def current_versions(versions: Iterable[Any]) -> list[Any]:
    """Of each language what is published and what is newer; the newest where nothing is published."""
    found: list[Any] = []
    for one in versions:
        done = any(kept.language == one.language and kept.state == "published" for kept in found)
        known = any(kept.language == one.language for kept in found)
        if not done and (not known or one.state != "retired"):
            found.append(one)
    return found


@register.filter
def told_of(adherence: dict[int, Any], version_id: int) -> Any:
    return adherence.get(version_id)
