"""Words of the pages of insight."""

from __future__ import annotations

from django import template

from callcenter.backoffice.insight_words import COMPARED, COUNTED_WORDS
from callcenter.insight_pages.words import WORDS

register = template.Library()


@register.filter
def told(code: object) -> str:
    """A code of insight in the reader's language; what has no word is shown as it is."""
    return str(WORDS.get(str(code), code))


@register.filter
def counted(kind: str) -> str:
    """What the timeline is counted for."""
    return str(COUNTED_WORDS.get(kind, kind))


@register.filter
def compared(op: str) -> str:
    """How a fact is compared, as a sign or in words."""
    return str(COMPARED.get(op, op))
