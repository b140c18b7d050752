"""Which of several words about a field counts, by a rule per field; what a person pinned counts before all. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

TRUSTED, NEWEST, MOST_FREQUENT = "trusted", "newest", "most_frequent"
RULE_NAMES = (TRUSTED, NEWEST, MOST_FREQUENT)
# One rule a field until somebody sets it otherwise: who says it tells more of a name and a region, when it was said of an
# address and a language.
RULES = {
    "name": TRUSTED, "region": TRUSTED, "title": NEWEST, "language": NEWEST, "birth_year": MOST_FREQUENT,
}  # fmt: skip
TRUST = 0.5  # of a source that nobody described
PROMISED_DAYS = 180


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """How one field is chosen. `order`: sources that are believed before all others, whatever their trust, the first most;
    it counts where the rule is `trusted`.
    """

    rule: str
    order: tuple[str, ...] = ()

    def place(self, source: str) -> int:
        """0 for sources without a place of their own, higher the earlier they stand."""
        return len(self.order) - self.order.index(source) if source in self.order else 0


_BY_TRUST = FieldRule(rule=TRUSTED)
OWN: dict[str, FieldRule] = {field: FieldRule(rule=rule) for field, rule in RULES.items()}


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


def choose(*, field: str, words: Sequence[Word], rules: Mapping[str, FieldRule] = OWN) -> Chosen | None:
    """By the rule of the field; None where nobody says anything. Ties: the source that stands, the newest, the name."""
    told = [word for word in words if word.value]
    if not told:
        return None
    told_by = rules.get(field, _BY_TRUST)
    rule = told_by.rule
    counts = Counter(word.value for word in told)

    def rank(word: Word) -> tuple[int, float, bool, datetime, str, str]:
        place = told_by.place(word.source) if rule == TRUSTED else 0
        by_rule = {TRUSTED: word.trust, NEWEST: word.observed_at.timestamp(), MOST_FREQUENT: float(counts[word.value])}
        return place, by_rule[rule], word.is_held, word.observed_at, word.source, word.value

    best = max(told, key=rank)
    return Chosen(word=best, rule=rule, rival=rival(told, best.value))


def rival(words: Sequence[Word], value: str) -> Word | None:
    """The newest word that says something else."""
    others = [word for word in words if word.value and word.value != value]
    return max(others, key=lambda word: (word.observed_at, word.source, word.value), default=None)
