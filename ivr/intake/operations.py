"""Path events in, sessions kept: any order, any batches, any repetition give the same path."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction

from callcenter.foundation import events
from callcenter.foundation.ids import public
from ivr.events import Outcome
from ivr.flows import queries as flows
from ivr.flows.definition import Definition
from ivr.intake.rules import SILENCE, Doubt, doubt, identity_of, kept_key
from ivr.models import PathEvent, QuarantinedEvent, Session
from ivr.paths.fold import Happening, Path, choices_of, fold
from ivr.paths.packing import pack
from ivr.results import ItemResult, PathEventIn

SILENT = "silence"  # closed by the sweep; the next event opens the session again
OTHER_CONTENT = Doubt("other_content", "An event with this identity was stored before and says something else.")
_OTHER_CALL = Doubt("other_call", "This name of a call belongs to another call already.")
_NOT_LISTED = Doubt("node_not_in_definition", "Stored; the node is not in the definition of the flow.")


class Row(Protocol):
    """What folding writes on a session, stored already or not yet."""

    entry: str
    flow_version_id: int | None
    started_at: datetime
    last_at: datetime
    ended_at: datetime | None
    outcome: str
    node: str
    node_at: datetime | None
    reason: str
    path: Any
    backward: int
    revision: int


Content = tuple[int | None, datetime, str, str, str, str]  # seq, t, kind, node, key, detail as text


def take(*, items: Sequence[PathEventIn], now: datetime) -> list[ItemResult]:
    """Store a batch (at most some thousands), one answer an item in the same order. One transaction.

    Each is stored, a duplicate (same identity and content: harmless), or quarantined with code and sentence; one bad
    item never sinks the batch. Items of several calls may be mixed.
    """
    doubts: dict[int, Doubt] = {}
    good: list[int] = []
    for place, item in enumerate(items):
        wrong = doubt(item, now=now)
        if wrong is None:
            good.append(place)
        else:
            doubts[place] = wrong
    with transaction.atomic():
        results = _store(items, good, doubts, now)
        _set_aside(items, doubts, now)
    for place, wrong in doubts.items():
        results[place] = ItemResult(result="quarantined", code=wrong.code, sentence=wrong.sentence)
    return [results[place] for place in range(len(items))]


def store(*, items: Sequence[PathEventIn], now: datetime) -> list[ItemResult]:
    """Items that are known to be sound, of any age, inside the caller's transaction; nothing is set aside."""
    doubts: dict[int, Doubt] = {}
    results = _store(items, range(len(items)), doubts, now)
    for place, wrong in doubts.items():
        results[place] = ItemResult(result="quarantined", code=wrong.code, sentence=wrong.sentence)
    return [results[place] for place in range(len(items))]


def close(*, call_id: UUID, outcome: str, at: datetime) -> bool:
    """What the house knows of the end: agent, hangup, task, system. The first word stands.

    False for a call that did not come through our menus.
    """
    if outcome not in set(Outcome):
        raise ValueError(f"unknown outcome {outcome!r}")
    if not _has_session(call_id):
        return False
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(pk=call_id).first()
        if session is not None and session.closed_as in {"", SILENT}:
            session.closed_as, session.closed_at = outcome, at
            _refold([session], now=at)
    return True


