"""What no routing can pass: the fluid plan of a real day, and hindsight that knows every call beforehand. Pure.

Both are linear programmes solved by HiGHS. The fluid bound of pairs is `routing.scoring.prices.solve`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, vstack

from routing.simulation.days import Day

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
HOUR_S = 3600.0
BLOCK_S = 4 * HOUR_S
DURATION_BINS = 6


@dataclass(frozen=True, kw_only=True)
class Known:
    """Calls as hindsight knows them, oldest first; `value` is types × agents, everybody there all the time."""

    at: Floats
    kind: Ints  # row of `value`
    service_s: Floats
    value: Floats  # 0 or more
    longest_wait_s: float  # every call is begun within so long, or not at all


def hindsight(known: Known) -> float:
    """Upper bound of the mean value per call of any routing that begins calls within `longest_wait_s`.

    A plan over cells (block of hours × type × length of call) gives prices of agents' time; by weak duality the calls
    judged one by one at these prices bound every plan, whatever the cells left out.
    """
    blocks = np.minimum(known.at // BLOCK_S, max(0, int(known.at[-1] // BLOCK_S))).astype(np.int64)
    spans = _spans(int(blocks[-1]) + 1)
    inside = np.array([[first <= block <= last for first, last in spans] for block in range(int(blocks[-1]) + 1)])
    # Calls that arrive in a span are begun between its start and `longest_wait_s` after its end, and the last one of
    # an agent may run over by its whole length.
    room = np.array([(last - first + 1) * BLOCK_S for first, last in spans])
    room = room + known.longest_wait_s + float(known.service_s.max())
    price = _prices(known, blocks, inside, room)
    by_block = inside @ price  # blocks × agents: what a second of an agent costs a call of this block
    surplus = known.value[known.kind] - known.service_s[:, None] * by_block[blocks]
    total = float(surplus.max(axis=1).clip(0.0).sum()) + float((price.sum(axis=1) * room).sum())
    return total / len(known.at)


def _spans(blocks: int) -> list[tuple[int, int]]:
    """Runs of 1, 2, 4 … blocks, and all of them."""
    lengths = {blocks} | {1 << power for power in range(blocks.bit_length()) if 1 << power <= blocks}
    return [(first, first + length - 1) for length in sorted(lengths) for first in range(blocks - length + 1)]


def _prices(known: Known, blocks: Ints, inside: npt.NDArray[np.bool_], room: Floats) -> Floats:
    """Spans × agents: duals of the plan over cells. Raises ValueError when HiGHS finds no plan."""
    edges = np.quantile(known.service_s, np.linspace(0, 1, DURATION_BINS + 1)[1:-1])
    cell = (blocks * len(known.value) + known.kind) * DURATION_BINS + np.searchsorted(edges, known.service_s)
    _, first, which, count = np.unique(cell, return_index=True, return_inverse=True, return_counts=True)
    length = np.bincount(which, weights=known.service_s) / count
    cells, agents, spans = len(count), known.value.shape[1], len(room)
    at = np.arange(cells * agents)
    gain = known.value[known.kind[first]].ravel()
    once = coo_array((np.ones(len(at)), (at // agents, at)), shape=(cells, len(at)))
    rows, columns = [], []
    for span in range(spans):
        used = at[np.repeat(inside[blocks[first], span], agents)]
        rows.append(span * agents + used % agents)
        columns.append(used)
    row, column = np.concatenate(rows), np.concatenate(columns)
    work = csr_array((length[column // agents], (row, column)), shape=(spans * agents, len(at)))
    found = linprog(
        -gain,
        A_ub=vstack([once.tocsr(), work]),
        b_ub=np.concatenate([count.astype(float), np.repeat(room, agents)]),
        bounds=(0, None),
        method="highs",
    )
    if not found.success:
        raise ValueError(f"No plan in hindsight: {found.message}")
    duals: Floats = np.maximum(0.0, -found.ineqlin.marginals[cells:]).reshape(spans, agents)
    return duals


def least_lost(day: Day, *, between_s: float) -> float:
    """Share of callers that even a plan must lose which knows each hour's rates and wastes no second.

    Hour by hour: most calls served, by agents who have the skill, within the seconds they were there.
    """
    agents = sorted({shift.agent for shift in day.shifts})
    here: dict[int, Floats] = defaultdict(lambda: np.zeros(len(agents)))
    for shift in day.shifts:
        for hour in range(int(shift.start // HOUR_S), int(shift.end // HOUR_S) + 1):
            inside = min(shift.end, (hour + 1) * HOUR_S) - max(shift.start, hour * HOUR_S)
            here[hour][agents.index(shift.agent)] += max(0.0, inside)
    came: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for caller in day.callers:
        came[int(caller.at // HOUR_S)][caller.kind].append(caller.talk_s + between_s)
    served = sum(_most_served(day, agents, kinds, here[hour]) for hour, kinds in came.items())
    return max(0.0, 1.0 - served / len(day.callers)) if day.callers else 0.0


def _most_served(day: Day, agents: Sequence[str], kinds: dict[str, list[float]], here: Floats) -> float:
    pairs = [(kind, a) for kind in kinds for a, name in enumerate(agents) if day.skills.get(name, {}).get(kind)]
    if not pairs:
        return 0.0
    names = list(kinds)
    at = np.arange(len(pairs))
    calls = coo_array(
        (np.ones(len(pairs)), ([names.index(kind) for kind, _ in pairs], at)), shape=(len(names), len(at))
    )
    seconds = [sum(kinds[kind]) / len(kinds[kind]) for kind, _ in pairs]
    work = coo_array((seconds, ([a for _, a in pairs], at)), shape=(len(agents), len(at)))
    found = linprog(
        -np.ones(len(pairs)),
        A_ub=vstack([calls.tocsr(), work.tocsr()]),
        b_ub=np.concatenate([[float(len(kinds[kind])) for kind in names], here]),
        bounds=(0, None),
        method="highs",
    )
    return -float(found.fun)
