"""The path store: every finished call as one row of packed arrays, so that a question is one pass of numpy. Pure.

A step is one visit of a node. What is rare (errors, the second of a zero-out, returns) stands in sparse arrays beside the
steps. Times are milliseconds unless a name says `_s`. Figures of all kinds are counted in `measures.py` and `unrolling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ivr.events import Outcome
from ivr.paths.packing import Packed

Array = NDArray[Any]
Mask = NDArray[np.bool_]

OUTCOMES = tuple(outcome.value for outcome in Outcome)
FIRST, ZERO_OUT, TRANSFER, TASK, BARGE, AGAIN = 1, 2, 4, 8, 16, 32  # bits of a step
ALL_FLAGS = 64  # what they can add up to, and one more
NO_INPUT, NO_MATCH, BAD_KEY = 0, 1, 2  # kinds of error
BINS = 160  # of log₂(ms + 1), 8 an octave: a quantile is right within 4.5 %
CELLS = BINS + 1  # and one for what is unknown
MOST_STEPS = 512  # a longer call is cut; its raw events remain
NODE_LETTER, END_LETTER = 0x10000, 0xE000  # private use and beyond: no character of any language
NOBODY = -1  # caller or reason unknown
_PRIMES = ((2_147_483_647, 1_000_003), (2_147_483_629, 998_244_353))  # two 31-bit moduli, each with its base


class CallRow(NamedTuple):
    """One finished call as it is handed in. Names are interned by the store."""

    row: int  # the caller's own number of the call, handed back by lists
    start_ms: int  # UTC
    span_ms: int
    outcome: str
    visits: Sequence[Packed]
    version: str = ""  # flow and version, e.g. operator/3
    entry: str = ""
    queue: str = ""
    chosen: str = ""  # reason of the last choice that stands for one
    final: str = ""  # reason written at wrap-up
    wait_s: int = 0
    handle_s: int = 0
    caller: int | str | None = None  # never a number: a hash
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, eq=False)
class PathStore:
    """Calls in the order of their start, their steps one after the other."""

    nodes: tuple[str, ...]
    versions: tuple[str, ...]
    queues: tuple[str, ...]
    reasons: tuple[str, ...]
    keys: tuple[str, ...]
    tag_sets: tuple[frozenset[str], ...]
    # per step
    code: Array  # int16
    dwell: Array  # int32, −1 unknown
    heard: Array  # int32, −1 no announcement reported
    flags: Array  # uint8
    key: Array  # uint8, 0 none
    # per call
    offset: Array  # int32, one more than calls
    row: Array  # int32
    start: Array  # int64
    span: Array  # int32
    outcome: Array  # uint8
    version: Array  # int16
    queue: Array  # int16
    chosen: Array  # int16
    final: Array  # int16
    wait_s: Array  # uint16
    handle_s: Array  # uint16
    caller: Array  # int32
    tags: Array  # int16
    variant: Array  # int64, equal exactly for equal sequences of nodes
    # sparse
    error_step: Array
    error_kind: Array
    error_times: Array
    zero_step: Array
    zero_ms: Array
    again_step: Array  # returns to a node without a task done in between
    again_ms: Array

    def __len__(self) -> int:
        return len(self.row)

    @property
    def steps(self) -> int:
        return len(self.code)

    @property
    def bytes(self) -> int:
        """What the arrays hold in memory."""
        return sum(
            value.nbytes for value in (getattr(self, one.name) for one in fields(self)) if hasattr(value, "nbytes")
        )

    @cached_property
    def length(self) -> Array:
        return np.diff(self.offset)

    @cached_property
    def call(self) -> Array:
        """The call of each step."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.length)

    @cached_property
    def last(self) -> Array:
        """The last step of each call; −1 for a call without steps."""
        return np.where(self.length > 0, self.offset[1:] - 1, -1)

    @cached_property
    def gap_s(self) -> Array:
        """Seconds from a call's end to the next start of the same caller; −1 if none followed or the caller is unknown."""
        gap = np.full(len(self), -1, dtype=np.int64)
        order = np.lexsort((self.start, self.caller))
        same = (self.caller[order][1:] == self.caller[order][:-1]) & (self.caller[order][1:] != NOBODY)
        here, after = order[:-1][same], order[1:][same]
        gap[here] = np.maximum(0, self.start[after] - self.start[here] - self.span[here]) // 1000
        return gap

    @cached_property
    def next_call(self) -> Array:
        """The next call of the same caller; −1 if none."""
        found = np.full(len(self), -1, dtype=np.int64)
        order = np.lexsort((self.start, self.caller))
        same = (self.caller[order][1:] == self.caller[order][:-1]) & (self.caller[order][1:] != NOBODY)
        found[order[:-1][same]] = order[1:][same]
        return found

    @cached_property
    def edge(self) -> Array:
        """For each step, the edge that leaves it: code · width + next code; width² where the path is over."""
        width = len(self.nodes)
        found = np.full(self.steps, width * width, np.int32)
        found[:-1] = self.code[:-1].astype(np.int32) * width + self.code[1:]
        found[self.last[self.last >= 0]] = width * width
        return found

    @cached_property
    def thinking(self) -> Array:
        """Milliseconds from the end of the announcement to the next step; −1 unknown."""
        return np.where((self.heard >= 0) & (self.dwell >= 0), self.dwell - self.heard, -1)

    @cached_property
    def flag_cell(self) -> Array:
        return self.code.astype(np.int32) * ALL_FLAGS + self.flags

    @cached_property
    def told_cell(self) -> Array:
        """Of steps with an announcement reported: code · 2 + was it cut short; one past the last where none was."""
        cell = self.code.astype(np.int32) * 2 + ((self.flags & BARGE) > 0)
        return np.where(self.heard >= 0, cell, 2 * len(self.nodes)).astype(np.int32)

    # A logarithm is dear, and every question asks for these: which cell of the histogram each step's time falls in.
    @cached_property
    def dwell_cell(self) -> Array:
        return self._cells(self.dwell)

    @cached_property
    def heard_cell(self) -> Array:
        return self._cells(self.heard)

    @cached_property
    def thinking_cell(self) -> Array:
        return self._cells(self.thinking)

    def _cells(self, ms: Array) -> Array:
        """code · CELLS + bin of log₂(ms + 1), 8 bins an octave; the last bin is for unknown times."""
        bins = np.minimum(BINS - 1, np.log2(np.maximum(ms, 0).astype(np.float32) + 1) * 8).astype(np.int32)
        bins[ms < 0] = BINS
        found: Array = self.code.astype(np.int32) * CELLS + bins
        return found

    @cached_property
    def beginning(self) -> Array:
        """The first two nodes of each call as one number; −1 for a call without steps."""
        if not self.steps:
            return np.full(len(self), -1, np.int32)
        first = np.minimum(self.offset[:-1], self.steps - 1)
        second = np.where(self.length > 1, self.code[np.minimum(first + 1, self.steps - 1)] + 1, 0)
        number = (self.code[first].astype(np.int32) + 1) * (len(self.nodes) + 1) + second
        return np.where(self.length > 0, number, -1)

    @cached_property
    def newly_again(self) -> Array:
        """Of the returns, those that are the first in their call to this node in this form (at once, or not)."""
        step = self.again_step
        form = self.code[step].astype(np.int64) * 2 + (self.code[step - 1] == self.code[step])
        _, first = np.unique(self.call[step] * np.int64(2 * len(self.nodes)) + form, return_index=True)
        found = np.zeros(len(step), np.bool_)
        found[first] = True
        return found

    @cached_property
    def kinds(self) -> tuple[Array, Array]:
        """Every sequence of nodes with its end once: a call that walked it, and the kind of each call."""
        # Five outcomes: odd, so that the product keeps variants apart even where it runs over.
        _, first, which = np.unique(self.variant * len(OUTCOMES) + self.outcome, return_index=True, return_inverse=True)
        return first, which

    @cached_property
    def variants(self) -> tuple[Array, Array, list[str]]:
        """The kinds, with the text of each.

        In the text a node is one character and the end another, so that a way is an ordinary regular expression.
        """
        first, which = self.kinds
        letters = (self.code.astype(np.uint32) + NODE_LETTER).tobytes().decode("utf-32-le")
        ends = [chr(END_LETTER + outcome) for outcome in range(len(OUTCOMES))]
        bounds = zip(
            self.offset[first].tolist(), self.offset[first + 1].tolist(), self.outcome[first].tolist(), strict=True
        )
        return first, which, [letters[start:end] + ends[outcome] for start, end, outcome in bounds]

    @cached_property
    def _memos(self) -> dict[Any, Array]:
        return {}

    def memo(self, name: Any, count: Callable[[], Array]) -> Array:
        """What is counted of all calls, counted once."""
        if name not in self._memos:
            self._memos[name] = count()
        return self._memos[name]

    def node(self, key: str) -> int:
        """The code of a node; −1 if no call ever met it."""
        return self.nodes.index(key) if key in self.nodes else -1

    def steps_of(self, call: int) -> slice:
        return slice(int(self.offset[call]), int(self.offset[call + 1]))


