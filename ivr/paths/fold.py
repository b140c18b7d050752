"""From events to the path: the same events give the same path, however ordered, batched or repeated. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ivr.events import ENDINGS, RANK, Kind, Outcome


class Happening(NamedTuple):
    """One stored path event, as far as the path needs it."""

    identity: str  # unique inside the call
    seq: int | None
    t: datetime
    kind: str
    node: str = ""
    key: str = ""


@dataclass(kw_only=True)
class Visit:
    """One stay in one node, with what went wrong there. Times in milliseconds."""

    node: str
    at: datetime
    dwell_ms: int | None = None  # None while the caller is there
    key: str = ""  # the last key or word chosen here
    noinput: int = 0
    nomatch: int = 0
    badkey: int = 0
    zero_out_ms: int | None = None  # when a person was asked for, after the entry
    transferred: bool = False  # the call left the menus from here
    tasks_done: int = 0
    played: int = 0  # announcements begun
    heard_ms: int | None = None  # of them, how long the caller listened; None where the dialect tells no prompts
    barged: int = 0  # keys or words that cut an announcement short
    prompt_at: datetime | None = None  # since when one is playing


@dataclass(kw_only=True)
class Path:
    """The visits in order, and the end as far as events tell it."""

    visits: list[Visit] = field(default_factory=list)
    started_at: datetime
    last_at: datetime
    ended_at: datetime | None = None
    outcome: Outcome | None = None  # None: no end was received
    backward: int = 0  # intervals that came out negative and count as 0: skewed clocks


def in_order(happenings: Iterable[Happening]) -> list[Happening]:
    """The order inside a call: by sequence number if every event has one, else by time and kind. Never by arrival."""
    once = {one.identity: one for one in happenings}.values()
    if all(one.seq is not None for one in once):
        return sorted(once, key=lambda one: (one.seq, one.t, one.identity))
    return sorted(once, key=lambda one: (one.t, RANK.get(one.kind, 0), one.seq or 0, one.identity))


def fold(happenings: Iterable[Happening], *, closed_as: str = "", closed_at: datetime | None = None) -> Path:
    """The path of one call. `closed_as` is what the rest of the house knows of the end: agent, hangup … or nothing.

    A node that is named but never entered (dialects that report keys only) counts as entered when first named.
    Raises ValueError for no events at all.
    """
    events = in_order(happenings)
    if not events:
        raise ValueError("A path needs at least one event.")
    times = [one.t for one in events]
    path = Path(started_at=min(times), last_at=max(times))
    entered = {one.node for one in events if one.kind == Kind.ENTER}
    for one in events:
        if one.kind == Kind.ENTER or _implied_entry(path, one, entered):
            path.visits.append(Visit(node=one.node, at=one.t))
        visit = _visit_of(path, one.node)
        if visit is not None:
            _note(visit, one)
    path.outcome = _outcome(events, closed_as)
    if path.outcome is not None:
        path.ended_at = _end(events, path.outcome, closed_at)
    _measure(path)
    return path


def _implied_entry(path: Path, one: Happening, entered: set[str]) -> bool:
    if not one.node or one.node in entered or one.kind == Kind.NOTE:
        return False
    return not path.visits or path.visits[-1].node != one.node


def _visit_of(path: Path, node: str) -> Visit | None:
    """The latest stay in this node; without a node, the latest stay."""
    if not node:
        return path.visits[-1] if path.visits else None
    return next((visit for visit in reversed(path.visits) if visit.node == node), None)


def _note(visit: Visit, one: Happening) -> None:
    match one.kind:
        case Kind.PROMPT_START:
            visit.played, visit.prompt_at = visit.played + 1, one.t
        case Kind.PROMPT_END:
            _stop_listening(visit, one.t)
        case Kind.KEY | Kind.SPEECH:
            visit.key = one.key
            visit.barged += visit.prompt_at is not None
            _stop_listening(visit, one.t)
        case Kind.NOINPUT:
            visit.noinput += 1
        case Kind.NOMATCH:
            visit.nomatch += 1
        case Kind.BADKEY:
            visit.badkey += 1
        case Kind.ZERO_OUT:
            visit.zero_out_ms = max(0, _ms(visit.at, one.t))
        case Kind.TRANSFER:
            visit.transferred = True
        case Kind.TASK_OK:
            visit.tasks_done += 1
        case _:
            pass


def _stop_listening(visit: Visit, at: datetime) -> None:
    if visit.prompt_at is not None:
        visit.heard_ms = (visit.heard_ms or 0) + max(0, _ms(visit.prompt_at, at))
        visit.prompt_at = None


def _outcome(events: Sequence[Happening], closed_as: str) -> Outcome | None:
    """The outcome rule of the house (design ivr 4.3): agent, else task, else hangup, else system, else unknown."""
    kinds = {one.kind for one in events}
    over = bool(kinds & ENDINGS) or Kind.TRANSFER in kinds or bool(closed_as)
    if not over:
        return None
    if Kind.TRANSFER in kinds or closed_as == Outcome.AGENT:
        return Outcome.AGENT
    if Kind.TASK_OK in kinds or closed_as == Outcome.TASK:
        return Outcome.TASK
    if Kind.HANGUP in kinds or closed_as == Outcome.HANGUP:
        return Outcome.HANGUP
    if Kind.SYS_END in kinds or closed_as == Outcome.SYSTEM:
        return Outcome.SYSTEM
    return Outcome.UNKNOWN


def _end(events: Sequence[Happening], outcome: Outcome, closed_at: datetime | None) -> datetime:
    """When the caller left the menus: the first transfer or ending, else the close, else the last sign of life."""
    leaving = [one.t for one in events if one.kind in ENDINGS or one.kind == Kind.TRANSFER]
    if leaving:
        return min(leaving)
    last = max(one.t for one in events)
    if closed_at is None or outcome == Outcome.UNKNOWN:
        return last
    return max(closed_at, last)


def _measure(path: Path) -> None:
    """Fill in how long each stay was: until the next entry, or the end."""
    entries = [visit.at for visit in path.visits[1:]]
    for visit, left in zip(path.visits, [*entries, path.ended_at], strict=False):
        if left is None:
            continue
        if left < visit.at:
            path.backward += 1
        visit.dwell_ms = max(0, _ms(visit.at, left))
        _stop_listening(visit, left)
        if visit.heard_ms is not None:
            visit.heard_ms = min(visit.heard_ms, visit.dwell_ms)


def _ms(start: datetime, end: datetime) -> int:
    return round((end - start).total_seconds() * 1000)


def choices_of(path: Path) -> list[tuple[str, str, str]]:
    """What the caller chose, in order: (node, key, node entered next; "" if none)."""
    following = [*(visit.node for visit in path.visits[1:]), ""]
    return [(visit.node, visit.key, after) for visit, after in zip(path.visits, following, strict=False)]
