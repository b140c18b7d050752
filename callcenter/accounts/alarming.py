"""When looking customers up becomes strange: too many within an hour, or far more than this person ever does. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

MOST, SIGMAS, LEAST = 60, 3.0, 20  # until somebody sets the rule
HOURS_KNOWN = 20  # hours with look-ups after which a person's own habit says something


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """More than `most` an hour is an alarm; so is more than `least` that lies `sigmas` above the actor's own hours."""

    most: int = MOST
    sigmas: float = SIGMAS
    least: int = LEAST


# Of an API key, until somebody sets it: a system that asks at every call of two hundred agents stays below it.
OF_KEYS = Threshold(most=3_000, least=300)


@dataclass(frozen=True, kw_only=True)
class Strange:
    """Why it is an alarm: `many` (more than the rule allows anybody) or `unusual` (for this person); and their mean hour."""

    why: str
    usual: float | None


def strange(*, looked: int, hours: Sequence[int], rule: Threshold) -> Strange | None:
    """`looked` within the last hour, `hours` the person's earlier ones in which they looked anybody up."""
    usual = fmean(hours) if len(hours) >= HOURS_KNOWN else None
    if looked > rule.most:
        return Strange(why="many", usual=usual)
    if usual is not None and looked > rule.least and looked > usual + rule.sigmas * pstdev(hours):
        return Strange(why="unusual", usual=usual)
    return None
