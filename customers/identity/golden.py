"""Which of several words about a field counts, by a rule per field; what a person pinned counts before all. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TRUSTED, NEWEST, MOST_FREQUENT = "trusted", "newest", "most_frequent"
# One rule a field: who says it tells more of a name and a region, when it was said of an address and a language.
RULES = {
    "name": TRUSTED, "region": TRUSTED, "title": NEWEST, "language": NEWEST, "birth_year": MOST_FREQUENT,
}  # fmt: skip
TRUST = 0.5  # of a source that nobody described
PROMISED_DAYS = 180


@dataclass(frozen=True, kw_only=True)
class Word:
    """What one source says of one field. `is_held`: it is the source whose word stands now; that settles ties."""

    value: str
    source: str
    observed_at: datetime
    trust: float = TRUST
    promised_days: int = PROMISED_DAYS
    is_held: bool = False

    def confidence(self, now: datetime) -> float:
        """trust × 2^(−age ÷ promised age)."""
        days = max(0.0, (now - self.observed_at).total_seconds() / 86_400)
        return float(self.trust * 2.0 ** (-days / self.promised_days))


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The word that counts, why, and the newest that says otherwise."""

    word: Word
    rule: str
    rival: Word | None


def choose(*, field: str, words: Sequence[Word]) -> Chosen | None:
    """By the rule of the field; None where nobody says anything. Ties: the source that stands, the newest, the name."""
    told = [word for word in words if word.value]
    if not told:
        return None
    rule = RULES.get(field, TRUSTED)
    counts = Counter(word.value for word in told)

    def rank(word: Word) -> tuple[float, bool, datetime, str, str]:
        by_rule = {TRUSTED: word.trust, NEWEST: word.observed_at.timestamp(), MOST_FREQUENT: float(counts[word.value])}
        return by_rule[rule], word.is_held, word.observed_at, word.source, word.value

    best = max(told, key=rank)
    return Chosen(word=best, rule=rule, rival=rival(told, best.value))


def rival(words: Sequence[Word], value: str) -> Word | None:
    """The newest word that says something else."""
    others = [word for word in words if word.value and word.value != value]
    return max(others, key=lambda word: (word.observed_at, word.source, word.value), default=None)
