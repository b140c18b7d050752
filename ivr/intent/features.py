"""What is known of a caller when the call arrives, as numbers: earlier reasons and their age, the way so far, facts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, log1p

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

MOST_REASONS, MOST_WORDS = 30, 40
MOST_PAST = 50  # earlier calls of one caller: older ones tell nothing more
HALF_LIFE_S = 7 * 86_400.0
STRENGTHS = (5.0, 1.0)  # calls of the usual mix that an own history is mixed with
_LONG_AGO = 12.0  # log minutes: four months
_DAY_PARTS, _WEEKDAYS = 8, 7


@dataclass(frozen=True, kw_only=True)
class Past:
    """An earlier call of the same caller."""

    at: float  # epoch seconds
    reason: str
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A call at its arrival."""

    at: float  # epoch seconds
    hour: int  # 0–23 at the site
    weekday: int  # 0 = Monday
    entry: str = ""  # the number dialled
    chosen: str = ""  # the last option on the path that stands for a reason
    facts: frozenset[str] = frozenset()  # tags, open_complaint, value:gold …
    past: tuple[Past, ...] = ()  # oldest first


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words a model knows, and the usual mix of reasons. What is new to it counts as nothing."""

    reasons: tuple[str, ...]
    mix: tuple[float, ...]
    entries: tuple[str, ...]
    chosen: tuple[str, ...]
    facts: tuple[str, ...]
    outcomes: tuple[str, ...]

    @classmethod
    def of(cls, moments: Sequence[Moment], labels: Sequence[str]) -> Vocabulary:
        reasons = _common(labels, MOST_REASONS)
        counted = Counter(labels)
        counts = [counted[reason] + 0.5 for reason in reasons]
        return cls(
            reasons=reasons,
            mix=tuple(count / sum(counts) for count in counts),
            entries=_common((one.entry for one in moments), MOST_WORDS),
            chosen=_common((one.chosen for one in moments), MOST_WORDS),
            facts=_common((fact for one in moments for fact in one.facts), MOST_WORDS),
            outcomes=_common((past.outcome for one in moments for past in one.past[-1:]), MOST_WORDS),
        )

    def own_history(self, past: Sequence[Past], strength: float) -> list[float]:
        """Shares of the caller's earlier reasons, mixed with `strength` calls of the usual mix."""
        counts = Counter(one.reason for one in past)
        whole = sum(counts[reason] for reason in self.reasons) + strength
        return [
            (counts[reason] + strength * share) / whole for reason, share in zip(self.reasons, self.mix, strict=True)
        ]

    def vector(self, moment: Moment) -> list[float]:
        past = moment.past[-MOST_PAST:]
        found = [log(share) for strength in STRENGTHS for share in self.own_history(past, strength)]
        found += self._fading(moment.at, past)
        last = past[-1] if past else None
        gap = log1p(max(0.0, moment.at - last.at) / 60) if last else _LONG_AGO
        latest = _one_of(self.reasons, last.reason if last else "")
        found += latest
        found += _one_of(self.reasons, past[-2].reason if len(past) > 1 else "")
        found += [one * gap / 10 for one in latest]
        found += [gap, gap * bool(past), log1p(len(past)), float(not past)]
        found += _one_of(self.outcomes, last.outcome if last else "")
        found += _place(min(moment.hour // 3, _DAY_PARTS - 1), _DAY_PARTS) + _place(moment.weekday, _WEEKDAYS)
        found += _one_of(self.entries, moment.entry) + _one_of(self.chosen, moment.chosen)
        found += [float(fact in moment.facts) for fact in self.facts]
        return found

    def matrix(self, moments: Sequence[Moment]) -> Float:
        return np.array([self.vector(one) for one in moments], np.float64)

    def _fading(self, at: float, past: Sequence[Past]) -> list[float]:
        """As own_history, an earlier call counting half with each week."""
        weights = dict.fromkeys(self.reasons, 0.0)
        for one in past:
            if one.reason in weights:
                weights[one.reason] += 0.5 ** (max(0.0, at - one.at) / HALF_LIFE_S)
        whole = sum(weights.values()) + 0.5
        return [
            log((weights[reason] + 0.5 * share) / whole) for reason, share in zip(self.reasons, self.mix, strict=True)
        ]


def _common(words: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(sorted(word for word, _ in Counter(word for word in words if word).most_common(most)))


def _one_of(words: Sequence[str], word: str) -> list[float]:
    return [float(one == word) for one in words]


def _place(place: int, whole: int) -> list[float]:
    return [float(one == place) for one in range(whole)]
