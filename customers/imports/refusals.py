"""Why a row is refused: a sentence with places and what stands in them, said in the language of whoever reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Facts = Mapping[str, object]


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for translation; whoever shows it translates it."""
    return sentence


class Refusal(Exception):
    """A sentence whose places are named (“%(value)s”), and their values. `field` is always a field of ours."""

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence % facts)
        self.sentence, self.facts = sentence, facts


class Wrong(Refusal):
    """One value of one row cannot be taken; `column` is "" where the row as a whole cannot."""

    def __init__(self, column: str, sentence: str, **facts: object) -> None:
        super().__init__(sentence, **facts)
        self.column = column


def said(sentence: str, facts: Facts, *, translate: Callable[[str], str], name: Callable[[str], str] = str) -> str:
    """The sentence in the reader's language; `name` says what a field is called there.

    A sentence without facts stands as it is: those of earlier releases were kept whole.
    """
    if not facts:
        return translate(sentence)
    return translate(sentence) % {place: _named(place, value, name) for place, value in facts.items()}


def _named(place: str, value: object, name: Callable[[str], str]) -> object:
    """One field, or a list of them, by its name; anything else as it is."""
    if place == "field":
        return name(str(value))
    return ", ".join(name(str(one)) for one in value) if isinstance(value, list) else value
