"""The picture of the ways: step k is a column, so that no menu that leads back makes a circle; and the tree of beginnings.

The picture may be trimmed, the numbers never: what is not drawn by name stands in "Other" and in "goes on". Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ivr.paths.counting import DEPTH, END, GOES_ON, OTHER, WIDTH, Place, Way
from ivr.paths.measures import HUNG_UP, Selection
from ivr.paths.store import OUTCOMES, Array


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One node of the tree of beginnings."""

    level: int
    node: str
    calls: int
    share: float  # of all calls of the selection
    of_parent: float
    ended: dict[str, int]  # calls whose path is over here, by outcome
    path: tuple[str, ...]  # nodes from the start to here

    @property
    def ends(self) -> int:
        return sum(self.ended.values())


class Columns:
    """For each kind of call the symbol at step 1, 2, …: a node, or how the call ended; `times` is how many walked it.

    Forwards, or backwards from the end. Calls that walked the same way are looked at once: a picture knows no times.
    The longest ways stand first, so that those still under way at a step are the first so many.
    """

    def __init__(
        self, selection: Selection, *, depth: int, start: str = "", backwards: bool = False,
        final: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        store = selection.store
        self.nodes = store.nodes
        calls, times = selection.kinds
        walked = store.length[calls] > 0
        self.calls, self.times = calls[walked], times[walked]
        self.begin, self.end = (
            store.offset[:-1][self.calls].astype(np.int64),
            store.offset[1:][self.calls].astype(np.int64),
        )
        self.store, self.depth, self.backwards = store, depth, backwards
        if start:
            self._start_at(store.node(start), last=backwards)
        elif backwards:
            self.begin, self.end = self.end - 1, self.begin - 1
        self.length = np.abs(self.end - self.begin)
        self._longest_first()
        self.weights = self.times.astype(np.float64)
        self.ending = self._ending(final)

    def _longest_first(self) -> None:
        order = np.argsort(-self.length, kind="stable")
        self.calls, self.times, self.length = self.calls[order], self.times[order], self.length[order]
        self.begin, self.end = self.begin[order], self.end[order]

    def _start_at(self, node: int, *, last: bool) -> None:
        """Only calls that met the node, from its first entry on (or from its last one back)."""
        times = np.zeros(len(self.store), np.int64)
        times[self.calls] = self.times
        steps = np.flatnonzero(self.store.code == node)
        steps = steps[times[self.store.call[steps]] > 0]
        if last:
            steps = steps[::-1]
        calls, first = np.unique(self.store.call[steps], return_index=True)
        self.calls, self.times = calls, times[calls]
        self.begin = steps[first].astype(np.int64)
        self.end = (self.store.offset[:-1][calls] - 1 if last else self.store.offset[1:][calls]).astype(np.int64)

    def _ending(self, final: frozenset[str]) -> Array:
        """How each call ended, as a symbol; −1 where that is not said: backwards, or at a node that is an end by itself."""
        if self.backwards:
            return np.full(len(self.calls), -1)
        outcome = self.store.outcome[self.calls]
        itself = np.isin(self.store.code[self.end - 1], [self.store.node(one) for one in final]) & (outcome != HUNG_UP)
        return np.where(itself, -1, len(self.nodes) + 2 + outcome.astype(np.int64))

    def at(self, step: int) -> Array:
        """The symbol of each call at a step from 0: a node's code, `goes_on`, an end; −1 where nothing more is said.

        Only of the calls whose way is so long, or over just here: the first so many.
        """
        under_way, told = (int(np.searchsorted(-self.length, -one, side="right")) for one in (step + 1, step))
        over = self.ending[under_way:told]
        if step == self.depth:
            here: Array = np.full(under_way, len(self.nodes))
        else:
            here = self.store.code[self.begin[:under_way] + (-step if self.backwards else step)].astype(np.int64)
        return np.concatenate((here, over))

    def counted(self, symbol: Array, symbols: int) -> Array:
        """Calls by symbol of the first so many; what is negative is left out."""
        return np.bincount(symbol + 1, self.weights[: len(symbol)], symbols + 1)[1:].astype(np.int64)

    def name(self, symbol: int) -> str:
        width = len(self.nodes)
        if symbol < width:
            return self.nodes[symbol]
        return (GOES_ON, OTHER, *(f"{END}{outcome}" for outcome in OUTCOMES))[symbol - width]


def unroll(
    selection: Selection,
    *,
    depth: int = DEPTH,
    width: int = WIDTH,
    final: frozenset[str] = frozenset(),
    start: str = "",
    backwards: bool = False,
) -> tuple[tuple[Place, ...], tuple[Way, ...]]:
    """Places and ways. `final` nodes are an end by themselves; `start` begins at a node; `backwards` asks how they came."""
    columns = Columns(selection, depth=depth, start=start, backwards=backwards, final=final)
    known = len(columns.nodes)
    symbols = known + 2 + len(OUTCOMES)
    places: list[Place] = []
    ways: list[Way] = []
    before: Array | None = None
    for step in range(depth + 1):
        after = _trimmed(columns, columns.at(step), known, width)
        calls = columns.counted(after, symbols)
        if before is not None:
            both = np.where(after >= 0, before[: len(after)] * symbols + after, -1)
            pair, at_source = columns.counted(both, symbols * symbols), columns.counted(before, symbols)
            left = pair.reshape(symbols, symbols).sum(axis=1)
            places += _places(columns, step, at_source, at_source - left)
            ways += [
                Way(
                    step=step,
                    source=columns.name(one // symbols),
                    target=columns.name(one % symbols),
                    calls=int(pair[one]),
                    share=float(pair[one] / at_source[one // symbols]),
                )
                for one in np.flatnonzero(pair).tolist()
            ]
        before = after
        if step == depth:
            places += _places(columns, depth + 1, calls, calls)
    return (
        tuple(sorted(places, key=lambda one: (one.step, one.node.startswith(END), -one.calls, one.node))),
        tuple(sorted(ways, key=lambda one: (one.step, -one.calls, one.source, one.target))),
    )


def _trimmed(columns: Columns, symbol: Array, known: int, width: int) -> Array:
    """All but the most walked nodes become "Other"; all stay if only one would be left over."""
    count = columns.counted(np.where(symbol < known, symbol, -1), known)
    met = np.flatnonzero(count)
    if len(met) <= width + 1:
        return symbol
    named = met[np.argsort(-count[met], kind="stable")[:width]]
    table = np.arange(known + 2 + len(OUTCOMES))
    table[np.setdiff1d(met, named)] = known + 1
    return np.where(symbol >= 0, table[np.maximum(symbol, 0)], -1)


def _places(columns: Columns, step: int, calls: Array, ended: Array) -> list[Place]:
    return [
        Place(step=step, node=columns.name(one), calls=int(calls[one]), ended=int(ended[one]))
        for one in np.flatnonzero(calls).tolist()
    ]


def _nodes(columns: Columns, step: int) -> Array:
    """The node of every call at a step; −1 for those whose way is over."""
    symbol = columns.at(step)
    found = np.full(len(columns.calls), -1, np.int16)
    found[: len(symbol)] = np.where(symbol < len(columns.nodes), symbol, -1)
    return found


def tree(selection: Selection, *, depth: int = 6, least: float = 0.005, start: str = "") -> tuple[Branch, ...]:
    """Beginnings as an indented tree, the most walked branch first; branches below `least` of all calls are one "Other"."""
    columns = Columns(selection, depth=depth, start=start)
    times, outcome = columns.times, columns.store.outcome[columns.calls]
    whole = max(1, int(times.sum()))
    nodes_only = len(columns.nodes)
    matrix = [_nodes(columns, step) for step in range(depth)]
    found: list[Branch] = []

    def grow(calls: Array, level: int, path: tuple[str, ...]) -> None:
        symbol = matrix[level][calls]
        counted = np.bincount(symbol + 1, times[calls], nodes_only + 1)[1:]  # without those whose path is over
        parent, drawn = int(times[calls].sum()), np.flatnonzero(counted >= max(1, least * whole))
        by_node = calls[np.argsort(symbol, kind="stable")]
        bounds = np.concatenate(([0], np.cumsum(np.bincount(symbol + 1, minlength=nodes_only + 1))))
        for one in drawn[np.argsort(-counted[drawn], kind="stable")].tolist():
            node, inside = columns.nodes[one], by_node[bounds[one + 1] : bounds[one + 2]]
            found.append(branch(level, node, inside, (*path, node), parent))
            if level + 1 < depth:
                grow(inside, level + 1, (*path, node))
        small = np.flatnonzero((counted > 0) & (counted < max(1, least * whole)))
        if len(small):
            found.append(branch(level, OTHER, calls[np.isin(symbol, small)], path, parent))

    def branch(level: int, node: str, inside: Array, path: tuple[str, ...], parent: int) -> Branch:
        over = inside[columns.length[inside] == level + 1]
        ended = np.bincount(outcome[over], times[over], len(OUTCOMES))
        calls = int(times[inside].sum())
        return Branch(
            level=level,
            node=node,
            calls=calls,
            share=calls / whole,
            of_parent=calls / max(1, parent),
            ended={name: int(ended[place]) for place, name in enumerate(OUTCOMES)},
            path=path,
        )

    grow(np.arange(len(columns.calls)), 0, ())
    return tuple(found)
