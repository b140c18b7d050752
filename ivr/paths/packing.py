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
    """The visits as JSON lists, in order."""
    return [
        list(
            Packed(
                node=visit.node,
                at_ms=round((visit.at - path.started_at).total_seconds() * 1000),
                dwell_ms=visit.dwell_ms,
                key=visit.key,
                noinput=visit.noinput,
                nomatch=visit.nomatch,
                badkey=visit.badkey,
                zero_out_ms=visit.zero_out_ms,
                transferred=int(visit.transferred),
                tasks_done=visit.tasks_done,
                played=visit.played,
                heard_ms=visit.heard_ms,
                barged=visit.barged,
            )
        )
        for visit in path.visits
    ]


def unpack(rows: Sequence[Sequence[Any]]) -> list[Packed]:
    """Rows written before announcements were measured are shorter."""
    return [Packed(*row) for row in rows]
