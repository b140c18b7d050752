"""What pages of other doors say about people of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from callcenter.accounts import look_up_alarms

register = template.Library()


@register.inclusion_tag("accounts/_alarms.html")
def alarms_waiting() -> dict[str, Any]:
    """One line where somebody looked up strangely many customers and nobody has answered for it; else nothing."""
    return {"waiting": look_up_alarms.waiting()}


@register.filter
def by_name(actor: str, names: Mapping[str, str]) -> str:
    """Who did it, by their sign-in name."""
    return names.get(actor, actor)
