"""Two sides of a comparison, day by day: what changed between versions, segments or weeks, and how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np

from ivr.paths.measures import HUNG_UP, Selection
from ivr.paths.statistics import Days, Difference, difference, discoveries, dispersion
from ivr.paths.store import OUTCOMES, TASK, TRANSFER, ZERO_OUT, Array

NODE_MEASURES = ("drop_off", "zero_out", "error", "done", "transfer")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side. Tables are day × node; `visits` is what node measures are shares of."""

    calls: int
    day: Array  # days since 1970 in the site's zone, each once
    per_day: Array  # calls
    outcomes: dict[str, Array]  # outcome → calls by day
    nodes: tuple[str, ...]
    visits: Array
    hits: dict[str, Array]  # measure → day × node


def site_days(start_ms: Array, zone: tzinfo) -> Array:
    """The site's calendar day of each moment, in days since 1970. The offset is looked up once an hour."""
    hours, which = np.unique(start_ms // 3_600_000, return_inverse=True)
    offsets = [datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(zone).utcoffset() for hour in hours]
    seconds = np.array([0 if one is None else one.total_seconds() for one in offsets])
    days: Array = ((start_ms // 1000 + seconds[which]) // 86_400).astype(np.int64)
    return days


def side(selection: Selection, zone: tzinfo) -> Side:
    store, calls = selection.store, selection.calls
    day, which = np.unique(site_days(store.start[calls], zone), return_inverse=True)
    days, width = len(day), len(store.nodes)
    of_call = np.zeros(len(store), np.int64)
    of_call[calls] = which
    cell = of_call[selection.of_steps("call")] * width + selection.code

    def table(cells: Array) -> Array:
        counted: Array = np.bincount(cells, minlength=days * width).reshape(days, width)
        return counted

    def flagged(bit: int) -> Array:
        return table(cell[(selection.flags & bit) > 0])

    last = store.last[calls[store.outcome[calls] == HUNG_UP]]
    last = last[last >= 0]
    faulty = np.unique(store.error_step[selection.step_mask[store.error_step]])
    return Side(
        calls=selection.n,
        day=day,
        per_day=np.bincount(which, minlength=days),
        outcomes={
            name: np.bincount(which[store.outcome[calls] == place], minlength=days)
            for place, name in enumerate(OUTCOMES)
        },
        nodes=store.nodes,
        visits=table(cell),
        hits={
            "drop_off": table(of_call[store.call[last]] * width + store.code[last]),
            "zero_out": flagged(ZERO_OUT),
            "error": table(of_call[store.call[faulty]] * width + store.code[faulty]),
            "done": flagged(TASK),
            "transfer": flagged(TRANSFER),
        },
    )


def dispersion_of_hang_ups(*sides: Side) -> float:
    """φ of the share of callers who hang up, between days."""
    days = [
        Days(day=one.day, hits=one.outcomes["hangup"] * 1.0, n=one.per_day * 1.0)
        for one in sides
        if one.outcomes["hangup"].any()
    ]
    return dispersion(*days)


def differences(a: Side, b: Side) -> list[tuple[str, str, Difference, bool]]:
    """(node, measure, difference, stands after Benjamini–Hochberg); all calls first, then the surest."""
    found = [(node, measure, one) for node, measure, one in _all(a, b) if one is not None]
    stand = discoveries([one.p for _, _, one in found])
    lines = [(*line, stands) for line, stands in zip(found, stand, strict=True)]
    return sorted(lines, key=lambda line: (line[0] != "", not line[3], line[2].p, -abs(line[2].value)))


def _all(a: Side, b: Side) -> Iterator[tuple[str, str, Difference | None]]:
    for outcome in OUTCOMES:
        days = [Days(day=one.day, hits=one.outcomes[outcome] * 1.0, n=one.per_day * 1.0) for one in (a, b)]
        if any(one.hits.any() for one in days):
            yield "", f"outcome:{outcome}", difference(*days)
    for node in a.nodes:
        if node not in b.nodes:
            continue
        places = a.nodes.index(node), b.nodes.index(node)
        for measure in NODE_MEASURES:
            days = [
                Days(day=one.day, hits=one.hits[measure][:, place] * 1.0, n=one.visits[:, place] * 1.0)
                for one, place in zip((a, b), places, strict=True)
            ]
            # What every visit does on both sides (a transfer transfers) is no news.
            if any(one.hits.any() for one in days) and any((one.hits < one.n).any() for one in days):
                yield node, measure, difference(*days)
