"""Reading the menus as a whole: who is in them now, and every way callers took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max, QuerySet, Sum

from callcenter.foundation.errors import NotFound
from ivr.events import Kind
from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.intake.rules import SILENCE
from ivr.models import CallFacts, QuarantinedEvent, Session
from ivr.paths import comparing, loading, measures, search, unrolling
from ivr.paths.counting import Place, Way
from ivr.paths.fold import Happening, in_order
from ivr.paths.measures import Containment, Edge, Misroute, NodeRow, Repeat, Return, Selection
from ivr.paths.statistics import Difference
from ivr.paths.store import OUTCOMES, Mask, PathStore
from ivr.paths.unrolling import Branch

# Loaded beyond the window's end, so that it is known whether its callers rang again; counted nowhere.
AFTERWARDS = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class NodeNow:
    """Callers in one node at this moment."""

    node: str
    label: Label
    calls: int
    longest_s: float  # since the earliest of them entered the node


@dataclass(frozen=True, kw_only=True)
class Live:
    """Callers in the menus now."""

    calls: int
    longest_s: float | None  # since the earliest of them arrived
    nodes: tuple[NodeNow, ...]  # most callers first


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the explorer is asked: a window by session start, and what narrows it."""

    since: datetime
    until: datetime
    flow: str = ""  # "" all flows
    query: str = ""  # the path query language
    start: str = ""  # the picture begins at this node
    backwards: bool = False  # … and asks how callers came there
    callers: frozenset[int] | None = None  # only these, by the number that a person's calls share
    followed_s: int = 0  # only known callers of whom it is known what they did for so long after the call
    as_of: datetime | None = None  # until when calls are known; needed for that


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Every way through the menus of the sessions that began in a window, are over and fit the query."""

    asked: Asked
    calls: int  # closed sessions: the population of every number here
    of: int  # closed sessions of the window, whatever the query
    unfinished: int  # began in the window and still live: counted nowhere else
    without_steps: int  # closed sessions of which no node was reported
    outcomes: dict[str, int]  # agent | task | hangup | system | unknown; they add up to `calls`
    places: tuple[Place, ...]
    ways: tuple[Way, ...]
    branches: tuple[Branch, ...]
    loops: tuple[Return, ...]
    rows: tuple[NodeRow, ...]
    edges: tuple[Edge, ...]
    misroutes: tuple[Misroute, ...]
    containment: Containment
    repeats_day: tuple[Repeat, ...]
    repeats_week: tuple[Repeat, ...]
    provisional_day: float | None  # Kaplan–Meier, the newest days included
    labels: dict[str, Label]  # of every node met
    reasons: dict[str, Label]
    versions: tuple[str, ...]  # met in the window
    queues: tuple[str, ...]
    tags: tuple[str, ...]
    unlisted: frozenset[str]  # nodes met that are in no definition of the window
    backward: int  # negative intervals taken as 0 s
    quarantined: int  # items set aside in the window


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """One call behind a number. No caller is named."""

    call: UUID
    started_at: datetime
    seconds: float
    outcome: str
    nodes: tuple[str, ...]
    version: str
    queue: str
    chosen: str
    final: str


@dataclass(frozen=True, kw_only=True)
class CallPage:
    lines: tuple[CallLine, ...]
    total: int
    labels: dict[str, Label]


def live(*, now: datetime) -> Live:
    """Callers in the menus now, by node. Sessions silent for 30 minutes are left to the sweep."""
    rows = list(
        Session.objects.filter(ended_at__isnull=True, last_at__gt=now - SILENCE).values_list(
            "node", "node_at", "started_at", "flow_version_id"
        )
    )
    definitions = flows.definitions_of(version_ids=[row[3] for row in rows])
    by_node: dict[str, list[tuple[datetime, int | None]]] = {}
    for node, node_at, started_at, version_id in rows:
        by_node.setdefault(node, []).append((node_at or started_at, version_id))
    nodes = [
        NodeNow(
            node=node,
            label=_label(node, [definitions[version] for _, version in stays if version is not None]),
            calls=len(stays),
            longest_s=max(0.0, (now - min(since for since, _ in stays)).total_seconds()),
        )
        for node, stays in by_node.items()
    ]
    return Live(
        calls=len(rows),
        longest_s=max(((now - row[2]).total_seconds() for row in rows), default=None),
        nodes=tuple(sorted(nodes, key=lambda one: (-one.calls, one.node))),
    )


@dataclass(frozen=True, kw_only=True)
class Lately:
    """What became of callers who left the menus in the last ten minutes, and how fresh this is."""

    minutes: int
    ended: int
    outcomes: dict[str, int]
    zero_outs: int  # callers who asked for a person, in the menus or out of them by now
    newest_event: datetime | None  # the last time a caller moved, by the clock of the menus


def lately(*, now: datetime, minutes: int = 10) -> Lately:
    """The last minutes of the menus."""
    since = now - timedelta(minutes=minutes)
    counted = dict.fromkeys(OUTCOMES, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, count(*) FROM ivr_session WHERE started_at > %(early)s AND ended_at > %(since)s"
            " AND ended_at <= %(now)s GROUP BY outcome",
            {"since": since, "now": now, "early": since - SILENCE},
        )
        counted |= dict(cursor.fetchall())
        cursor.execute(
            "SELECT count(DISTINCT e.session_id) FROM ivr_pathevent e JOIN ivr_session s ON s.call = e.session_id"
            " WHERE s.started_at > %(early)s AND e.kind = %(kind)s AND e.t > %(since)s AND e.t <= %(now)s",
            {"since": since, "now": now, "early": since - SILENCE, "kind": Kind.ZERO_OUT.value},
        )
        zero_outs = cursor.fetchone()
    newest = Session.objects.filter(started_at__gt=now - timedelta(days=1)).aggregate(at=Max("last_at"))["at"]
    return Lately(
        minutes=minutes, ended=sum(counted.values()), outcomes=counted, zero_outs=zero_outs[0] if zero_outs else 0,
        newest_event=newest,
    )  # fmt: skip


def picture(*, asked: Asked, now: datetime) -> Picture:
    """The picture of a window. Raises QuerySyntax for a query that cannot be read."""
    store, definitions = _store_and_definitions(asked)
    selection = _selection(asked, store, definitions)
    until_ms = _known_until(asked, now)
    places, ways = unrolling.unroll(
        selection, final=_final(definitions), start=asked.start, backwards=asked.backwards and bool(asked.start)
    )
    rows = measures.node_rows(selection)
    sessions = _sessions(asked)
    reasons = {code: label for one in definitions for code, label in one.reasons.items()}
    return Picture(
        asked=asked,
        calls=selection.n,
        of=int(_window(asked, store).sum()),
        unfinished=sessions.filter(ended_at__isnull=True).count(),
        without_steps=int((store.length[selection.calls] == 0).sum()),
        outcomes=selection.outcomes,
        places=places,
        ways=ways,
        branches=unrolling.tree(selection, start=asked.start),
        loops=measures.returns(selection, roots=_roots(definitions)),
        rows=rows,
        edges=measures.edges(selection),
        misroutes=measures.misroutes(selection, reasons=reasons),
        containment=measures.containment(selection, until_ms=until_ms),
        repeats_day=measures.repeats(selection, within_s=measures.DAY_S, until_ms=until_ms),
        repeats_week=measures.repeats(selection, within_s=measures.WEEK_S, until_ms=until_ms),
        provisional_day=measures.provisional_repeat(selection, within_s=measures.DAY_S, until_ms=until_ms),
        labels={node: _label(node, definitions) for node in store.nodes},
        reasons={code: reasons.get(code, Label(en=code, zh=code)) for code in store.reasons},
        versions=tuple(sorted(filter(None, _versions(store, asked.flow)))),
        queues=tuple(sorted(filter(None, store.queues))),
        tags=tuple(sorted({tag for some in store.tag_sets for tag in some})),
        unlisted=frozenset(row.node for row in rows if not any(row.node in one.nodes for one in definitions)),
        backward=sessions.filter(ended_at__isnull=False).aggregate(sum=Sum("backward"))["sum"] or 0,
        quarantined=QuarantinedEvent.objects.filter(received_at__gte=asked.since, received_at__lt=asked.until).count(),
    )


def selection_of(*, asked: Asked) -> Selection:
    """The packed calls of a question, for the other parts of this room. Raises QuerySyntax."""
    store, definitions = _store_and_definitions(asked)
    return _selection(asked, store, definitions)


def calls(*, asked: Asked, limit: int = 50, offset: int = 0) -> CallPage:
    """The calls behind a number, the newest first. Raises QuerySyntax."""
    loaded, definitions = _loaded(asked)
    store = loaded.store
    chosen = _selection(asked, store, definitions).calls[::-1]
    shown = chosen[offset : offset + limit].tolist()
    ids = loading.calls_at(loaded, shown)
    lines = tuple(_line(store, place, call) for place, call in zip(shown, ids, strict=False))
    met = {node for line in lines for node in line.nodes}
    return CallPage(lines=lines, total=len(chosen), labels={node: _label(node, definitions) for node in met})


def _line(store: PathStore, place: int, call: UUID) -> CallLine:
    chosen, final = int(store.chosen[place]), int(store.final[place])
    return CallLine(
        call=call,
        started_at=datetime.fromtimestamp(int(store.start[place]) / 1000, UTC),
        seconds=int(store.span[place]) / 1000,
        outcome=OUTCOMES[int(store.outcome[place])],
        nodes=tuple(store.nodes[code] for code in store.code[store.steps_of(place)].tolist()),
        version=store.versions[int(store.version[place])],
        queue=store.queues[int(store.queue[place])],
        chosen=store.reasons[chosen] if chosen >= 0 else "",
        final=store.reasons[final] if final >= 0 else "",
    )


@dataclass(frozen=True, kw_only=True)
class TracedEvent:
    """One stored event of a call."""

    at: datetime
    after_s: float  # since the call entered the menus
    kind: str
    node: str
    label: Label
    key: str
    detail: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One call as the menus saw it, and what became of it. No caller is named."""

    call: UUID
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    version: str
    chosen: str
    events: tuple[TracedEvent, ...]
    queue: str
    wait_s: int | None
    handle_s: int | None
    final: str
    tags: tuple[str, ...]
    next_call: UUID | None  # the same caller's next call through the menus
    next_after_s: float | None


