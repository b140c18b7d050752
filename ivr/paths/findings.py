"""What changed in a window, where, since which day, and what it costs: one look at every node, by measure and by day. Pure.

Each measure is a share or a mean by node and day. For each, the day is sought that parts the window best; what parts it
by Z or more standard errors (days draw their own weather: the variance is widened by the dispersion between days), by a
third or more, and for enough calls, is a finding. So many days and nodes are looked at that Z = 2 would find something in
every quiet month; at Z = 5 quiet months stay quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ivr.flows.definition import Definition
from ivr.paths.measures import AGENT, HUNG_UP, PUBLISHED_MISROUTE_S, Selection, judged_by_reason
from ivr.paths.store import AGAIN, BAD_KEY, NO_INPUT, NOBODY, ZERO_OUT, Array

Z = 5.0
LEAST_CHANGE = 1 / 3  # of the figure before
LEAST_REACH = 0.005  # of the calls after
LEAST_DAYS = 4  # on each side
MONTH_DAYS = 30
CALLER_S = 0.2  # what a caller's second counts beside an agent's
LOST_CALL_S = 180.0  # what a caller who gives up counts: they ring again, or go elsewhere
_AT_ONCE = 1  # days between a new version and what it brings

# Measure → the kind of fault that moves it. The first of a node that moves names it; the last two are what others bring about.
KINDS = {
    "version": "worse_version",
    "queue": "wrong_queue",
    "chosen": "misleading_label",
    "hidden": "buried_service",
    "bad_key": "dead_key",
    "no_input": "short_timeout",
    "again": "loop_trap",
    "heard": "long_prompt",
    "zero_out": "more_ask",
    "drop_off": "more_leave",
}
CONSEQUENCES = ("zero_out", "drop_off")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that went another way since a day."""

    kind: str  # a value of KINDS
    node: str  # "" for a version as a whole
    measure: str
    option: str  # reason or queue that is meant; "" if none
    since: int  # the day, counted from 1970
    before: float  # share or seconds
    after: float
    low: float  # 95 % interval of the change
    high: float
    calls: int  # touched since
    z: float
    cost_s: float  # seconds a month, an agent's counted full


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A measure by day: `hits` of `n`, for means sums and sums of squares. Rows are days, columns nodes or options."""

    measure: str
    hits: Array
    n: Array
    squares: Array | None = None
    node: tuple[str, ...] = ()
    option: tuple[str, ...] = ()
    unit_s: float = 0.0  # what one more of it costs


def findings(selection: Selection, definition: Definition, *, day: Array) -> tuple[Finding, ...]:
    """The costliest first. `day`: the site's day of each call of the store, counted from 1970."""
    if not selection.n:
        return ()
    days, which = np.unique(day[selection.calls], return_inverse=True)
    if len(days) < 2 * LEAST_DAYS:
        return ()
    of_call = np.zeros(len(selection.store), np.int64)
    of_call[selection.calls] = which
    per_day = np.bincount(which, minlength=len(days))
    found = [
        finding
        for table in _tables(selection, definition, of_call, len(days))
        for finding in _changes(table, days, per_day)
    ]
    return _told_once(found, _new_versions(selection, of_call, days))


def _tables(selection: Selection, definition: Definition, of_call: Array, days: int) -> Iterator[Table]:
    store = selection.store
    nodes, width = store.nodes, len(store.nodes)
    step_day = of_call[selection.of_steps("call")]
    cell = step_day * width + selection.code
    handle = store.handle_s[selection.calls][store.outcome[selection.calls] == AGENT]
    mean_handle = float(handle.mean()) if len(handle) else PUBLISHED_MISROUTE_S

    def table(cells: Array, weights: Array | None = None) -> Array:
        counted: Array = np.bincount(cells, weights, minlength=days * width).reshape(days, width)
        return counted

    visits = table(cell)
    heard = selection.of_steps("heard").astype(np.float64) / 1000
    told = heard >= 0
    yield Table(
        measure="heard", node=nodes, n=table(cell[told]), hits=table(cell[told], heard[told]),
        squares=table(cell[told], heard[told] ** 2), unit_s=CALLER_S,
    )  # fmt: skip
    for measure, kind, unit in (("bad_key", BAD_KEY, 20.0), ("no_input", NO_INPUT, 15.0)):
        steps = store.error_step[(store.error_kind == kind) & selection.step_mask[store.error_step]]
        hits = table(of_call[store.call[steps]] * width + store.code[steps])
        yield Table(measure=measure, node=nodes, n=visits, hits=hits, unit_s=unit * CALLER_S)
    again = (selection.flags & AGAIN) > 0
    yield Table(measure="again", node=nodes, n=visits, hits=table(cell[again]), unit_s=20.0 * CALLER_S)
    asked = (selection.flags & ZERO_OUT) > 0
    yield Table(measure="zero_out", node=nodes, n=visits, hits=table(cell[asked]), unit_s=mean_handle)
    last = store.last[selection.calls[store.outcome[selection.calls] == HUNG_UP]]
    last = last[last >= 0]
    left = table(of_call[store.call[last]] * width + store.code[last])
    yield Table(measure="drop_off", node=nodes, n=visits, hits=left, unit_s=LOST_CALL_S)
    yield _astray(selection, definition, of_call, days)
    yield _hidden(selection, definition, of_call, days, mean_handle)
    yield _queues(selection, of_call, days)


