"""Calls that are new here: folded in memory, written as the lines of COPY, a tenth of what the ORM takes for a row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ivr.flows.definition import Definition
from ivr.intake import operations
from ivr.intake.judging import Step
from ivr.intake.rules import SILENCE
from ivr.paths.fold import fold

EVENTS = ("session_id", "identity", "seq", "t", "kind", "node", "key", "detail", "received_at")
SESSIONS = (
    "call", "source", "external_id", "flow_version_id", "entry", "started_at", "ended_at", "outcome", "node", "node_at",
    "reason", "last_at", "closed_as", "closed_at", "path", "backward", "revision",
)  # fmt: skip
_AT_ONCE = 1_000  # lines handed over while the next are made: the database works beside us
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]").search
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Draft:
    """A session that is nowhere yet: as a row of the table, without what the ORM takes for one."""

    __slots__ = (
        "backward", "call", "closed_as", "closed_at", "ended_at", "entry", "external_id", "flow_version_id", "last_at",
        "node", "node_at", "outcome", "path", "reason", "revision", "source", "started_at",
    )  # fmt: skip

    def __init__(self, call: UUID, source: str, first: Step) -> None:
        self.call, self.source, self.external_id = call, source, first.name
        self.started_at = self.last_at = first.t
        self.flow_version_id: int | None = None
        self.ended_at: datetime | None = None
        self.node_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.entry = self.outcome = self.node = self.reason = self.closed_as = ""
        self.path: list[Any] = []
        self.backward = self.revision = 0

    def fold(self, once: Mapping[str, Step], definition: Definition | None, now: datetime) -> None:
        """Work out the path; a call that is silent for long is over, its end unknown."""
        path = fold(once.values())
        if path.outcome is None and path.last_at <= now - SILENCE:
            self.closed_as, self.closed_at = operations.SILENT, path.last_at
            path = fold(once.values(), closed_as=self.closed_as, closed_at=self.closed_at)
        operations.write_path(self, path, definition)


def write_events(drafts: Iterator[tuple[Draft, Sequence[Step]]], *, now: datetime) -> list[str]:
    """Write the steps of folded drafts while the next are folded; the lines of their sessions, to be written after.

    A step points at its session; the database looks for it when the transaction ends.
    """
    sessions: list[str] = []
    lines: list[str] = []
    received = f"\t{now.isoformat()}\n"
    with connection.cursor() as cursor, cursor.copy(_copy("ivr_pathevent", EVENTS)) as stream:
        for draft, steps in drafts:
            begin = f"{draft.call}\t"
            lines += [f"{begin}{_event_line(step)}{received}" for step in steps]
            sessions.append(_session_line(draft, _writer(steps)))
            if len(lines) >= _AT_ONCE:
                stream.write("".join(lines).encode())
                lines.clear()
        stream.write("".join(lines).encode())
    return sessions


def write_sessions(lines: Sequence[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(_copy("ivr_session", SESSIONS)) as stream:
        stream.write("".join(lines).encode())


def _copy(table: str, columns: Sequence[str]) -> str:
    """`table` and `columns` are ours, never input."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


def _event_line(step: Step) -> str:
    """All but the call and the time of receipt, which a whole call shares."""
    identity, seq, _t, kind, node, key = step[:6]
    name = _text(identity) if step.event_id else identity
    detail = _text(_json(step.detail)) if step.detail else "{}"
    number = "\\N" if seq is None else seq
    return f"{name}\t{number}\t{step.at}\t{kind}\t{_text(node)}\t{_text(key)}\t{detail}"


def _writer(steps: Sequence[Step]) -> Callable[[datetime], str]:
    """Writes times; the very ones of the steps are written already, and to write one costs as much as to fold it."""
    written = {id(step.t): step.at for step in steps}
    return lambda at: written.get(id(at)) or at.isoformat()


def _session_line(one: Draft, text: Callable[[datetime], str]) -> str:
    """`text` writes a time."""
    of = "\\N" if one.flow_version_id is None else one.flow_version_id
    ended, at, closed_at = (
        "\\N" if time is None else text(time) for time in (one.ended_at, one.node_at, one.closed_at)
    )
    named = f"{one.call}\t{_text(one.source)}\t{_text(one.external_id)}\t{of}\t{_text(one.entry)}"
    stands = f"{text(one.started_at)}\t{ended}\t{one.outcome}\t{_text(one.node)}\t{at}\t{_text(one.reason)}"
    closed = f"{text(one.last_at)}\t{one.closed_as}\t{closed_at}\t{_text(_json(one.path))}"
    return f"{named}\t{stands}\t{closed}\t{one.backward}\t{one.revision}\n"


def _text(value: str) -> str:
    return value.translate(_ESCAPES) if _NEEDS_ESCAPE(value) else value
