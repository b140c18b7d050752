"""The path store as the columns of the study: who was where when, and how each call ended. Pure."""

from __future__ import annotations

from typing import Any

import numpy as np

from ivr.paths.store import OUTCOMES, ZERO_OUT, Array, PathStore

DAY_MS = 86_400_000


def step_columns(store: PathStore, *, site: str) -> dict[str, Any]:
    """One row a visit. Times in milliseconds; −1 unknown."""
    call = store.call
    return {
        "site": np.full(store.steps, site),
        "day": _days(store.start[call]),
        "call": store.start[call] * 1000
        + store.row[call],  # unique inside a site: the start, then the place in its day
        "step": np.arange(store.steps, dtype=np.int64) - store.offset[call],
        "node": np.array(store.nodes, dtype=object)[store.code],
        "dwell_ms": store.dwell.astype(np.int64),
        "heard_ms": store.heard.astype(np.int64),
        "zero_out": (store.flags & ZERO_OUT) > 0,
    }


def call_columns(store: PathStore, *, site: str, callers: Array | None = None) -> dict[str, Any]:
    """One row a call. `callers`, where files of several runs meet: numbers that are the same in all of them; −1 unknown."""
    last = np.array([*store.nodes, ""], dtype=object)
    ends = np.where(store.last >= 0, store.code[store.last] if store.steps else 0, -1)
    return {
        "site": np.full(len(store), site),
        "day": _days(store.start),
        "call": store.start * 1000 + store.row,
        "start_ms": store.start,
        "span_ms": store.span.astype(np.int64),
        "outcome": np.array(OUTCOMES, dtype=object)[store.outcome],
        "version": np.array(store.versions, dtype=object)[store.version],
        "queue": np.array(store.queues, dtype=object)[store.queue],
        "caller": (store.caller if callers is None else callers).astype(np.int64),
        "last_node": last[ends],
        "variant": store.variant,
    }


def _days(start_ms: Array) -> Array:
    """UTC days as text, for folders."""
    days, place = np.unique(start_ms // DAY_MS, return_inverse=True)
    found: Array = days.astype("datetime64[D]").astype(str).astype(object)[place]
    return found
