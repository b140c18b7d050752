"""From finished calls to a table of values: estimate, judge on the calls that came later, price. Pure.

Time-ordered: the first four fifths of the calls teach, the last fifth judges. A table that predicts those no better than
one number for everybody is refused, and the queue goes on by rules. Inputs are the caller's types and the agent; no
protected attribute (sex, ethnicity, religion, health, exact age) is among a caller's types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from routing.matching import PairTable
from routing.scoring import prices
from routing.scoring.effects import Floats, estimate

MOST_TYPES = 64
LEAST_CALLS = 300
LEAST_TYPE = 30  # calls; rarer types are pooled
REST = "*"  # everybody else
PROTECTED = ("sex", "gender", "ethnicity", "religion", "health", "age")
TAUGHT = 0.8


class Served(NamedTuple):
    """A finished call, oldest first in a sequence."""

    types: frozenset[str]
    agent: int
    resolved: bool
    handle_s: float


class Refusal(Exception):
    """No table: the sentence says why."""


class Trained(NamedTuple):
    table: PairTable
    card: dict[str, object]


def train(*, calls: Sequence[Served], agents: Sequence[int], span_s: float, version: str) -> Trained:
    """`agents` may serve the queue now; `span_s` is how long the calls took to come. Raises Refusal."""
    if len(calls) < LEAST_CALLS:
        raise Refusal(f"{len(calls)} finished calls are too few to learn from; {LEAST_CALLS} are needed.")
    kinds = types_of(calls)
    hands = sorted({*agents, *(call.agent for call in calls)})
    cut = int(len(calls) * TAUGHT)
    taught = estimate(total=_sums(calls[:cut], kinds, hands)[0], calls=_sums(calls[:cut], kinds, hands)[1])
    ours, base = _log_loss(calls[cut:], kinds, hands, taught.value), _log_loss(calls[cut:], kinds, hands, None)
    if ours >= base:
        raise Refusal(f"On later calls the table is no better than one number (log loss {ours:.4f}, {base:.4f}).")
    total, counts, handle = _sums(calls, kinds, hands)
    found = estimate(total=total, calls=counts)
    here = [hands.index(agent) for agent in sorted(agents)]
    table = prices.priced(
        version=version,
        types=kinds,
        agents=sorted(agents),
        value=found.value.clip(0.0, 1.0)[:, here],
        rate=counts.sum(axis=1) / max(span_s, 1.0),
        handle_s=handle.sum(axis=1) / np.maximum(counts.sum(axis=1), 1.0),
    )
    card: dict[str, object] = {
        "outcome": "resolved: no call of the same customer within seven days",
        "calls": len(calls),
        "log_loss": round(ours, 5),
        "log_loss_of_one_number": round(base, 5),
        "calibration": _calibration(calls[cut:], kinds, hands, taught.value),
        "spread": {name: round(tau, 4) for name, tau in found.spread.items()},
        "inputs": ["caller type", "agent"],
        "types": kinds,
    }
    return Trained(table, card)


def types_of(calls: Sequence[Served]) -> list[str]:
    """The types that tell callers apart, most telling first: reasons before kinds, common before rare."""
    counted = Counter(kind for call in calls for kind in call.types if not _is_protected(kind))
    common = [kind for kind, count in counted.items() if count >= LEAST_TYPE]
    common.sort(key=lambda kind: (not kind.startswith("intent:"), -counted[kind], kind))
    return [*common[: MOST_TYPES - 1], REST]


def _is_protected(kind: str) -> bool:
    return kind.removeprefix("tag:").split(":")[0].split("-")[0].lower() in PROTECTED


def _row(call: Served, kinds: Sequence[str]) -> int:
    return next((at for at, kind in enumerate(kinds) if kind in call.types), len(kinds) - 1)


def _sums(calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """Resolved, calls and handle seconds, types × agents."""
    total, counts, handle = (np.zeros((len(kinds), len(hands))) for _ in range(3))
    column = {agent: at for at, agent in enumerate(hands)}
    for call in calls:
        where = _row(call, kinds), column[call.agent]
        total[where] += call.resolved
        counts[where] += 1
        handle[where] += call.handle_s
    return total, counts, handle


def _predicted(calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int], value: Floats) -> Floats:
    column = {agent: at for at, agent in enumerate(hands)}
    return np.array([value[_row(call, kinds), column[call.agent]] for call in calls]).clip(0.005, 0.995)


def _log_loss(calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int], value: Floats | None) -> float:
    """`value` None: one number, and the best one at that."""
    happened = np.array([call.resolved for call in calls], dtype=float)
    told = _predicted(calls, kinds, hands, value) if value is not None else np.full(len(calls), happened.mean())
    told = told.clip(0.005, 0.995)
    return float(-np.mean(happened * np.log(told) + (1 - happened) * np.log(1 - told)))


def _calibration(
    calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int], value: Floats
) -> list[list[float]]:
    """Fifths of the judging calls by prediction: [mean predicted, share that came true, calls]."""
    told = _predicted(calls, kinds, hands, value)
    happened = np.array([call.resolved for call in calls], dtype=float)
    parts = np.array_split(np.argsort(told, kind="stable"), 5)
    return [[round(float(told[p].mean()), 4), round(float(happened[p].mean()), 4), len(p)] for p in parts if len(p)]