def _astray(selection: Selection, definition: Definition, of_call: Array, days: int) -> Table:
    """Of those who chose an option last and whose reason was written: wanted something else. By chosen reason."""
    store, calls = selection.store, selection.calls
    chosen, final = store.chosen[calls], store.final[calls]
    known = judged_by_reason(selection, definition.reasons)
    width = max(1, len(store.reasons))
    cell = of_call[calls[known]] * width + chosen[known]
    wrong = chosen[known] != final[known]
    return Table(
        measure="chosen", option=store.reasons or ("",), node=tuple(_menu_of(definition, r) for r in store.reasons) or ("",),
        n=np.bincount(cell, minlength=days * width).reshape(days, width),
        hits=np.bincount(cell[wrong], minlength=days * width).reshape(days, width), unit_s=PUBLISHED_MISROUTE_S,
    )  # fmt: skip


def _menu_of(definition: Definition, reason: str) -> str:
    """The menu whose choice stands for a reason."""
    for key, node in definition.nodes.items():
        if any(choice.get("reason") == reason for choice in node.get("choices", ())):
            return key
    return ""


def _service_of(definition: Definition, reason: str) -> str:
    """The task that serves a reason."""
    for node in definition.nodes.values():
        for choice in node.get("choices", ()):
            if choice.get("reason") == reason and definition.kind(choice["target"]) == "task":
                return str(choice["target"])
    return ""


def _hidden(selection: Selection, definition: Definition, of_call: Array, days: int, handle_s: float) -> Table:
    """Of all calls: asked for a person, for a reason that a task would have served. By reason of the service."""
    store, calls = selection.store, selection.calls
    final, width = store.final[calls], max(1, len(store.reasons))
    asked = np.zeros(len(store), np.bool_)
    asked[selection.of_steps("call")[(selection.flags & ZERO_OUT) > 0]] = True
    served = [_service_of(definition, reason) for reason in store.reasons]
    there = np.array([bool(one) for one in served] or [False])
    lost = (final != NOBODY) & asked[calls] & there[np.maximum(final, 0)]
    cell = of_call[calls[lost]] * width + final[lost]
    per_day = np.bincount(of_call[calls], minlength=days)
    return Table(
        measure="hidden", option=store.reasons or ("",), node=tuple(served) or ("",),
        n=np.repeat(per_day[:, None], width, axis=1),
        hits=np.bincount(cell, minlength=days * width).reshape(days, width), unit_s=handle_s,
    )  # fmt: skip


def _queues(selection: Selection, of_call: Array, days: int) -> Table:
    """Of the calls that left through a transfer: landed in a queue that is not the one most land in. By last node."""
    store, calls = selection.store, selection.calls
    last = store.last[calls]
    through = (store.outcome[calls] == AGENT) & (last >= 0) & (store.queue[calls] > 0)
    node, queue = store.code[last[through]].astype(np.int64), store.queue[calls[through]].astype(np.int64)
    width = len(store.nodes)
    pairs = np.bincount(node * len(store.queues) + queue, minlength=width * len(store.queues))
    usual = pairs.reshape(width, len(store.queues)).argmax(axis=1)
    first = of_call[calls[through]] < LEAST_DAYS  # what was usual at first; a fault of weeks may outnumber it later
    early = np.bincount((node * len(store.queues) + queue)[first], minlength=width * len(store.queues))
    early = early.reshape(width, len(store.queues))
    usual = np.where(early.any(axis=1), early.argmax(axis=1), usual)
    cell = of_call[calls[through]] * width + node
    other = queue != usual[node]
    return Table(
        measure="queue", node=store.nodes, n=np.bincount(cell, minlength=days * width).reshape(days, width),
        hits=np.bincount(cell[other], minlength=days * width).reshape(days, width), unit_s=PUBLISHED_MISROUTE_S,
    )  # fmt: skip


