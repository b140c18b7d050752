"""Who matters in a graph of ties: influence, core, spread over circles, and whom to begin with. Pure.

PageRank (Brin and Page 1998) on weighted ties; k-core (Seidman 1983); word spreads by weighted cascade (Kempe, Kleinberg
and Tardos 2003): along a tie with the share it has of the receiver's ties; beginners by lazy greedy (Minoux 1978).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from customers.circles.finding import Circles, Floats, Ints

DAMPING = 0.85
ITERATIONS = 30
CORE_LEVELS = 60
BEGINNERS = 10


def pagerank(ties: Any) -> Floats:
    """Influence of each node; sums to 1. Nodes without ties share what is left."""
    nodes = ties.shape[0]
    out = np.asarray(ties.sum(axis=1)).ravel()
    steps = sparse.diags(np.divide(1.0, out, out=np.zeros(nodes), where=out > 0)) @ ties
    steps = steps.T.tocsr()
    rank: Floats = np.full(nodes, 1 / nodes)
    for _turn in range(ITERATIONS):
        told = steps @ rank
        rank = (1 - DAMPING) / nodes + DAMPING * (told + (1 - told.sum()) / nodes)
    return rank


def core_numbers(ties: Any) -> Ints:
    """The largest k for which a node belongs to a group where everybody has k ties inside."""
    known = ties.tocsr(copy=True)
    known.data = np.ones_like(known.data)
    left = np.diff(known.indptr).astype(np.float64)
    core = np.zeros(known.shape[0], dtype=np.int64)
    here = left > 0
    for k in range(1, CORE_LEVELS + 1):
        while True:
            falls = here & (left < k)
            if not falls.any():
                break
            left -= known @ falls.astype(np.float64)
            here &= ~falls
        if not here.any():
            break
        core[here] = k
    return core


def spread(found: Circles) -> Floats:
    """1 − Σ (k_c / k)² over the circles c of a node's neighbours: 0 where all sit in one, near 1 where it bridges many."""
    known = found.ties.tocsr(copy=True)
    known.data = np.ones_like(known.data)
    inside = np.flatnonzero(found.circle >= 0)
    worn = sparse.csr_matrix(
        (np.ones(len(inside)), (inside, found.circle[inside])), shape=(known.shape[0], max(found.count, 1))
    )
    counts = (known @ worn).tocsr()
    counts.data **= 2
    square = np.asarray(counts.sum(axis=1)).ravel()
    degree = np.diff(known.indptr).astype(np.float64)
    share = np.divide(square, degree**2, out=np.ones(len(degree)), where=degree > 0)
    told: Floats = 1 - share
    return told


def ranks(values: Floats, among: NDArray[np.bool_]) -> Floats:
    """Each one's share of the others it is above or level with, 0 … 1, among those asked for; 0 for all others."""
    told = np.zeros(len(values))
    places = np.flatnonzero(among)
    if len(places):
        asked = np.sort(values[places])
        told[places] = np.searchsorted(asked, values[places], side="right") / len(places)
    return told


def closeness(found: Circles) -> Floats:
    """Of each circle, the share of its members' ties, by weight, that stay inside."""
    ties = found.ties.tocoo()
    placed = found.circle[ties.row] >= 0
    row, col, weight = ties.row[placed], ties.col[placed], ties.data[placed]
    own = found.circle[row]
    all_of = np.bincount(own, weights=weight, minlength=found.count)
    inside = np.bincount(own, weights=weight * (found.circle[col] == own), minlength=found.count)
    told: Floats = np.divide(inside, all_of, out=np.zeros(found.count), where=all_of > 0)
    return told


def share_of_neighbours(ties: Any, marked: NDArray[np.bool_]) -> Floats:
    """Σ w over marked neighbours ÷ Σ w over all: 0 for whom nobody talks with."""
    all_of = np.asarray(ties.sum(axis=1)).ravel()
    told: Floats = np.divide(ties @ marked.astype(np.float64), all_of, out=np.zeros(len(all_of)), where=all_of > 0)
    return told


@dataclass(frozen=True, kw_only=True)
class Word:
    """How word spreads: `chance[i, j]` that j hears it from i, `bound[i]` the most that i alone may reach."""

    chance: Any
    bound: Floats

    @classmethod
    def of(cls, ties: Any) -> Word:
        heard = np.asarray(ties.sum(axis=0)).ravel()
        chance = (ties @ sparse.diags(np.divide(1.0, heard, out=np.zeros(len(heard)), where=heard > 0))).tocsr()
        one = np.asarray(chance.sum(axis=1)).ravel()
        return cls(chance=chance, bound=one + chance @ one + 1)

    def from_(self, node: int) -> tuple[Ints, Floats]:
        """Whom a beginner reaches in two steps, and with what chance; itself for certain."""
        row = self.chance[node]
        second = sparse.diags(row.data) @ self.chance[row.indices]
        many = np.concatenate([row.indices, second.indices])
        missed = np.log1p(-np.minimum(np.concatenate([row.data, second.data]), 1 - 1e-12))
        people, at = np.unique(many, return_inverse=True)
        chance = -np.expm1(np.bincount(at, weights=missed))
        keep = people != node
        return np.append(people[keep], node), np.append(chance[keep], 1.0)

    def reached(self, beginners: Ints) -> float:
        """Expected people who hear it when all of these begin."""
        missed = np.zeros(self.chance.shape[0])
        for node in beginners:
            people, chance = self.from_(int(node))
            missed[people] += np.log1p(-np.minimum(chance, 1 - 1e-12))
        return float(-np.expm1(missed).sum())


def beginners(word: Word, *, may_ask: NDArray[np.bool_], most: int = BEGINNERS) -> Ints:
    """Whom to begin with, the best first: each adds most to those before. Gains only shrink, so few are looked at anew."""
    missed = np.zeros(len(may_ask))
    heap = [(-float(word.bound[node]), int(node), -1) for node in np.flatnonzero(may_ask)]
    heapq.heapify(heap)
    chosen: list[int] = []
    while heap and len(chosen) < most:
        _gain, node, seen = heapq.heappop(heap)
        people, chance = word.from_(node)
        if seen == len(chosen):
            chosen.append(node)
            missed[people] += np.log1p(-np.minimum(chance, 1 - 1e-12))
            continue
        heapq.heappush(heap, (-float((chance * np.exp(missed[people])).sum()), node, len(chosen)))
    return np.array(chosen, dtype=np.int64)
