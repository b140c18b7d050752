"""Paired matching: whom among those waiting each free agent serves better than others would. Pure.

Priced score r(c, a) = value − price of the agent's time − worth of the caller elsewhere − η·(occupancy − mean) + κ·age,
in units of the spread σ of values. Prices are the duals of the fluid plan (`routing.pairing.prices`): without them the
best agents are spent on anybody. η and κ were found by simulation (`routing.simulation`, 40 agents, loads .7 to .95).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from routing.matching import scores
from routing.matching.augmenting import augment
from routing.matching.floor import Floor
from routing.matching.rules import PairTable, Strategy, WaitingCall

SKIP_LIMIT = 10  # callers served before an older one; then that one is taken next by whoever can
FAIRNESS = 4.0  # η, in σ per unit of two hours' occupancy
AGE_S = 140.0  # κ: a caller who waited so much longer outweighs one σ of value
_HASH_SPAN = 1 << 32
_KNUTH = 2654435761  # multiplicative hashing: neighbours in time fall far apart


def is_paired(floor: Floor, call: WaitingCall) -> bool:
    """Whether this call goes by value: its queue asks for it, a table is there, the plan and the caller allow it."""
    rule = floor.roster.queues[call.queue]
    if rule.strategy is not Strategy.PAIRED or not floor.insight.caller(call.id).paired:
        return False
    table = floor.insight.pairs.get(call.queue)
    return table is not None and bool(table.types)


def draw(call: UUID) -> float:
    """A number in [0, 1) that belongs to this call for good, uniform over calls."""
    return (call.int % _HASH_SPAN) * _KNUTH % _HASH_SPAN / _HASH_SPAN


def explores(call: UUID, share: float) -> bool:
    return draw(call) < share


def explored(call: UUID, share: float, candidates: Sequence[int]) -> int:
    """The agent an exploring call goes to: each candidate with the same chance 1 / n."""
    return sorted(candidates)[int(draw(call) / share * len(candidates))]


def terms(*, floor: Floor, call: WaitingCall, agent: int) -> scores.Terms:
    """The terms of the priced score; all but `value` weigh nothing where nobody has a choice."""
    table = floor.insight.pairs[call.queue]
    kind = kind_of(table, floor.insight.caller(call.id).types)
    occupancy = floor.insight.agent(agent).occupancy - floor.mean_occupancy
    found = {
        "value": value(table, kind, agent) / table.spread,
        "price": -table.price.get(agent, 0.0) / table.spread,
        "worth": -table.worth.get(kind, 0.0) / table.spread,
        "fairness": -FAIRNESS * occupancy,
        "age": (floor.now - call.place_key).total_seconds() / AGE_S,
    }
    return scores.rounded(found)


def kind_of(table: PairTable, types: frozenset[str]) -> str:
    """The first type of the table that the caller has, else the table's last."""
    return next((kind for kind in table.types if kind in types), table.types[-1])


def value(table: PairTable, kind: str, agent: int) -> float:
    """Unknown pairs are worth what this agent's price and this caller's worth say: neither better nor worse."""
    return table.value.get((kind, agent), table.price.get(agent, 0.0) + table.worth.get(kind, 0.0))


def pick(
    *, may: Sequence[Sequence[int]], agents: Sequence[int], score: Mapping[tuple[int, int], float], skips: Sequence[int]
) -> dict[int, int]:
    """Which callers these agents serve, and by whom: row of caller → agent. Rows stand in order of place.

    `may[row]` are the agents who may serve a caller, `score` says how well, `skips` how often the caller was overtaken.
    As many callers are served as can be. Nobody is overtaken more than SKIP_LIMIT times by callers whom the same
    agents could serve: whoever would be is served first, oldest first.
    """
    inside = set(agents)
    able = [tuple(agent for agent in row if agent in inside) for row in may]
    forced = {row for row, times in enumerate(skips) if times >= SKIP_LIMIT}
    while True:
        chosen = _assign(able, agents, score, forced)
        late = {row for row in range(len(able)) if _too_often(row, chosen, skips) and row not in forced}
        if not late:
            return chosen
        forced |= late


def _too_often(row: int, chosen: Mapping[int, int], skips: Sequence[int]) -> bool:
    return row not in chosen and skips[row] + sum(other > row for other in chosen) > SKIP_LIMIT


def _assign(
    able: Sequence[Sequence[int]],
    agents: Sequence[int],
    score: Mapping[tuple[int, int], float],
    forced: set[int],
) -> dict[int, int]:
    from scipy.optimize import linear_sum_assignment  # half a second to import, and most floors never pair

    line = sorted(forced)
    first = {line[left] for left in augment(able[row] for row in line).values()}
    rows = [row for row in range(len(able)) if able[row] and (row in first or row not in forced)]
    if not rows:
        return {}
    column = {agent: no for no, agent in enumerate(agents)}
    known = [score[row, agent] for row in rows for agent in able[row]]
    least, span = min(known), max(known) - min(known) + 1.0
    # One more caller served outweighs every score, one more forced caller every number of callers: at 50 callers and
    # scores of a few σ the greatest entry stays below 10⁶, where doubles still tell 10⁻⁹ apart.
    step = span * (min(len(rows), len(agents)) + 1)
    gain = np.zeros((len(rows), len(agents)))
    for at, row in enumerate(rows):
        bonus = step * (len(agents) + 1 if row in first else 1)
        for agent in able[row]:
            gain[at, column[agent]] = bonus + score[row, agent] - least + 1e-9 * (len(agents) - column[agent])
    left, right = linear_sum_assignment(gain, maximize=True)
    return {rows[at]: agents[to] for at, to in zip(left, right, strict=True) if gain[at, to] > 0}