def _changes(table: Table, days: Array, per_day: Array) -> Iterator[Finding]:
    """The columns of a table that a day parts."""
    hits, n = np.cumsum(table.hits, axis=0).astype(np.float64), np.cumsum(table.n, axis=0).astype(np.float64)
    cuts = np.arange(LEAST_DAYS - 1, len(days) - LEAST_DAYS)  # the last day of "before"
    n1, h1 = n[cuts], hits[cuts]
    n2, h2 = n[-1] - n1, hits[-1] - h1
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = h1 / n1, h2 / n2
        error = np.sqrt(_variance(table, cuts) * (1 / n1 + 1 / n2))
        z = np.where((n1 > 0) & (n2 > 0) & (error > 0), (after - before) / error, 0.0)
    best = np.argmax(z, axis=0)
    for column, row in enumerate(best.tolist()):
        one, was, now = float(z[row, column]), float(before[row, column]), float(after[row, column])
        share = n2[row, column] / max(1.0, float(per_day[cuts[row] + 1 :].sum()))
        if one < Z or now < was * (1 + LEAST_CHANGE) or share < LEAST_REACH:
            continue
        half = 1.96 * float(error[row, column])
        more = (now - was) * float(n2[row, column])
        since = int(cuts[row]) + 1
        yield Finding(
            kind=KINDS[table.measure], node=table.node[column], measure=table.measure,
            option=table.option[column] if table.option else "", since=int(days[since]), before=was, after=now,
            low=now - was - half, high=now - was + half, z=one,
            calls=round(float((h2 if table.squares is None else n2)[row, column])),
            cost_s=more * table.unit_s * MONTH_DAYS / (len(days) - since),
        )  # fmt: skip


def _variance(table: Table, cuts: Array) -> Array:
    """Of one observation, cut by cut: within both sides, widened where days differ more than calls of one day would."""
    hits, n = table.hits.astype(np.float64), table.n.astype(np.float64)
    found = []
    for cut in cuts.tolist():
        parts, chi, freedom = 0.0, 0.0, 0.0
        for side in (slice(None, cut + 1), slice(cut + 1, None)):
            h, m = hits[side], n[side]
            total = m.sum(axis=0)
            mean = h.sum(axis=0) / total
            if table.squares is None:
                within = np.maximum(mean * (1 - mean), 1 / np.maximum(total, 1))
            else:
                within = np.maximum(table.squares[side].sum(axis=0) / total - mean**2, 1e-6)
            parts = parts + within * total
            chi = chi + ((h - m * mean) ** 2 / np.where(m > 0, m, np.inf)).sum(axis=0) / within
            freedom = freedom + np.maximum((m > 0).sum(axis=0) - 1, 0)
        spread = np.maximum(chi / np.maximum(freedom, 1), 1.0)
        found.append(parts / np.maximum(n.sum(axis=0), 1) * spread)
    return np.array(found)


def _new_versions(selection: Selection, of_call: Array, days: Array) -> list[int]:
    """Days on which another version than the day before was heard by most."""
    store, calls = selection.store, selection.calls
    width = max(1, len(store.versions))
    counted = np.bincount(of_call[calls] * width + store.version[calls], minlength=len(days) * width)
    most = counted.reshape(len(days), width).argmax(axis=1)
    return [int(days[place]) for place in np.flatnonzero(np.diff(most)) + 1]


def _told_once(found: list[Finding], new_versions: list[int]) -> tuple[Finding, ...]:
    """One line for one cause: what a new version brought is the version's, what a fault brings about is the fault's."""
    rank = list(KINDS.values())
    found.sort(key=lambda one: (rank.index(one.kind), -one.z))
    told: list[Finding] = []
    for day in new_versions:
        brought = [one for one in found if abs(one.since - day) <= _AT_ONCE]
        if len(brought) > 1:
            told.append(_version(brought, day))
            found = [one for one in found if one not in brought]
    causes: dict[str, Finding] = {}
    for one in found:
        if one.node not in causes:
            causes[one.node] = one
    own = list(causes.values())
    specific = [one for one in own if one.measure not in CONSEQUENCES]
    told += specific
    # A place where more leave, beside a named cause of the same days, is that cause's doing more often than not.
    told += [one for one in own if one.measure in CONSEQUENCES and not _explained(one, [*specific, *told])]
    return tuple(sorted(told, key=lambda one: (-one.cost_s, one.node)))


def _explained(one: Finding, causes: list[Finding]) -> bool:
    return any(abs(one.since - cause.since) <= 2 * _AT_ONCE for cause in causes)


def _version(brought: list[Finding], day: int) -> Finding:
    """The version as a whole: the surest of its changes speaks for it, and all of them are its cost."""
    surest = max(brought, key=lambda one: one.z)
    return Finding(
        kind="worse_version", node="", measure=surest.measure, option=surest.node, since=day, before=surest.before,
        after=surest.after, low=surest.low, high=surest.high, calls=max(one.calls for one in brought), z=surest.z,
        cost_s=sum(one.cost_s for one in brought),
    )  # fmt: skip
