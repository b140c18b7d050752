"""What is counted of the calls that pass a filter: nodes, edges, times, errors, returns, misroutes, repeats. Pure.

Every number comes from all calls of the selection, whatever a picture draws of them. Definitions: `docs/ivr-paths.md`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np

from ivr.events import Outcome
from ivr.paths.statistics import Share, share
from ivr.paths.store import (
    AGAIN,
    ALL_FLAGS,
    BAD_KEY,
    BINS,
    CELLS,
    FIRST,
    NO_INPUT,
    NO_MATCH,
    NOBODY,
    OUTCOMES,
    TASK,
    TRANSFER,
    ZERO_OUT,
    Array,
    Mask,
    PathStore,
)  # fmt: skip

AGENT, DONE, HUNG_UP = (OUTCOMES.index(one) for one in (Outcome.AGENT, Outcome.TASK, Outcome.HANGUP))
ENOUGH_FOR_COST = 100  # well-routed calls; below, a misroute counts the published 180 s (BBN Call Director: 120–240 s)
PUBLISHED_MISROUTE_S = 180.0
DAY_S, WEEK_S = 86_400, 7 * 86_400


class Selection:
    """The calls of a store that pass a filter."""

    def __init__(self, store: PathStore, mask: Mask | None = None) -> None:
        self.store = store
        self.mask = mask
        self.whole = mask is None or bool(mask.all())
        self._columns: dict[str, Array] = {}
        self.judged: dict[tuple[int, int], Array] = {}  # by seconds after the call and until when calls are known

    @cached_property
    def calls(self) -> Array:
        """Places of the calls in the store."""
        return np.arange(len(self.store)) if self.whole or self.mask is None else np.flatnonzero(self.mask)

    @property
    def n(self) -> int:
        return len(self.calls)

    @cached_property
    def kinds(self) -> tuple[Array, Array]:
        """Each sequence of nodes with its end once: a call that walked it, and how many of the selection did."""
        first, which = self.store.kinds
        times = np.bincount(which if self.whole else which[self.calls], minlength=len(first))
        walked = np.flatnonzero(times)
        return first[walked], times[walked]

    @cached_property
    def step_mask(self) -> Mask:
        if self.whole or self.mask is None:
            return np.ones(self.store.steps, np.bool_)
        return np.repeat(self.mask, self.store.length)

    def of_steps(self, name: str) -> Array:
        """A column of the store's steps, for the selected calls only."""
        if name not in self._columns:
            column: Array = getattr(self.store, name)
            # Taking by place is twice as quick as by a mask, and each question takes a dozen columns.
            self._columns[name] = column if self.whole else column.take(self._places)
        return self._columns[name]

    @cached_property
    def _places(self) -> Array:
        """Places of the selected calls' steps in the store."""
        return np.flatnonzero(self.step_mask)

    def _cells(self, name: str) -> Array:
        """A column of cells as bincount wants it; converted once."""
        wide = f"{name} as cells"
        if wide not in self._columns:
            self._columns[wide] = self.of_steps(name).astype(np.intp)
        return self._columns[wide]

    def _spent(self, name: str) -> Array:
        """A column of milliseconds as bincount wants it; what is unknown counts as none."""
        wide = f"{name} as weights"
        if wide not in self._columns:
            self._columns[wide] = np.maximum(self.of_steps(name), 0).astype(np.float64)
        return self._columns[wide]

    def tally(self, cell: str, size: int, *, ms: str = "", power: int = 1) -> Array:
        """Steps (or their milliseconds, or the squares of these) by the cells of a column.

        All calls are counted once per store; most calls as all but the others. Whole numbers below 2⁵³: exact either way.
        """
        if self.whole:
            return self.store.memo((cell, ms, power), lambda: self._tally(cell, size, ms, power))
        if 2 * self.n > len(self.store):
            all_calls = Selection(self.store).tally(cell, size, ms=ms, power=power)
            return all_calls - self._others._tally(cell, size, ms, power)
        return self._tally(cell, size, ms, power)

    def _tally(self, cell: str, size: int, ms: str, power: int) -> Array:
        if not ms:
            return np.bincount(self._cells(cell), minlength=size)
        spent = self._spent(ms)
        return np.bincount(self._cells(cell), spent if power == 1 else spent * spent, size)

    @cached_property
    def _others(self) -> Selection:
        return Selection(self.store, np.ones(len(self.store), np.bool_) if self.mask is None else ~self.mask)

    @cached_property
    def flag_table(self) -> Array:
        """Steps by node and by the number their flags make: one pass for all flags."""
        width = len(self.store.nodes)
        return self.tally("flag_cell", width * ALL_FLAGS).reshape(width, ALL_FLAGS)

    @cached_property
    def visits(self) -> Array:
        """Entries by node."""
        visits: Array = self.flag_table.sum(axis=1)
        return visits

    def per_node(self, bit: int) -> Array:
        """Steps with this flag, node by node."""
        steps: Array = self.flag_table[:, (np.arange(ALL_FLAGS) & bit) > 0].sum(axis=1)
        return steps

    @property
    def code(self) -> Array:
        return self.of_steps("code")

    @property
    def flags(self) -> Array:
        return self.of_steps("flags")

    @cached_property
    def ends(self) -> Array:
        """The last node of each selected call that has one."""
        last = self.store.last[self.calls]
        return self.store.code[last[last >= 0]]

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """Calls by outcome, every outcome named; they add up to all calls."""
        counted = np.bincount(self.store.outcome[self.calls], minlength=len(OUTCOMES))
        return {name: int(counted[place]) for place, name in enumerate(OUTCOMES)}