@dataclass
class Names:
    """Interns names in the order they come."""

    codes: dict[Any, int] = field(default_factory=dict)

    def code(self, name: Any) -> int:
        return self.codes.setdefault(name, len(self.codes))


def build(rows: Iterable[CallRow], callers: Names | None = None) -> PathStore:
    """The store of these calls; stores to be joined share their `callers`.

    Raises OverflowError beyond 32,767 names of one kind: a field holds something personal.
    """
    ordered = sorted(rows, key=lambda one: (one.start_ms, one.row))
    nodes, versions, queues, reasons = Names(), Names(), Names(), Names()
    keys, tag_sets, callers = Names(), Names(), Names() if callers is None else callers
    keys.code("")
    visits = [one.visits[:MOST_STEPS] for one in ordered]
    flat = [visit for some in visits for visit in some]
    length = np.fromiter((len(some) for some in visits), np.int64, len(visits))
    errors = [
        (place, kind, times)
        for place, visit in enumerate(flat)
        for kind, times in enumerate((visit.noinput, visit.nomatch, visit.badkey))
        if times
    ]
    zeros = [(place, visit.zero_out_ms) for place, visit in enumerate(flat) if visit.zero_out_ms is not None]
    return assemble(
        code=np.array([nodes.code(one.node) for one in flat], np.int16),
        dwell=np.array([-1 if one.dwell_ms is None else one.dwell_ms for one in flat], np.int32),
        heard=np.array([-1 if one.heard_ms is None else one.heard_ms for one in flat], np.int32),
        at=np.array([one.at_ms for one in flat], np.int64),
        flags=np.array([_flags(one) for one in flat], np.uint8),
        key=np.array([min(255, keys.code(one.key)) for one in flat], np.uint8),
        length=length,
        row=np.array([one.row for one in ordered], np.int32),
        start=np.array([one.start_ms for one in ordered], np.int64),
        span=np.array([one.span_ms for one in ordered], np.int32),
        outcome=np.array([OUTCOMES.index(one.outcome) for one in ordered], np.uint8),
        version=np.array([versions.code(one.version) for one in ordered], np.int16),
        queue=np.array([queues.code(one.queue) for one in ordered], np.int16),
        chosen=np.array([reasons.code(one.chosen) if one.chosen else NOBODY for one in ordered], np.int16),
        final=np.array([reasons.code(one.final) if one.final else NOBODY for one in ordered], np.int16),
        wait_s=np.array([min(65_535, one.wait_s) for one in ordered], np.uint16),
        handle_s=np.array([min(65_535, one.handle_s) for one in ordered], np.uint16),
        caller=np.array([NOBODY if one.caller is None else callers.code(one.caller) for one in ordered], np.int32),
        tags=np.array([tag_sets.code(one.tags) for one in ordered], np.int16),
        errors=errors,
        zeros=zeros,
        nodes=tuple(nodes.codes),
        versions=tuple(versions.codes),
        queues=tuple(queues.codes),
        reasons=tuple(reasons.codes),
        keys=tuple(keys.codes),
        tag_sets=tuple(tag_sets.codes),
    )


