"""From finished calls to a table of values: learn each outcome, judge it on the calls that came later, price. Pure.

Time-ordered: the first four fifths of the calls teach, the last fifth judges (`outcomes`). An outcome that is not predicted
better than by one number is left out, with the reason on the card; without any that is, there is no table and the queue
goes on by rules. Inputs are the caller's types, agent, hour, weekday and channel; no protected attribute (sex, ethnicity,
religion, health, exact age) is among a caller's types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from routing.matching import PairTable
from routing.scoring import prices
from routing.scoring.effects import Floats
from routing.scoring.outcomes import Setting, Unlearned, learn

MOST_TYPES = 64
LEAST_CALLS = 300
LEAST_TYPE = 30  # calls; rarer types are pooled
REST = "*"  # everybody else
PROTECTED = ("sex", "gender", "ethnicity", "religion", "health", "age")
INPUTS = ("caller type", "agent", "hour", "weekday", "channel")


class Served(NamedTuple):
    """A finished call, oldest first in a sequence. None: nobody knows."""

    types: frozenset[str]
    agent: int
    resolved: bool
    handle_s: float
    sold: bool | None = None
    satisfied: bool | None = None  # the best answers to a survey
    hour: int = 0
    weekday: int = 0
    channel: str = "voice"


@dataclass(frozen=True, kw_only=True)
class Weights:
    """What outcomes are worth, in one unit; a second of an agent costs."""

    resolved: float = 1.0
    sold: float = 0.0
    satisfied: float = 0.0
    second: float = 0.0


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    name: str
    said: str
    of: Callable[[Served], float | None]
    is_share: bool = True


OUTCOMES = (
    _Outcome(
        name="resolved", said="no call of the same customer within seven days", of=lambda call: float(call.resolved)
    ),
    _Outcome(name="sold", said="wrapped up as a sale", of=lambda call: None if call.sold is None else float(call.sold)),
    _Outcome(
        name="satisfied",
        said="the best answers to the survey",
        of=lambda call: None if call.satisfied is None else float(call.satisfied),
    ),
    _Outcome(name="second", said="seconds of talk and wrap-up", of=lambda call: call.handle_s, is_share=False),
)


class Refusal(Exception):
    """No table: the sentence says why."""


class Trained(NamedTuple):
    table: PairTable
    card: dict[str, object]


def train(
    *, calls: Sequence[Served], agents: Sequence[int], span_s: float, version: str, weights: Weights | None = None
) -> Trained:
    """`agents` may serve the queue now; `span_s` is how long the calls took to come. Raises Refusal."""
    if len(calls) < LEAST_CALLS:
        raise Refusal(f"{len(calls)} finished calls are too few to learn from; {LEAST_CALLS} are needed.")
    worth = weights or Weights()
    kinds = types_of(calls)
    hands = sorted({*agents, *(call.agent for call in calls)})
    here = [hands.index(agent) for agent in sorted(agents)]
    value, cards = np.zeros((len(kinds), len(hands))), {}
    for outcome in OUTCOMES:
        weight = getattr(worth, outcome.name)
        found, cards[outcome.name] = _learned(outcome, calls, kinds, hands)
        if found is not None:
            value += weight * found * (-1 if outcome.name == "second" else 1)
    told = [name for name, card in cards.items() if "left_out" not in card and getattr(worth, name)]
    if not told:
        raise Refusal(f"Resolved: {cards['resolved'].get('left_out', 'weighs nothing')}")
    counts, handle = _sums(calls, kinds, hands)
    table = prices.priced(
        version=version,
        types=kinds,
        agents=sorted(agents),
        value=value[:, here],
        rate=counts.sum(axis=1) / max(span_s, 1.0),
        handle_s=handle.sum(axis=1) / np.maximum(counts.sum(axis=1), 1.0),
    )
    first = cards[told[0]]
    card: dict[str, object] = {
        "outcome": ", ".join(told),
        "outcomes": cards,
        "weights": {
            "resolved": worth.resolved,
            "sold": worth.sold,
            "satisfied": worth.satisfied,
            "second": worth.second,
        },
        "calls": len(calls),
        "log_loss": first["loss"],
        "log_loss_of_one_number": first["loss_of_one_number"],
        "calibration": first["calibration"],
        "spread": first["spread"],
        "inputs": list(INPUTS),
        "types": kinds,
        "data": sha256(repr([(sorted(call.types), *call[1:]) for call in calls]).encode()).hexdigest(),
    }
    return Trained(table, card)


def _learned(
    outcome: _Outcome, calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int]
) -> tuple[Floats | None, dict[str, object]]:
    """Types × agents, or None with the reason on the card."""
    known = [(call, float(value)) for call in calls if (value := outcome.of(call)) is not None]
    told: dict[str, object] = {"said": outcome.said, "calls": len(known)}
    if len(known) < LEAST_CALLS:
        return None, told | {"left_out": f"{len(known)} calls are too few; {LEAST_CALLS} are needed."}
    column = {agent: at for at, agent in enumerate(hands)}
    channels = sorted({call.channel for call, _ in known})
    setting = Setting(
        row=np.array([_row(call, kinds) for call, _ in known]),
        column=np.array([column[call.agent] for call, _ in known]),
        hour=np.array([call.hour for call, _ in known]),
        weekday=np.array([call.weekday for call, _ in known]),
        channel=np.array([channels.index(call.channel) for call, _ in known]),
    )
    try:
        found = learn(
            setting=setting,
            happened=np.array([value for _, value in known]),
            types=len(kinds),
            agents=len(hands),
            is_share=outcome.is_share,
        )
    except Unlearned as why:
        return None, told | {"left_out": str(why)}
    return found.value, told | found.card


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


def _sums(calls: Sequence[Served], kinds: Sequence[str], hands: Sequence[int]) -> tuple[Floats, Floats]:
    """Calls and handle seconds, types × agents."""
    counts, handle = (np.zeros((len(kinds), len(hands))) for _ in range(2))
    column = {agent: at for at, agent in enumerate(hands)}
    for call in calls:
        where = _row(call, kinds), column[call.agent]
        counts[where] += 1
        handle[where] += call.handle_s
    return counts, handle
