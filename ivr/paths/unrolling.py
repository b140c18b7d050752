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
    """For each call the symbol at step 1, 2, …: a node, or how the call ended. Forwards, or backwards from the end."""

    def __init__(
        self, selection: Selection, *, depth: int, start: str = "", backwards: bool = False,
        final: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        store = selection.store
        self.nodes = store.nodes
        self.calls = selection.calls[store.length[selection.calls] > 0]
        self.begin, self.end = (
            store.offset[:-1][self.calls].astype(np.int64),
            store.offset[1:][self.calls].astype(np.int64),
        )
        self.store, self.depth, self.backwards = store, depth, backwards
        if start:
            self._start_at(selection, store.node(start), last=backwards)
        elif backwards:
            self.begin, self.end = self.end - 1, self.begin - 1
        self.final = np.isin(np.arange(len(store.nodes)), [store.node(one) for one in final])

    def _start_at(self, selection: Selection, node: int, *, last: bool) -> None:
        """Only calls that met the node, from its first entry on (or from its last one back)."""
        steps = np.flatnonzero(selection.step_mask & (self.store.code == node))
        if last:
            steps = steps[::-1]
        calls, first = np.unique(self.store.call[steps], return_index=True)
        self.calls = calls
        self.begin = steps[first].astype(np.int64)
        self.end = (self.store.offset[:-1][calls] - 1 if last else self.store.offset[1:][calls]).astype(np.int64)

    def at(self, step: int) -> Array:
        """The symbol of each call at a step from 0: a node's code, `goes_on`, an end; −1 once all is said."""
        width = len(self.nodes)
        sign = -1 if self.backwards else 1
        where, left = self.begin + sign * step, np.abs(self.end - self.begin) - step
        symbol = np.full(len(self.calls), -1, np.int64)
        here = left > 0
        symbol[here] = width if step == self.depth else self.store.code[where[here]]
        if not self.backwards:
            over = left == 0
            outcome = self.store.outcome[self.calls]
            silent = np.zeros(len(self.calls), np.bool_)
            silent[over] = self.final[self.store.code[where[over] - 1]] & (outcome[over] != HUNG_UP)
            over &= ~silent
            symbol[over] = width + 2 + outcome[over]
        return symbol

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
        after = _trimmed(columns.at(step), known, width)
        calls = np.bincount(after[after >= 0], minlength=symbols)
        if before is not None:
            going = (before >= 0) & (after >= 0)
            pair = np.bincount(before[going] * symbols + after[going], minlength=symbols * symbols)
            at_source = np.bincount(before[before >= 0], minlength=symbols)
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


def _trimmed(symbol: Array, known: int, width: int) -> Array:
    """All but the most walked nodes become "Other"; all stay if only one would be left over."""
    count = np.bincount(symbol[(symbol >= 0) & (symbol < known)], minlength=known)
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


def tree(selection: Selection, *, depth: int = 6, least: float = 0.005, start: str = "") -> tuple[Branch, ...]:
    """Beginnings as an indented tree, the most walked branch first; branches below `least` of all calls are one "Other"."""
    columns = Columns(selection, depth=depth, start=start)
    whole = max(1, len(columns.calls))
    outcome = columns.store.outcome[columns.calls]
    found: list[Branch] = []

    def grow(calls: Array, level: int, path: tuple[str, ...]) -> None:
        symbol = matrix[level][calls]
        counted = np.bincount(symbol[symbol >= 0], minlength=1)
        order = np.argsort(-counted, kind="stable")
        small: list[Array] = []
        for one in order[counted[order] > 0].tolist():
            inside = calls[symbol == one]
            if len(inside) < least * whole:
                small.append(inside)
                continue
            node = columns.nodes[one]
            over = inside[columns.end[inside] - columns.begin[inside] == level + 1]
            found.append(_branch(level, node, inside, over, (*path, node), len(calls)))
            if level + 1 < depth:
                grow(inside, level + 1, (*path, node))
        if small:
            rest = np.concatenate(small)
            over = rest[columns.end[rest] - columns.begin[rest] == level + 1]
            found.append(_branch(level, OTHER, rest, over, path, len(calls)))

    def _branch(level: int, node: str, inside: Array, over: Array, path: tuple[str, ...], parent: int) -> Branch:
        ended = np.bincount(outcome[over], minlength=len(OUTCOMES))
        return Branch(
            level=level,
            node=node,
            calls=len(inside),
            share=len(inside) / whole,
            of_parent=len(inside) / max(1, parent),
            ended={name: int(ended[place]) for place, name in enumerate(OUTCOMES)},
            path=path,
        )

    nodes_only = len(columns.nodes)
    matrix = [np.where(one < nodes_only, one, -1) for one in (columns.at(step) for step in range(depth))]
    grow(np.arange(len(columns.calls)), 0, ())
    return tuple(found)
