"""Sentences said in English, known again with what stands in their gaps and said in the reader's language.

For rooms that know no Django, for what was kept in tables long ago, and for what a machine must read unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from string import Formatter

from django.utils.functional import Promise
from django.utils.translation import override


class Sentences:
    """A list of sentences, lazily translated; `{name}` is a gap."""

    def __init__(self, known: Sequence[str | Promise]) -> None:
        self.known = known

    def said(self, text: object) -> str:
        """The sentence in the reader's language; as it is where it is none of these."""
        sentence = str(text)
        return self.translated(sentence) or sentence

    def translated(self, sentence: str) -> str:
        """The sentence in the reader's language; "" where it is none of these."""
        for pattern, one in self._patterns:
            if found := pattern.fullmatch(sentence):
                return str(one).format(**found.groupdict())
        return ""

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str | Promise]]:
        """Each sentence as an expression that finds its gaps, those with the most words of their own first."""
        with override("en"):
            known = [(str(one), one) for one in self.known]
        known.sort(key=lambda one: -len(re.sub(r"{\w+}", "", one[0])))
        return [(re.compile(_expression(text), re.DOTALL), one) for text, one in known]


def _expression(text: str) -> str:
    return "".join(
        re.escape(literal) + (f"(?P<{name}>.+)" if name else "") for literal, name, *_rest in Formatter().parse(text)
    )