def trace(*, call_id: UUID) -> Trace:
    """Every event of one call in order, with its time and key. Raises NotFound."""
    session = Session.objects.select_related("flow_version__flow").filter(pk=call_id).first()
    if session is None:
        raise NotFound("No path of this call was reported.")
    definition = flows.definition_of(version_id=session.flow_version_id)
    rows = {event.identity: event for event in session.events.all()}
    ordered = in_order(
        Happening(identity=row.identity, seq=row.seq, t=row.t, kind=row.kind, node=row.node, key=row.key)
        for row in rows.values()
    )
    facts = CallFacts.objects.filter(pk=call_id).first()
    after = _next_of(facts, session)
    version = session.flow_version
    return Trace(
        call=call_id,
        started_at=session.started_at,
        ended_at=session.ended_at,
        outcome=session.outcome,
        version=f"{version.flow.key}/{version.number}" if version else "",
        chosen=session.reason,
        events=tuple(
            TracedEvent(
                at=one.t,
                after_s=(one.t - session.started_at).total_seconds(),
                kind=one.kind,
                node=one.node,
                label=_label(one.node, [definition] if definition else []),
                key=one.key,
                detail=rows[one.identity].detail,
            )
            for one in ordered
        ),
        queue=facts.queue if facts else "",
        wait_s=facts.wait_s if facts else None,
        handle_s=facts.handle_s if facts else None,
        final=facts.final if facts else "",
        tags=tuple(facts.tags) if facts else (),
        next_call=after.pk if after else None,
        next_after_s=(after.started_at - (session.ended_at or session.last_at)).total_seconds() if after else None,
    )


