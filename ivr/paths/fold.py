"""From events to the path: the same events give the same path, however ordered, batched or repeated. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import lt
from typing import NamedTuple, Protocol, TypeVar

from ivr.events import ENDINGS, RANK, Kind, Outcome


class Told(Protocol):
    """What the path needs of an event, wherever it is kept."""

    @property
    def identity(self) -> str: ...
    @property
    def seq(self) -> int | None: ...
    @property
    def t(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def node(self) -> str: ...
    @property
    def key(self) -> str: ...


One = TypeVar("One", bound=Told)


class Happening(NamedTuple):
    """One stored path event, as far as the path needs it."""

    identity: str  # unique inside the call
    seq: int | None
    t: datetime
    kind: str
    node: str = ""
    key: str = ""


@dataclass(kw_only=True, slots=True)
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


def in_order(happenings: Iterable[One]) -> list[One]:
    """The order inside a call: by sequence number if every event has one, else by time and kind. Never by arrival."""
    once = list({one.identity: one for one in happenings}.values())
    numbers = [one.seq for one in once if one.seq is not None]
    numbered = len(numbers) == len(once)
    if _rises(numbers) if numbered else _rises([one.t for one in once]):
        return once  # as they mostly come; nothing is left to decide
    if numbered:
        return sorted(once, key=lambda one: (one.seq, one.t, one.identity))
    return sorted(once, key=lambda one: (one.t, RANK.get(one.kind, 0), one.seq or 0, one.identity))


def _rises(values: Sequence[int] | Sequence[datetime]) -> bool:
    """Each value truly after the one before."""
    return all(map(lt, values, values[1:]))


def fold(happenings: Iterable[Told], *, closed_as: str = "", closed_at: datetime | None = None) -> Path:
    """The path of one call. `closed_as` is what the rest of the house knows of the end: agent, hangup … or nothing.

    A node that is named but never entered (dialects that report keys only) counts as entered when first named.
    Raises ValueError for no events at all.
    """
    events = in_order(happenings)
    if not events:
        raise ValueError("A path needs at least one event.")
    times = [one.t for one in events]
    path = Path(started_at=min(times), last_at=max(times))
    entered = {one.node for one in events if one.kind == _ENTER}
    visits = path.visits
    for one in events:  # the innermost loop of every import: half of the events enter a node
        if one.kind == _ENTER:
            visits.append(Visit(node=one.node, at=one.t))
            continue
        if one.node not in entered and _implied_entry(visits, one):
            visits.append(Visit(node=one.node, at=one.t))
        note = _NOTES.get(one.kind)
        if note is not None and (visit := _visit_of(visits, one.node)) is not None:
            note(visit, one)
    path.outcome = _outcome({one.kind for one in events}, closed_as)
    if path.outcome is not None:
        path.ended_at = _end(events, path, closed_at)
    _measure(path)
    return path


_ENTER = Kind.ENTER.value


def _implied_entry(visits: Sequence[Visit], one: Told) -> bool:
    """A node that is named but never entered."""
    if not one.node or one.kind == Kind.NOTE:
        return False
    return not visits or visits[-1].node != one.node


def _visit_of(visits: Sequence[Visit], node: str) -> Visit | None:
    """The latest stay in this node; without a node, the latest stay."""
    if not visits:
        return None
    last = visits[-1]
    if not node or last.node == node:
        return last
    return next((visit for visit in reversed(visits) if visit.node == node), None)


def _prompt_begins(visit: Visit, one: Told) -> None:
    visit.played, visit.prompt_at = visit.played + 1, one.t


def _prompt_ends(visit: Visit, one: Told) -> None:
    _stop_listening(visit, one.t)


def _chosen(visit: Visit, one: Told) -> None:
    visit.key = one.key
    visit.barged += visit.prompt_at is not None
    _stop_listening(visit, one.t)


def _nothing_said(visit: Visit, one: Told) -> None:
    visit.noinput += 1


def _not_understood(visit: Visit, one: Told) -> None:
    visit.nomatch += 1


def _wrong_key(visit: Visit, one: Told) -> None:
    visit.badkey += 1


def _wants_a_person(visit: Visit, one: Told) -> None:
    visit.zero_out_ms = max(0, _ms(visit.at, one.t))


def _leaves(visit: Visit, one: Told) -> None:
    visit.transferred = True


def _served(visit: Visit, one: Told) -> None:
    visit.tasks_done += 1


_NOTES: dict[str, Callable[[Visit, Told], None]] = {
    Kind.PROMPT_START: _prompt_begins,
    Kind.PROMPT_END: _prompt_ends,
    Kind.KEY: _chosen,
    Kind.SPEECH: _chosen,
    Kind.NOINPUT: _nothing_said,
    Kind.NOMATCH: _not_understood,
    Kind.BADKEY: _wrong_key,
    Kind.ZERO_OUT: _wants_a_person,
    Kind.TRANSFER: _leaves,
    Kind.TASK_OK: _served,
}


def _stop_listening(visit: Visit, at: datetime) -> None:
    if visit.prompt_at is not None:
        visit.heard_ms = (visit.heard_ms or 0) + max(0, _ms(visit.prompt_at, at))
        visit.prompt_at = None


def _outcome(kinds: set[str], closed_as: str) -> Outcome | None:
    """The outcome rule of the house (design ivr 4.3): agent, else task, else hangup, else system, else unknown."""
    if not closed_as and kinds.isdisjoint(_LEAVING):
        return None
    for outcome, kind in _RULE:
        if kind in kinds or closed_as == outcome:
            return outcome
    return Outcome.UNKNOWN


_LEAVING = frozenset({Kind.TRANSFER.value, *(one.value for one in ENDINGS)})
_RULE = (
    (Outcome.AGENT, Kind.TRANSFER),
    (Outcome.TASK, Kind.TASK_OK),
    (Outcome.HANGUP, Kind.HANGUP),
    (Outcome.SYSTEM, Kind.SYS_END),
)


def _end(events: Sequence[Told], path: Path, closed_at: datetime | None) -> datetime:
    """When the caller left the menus: the first transfer or ending, else the close, else the last sign of life."""
    leaving = [one.t for one in events if one.kind in _LEAVING]
    if leaving:
        return min(leaving)
    if closed_at is None or path.outcome == Outcome.UNKNOWN:
        return path.last_at
    return max(closed_at, path.last_at)


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