def _flags(visit: Packed) -> int:
    return (
        ZERO_OUT * (visit.zero_out_ms is not None)
        | TRANSFER * bool(visit.transferred)
        | TASK * bool(visit.tasks_done)
        | BARGE * bool(visit.barged)
    )


def assemble(
    *,
    length: Array,
    at: Array,
    errors: Sequence[tuple[int, int, int]] = (),
    zeros: Sequence[tuple[int, int | None]] = (),
    **columns: Any,
) -> PathStore:
    """A store from whole columns, calls in the order of their start. `length` is steps per call, `at` ms after its start."""
    offset = np.zeros(len(length) + 1, np.int32)
    np.cumsum(length, out=offset[1:])
    code, flags = columns.pop("code"), columns.pop("flags")
    again_step, again_ms, first = _returns(code, flags, at, length)
    flags = flags | (FIRST * first).astype(np.uint8)
    flags[again_step] |= AGAIN
    error = np.array(errors, np.int32).reshape(-1, 3)
    zero = np.array(zeros, np.int32).reshape(-1, 2)
    return PathStore(
        code=code,
        flags=flags,
        offset=offset,
        variant=fingerprints(code, offset),
        error_step=error[:, 0],
        error_kind=error[:, 1].astype(np.uint8),
        error_times=error[:, 2].astype(np.uint16),
        zero_step=zero[:, 0],
        zero_ms=zero[:, 1],
        again_step=again_step,
        again_ms=again_ms,
        **columns,
    )


def _returns(code: Array, flags: Array, at: Array, length: Array) -> tuple[Array, Array, Array]:
    """Entries of a node met before in the call: with no task done since, a return; and which entries are the first."""
    steps = len(code)
    if not steps:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.bool_)
    call = np.repeat(np.arange(len(length), dtype=np.int64), length)
    key = call * (int(code.max()) + 1) + code
    order = np.argsort(key, kind="stable")
    same = key[order][1:] == key[order][:-1]
    first = np.ones(steps, np.bool_)
    before, again = order[:-1][same], order[1:][same]
    first[again] = False
    done = np.concatenate(([0], np.cumsum((flags & TASK) > 0)))
    fruitless = done[again] == done[before]
    before, again = before[fruitless], again[fruitless]
    place = np.argsort(again, kind="stable")
    before, again = before[place], again[place]
    spent = np.maximum(0, at[again] - at[before]).astype(np.int32)
    return again.astype(np.int32), spent, first


