"""Who is asked at random, who is left in peace for comparison, and with which odds a card leads. Pure and repeatable.

A party's cell follows from a hash, so that nobody draws twice and anybody can check it later. The odds are logged with
the decision: what they are not exact about cannot be evaluated afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

RANDOM_SHARE = 0.02  # a month: the lead sales card is drawn evenly from all that may be shown
HOLDOUT_SHARE = 0.03  # half a year: no sales card at all
EPSILON = 0.10  # of the rest: drawn by priority instead of the best
TEMPERATURE = 1.0
TOP = 5  # explored among so many


class Cell(StrEnum):
    POLICY = "policy"
    RANDOM = "random"
    NO_OFFER = "no_offer"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Which of the feasible leads, and how likely that was. `odds` sum to 1, in the order of what was handed in."""

    index: int
    odds: tuple[float, ...]  # within the party's cell
    marginal: float  # of what was drawn, over all cells


def share(salt: str, purpose: str, party: str, period: str) -> float:
    """A number in [0, 1) that belongs to a party for a period: 8 bytes of SHA-256(`salt|purpose|party|period`) ÷ 2^64."""
    digest = sha256(f"{salt}|{purpose}|{party}|{period}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def cell_of(*, salt: str, party: str, day: date) -> Cell:
    """The comparison group of a party on a day. Being left in peace goes before being drawn."""
    if share(salt, "holdout", party, f"{day.year}H{1 if day.month <= 6 else 2}") < HOLDOUT_SHARE:
        return Cell.NO_OFFER
    if share(salt, "random", party, f"{day:%Y-%m}") < RANDOM_SHARE:
        return Cell.RANDOM
    return Cell.POLICY


def draw(*, cell: Cell, priorities: Sequence[float], just_serve: int, key: str) -> Draw:
    """Draws the leading sales card among `priorities` (all above nothing, the best first); `just_serve` is the place
    of serving alone. `key` names the decision: the same decision draws the same card; without one nothing is drawn
    and the best leads. Raises ValueError for none.
    """
    if not priorities or min(priorities) <= 0:
        raise ValueError("Only what has a priority above nothing can be drawn.")
    if not key:
        best = max(range(len(priorities)), key=lambda place: priorities[place])
        return Draw(index=best, odds=tuple(float(place == best) for place in range(len(priorities))), marginal=1.0)
    evenly = tuple(1 / len(priorities) for _ in priorities)
    by_policy = policy_odds(priorities)
    if cell is Cell.NO_OFFER:
        odds = tuple(float(place == just_serve) for place in range(len(priorities)))
    else:
        odds = evenly if cell is Cell.RANDOM else by_policy
    index = _pick(odds, share("draw", cell, key, ""))
    drawn = RANDOM_SHARE * evenly[index] + (1 - RANDOM_SHARE) * by_policy[index]
    marginal = HOLDOUT_SHARE * float(index == just_serve) + (1 - HOLDOUT_SHARE) * drawn
    return Draw(index=index, odds=odds, marginal=marginal)


def policy_odds(priorities: Sequence[float]) -> tuple[float, ...]:
    """(1 − ε) for the best, ε shared by softmax of log priority over the first five. Sums to 1."""
    order = sorted(range(len(priorities)), key=lambda place: -priorities[place])
    top = order[:TOP]
    weights = {place: math.exp(math.log(priorities[place]) / TEMPERATURE) for place in top}
    whole = sum(weights.values())
    odds = [EPSILON * weights.get(place, 0.0) / whole for place in range(len(priorities))]
    odds[order[0]] += 1 - EPSILON
    return tuple(odds)


def _pick(odds: Sequence[float], u: float) -> int:
    """The place into which `u` of [0, 1) falls."""
    reached = 0.0
    for place, chance in enumerate(odds):
        reached += chance
        if u < reached:
            return place
    return max(place for place, chance in enumerate(odds) if chance > 0)  # rounding left the sum below u
