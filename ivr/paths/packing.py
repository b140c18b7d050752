"""A path as it stands on its session's row: one short list per visit, so that a day's paths are one read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ivr.paths.fold import Path


class Packed(NamedTuple):
    """One visit. Times in milliseconds."""

    node: str
    at_ms: int  # after the session's start
    dwell_ms: int | None  # None while the caller is there
    key: str
    noinput: int
    nomatch: int
    badkey: int
    zero_out_ms: int | None  # after the entry
    transferred: int
    tasks_done: int
    played: int = 0  # announcements begun
    heard_ms: int | None = None  # listened to them; None where no announcement was reported
    barged: int = 0  # keys that cut one short


def pack(path: Path) -> list[list[Any]]:
    """The visits as JSON lists, in order: each a `Packed`."""
    start = path.started_at
    return [
        [
            visit.node, round((visit.at - start).total_seconds() * 1000), visit.dwell_ms, visit.key, visit.noinput,
            visit.nomatch, visit.badkey, visit.zero_out_ms, int(visit.transferred), visit.tasks_done, visit.played,
            visit.heard_ms, visit.barged,
        ]
        for visit in path.visits
    ]  # fmt: skip


def unpack(rows: Sequence[Sequence[Any]]) -> list[Packed]:
    """Rows written before announcements were measured are shorter."""
    return [Packed(*row) for row in rows]