def _has_session(call_id: UUID) -> bool:
    """By hand: every call that is queued or ends asks this, and few came through our menus."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM ivr_session WHERE call = %s)", [call_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def close_silent(*, now: datetime, limit: int = 500) -> int:
    """Close sessions without a sign of life for 30 minutes; their end is unknown, never a hang-up. Returns how many."""
    with transaction.atomic():
        silent = list(
            Session.objects.select_for_update(skip_locked=True)
            .filter(ended_at__isnull=True, last_at__lte=now - SILENCE)
            .order_by("last_at")[:limit]
        )
        for session in silent:
            session.closed_as, session.closed_at = SILENT, session.last_at
        _refold(silent, now=now)
    return len(silent)


def closed_calls(*, since: datetime, until: datetime, batch: int = 500) -> Iterator[list[UUID]]:
    """The closed calls that began in [since, until), in batches."""
    rows = Session.objects.filter(ended_at__isnull=False, started_at__gte=since, started_at__lt=until)
    calls = list(rows.order_by("pk").values_list("pk", flat=True))
    yield from (calls[first : first + batch] for first in range(0, len(calls), batch))


def repack(*, calls: Sequence[UUID], check: bool = False) -> int:
    """Fold closed calls again from their raw events; how many differed. `check` keeps what stands."""
    with transaction.atomic():
        closed = Session.objects.select_for_update().filter(pk__in=calls, ended_at__isnull=False)
        sessions = list(closed.order_by("pk"))
        before = {one.pk: one.revision for one in sessions}
        _refold(sessions, now=None)
        if check:
            transaction.set_rollback(True)
    return sum(one.revision != before[one.pk] for one in sessions)


def _store(
    items: Sequence[PathEventIn], good: Sequence[int], doubts: dict[int, Doubt], now: datetime
) -> dict[int, ItemResult]:
    sessions = _sessions_for([items[place] for place in good])
    known = _events_of(sessions)
    results: dict[int, ItemResult] = {}
    fresh: list[PathEvent] = []
    changed: set[UUID] = set()
    definitions = flows.definitions_of(version_ids=[one.flow_version_id for one in sessions.values()])
    for place in good:
        item = items[place]
        session = sessions.get(item.call_id)
        if session is None:
            doubts[place] = _OTHER_CALL
            continue
        event = _event(item, now)
        before = known[item.call_id].get(event.identity)
        if before is None:
            known[item.call_id][event.identity] = event
            fresh.append(event)
            changed.add(item.call_id)
            results[place] = _stored(item, definitions.get(session.flow_version_id or 0))
        elif _content(before) == _content(event):
            results[place] = ItemResult(result="duplicate")
        else:
            doubts[place] = OTHER_CONTENT
    PathEvent.objects.bulk_create(fresh)
    _reopen(sessions[call] for call in changed)
    _refold([sessions[call] for call in sorted(changed)], known, now=now)
    return results


def _sessions_for(items: Sequence[PathEventIn]) -> dict[UUID, Session]:
    """The sessions of these items, made where missing, locked in the order of their ids."""
    first: dict[UUID, PathEventIn] = {}
    for item in items:
        if item.call_id not in first or item.t < first[item.call_id].t:
            first[item.call_id] = item
    ids = sorted(first)
    have = set(Session.objects.filter(pk__in=ids).values_list("pk", flat=True))
    Session.objects.bulk_create(
        [new_session(first[call]) for call in ids if call not in have],
        ignore_conflicts=True,  # someone was first, or the name belongs to another call: told apart by the read below
    )
    rows = {one.pk: one for one in Session.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    versions = Versions()
    for item in items:
        if item.call_id in rows:
            learn_flow([item], rows[item.call_id], versions)
    return rows


def new_session(item: PathEventIn) -> Session:
    """The session that begins with this item, not stored yet."""
    return Session(
        call=item.call_id,
        source=item.source,
        external_id=item.external_id,
        domain=item.domain,
        started_at=item.t,
        last_at=item.t,
    )


class Versions:
    """Which version a session walks, each question asked of the database once."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int | None, str], int | None] = {}

    def of(self, flow: str, number: int | None, entry: str) -> int | None:
        wanted = (flow, number, entry)
        if wanted not in self._asked:
            self._asked[wanted] = flows.choose_version(flow=flow, number=number, entry=entry)
        return self._asked[wanted]


class Naming(Protocol):
    """What an event says of the menus it belongs to."""

    @property
    def entry(self) -> str: ...
    @property
    def flow(self) -> str: ...
    @property
    def version(self) -> int | None: ...


def learn_flow(items: Iterable[Naming], session: Row, versions: Versions) -> None:
    """Which menus a session walks: as its events name them, else by the number dialled, else the only flow there is."""
    for item in items:
        session.entry = session.entry or item.entry
        if item.flow:
            session.flow_version_id = versions.of(item.flow, item.version, "") or session.flow_version_id
        elif session.flow_version_id is None:
            session.flow_version_id = versions.of("", None, session.entry)


def _events_of(calls: Collection[UUID]) -> dict[UUID, dict[str, PathEvent]]:
    """All events stored of some calls, by identity."""
    known: dict[UUID, dict[str, PathEvent]] = {call: {} for call in calls}
    for event in PathEvent.objects.filter(session_id__in=list(calls)):
        known[event.session_id][event.identity] = event
    return known


def _event(item: PathEventIn, now: datetime) -> PathEvent:
    return PathEvent(
        session_id=item.call_id,
        identity=identity_of(item),
        seq=item.seq,
        t=item.t,
        kind=item.kind,
        node=item.node,
        key=kept_key(item),
        detail=item.detail or {},
        received_at=now,
    )


def _content(event: PathEvent) -> Content:
    return event.seq, event.t, event.kind, event.node, event.key, repr(sorted(event.detail.items()))