class Edge(NamedTuple):
    """Entries of `target` directly after `source` in the same call."""

    source: str
    target: str
    times: int
    share: float  # of the visits of the source
    mean_s: float | None  # from the one entry to the next


def edges(selection: Selection) -> tuple[Edge, ...]:
    """Every edge, the most walked first."""
    times, spent = edge_totals(selection)
    nodes, visits = selection.store.nodes, selection.visits
    source, target = np.nonzero(times)
    walked = times[source, target]
    by_name = np.argsort(np.argsort(np.array(nodes))) if nodes else np.zeros(0, np.intp)
    order = np.lexsort((by_name[target], by_name[source], -walked))
    columns = (source, target, walked, walked / visits[source], spent[source, target] / walked / 1000)
    rows = zip(*(column[order].tolist() for column in columns), strict=True)
    return tuple(Edge(nodes[one], nodes[other], often, part, mean_s) for one, other, often, part, mean_s in rows)


def edge_totals(selection: Selection) -> tuple[Array, Array]:
    """Two square arrays by node codes: how often each edge was walked, and the milliseconds spent before it."""
    width = len(selection.store.nodes)
    size = width * width + 1
    times, spent = selection.tally("edge", size), selection.tally("edge", size, ms="dwell")
    return times[:-1].reshape(width, width), spent[:-1].reshape(width, width)


