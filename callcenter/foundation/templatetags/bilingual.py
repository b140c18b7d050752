"""Names in both languages on pages."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from callcenter.foundation import bilingual

register = template.Library()


@register.filter
def spoken(name: str) -> str:
    """A name that people gave, in the reader's language where it was written in both."""
    return bilingual.spoken(str(name), language=get_language() or "en")
