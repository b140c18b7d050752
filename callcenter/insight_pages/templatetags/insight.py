"""Words of the pages of insight."""

from __future__ import annotations

from django import template

from callcenter.insight_pages.words import WORDS

register = template.Library()


@register.filter
def told(code: object) -> str:
    """A code of insight in the reader's language; what has no word is shown as it is."""
    return str(WORDS.get(str(code), code))
