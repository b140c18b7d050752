"""Calls whose callers answer unevenly, with the truth kept: what weighting is tried on. Pure, seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivr.surveys.weighting import Bools, Float

BIAS = 0.08  # planted: who answers is so much more content than who called
_REASONS = ("bill_question", "data_usage", "broadband_fault", "complaint", "roaming")
_SHARES = (0.38, 0.25, 0.2, 0.1, 0.07)
_CONTENT = (0.9, 1.3, -0.6, -1.8, 0.6)  # log odds of being content, by reason
_ANSWERS = (0.2, 0.4, -0.5, -1.1, 0.1)


@dataclass(frozen=True, kw_only=True)
class World:
    """All calls of a month: facts known of each, who was content, who said so."""

    columns: dict[str, list[str]]
    good: Bools
    answered: Bools

    @property
    def truth(self) -> float:
        return float(self.good.mean())

    @property
    def raw(self) -> float:
        return float(self.good[self.answered].mean())


def draw_world(*, seed: int, calls: int, bias: float = BIAS) -> World:
    """Content and willing to answer hang on the same facts, and on how two of them meet, until the bias is as planted."""
    generator = np.random.default_rng(seed)
    reason = generator.choice(len(_REASONS), calls, p=_SHARES)
    wait = generator.exponential(60, calls)
    repeated = generator.random(calls) < np.where(reason >= 2, 0.3, 0.1)
    hour = generator.integers(8, 22, calls)
    long = np.digitize(wait, (20, 60, 150))
    meets = repeated & (reason == 3)
    content = np.array(_CONTENT)[reason] + 0.6 - 0.45 * long - 0.7 * repeated - 0.5 * meets
    good = generator.random(calls) < _chance(content)
    willing = np.array(_ANSWERS)[reason] - 0.3 * long - 0.4 * repeated - 0.3 * meets + 0.05 * (hour - 15)
    drawn = generator.random(calls)
    strength = _strength(willing, good, drawn, bias)
    return World(
        columns={
            "reason": [_REASONS[one] for one in reason],
            "wait": [str(one) for one in long],
            "repeated": [str(one) for one in repeated],
            "hour": [str(one // 4) for one in hour],
        },
        good=good,
        answered=drawn < _chance(strength * willing - 1.2),
    )


def _strength(willing: Float, good: Bools, drawn: Float, bias: float) -> float:
    """How strongly willingness must act for the planted bias: by halving."""
    low, high = 0.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        answered = drawn < _chance(middle * willing - 1.2)
        low, high = (middle, high) if good[answered].mean() - good.mean() < bias else (low, middle)
    return high


def _chance(score: Float) -> Float:
    chances: Float = 1 / (1 + np.exp(-score))
    return chances