def _next_of(facts: CallFacts | None, session: Session) -> Session | None:
    if facts is None or facts.caller is None:
        return None
    theirs = CallFacts.objects.filter(caller=facts.caller).exclude(pk=session.pk).values("pk")
    later = Session.objects.filter(pk__in=theirs, started_at__gt=session.started_at)
    return later.order_by("started_at").first()


@dataclass(frozen=True, kw_only=True)
class NodeDifference:
    """One measure of one node (or of all calls: node "") on both sides of a comparison."""

    node: str
    measure: str  # outcome:agent … | drop_off | zero_out | error | done | transfer
    difference: Difference
    stands: bool  # after Benjamini–Hochberg over all lines


@dataclass(frozen=True, kw_only=True)
class Comparison:
    calls_a: int
    calls_b: int
    lines: tuple[NodeDifference, ...]
    labels: dict[str, Label]
    dispersion: float = 1.0  # how much more days differ in hang-ups than calls alone would make them


def compare(*, a: Asked, b: Asked, zone: tzinfo) -> Comparison:
    """B beside A, joined by node key, clustered by site day. Raises QuerySyntax."""
    sides = []
    labels: dict[str, Label] = {}
    for asked in (a, b):
        store, definitions = _store_and_definitions(asked)
        sides.append(comparing.side(_selection(asked, store, definitions), zone))
        labels |= {node: _label(node, definitions) for node in store.nodes}
    found = comparing.differences(*sides)
    lines = tuple(
        NodeDifference(node=node, measure=measure, difference=one, stands=stands)
        for node, measure, one, stands in found
    )
    return Comparison(
        calls_a=sides[0].calls, calls_b=sides[1].calls, lines=lines, labels=labels,
        dispersion=comparing.dispersion_of_hang_ups(*sides),
    )  # fmt: skip