def _stored(item: PathEventIn, definition: Definition | None) -> ItemResult:
    if item.node and definition is not None and item.node not in definition.nodes:
        return ItemResult(result="stored", code=_NOT_LISTED.code, sentence=_NOT_LISTED.sentence)
    return ItemResult(result="stored")


def _set_aside(items: Sequence[PathEventIn], doubts: dict[int, Doubt], now: datetime) -> None:
    QuarantinedEvent.objects.bulk_create(
        QuarantinedEvent(
            received_at=now,
            source=_text(items[place].source)[:48],
            call=items[place].call_id,
            code=wrong.code,
            sentence=_text(wrong.sentence)[:240],
            payload=_payload(items[place]),
        )
        for place, wrong in doubts.items()
    )


def _payload(item: PathEventIn) -> dict[str, Any]:
    """The item as it came, cut where it is absurdly long, without NUL characters, keys hidden as in the log."""
    return {
        "external_id": _text(item.external_id),
        "t": item.t.isoformat(),
        "kind": _text(item.kind),
        "node": _text(item.node),
        "key": _text(kept_key(item)),
        "event_id": _text(item.event_id),
        "seq": item.seq,
        "entry": _text(item.entry),
        "flow": _text(item.flow),
        "version": item.version,
        "detail": _text(repr(item.detail or {})),
    }


def _text(text: str) -> str:
    return text.replace("\x00", "\ufffd")[:1000]


def _reopen(sessions: Iterable[Session]) -> None:
    for session in sessions:
        if session.closed_as == SILENT:
            session.closed_as, session.closed_at = "", None


def _refold(
    sessions: Sequence[Session],
    known: Mapping[UUID, Mapping[str, PathEvent]] | None = None,
    *,
    now: datetime | None,
) -> None:
    """Work out the paths afresh from all events and write them; tell of those that are over since. They are locked."""
    if not sessions:
        return
    known = _events_of([one.pk for one in sessions]) if known is None else known
    happenings = {
        session.pk: [
            Happening(
                identity=event.identity, seq=event.seq, t=event.t, kind=event.kind, node=event.node, key=event.key
            )
            for event in known[session.pk].values()
        ]
        for session in sessions
    }
    definitions = flows.definitions_of(version_ids=[one.flow_version_id for one in sessions])
    live = [one for one in sessions if one.ended_at is None]
    for session in sessions:
        path = fold(happenings[session.pk], closed_as=session.closed_as, closed_at=session.closed_at)
        write_path(session, path, definitions.get(session.flow_version_id or 0))
    Session.objects.bulk_create(sessions, update_conflicts=True, unique_fields=["call"], update_fields=_FOLDED)
    if now is not None:
        _tell_closed([one for one in live if one.ended_at is not None and one.domain], now)


def _tell_closed(sessions: Sequence[Session], now: datetime) -> None:
    """The way through the menus is over: once for each, again only where steps came after a silence. Ids and codes."""
    for session in sessions:
        assert session.ended_at is not None
        events.record(
            type="ivr.session_closed",
            domain=session.domain,
            actor="ivr",
            now=now,
            data={
                "call": public("c", session.pk),
                "outcome": session.outcome,
                "reason": session.reason,
                "node": session.node,
                "steps": len(session.path),
                "took_s": round((session.ended_at - session.started_at).total_seconds(), 3),
            },
        )


_FOLDED = [
    "flow_version", "entry", "started_at", "ended_at", "outcome", "node", "node_at", "reason", "last_at", "closed_as",
    "closed_at", "path", "backward", "revision",
]  # fmt: skip


def write_path(session: Row, path: Path, definition: Definition | None) -> None:
    """Put a folded path on its session, not stored yet."""
    was_over = session.ended_at is not None
    packed, before = pack(path), (session.path, session.outcome, session.reason)
    last = path.visits[-1] if path.visits else None
    session.started_at, session.last_at, session.ended_at = path.started_at, path.last_at, path.ended_at
    session.outcome = path.outcome or ""
    session.node, session.node_at = (last.node, last.at) if last else ("", None)
    session.reason = _reason(path, definition)
    session.path, session.backward = packed, path.backward
    if was_over and before != (session.path, session.outcome, session.reason):
        session.revision += 1  # what was loaded of it is out of date


def _reason(path: Path, definition: Definition | None) -> str:
    """The last chosen reason on the path."""
    if definition is None:
        return ""
    reasons = (definition.reason(*choice) for choice in reversed(choices_of(path)))
    return next((reason for reason in reasons if reason), "")[:32]
