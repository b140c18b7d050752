"""Rows of a file as steps, or why they are none. Pure.

A file says the same few nodes, kinds and keys a million times: a value that was found sound in a sound row is not looked
at again, and a row of nothing but such values takes the short way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from ivr.intake import reading
from ivr.intake.reading import Cells, Unreadable
from ivr.intake.rules import AHEAD, LONGEST_ID, TOO_OLD, doubt, identity, kept, kept_key
from ivr.results import PathEventIn

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)
REMEMBERED = 20_000  # values of one kind; more are no vocabulary
_NUMBERS = 9  # digits of a sequence number that is surely small enough

Refused = tuple[int, str, str, Any]  # row, code, sentence, what it says


class Step(NamedTuple):
    """One sound row. It begins with what the path needs; its call is named when it is stored."""

    identity: str
    seq: int | None
    t: datetime
    kind: str
    node: str
    key: str  # as it may be kept
    number: int  # of the row
    name: str  # the switch's name of the call
    at: str  # its time as text
    typed: str  # the key as it was pressed
    event_id: str
    entry: str
    flow: str
    version: int | None
    detail: dict[str, object] | None

    def event(self, *, call_id: UUID, source: str) -> PathEventIn:
        """As it is stored one by one."""
        return PathEventIn(
            call_id=call_id, source=source, external_id=self.name, t=self.t, kind=self.kind, node=self.node,
            key=self.typed, event_id=self.event_id, seq=self.seq, entry=self.entry, flow=self.flow,
            version=self.version, detail=self.detail,
        )  # fmt: skip


_step = tuple.__new__  # half the time of calling the class, a million times over
_as_written = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?!000000)\d{6})?(?:Z|\+\d\d:\d\d)").fullmatch


def text_of(said: Any, when: datetime) -> str:
    """`when.isoformat()`, taken from the text it was read from where that says it so already."""
    if type(said) is str and _as_written(said):
        return f"{said[:-1]}+00:00" if said[-1] == "Z" else said
    return when.isoformat()


def step_of(number: int, event: PathEventIn) -> Step:
    """A sound event as the step of a row."""
    at = event.t.isoformat()
    return Step(
        identity(event.event_id, event.seq, at, event.kind, event.node, event.key), event.seq, event.t, event.kind,
        event.node, kept_key(event), number, event.external_id, at, event.key, event.event_id, event.entry, event.flow,
        event.version, event.detail,
    )  # fmt: skip


class Judge:
    """Judges the rows of one file, chunk by chunk."""

    def __init__(self, *, source: str, zone: tzinfo | None, now: datetime) -> None:
        self._source, self._zone, self._now, self._latest = source, zone, now, now + AHEAD
        self._kinds: dict[Any, str] = {}
        self._nodes: dict[Any, str] = {}
        self._keys: dict[Any, str] = {}
        self._menus: dict[Any, tuple[str, str, int | None]] = {}
        self._names: dict[Any, str] = {}

    def judged(self, rows: Sequence[Cells]) -> tuple[list[Step], list[Refused]]:
        """Every row is either a step or refused, in order."""
        for known in (self._nodes, self._keys, self._menus, self._names):
            if len(known) > REMEMBERED:
                known.clear()
        steps: list[Step] = []
        refused: list[Refused] = []
        for row in rows:
            step = self._short(row) or self._long(row)
            if isinstance(step, Step):
                steps.append(step)
            else:
                refused.append((row.number, step.code, step.sentence, [said(value) for value in row.values]))
        return steps, refused

    def _short(self, row: Cells) -> Step | None:
        """A row of known values with a sound time and number; None for any other, sound or not."""
        if row.broken is not None:
            return None
        call, t, kind, node, key, event_id, seq, entry, flow, version, detail = row.values
        try:
            name, what, where, typed = self._names[call], self._kinds[kind], self._nodes[node], self._keys[key]
            of = self._menus[entry, flow, version]
        except (KeyError, TypeError):  # new, or a list where a word belongs
            return None
        when = reading.instant(t, self._zone)
        if (
            not isinstance(when, datetime)
            or not OLDEST <= when <= self._latest
            or (detail is not None and detail != "")
        ):
            return None
        if event_id is None or event_id == "":
            event_id = ""
        elif type(event_id) is not str or len(event_id) > LONGEST_ID or "\x00" in event_id:
            return None
        if seq is None or seq == "":
            number = None
        elif type(seq) is str and len(seq) <= _NUMBERS and seq.isascii() and seq.isdigit():
            number = int(seq)
        else:
            return None
        if not where and what == "enter":
            return None
        at = text_of(t, when)
        return _step(Step, (
            identity(event_id, number, at, what, where, typed), number, when, what, where, kept(what, typed), row.number,
            name, at, typed, event_id, *of, None,
        ))  # fmt: skip

    def _long(self, row: Cells) -> Step | Unreadable:
        """Any row, every value looked at; what a sound one holds is remembered."""
        event = row.broken or self._event(row)
        if isinstance(event, Unreadable):
            return event
        wrong = doubt(event, now=self._now, history=True)
        if wrong is None and event.t < OLDEST:
            wrong = TOO_OLD
        if wrong is not None:
            return Unreadable(wrong.code, wrong.sentence)
        self._remember(row, event)
        return step_of(row.number, event)

    def _remember(self, row: Cells, event: PathEventIn) -> None:
        call, _t, kind, node, key, _id, _seq, entry, flow, version, _detail = row.values
        try:
            self._names[call], self._kinds[kind] = event.external_id, event.kind
            self._nodes[node], self._keys[key] = event.node, event.key
            self._menus[entry, flow, version] = (event.entry, event.flow, event.version)
        except TypeError:  # a list of JSON became text: it is looked at each time
            return

    def _event(self, row: Cells) -> PathEventIn | Unreadable:
        call, t, kind, node, key, event_id, seq, entry, flow, version, detail = row.values
        name = "" if call is None else str(call).strip()
        if not name:
            return Unreadable("call_missing", "The row names no call.")
        at, number = reading.instant(t, self._zone), reading.whole(seq, "seq")
        of, more = reading.whole(version, "version"), reading.detail_of(detail)
        for one in (at, number, of, more):
            if isinstance(one, Unreadable):
                return one
        return PathEventIn(
            call_id=NOBODY, source=self._source, external_id=name, t=at, kind=str(kind or "").strip(),  # type: ignore[arg-type]
            node=str(node or ""), key="" if key is None else str(key), event_id=str(event_id or ""), seq=number,  # type: ignore[arg-type]
            entry=str(entry or ""), flow=str(flow or ""), version=of, detail=more,  # type: ignore[arg-type]
        )  # fmt: skip


def said(value: Any) -> str:
    """A value as a refused row shows it."""
    return "" if value is None else str(value).replace("\x00", "\ufffd")[:200]