def _sessions(asked: Asked) -> QuerySet[Session]:
    sessions = Session.objects.filter(started_at__gte=asked.since, started_at__lt=asked.until)
    return sessions.filter(flow_version__flow__key=asked.flow) if asked.flow else sessions


def _loaded(asked: Asked) -> tuple[loading.Loaded, list[Definition]]:
    loaded = loading.store_of(since=asked.since, until=asked.until + AFTERWARDS)
    return loaded, flows.definitions_named(names=_versions(loaded.store, asked.flow))


def _versions(store: PathStore, flow: str) -> tuple[str, ...]:
    return tuple(name for name in store.versions if not flow or name.startswith(f"{flow}/"))


def _store_and_definitions(asked: Asked) -> tuple[PathStore, list[Definition]]:
    loaded, definitions = _loaded(asked)
    return loaded.store, definitions


def _window(asked: Asked, store: PathStore) -> Mask:
    """The calls of the window and the flow, whatever the query."""
    since, until = (round(at.timestamp() * 1000) for at in (asked.since, asked.until))
    mask: Mask = (store.start >= since) & (store.start < until)
    if asked.flow:
        wanted = _versions(store, asked.flow)
        mask &= np.isin(store.version, [place for place, name in enumerate(store.versions) if name in wanted])
    return mask


def _selection(asked: Asked, store: PathStore, definitions: Sequence[Definition]) -> Selection:
    mask = _window(asked, store)
    if asked.query.strip():
        known = frozenset(node for one in definitions for node in one.nodes)
        mask &= search.matching(asked.query, store, roots=_roots(definitions), known=known)
    if asked.callers is not None:
        mask &= loading.of_callers(store, asked.callers)
    if asked.followed_s and asked.as_of is not None:
        mask &= measures.followed(store, asked.followed_s, _known_until(asked, asked.as_of))
    return Selection(store, mask)


def _known_until(asked: Asked, now: datetime) -> int:
    """Up to when it is known who rang again, in ms: no call later than that was loaded."""
    return round(min(asked.until + AFTERWARDS, now).timestamp() * 1000)


def _roots(definitions: Sequence[Definition]) -> frozenset[str]:
    return frozenset(one.root for one in definitions)


def _final(definitions: Sequence[Definition]) -> frozenset[str]:
    """Nodes that are an end by themselves."""
    return frozenset(key for one in definitions for key in one.nodes if one.kind(key) in {"transfer", "end"})


def _label(node: str, definitions: Sequence[Definition]) -> Label:
    """The newest definition that knows the node names it; else its key does."""
    knowing = next((one for one in reversed(definitions) if node in one.nodes), None)
    return knowing.label(node) if knowing else Label(en=node, zh=node)
