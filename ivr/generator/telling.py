"""A generated log as a switch would have told it: event by event, so that it can come in by every door. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ivr.events import Kind
from ivr.paths.measures import HUNG_UP
from ivr.paths.store import BAD_KEY, BARGE, NO_INPUT, NO_MATCH, TASK, TRANSFER, ZERO_OUT, PathStore

_ERRORS = {NO_INPUT: Kind.NOINPUT, NO_MATCH: Kind.NOMATCH, BAD_KEY: Kind.BADKEY}


class Told(NamedTuple):
    """One event; `t` in ms since 1970."""

    t: int
    kind: str
    node: str
    key: str = ""


def events(store: PathStore) -> Iterator[tuple[int, list[Told]]]:
    """Every call of a store with its events, in the order of their start. Folded again they give the same path."""
    errors: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for step, kind, times in zip(
        store.error_step.tolist(), store.error_kind.tolist(), store.error_times.tolist(), strict=True
    ):
        errors[step].append((_ERRORS[kind].value, times))
    asked = dict(zip(store.zero_step.tolist(), store.zero_ms.tolist(), strict=True))
    for call in range(len(store)):
        told: list[Told] = []
        at = int(store.start[call])
        steps = store.steps_of(call)
        for step in range(steps.start, steps.stop):
            told += _step(store, step, at, errors.get(step, ()), asked.get(step))
            at += int(store.dwell[step])
        if told and not store.flags[steps.stop - 1] & TRANSFER:
            kind = Kind.HANGUP if store.outcome[call] == HUNG_UP else Kind.SYS_END
            told.append(Told(at, kind.value, told[-1].node))
        yield call, told


def _step(
    store: PathStore, step: int, at: int, errors: list[tuple[str, int]] | tuple[()], asked: int | None
) -> Iterator[Told]:
    node, dwell, heard = store.nodes[store.code[step]], int(store.dwell[step]), int(store.heard[step])
    flags, key = int(store.flags[step]), store.keys[store.key[step]]
    yield Told(at, Kind.ENTER.value, node)
    if heard >= 0:
        yield Told(at, Kind.PROMPT_START.value, node)
        if not flags & BARGE and heard < dwell:
            yield Told(at + heard, Kind.PROMPT_END.value, node)
    past = max(0, heard) if flags & BARGE == 0 else 0
    for place, (kind, times) in enumerate(errors):
        for nth in range(times):
            yield Told(at + min(dwell, past + 1 + 10 * place + nth), kind, node)
    if asked is not None and flags & ZERO_OUT:
        yield Told(at + asked, Kind.ZERO_OUT.value, node)
    if key:
        # Who cut the announcement short pressed while it was playing.
        yield Told(at + (heard if flags & BARGE else dwell), Kind.KEY.value, node, key)
    if flags & TASK:
        yield Told(at + dwell, Kind.TASK_OK.value, node)
    if flags & TRANSFER:
        yield Told(at + dwell, Kind.TRANSFER.value, node)
