"""The shape of a delivery, and whether it is so unlike the last one that a person should look first. Pure.

Drift is the population stability index Σ(p − q)·ln(p/q) over bins (Siddiqi 2006): below 0.1 nothing, above 0.25 a shift.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

Profile = dict[str, dict[str, int]]

ALL_UP_TO = 2_000  # rows that are all looked at; of those behind, one in EVERY
EVERY = 50
MOST_ROWS_OFF = 0.30  # of the last delivery's rows
MOST_REFUSED = 0.20  # of the rows
MOST_DRIFT = 0.30
LEAST_ROWS = 20  # of a delivery before its number or its refusals say anything
LEAST_SAMPLE = 100  # rows of both deliveries before shares are compared
_MOST_BINS = 30  # of one field; the rest is one bin
_TINY = 1e-4  # the share of an empty bin
_BY_VALUE = frozenset({"region", "language", "title", "kind"})
_REST = "…"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A gate that a delivery does not pass. `now` and `before` in rows, shares or PSI, as the code has it."""

    code: str  # few_rows | many_rows | refused | drift
    now: float
    before: float
    field: str = ""  # of a drift

    def as_json(self) -> dict[str, float | str]:
        return {"code": self.code, "now": round(self.now, 4), "before": round(self.before, 4), "field": self.field}


def is_sampled(number: int) -> bool:
    """Whether the row of this number is looked at for the profile."""
    return number <= ALL_UP_TO or number % EVERY == 0


def bin_of(field: str, value: str) -> str:
    """Into which bin a value falls; nothing of a person is left in it."""
    if not value:
        return "-"
    if field in _BY_VALUE:
        return value[:40]
    if field == "birth_year":
        return f"{value[:3]}0"
    return "+"


def add(profile: Profile, fields: tuple[str, ...], told: Mapping[str, object]) -> None:
    """Count one row in; `fields` are the columns that the file has, filled or not."""
    for field in fields:
        bins = profile.setdefault(field, {})
        name = bin_of(field, str(told.get(field) or ""))
        if name not in bins and len(bins) >= _MOST_BINS:
            name = _REST
        bins[name] = bins.get(name, 0) + 1


def joined(one: Profile, other: Profile) -> Profile:
    """Both together."""
    return {
        field: dict(Counter(one.get(field, {})) + Counter(other.get(field, {}))) for field in one.keys() | other.keys()
    }


def psi(now: Mapping[str, int], before: Mapping[str, int]) -> float:
    """How far two distributions over the same bins are apart; 0 where one of them is empty."""
    total, earlier = sum(now.values()), sum(before.values())
    if not total or not earlier:
        return 0.0
    shares = (
        (max(now.get(name, 0) / total, _TINY), max(before.get(name, 0) / earlier, _TINY))
        for name in now.keys() | before.keys()
    )
    return sum((p - q) * math.log(p / q) for p, q in shares)


def drifts(now: Profile, before: Profile) -> dict[str, float]:
    """PSI of every field that both deliveries have, where both are large enough to speak."""
    return {
        field: psi(now[field], before[field])
        for field in sorted(now.keys() & before.keys())
        if min(sum(now[field].values()), sum(before[field].values())) >= LEAST_SAMPLE
    }


def findings(
    *, rows: int, refused: int, sampled: int, profile: Profile, rows_before: int | None, profile_before: Profile
) -> list[Finding]:
    """Every gate that a delivery does not pass: too few or many rows, too many refused, a field that has shifted.

    `refused` of `sampled` rows; `rows_before` is None for a first delivery.
    """
    found: list[Finding] = []
    if rows_before and rows_before >= LEAST_ROWS:
        if rows < rows_before * (1 - MOST_ROWS_OFF):
            found.append(Finding(code="few_rows", now=rows, before=rows_before))
        elif rows > rows_before * (1 + MOST_ROWS_OFF):
            found.append(Finding(code="many_rows", now=rows, before=rows_before))
    if sampled >= LEAST_ROWS and refused / sampled > MOST_REFUSED:
        found.append(Finding(code="refused", now=refused / sampled, before=MOST_REFUSED))
    found += [
        Finding(code="drift", now=value, before=MOST_DRIFT, field=field)
        for field, value in drifts(profile, profile_before).items()
        if value > MOST_DRIFT
    ]
    return found
