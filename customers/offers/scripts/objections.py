"""Finding the approved answer to what a customer objects: character 2–4-grams, offline, in both languages. Pure.

TF-IDF over what customers say (Salton and Buckley 1988) in plain Python: some dozens of sentences of a script need
no model. Below the threshold nothing is answered.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEAST = 0.07  # cosine below which the sentences are strangers
MOST = 3


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One objection in the customer's words, with what may be answered."""

    kind: str
    says: str
    answers: tuple[str, ...]
    score: float = 1.0


def search(asked: str, objections: Sequence[Answered]) -> tuple[Answered, ...]:
    """The objections nearest to these words, best first; none where nothing is near. All of them for no words."""
    if not asked.strip():
        return tuple(objections)
    documents = [_grams(f"{one.says} {one.kind.replace('_', ' ')}") for one in objections]
    rarity = _rarity(documents)
    strange = math.log(1 + len(documents)) + 1
    wanted = {gram: 1 + math.log(count) for gram, count in _grams(asked).items()}
    wanted = {gram: weight * rarity.get(gram, strange) for gram, weight in wanted.items()}
    scored = [(_cosine(wanted, _weighted(one, rarity)), place) for place, one in enumerate(documents)]
    best = sorted((-score, place) for score, place in scored if score >= LEAST)[:MOST]
    return tuple(
        Answered(kind=one.kind, says=one.says, answers=one.answers, score=round(-score, 3))
        for score, place in best
        for one in (objections[place],)
    )


def _grams(text: str) -> Counter[str]:
    """Character 2–4-grams inside words; a Chinese sentence is one word. Two letters of an alphabet say nothing."""
    words = "".join(sign if sign.isalnum() else " " for sign in text.casefold()).split()
    return Counter(
        word[start : start + length]
        for word in words
        for length in ((3, 4) if word.isascii() else (2, 3, 4))
        for start in range(len(word) - length + 1)
    )  # fmt: skip


def _rarity(documents: Sequence[Counter[str]]) -> dict[str, float]:
    seen = Counter(gram for one in documents for gram in one)
    return {gram: math.log((1 + len(documents)) / (1 + count)) + 1 for gram, count in seen.items()}


def _weighted(grams: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    return {gram: (1 + math.log(count)) * rarity[gram] for gram, count in grams.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    lengths = math.sqrt(sum(x * x for x in one.values())) * math.sqrt(sum(x * x for x in other.values()))
    return sum(weight * other.get(gram, 0.0) for gram, weight in one.items()) / lengths if lengths else 0.0
