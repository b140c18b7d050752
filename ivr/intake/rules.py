"""May this item be taken, and what is it called? Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from ivr.events import KINDS, Kind
from ivr.results import PathEventIn

AHEAD = timedelta(minutes=5)  # a clock may run ahead by this much
HORIZON = timedelta(days=7)  # later than this, a path is settled
SILENCE = timedelta(minutes=30)  # after this, no end is expected any more
LONGEST_ID = 128
_LENGTHS = {"source": 48, "external_id": 128, "node": 64, "key": 32, "event_id": LONGEST_ID, "entry": 64, "flow": 48}
_DETAIL = 4096  # bytes
_INT4 = 2**31 - 1


@dataclass(frozen=True)
class Doubt:
    """Why an item is set aside: a stable code and a sentence for the sender."""

    code: str
    sentence: str


TOO_OLD = Doubt("too_old", "The time lies before the year 2000: the clock or the format is wrong.")


def doubt(item: PathEventIn, *, now: datetime, history: bool = False) -> Doubt | None:
    """What is wrong with an item by itself; None if it may be taken. `history`: settled paths may be told of, too."""
    if item.kind not in KINDS:
        return Doubt("unknown_kind", f"{item.kind[:32]!r} is not in the vocabulary of path events.")
    return _doubt_about_time(item, now, history) or _doubt_about_size(item)


def _doubt_about_time(item: PathEventIn, now: datetime, history: bool) -> Doubt | None:
    if item.t.tzinfo is None:
        return Doubt("time_without_zone", "The time has no zone; send UTC, for instance 2026-03-02T09:15:00Z.")
    if item.t > now + AHEAD:
        return Doubt("time_in_future", f"The time {item.t.isoformat()} is more than 5 minutes ahead of ours.")
    if not history and item.t < now - HORIZON:
        return Doubt("too_late", f"The time {item.t.isoformat()} is more than 7 days ago; the path is settled.")
    return None


def _doubt_about_size(item: PathEventIn) -> Doubt | None:
    for name, most in _LENGTHS.items():
        text = getattr(item, name)
        if len(text) > most:
            return Doubt("field_too_long", f"The field {name!r} holds {len(text)} characters; {most} is the most.")
        if "\x00" in text:
            return Doubt("bad_text", f"The field {name!r} holds a NUL character.")
    if item.kind == Kind.ENTER and not item.node:
        return Doubt("node_missing", "An 'enter' must name the node that is entered.")
    if item.seq is not None and not 0 <= item.seq <= _INT4:
        return Doubt("bad_sequence", "The sequence number must lie between 0 and 2147483647.")
    if not item.detail:
        return None
    detail = json.dumps(item.detail, default=str)
    if len(detail) > _DETAIL or "\\u0000" in detail:
        return Doubt("bad_detail", "The detail must be at most 4 KB of JSON without NUL characters.")
    return None


def identity_of(item: PathEventIn) -> str:
    """What makes two deliveries the same event inside a call: its id, else its number, else what it says."""
    return identity(item.event_id, item.seq, item.t.isoformat(), item.kind, item.node, item.key)


def identity(event_id: str, seq: int | None, at: str, kind: str, node: str, key: str) -> str:
    """The same of the parts; `at` is the time as text."""
    if event_id:
        return f"id:{event_id}"
    if seq is not None:
        return f"seq:{seq}"
    return f"said:{sha256(f'{at}|{kind}|{node}|{key}'.encode()).hexdigest()[:40]}"


def kept_key(item: PathEventIn) -> str:
    """What may be stored of the keys: a choice as it is; a longer number (card, PIN, identity) only as its length."""
    return kept(item.kind, item.key)


def kept(kind: str, key: str) -> str:
    """The same of the parts."""
    return "•" * len(key) if len(key) > 2 and kind == Kind.KEY else key
