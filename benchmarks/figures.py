"""The stable names that `make bench` prints, each with its unit and target. Names stay; new ones may be added."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a figure is measured in and what it must reach."""

    unit: str
    at_most: float | None = None
    at_least: float | None = None

    def __str__(self) -> str:
        bounds = ((self.at_most, "≤"), (self.at_least, "≥"))
        return ", ".join(f"{sign} {bound:g}" for bound, sign in bounds if bound is not None)

    def met_by(self, value: float) -> bool:
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report."""

    name: str
    value: float | None  # None: not run
    unit: str
    target: str
    ok: bool | None  # None: not run
    scale: str  # at what size it ran, and how much smaller than named that is; or "not run: why"


TARGETS: dict[str, Target] = {
    # HTTP API, 500 agents, 20 calls/s
    "routing.arrival_to_reservation_ms.p50": Target(unit="ms", at_most=10),
    "routing.arrival_to_reservation_ms.p99": Target(unit="ms", at_most=50),
    # in Chromium
    "desk.reservation_to_paint_ms.p95": Target(unit="ms", at_most=300),
    # server side, 200,000 customers, 2M timeline rows
    "desk.screen_pop_ms.p99": Target(unit="ms", at_most=50),
    # busiest January day, speed 60
    "replay.calls_lost": Target(unit="count", at_most=0),
    "replay.calls_doubled": Target(unit="count", at_most=0),
    "replay.calls_unexplained": Target(unit="count", at_most=0),
    # 1M customers × 100 plans, beside plain numpy with the same arithmetic
    "offers.bulk_rating_ratio_to_numpy": Target(unit="ratio", at_least=1.5),
    "offers.bulk_rating_ratio_to_numpy_full": Target(unit="ratio", at_least=0.8),
    # claims judged on the month that followed; learned from earlier months of other users alone
    "offers.megaline_dearer_share": Target(unit="share", at_most=0.05),
    "offers.megaline_realised_share": Target(unit="share", at_least=0.8),
    "offers.megaline_speaking_share": Target(unit="share", at_least=0.07),
    # policy, facts, engine and arbitration for one caller out of 200 products, 20 calls/s, server side
    "offers.suggest_ms.p99": Target(unit="ms", at_most=50),
    # random questions, beside a slow policy written apart
    "offers.policy_mismatches": Target(unit="count", at_most=0),
    # fresh clone, empty environment
    "demo.first_call_s": Target(unit="s", at_most=240),
    "demo.second_start_s": Target(unit="s", at_most=15),
}


def measured(name: str, value: float, *, scale: str) -> Figure:
    """A figure with its verdict. Raises KeyError for a name that TARGETS does not know: a typo must not pass."""
    target = TARGETS[name]
    return Figure(
        name=name, value=value, unit=target.unit, target=str(target), ok=target.met_by(value), scale=scale
    )  # fmt: skip


def not_run(name: str, reason: str) -> Figure:
    target = TARGETS[name]
    return Figure(
        name=name, value=None, unit=target.unit, target=str(target), ok=None, scale=f"not run: {reason}"
    )  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile, a value that was really measured; `share` is .99 for p99; values are not empty."""
    # Rounded first: .07 * 100 is a hair above 7 in floating point, and its ceiling one rank too high.
    rank = math.ceil(round(share * len(values), 6))
    return sorted(values)[max(1, rank) - 1]
