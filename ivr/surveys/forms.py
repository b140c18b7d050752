"""Survey forms as data: their questions in both languages, their faults, and the reading of answers. Pure.

Format: `{"key", "name": {"en", "zh"}, "questions": [{"key", "kind", "text": {"en", "zh"}, "low", "high"}]}`. One to three
scored questions, one key each, and at most one comment. The first question is what the score of a call is taken from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.flows.definition import Label

LANGUAGES = ("en", "zh")
MOST_SCORED = 3
LONGEST_COMMENT = 1_000
_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What may be answered, and from which value on an answer counts as good and until which as bad."""

    least: int
    most: int
    good: int  # top box: values ≥ good
    bad: int  # values ≤ bad


# CSAT is top-2 of 5 and top-1 of 3; recommendation counts 9 and 10 as promoters, 0–6 as detractors (NPS).
SCALES: dict[str, Scale] = {
    "scale5": Scale(least=1, most=5, good=4, bad=2),
    "scale3": Scale(least=1, most=3, good=3, bad=1),
    "recommend": Scale(least=0, most=10, good=9, bad=6),
    "yes_no": Scale(least=0, most=1, good=1, bad=0),  # keys 1 and 2
}
COMMENT = "comment"
KINDS = (*SCALES, COMMENT)


class BadAnswer(ValueError):
    """The answer does not fit its question; the message says how."""


@dataclass(frozen=True, kw_only=True)
class Question:
    key: str
    kind: str
    text: Label
    low: Label  # what the least value means
    high: Label

    @property
    def scale(self) -> Scale | None:
        """None for comments."""
        return SCALES.get(self.kind)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One version of a form as it is asked."""

    key: str
    number: int
    name: Label
    questions: tuple[Question, ...]

    @property
    def scored(self) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if one.scale)

    @property
    def main(self) -> Question:
        """The question the score of a call is taken from."""
        return self.scored[0]

    def question(self, key: str) -> Question | None:
        return next((one for one in self.questions if one.key == key), None)


def read_form(content: Mapping[str, Any], *, number: int) -> Form:
    """A definition without faults as a form."""
    return Form(
        key=content["key"],
        number=number,
        name=_label(content["name"]),
        questions=tuple(
            Question(
                key=one["key"],
                kind=one["kind"],
                text=_label(one["text"]),
                low=_label(one.get("low", {})),
                high=_label(one.get("high", {})),
            )
            for one in content["questions"]
        ),
    )


def faults(content: object) -> list[str]:
    """Everything wrong with a definition, a sentence each; empty when it may be asked."""
    if not isinstance(content, Mapping):
        return ["A form is an object with key, name and questions."]
    return list(_faults(content))


def read_answer(question: Question, said: object) -> int | str:
    """The value of an answer: a number within the scale, or the text of a comment. Raises BadAnswer with a sentence.

    `said` is a number, a pressed key as text, or the comment's text; for yes or no 1 or "yes" means yes, 2, 0 or "no" no.
    """
    if question.kind == COMMENT:
        if not isinstance(said, str) or not said.strip():
            raise BadAnswer(f"“{question.key}” takes words, and there are none.")
        return said.replace("\x00", "").strip()[:LONGEST_COMMENT]
    number = _number(said)
    if question.kind == "yes_no":
        if number in {0, 1, 2}:
            return int(number == 1)
        raise BadAnswer(f"“{question.key}” takes 1 for yes or 2 for no, not {said!r}.")
    scale = SCALES[question.kind]
    if number is None or not scale.least <= number <= scale.most:
        raise BadAnswer(f"“{question.key}” takes a whole number from {scale.least} to {scale.most}, not {said!r}.")
    return number


def _number(said: object) -> int | None:
    if isinstance(said, bool):
        return int(said)
    if isinstance(said, int):
        return said
    if isinstance(said, str):
        word = said.strip().rstrip("#")  # `#` ends an input of several digits
        if word in {"yes", "no"}:
            return int(word == "yes")
        if word.isascii() and word.isdigit() and len(word) <= 3:
            return int(word)
    return None


def _faults(content: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(content.get("key"), str) or not _KEY.fullmatch(content["key"]):
        yield "The form's key is a word of small letters, digits and underscores."
    yield from _words("The form", "name", content.get("name"))
    questions = content.get("questions")
    if not isinstance(questions, list) or not all(isinstance(one, Mapping) for one in questions):
        yield "The form has no list of questions."
        return
    scored = [one for one in questions if one.get("kind") in SCALES]
    if not 1 <= len(scored) <= MOST_SCORED:
        yield f"A form asks one to {MOST_SCORED} questions with a scale; this one asks {len(scored)}."
    if len(questions) - len(scored) > 1:
        yield "A form asks for at most one comment."
    for key, times in Counter(str(one.get("key")) for one in questions).items():
        if times > 1:
            yield f"Two questions have the key “{key}”."
    for one in questions:
        yield from _question_faults(one)


def _question_faults(one: Mapping[str, Any]) -> Iterator[str]:
    name = f"Question “{one.get('key')}”"
    if not isinstance(one.get("key"), str) or not _KEY.fullmatch(one["key"]):
        yield f"{name}: its key is a word of small letters, digits and underscores."
    if one.get("kind") not in KINDS:
        yield f"{name}: its kind is one of {', '.join(KINDS)}."
    yield from _words(name, "text", one.get("text"))
    if one.get("kind") in {"scale5", "scale3", "recommend"}:  # the direction is spoken every time
        yield from _words(name, "low", one.get("low"))
        yield from _words(name, "high", one.get("high"))


def _words(name: str, field: str, label: object) -> Iterator[str]:
    for language in LANGUAGES:
        text = label.get(language) if isinstance(label, Mapping) else None
        if not isinstance(text, str) or not text.strip():
            yield f"{name}: `{field}` is missing in {language}."


def _label(texts: Mapping[str, str]) -> Label:
    return Label(en=texts.get("en", ""), zh=texts.get("zh", ""))
