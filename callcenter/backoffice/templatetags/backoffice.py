"""Words of the back office."""

from __future__ import annotations

from django import template

from callcenter.backoffice.words import WORDS

register = template.Library()


@register.filter
def said(code: object) -> str:
    """A code in the reader's language; what has no word is shown as it is."""
    return str(WORDS.get(str(code), code))