def fingerprints(code: Array, offset: Array) -> Array:
    """62 bits per call, equal for equal sequences whatever the engine: Σ (code+1)·Bᵖ mod two 31-bit primes."""
    length = np.diff(offset)
    if not len(code):
        return np.zeros(len(length), np.int64)
    place = np.arange(len(code)) - np.repeat(offset[:-1], length)
    halves = []
    for prime, base in _PRIMES:
        powers = np.ones(int(length.max()), np.int64)
        for one in range(1, len(powers)):
            powers[one] = powers[one - 1] * base % prime
        term = (code.astype(np.int64) + 1) * powers[place] % prime
        total = np.concatenate(([0], np.cumsum(term)))
        halves.append((total[offset[1:]] - total[offset[:-1]]) % prime)
    joined: Array = halves[0] << 31 | halves[1]
    return joined


_NAMED = {  # the columns that hold codes, each with its table of names
    "code": "nodes", "version": "versions", "queue": "queues", "chosen": "reasons", "final": "reasons", "tags": "tag_sets",
    "key": "keys",
}  # fmt: skip
_STEPS = ("error_step", "zero_step", "again_step")  # places of steps


def joined(parts: Sequence[PathStore]) -> PathStore:
    """One store of several, each later than the one before. Built with the same callers."""
    if len(parts) == 1:
        return parts[0]
    tables = {table: Names() for table in dict.fromkeys(_NAMED.values())}
    tables["keys"].code("")
    columns: dict[str, list[Array]] = {one.name: [] for one in fields(PathStore) if one.name not in tables}
    steps = 0
    for part in parts:
        codes = {
            table: np.array([*(names.code(name) for name in getattr(part, table)), NOBODY])
            for table, names in tables.items()
        }
        for name, some in columns.items():
            column: Array = getattr(part, name)
            if name in _NAMED:  # NOBODY is the last of its table
                column = codes[_NAMED[name]][column.astype(np.intp)].astype(column.dtype)
            elif name in _STEPS:
                column = column + steps
            elif name == "offset":
                column = column[:-1] + steps
            some.append(column)
        steps += part.steps
    columns["offset"].append(np.array([steps], np.int32))
    whole: dict[str, Any] = {name: np.concatenate(some) for name, some in columns.items() if name != "variant"}
    whole |= {table: tuple(names.codes) for table, names in tables.items()}
    return PathStore(**whole, variant=fingerprints(whole["code"], whole["offset"]))


class EventLog(NamedTuple):
    """Entries of nodes as columns, in any order."""

    call: Array  # any integers
    t: Array  # ms
    code: Array


def pack_log(log: EventLog, nodes: Sequence[str]) -> PathStore:
    """A store straight from a log of entries, for logs that tell no more than who was where when."""
    order = np.argsort(log.t, kind="stable")
    order = order[np.argsort(log.call[order], kind="stable")]
    call, t, code = log.call[order], log.t[order], log.code[order].astype(np.int16)
    begins = np.flatnonzero(np.concatenate(([True], call[1:] != call[:-1])))
    length = np.diff(np.concatenate((begins, [len(call)])))
    start = t[begins]
    dwell = np.full(len(t), -1, np.int32)
    dwell[:-1] = np.where(call[1:] == call[:-1], t[1:] - t[:-1], -1)
    calls = len(begins)
    return assemble(
        code=code,
        flags=np.zeros(len(t), np.uint8),
        at=t - np.repeat(start, length),
        dwell=dwell,
        heard=np.full(len(t), -1, np.int32),
        key=np.zeros(len(t), np.uint8),
        length=length,
        row=call[begins].astype(np.int32),
        start=start.astype(np.int64),
        span=(t[begins + length - 1] - start).astype(np.int32),
        outcome=np.full(calls, OUTCOMES.index(Outcome.UNKNOWN), np.uint8),
        version=np.zeros(calls, np.int16),
        queue=np.zeros(calls, np.int16),
        chosen=np.full(calls, NOBODY, np.int16),
        final=np.full(calls, NOBODY, np.int16),
        wait_s=np.zeros(calls, np.uint16),
        handle_s=np.zeros(calls, np.uint16),
        caller=np.full(calls, NOBODY, np.int32),
        tags=np.zeros(calls, np.int16),
        nodes=tuple(nodes),
        versions=("",),
        queues=("",),
        reasons=(),
        keys=("",),
        tag_sets=(frozenset(),),
    )