def variant_totals(selection: Selection) -> tuple[Array, Array]:
    """Every sequence of nodes once: a call that walked it, and how many did; the most walked first."""
    _, first, times = np.unique(selection.store.variant[selection.calls], return_index=True, return_counts=True)
    order = np.argsort(-times, kind="stable")
    return selection.calls[first[order]], times[order]


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How a time is spread, in seconds; quantiles from a histogram, right within 4.5 %."""

    n: int
    mean: float
    sd: float
    median: float
    p90: float
    p95: float


@dataclass(frozen=True, kw_only=True)
class NodeRow:
    """One node of the waterfall. Counts are of visits unless `calls` is said."""

    node: str
    visits: int
    calls: int
    reach: float  # calls / all calls of the selection
    drop_off: Share  # hung up here without a task
    zero_out: Share  # asked for a person
    zero_out_s: float | None  # median seconds from the entry until then
    transfer: Share
    done: Share  # a task was done here
    no_input: Share  # visits with at least one
    no_match: Share
    bad_key: Share
    errors: int  # all three kinds, each time
    barge_in: Share  # cut the announcement short; of visits whose announcement was reported
    returns: int  # entries of a node met before, no task done between
    dwell: Spread | None
    announcement: Spread | None
    thinking: Spread | None


def node_rows(selection: Selection) -> tuple[NodeRow, ...]:
    """The waterfall: a row per node met, the most visited first."""
    store, width = selection.store, len(selection.store.nodes)
    visits = selection.visits
    flagged = {bit: selection.per_node(bit) for bit in (FIRST, ZERO_OUT, TRANSFER, TASK, AGAIN)}
    hung_up = store.last[selection.calls[store.outcome[selection.calls] == HUNG_UP]]
    dropped = np.bincount(store.code[hung_up[hung_up >= 0]], minlength=width)
    errors, times = _errors(selection)
    told = selection.tally("told_cell", width * 2 + 1)[:-1].reshape(
        width, 2
    )  # without and with a key that cut it short
    dwell, heard, thought = (spreads(selection, name) for name in ("dwell", "heard", "thinking"))
    zero_s = _zero_seconds(selection)
    rows = [
        NodeRow(
            node=store.nodes[node],
            visits=int(visits[node]),
            calls=int(flagged[FIRST][node]),
            reach=float(flagged[FIRST][node] / selection.n),
            drop_off=share(dropped[node], visits[node]),
            zero_out=share(flagged[ZERO_OUT][node], visits[node]),
            zero_out_s=zero_s.get(node),
            transfer=share(flagged[TRANSFER][node], visits[node]),
            done=share(flagged[TASK][node], visits[node]),
            no_input=share(errors[NO_INPUT, node], visits[node]),
            no_match=share(errors[NO_MATCH, node], visits[node]),
            bad_key=share(errors[BAD_KEY, node], visits[node]),
            errors=int(times[node]),
            barge_in=share(told[node, 1], told[node].sum()),
            returns=int(flagged[AGAIN][node]),
            dwell=dwell[node],
            announcement=heard[node],
            thinking=thought[node],
        )
        for node in np.flatnonzero(visits).tolist()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.visits, row.node)))


def _errors(selection: Selection) -> tuple[Array, Array]:
    """Visits with each kind of error by node, and all errors by node."""
    store, width = selection.store, len(selection.store.nodes)
    kept = selection.step_mask[store.error_step]
    node, kind = store.code[store.error_step[kept]], store.error_kind[kept]
    by_kind = np.bincount(kind.astype(np.int64) * width + node, minlength=3 * width).reshape(3, width)
    return by_kind, np.bincount(node, store.error_times[kept], width)


def _zero_seconds(selection: Selection) -> dict[int, float]:
    store = selection.store
    kept = selection.step_mask[store.zero_step]
    # One sort for the medians of all nodes.
    both = np.sort(store.code[store.zero_step[kept]].astype(np.int64) << 32 | store.zero_ms[kept])
    node, begin, times = np.unique(both >> 32, return_index=True, return_counts=True)
    ms = both & 0xFFFFFFFF
    median = (ms[begin + (times - 1) // 2] + ms[begin + times // 2]) / 2000
    return dict(zip(node.tolist(), median.tolist(), strict=True))


def spreads(selection: Selection, name: str) -> list[Spread | None]:
    """The spread of a time (dwell, heard, thinking) by node; what is unknown is left out."""
    width = len(selection.store.nodes)
    counts = selection.tally(f"{name}_cell", width * CELLS).reshape(width, CELLS)[:, :BINS]
    total, squares = (selection.tally("code", width, ms=name, power=power) for power in (1, 2))
    n = counts.sum(axis=1)
    quantiles = [_quantiles(counts, n, level) for level in (0.5, 0.9, 0.95)]
    columns = (n, total, squares, *quantiles)
    return [_spread(*of) if of[0] else None for of in zip(*(one.tolist() for one in columns), strict=True)]


def _spread(n: int, total: float, squares: float, median: float, p90: float, p95: float) -> Spread:
    mean = total / n
    sd = sqrt(max(0.0, squares / n - mean * mean)) / 1000
    return Spread(n=n, mean=mean / 1000, sd=sd, median=median, p90=p90, p95=p95)


def _quantiles(counts: Array, n: Array, level: float) -> Array:
    """The middle of the bin that holds the ⌈level·n⌉th value of each row, in seconds."""
    at = (np.cumsum(counts, axis=1) < np.ceil(level * n)[:, None]).sum(axis=1)
    return np.where(at > 0, (2 ** ((at + 0.5) / 8) - 1) / 1000, 0.0)


@dataclass(frozen=True, kw_only=True)
class Return:
    """A node that callers came back to without having done a task in between."""

    node: str
    form: str  # self: heard again at once; back: through other nodes; restart: back at the root
    calls: int
    times: int
    seconds: float  # from the one entry to the next, all added up


def returns(selection: Selection, *, roots: frozenset[str] = frozenset()) -> tuple[Return, ...]:
    """Loops by node and form, the costliest first."""
    store = selection.store
    kept = selection.step_mask[store.again_step]
    step, ms, newly = store.again_step[kept], store.again_ms[kept], store.newly_again[kept]
    node = store.code[step]
    at_once = store.code[step - 1] == node
    is_root = np.isin(node, [code for code, key in enumerate(store.nodes) if key in roots])
    form = np.where(at_once, 0, np.where(is_root, 2, 1))
    group = node.astype(np.int64) * 3 + form
    width = 3 * len(store.nodes)
    times, calls = np.bincount(group, minlength=width), np.bincount(group[newly], minlength=width)
    spent = np.bincount(group, ms, width)
    found = [
        Return(
            node=store.nodes[one // 3],
            form=("self", "back", "restart")[one % 3],
            calls=int(calls[one]),
            times=int(times[one]),
            seconds=float(spent[one]) / 1000,
        )
        for one in np.flatnonzero(times).tolist()
    ]
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.node, one.form)))


@dataclass(frozen=True, kw_only=True)
class Misroute:
    """Callers who chose an option and turned out to want something else."""

    chosen: str
    final: str
    calls: int
    share: Share  # of calls that chose this option, reached an agent and had their reason written
    extra_s: float  # agent seconds a call more than the same reason well routed
    cost_s: float  # calls × extra seconds
    published: bool  # the extra seconds are the published figure: too few well-routed calls to measure


def judged_by_reason(selection: Selection, reasons: Collection[str]) -> Mask:
    """Which selected calls chose an option, reached an agent and had a reason of the menus written down."""
    store, calls = selection.store, selection.calls
    # One more at the end: NOBODY is the last place.
    counts = np.array([*(not reasons or code in reasons for code in store.reasons), False])
    known: Mask = (store.outcome[calls] == AGENT) & (store.chosen[calls] != NOBODY) & counts[store.final[calls]]
    return known


def misroutes(selection: Selection, *, reasons: Collection[str] = ()) -> tuple[Misroute, ...]:
    """The matrix chosen × final reason without its diagonal, the costliest first.

    `reasons`: those the menus know; what an agent wrote that stands for none of them tells nothing. None given: all count.
    """
    store = selection.store
    chosen, final = store.chosen[selection.calls], store.final[selection.calls]
    known = judged_by_reason(selection, reasons)
    width = len(store.reasons)
    pair = chosen[known].astype(np.int64) * width + final[known]
    cells = _cells(pair, store.handle_s[selection.calls][known])
    whole = np.bincount(chosen[known], minlength=width)
    found = []
    for one, astray in cells.items():
        if one // width == one % width:
            continue
        extra, published = _extra_seconds(astray, cells.get(one % width * (width + 1)))
        found.append(
            Misroute(
                chosen=store.reasons[one // width],
                final=store.reasons[one % width],
                calls=astray.calls,
                share=share(astray.calls, int(whole[one // width])),
                extra_s=extra,
                cost_s=astray.calls * extra,
                published=published,
            )
        )
    return tuple(sorted(found, key=lambda row: (-row.cost_s, row.chosen, row.final)))


class _Cell(NamedTuple):
    """The calls of one chosen reason and one final reason."""

    calls: int
    median: float  # agent seconds
    most: int


def _cells(pair: Array, handle: Array) -> dict[int, _Cell]:
    """Each pair that occurs: one sort for all medians."""
    both = np.sort(pair << 16 | handle)
    if not len(both):
        return {}
    group, seconds = both >> 16, both & 0xFFFF
    begin = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    end = np.concatenate((begin[1:], [len(group)]))
    median = (seconds[(begin + end - 1) // 2] + seconds[(begin + end) // 2]) / 2
    columns = (group[begin], end - begin, median, seconds[end - 1])
    return {one: _Cell(*of) for one, *of in zip(*(column.tolist() for column in columns), strict=True)}


def _extra_seconds(astray: _Cell, well: _Cell | None) -> tuple[float, bool]:
    if well is None or well.calls < ENOUGH_FOR_COST or not astray.most:
        return PUBLISHED_MISROUTE_S, True
    return max(0.0, astray.median - well.median), False


@dataclass(frozen=True, kw_only=True)
class Containment:
    """What "contained" is worth once the next call is looked at. The naive share stands only beside the others."""

    naive: Share  # did not reach an agent
    self_service: Share  # a task was done
    true_day: Share  # a task was done and the caller did not ring again within 24 h; of calls whose window is over
    true_week: Share
    unidentified: int  # calls whose next call nobody can know


def containment(selection: Selection, *, until_ms: int) -> Containment:
    """`until_ms`: up to when calls are known; a window that reaches beyond is left out (right-censored)."""
    store, calls = selection.store, selection.calls
    outcome = store.outcome[calls]
    done = int((outcome == DONE).sum())
    by_hours = []
    for seconds in (DAY_S, WEEK_S):
        judged = _over(selection, seconds, until_ms)
        gap = store.gap_s[judged]
        kept = (store.outcome[judged] == DONE) & ~((gap >= 0) & (gap <= seconds))
        by_hours.append(share(int(kept.sum()), len(judged)))
    return Containment(
        naive=share(selection.n - int((outcome == AGENT).sum()), selection.n),
        self_service=share(done, selection.n),
        true_day=by_hours[0],
        true_week=by_hours[1],
        unidentified=int((store.caller[calls] == NOBODY).sum()),
    )


def followed(store: PathStore, seconds: int, until_ms: int) -> Mask:
    """Calls of known callers whose window after the call is over."""
    over: Mask = (store.caller != NOBODY) & (store.start + store.span + seconds * 1000 <= until_ms)
    return over


def _over(selection: Selection, seconds: int, until_ms: int) -> Array:
    """Such calls of the selection; containment and repeats both ask."""
    judged = selection.judged.get((seconds, until_ms))
    if judged is None:
        judged = selection.calls[followed(selection.store, seconds, until_ms)[selection.calls]]
        selection.judged[seconds, until_ms] = judged
    return judged


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """Callers who rang again, by how their call had ended. Right-censored: open windows are left out, and counted."""

    outcome: str
    any: Share
    same_reason: Share
    same_start: Share  # their next call began with the same two nodes
    open: int  # calls of known callers whose window is not over


def repeats(selection: Selection, *, within_s: int, until_ms: int) -> tuple[Repeat, ...]:
    """P(next call of the same caller ≤ h after the end), one line an outcome that occurred."""
    store = selection.store
    judged = _over(selection, within_s, until_ms)
    known = selection.calls[store.caller[selection.calls] != NOBODY]
    gap, after = store.gap_s[judged], store.next_call[judged]
    again = (gap >= 0) & (gap <= within_s)
    follows = np.where(after >= 0, after, 0)
    reason = again & (store.chosen[judged] != NOBODY) & (store.chosen[judged] == store.chosen[follows])
    start = again & (store.beginning[judged] == store.beginning[follows])
    ended = store.outcome[judged]
    whole, n, *hits = (
        np.bincount(some, minlength=len(OUTCOMES)).tolist()
        for some in (store.outcome[known], ended, ended[again], ended[reason], ended[start])
    )
    return tuple(
        Repeat(
            outcome=name, open=whole[place] - n[place],
            **{what: share(of[place], n[place]) for what, of in zip(("any", "same_reason", "same_start"), hits, strict=True)},
        )
        for place, name in enumerate(OUTCOMES)
        if whole[place]
    )  # fmt: skip


def provisional_repeat(selection: Selection, *, within_s: int, until_ms: int) -> float | None:
    """Kaplan–Meier's estimate of the same from all calls, the newest days included; None without a known caller."""
    store = selection.store
    calls = selection.calls[store.caller[selection.calls] != NOBODY]
    if not len(calls):
        return None
    gap = store.gap_s[calls]
    followed_up = (until_ms - store.start[calls] - store.span[calls]) // 1000
    happened = (gap >= 0) & (gap <= np.minimum(within_s, followed_up))
    time = np.where(happened, gap, np.minimum(np.maximum(followed_up, 0), within_s))
    at, place = np.unique(time[happened], return_inverse=True)
    if not len(at):
        return 0.0
    events = np.bincount(place)
    at_risk = len(time) - np.searchsorted(np.sort(time), at)
    return float(1 - np.prod(1 - events / at_risk))
