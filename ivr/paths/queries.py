"""Reading the menus as a whole: who is in them now, and every way callers took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.intake.rules import SILENCE
from ivr.models import QuarantinedEvent, Session
from ivr.paths import counting
from ivr.paths.counting import Loop, Place, Row, Walk, Way
from ivr.paths.packing import unpack


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
class Picture:
    """Every way through the menus of the sessions that began in a window and are over."""

    since: datetime
    until: datetime
    flow: str  # "" all flows
    calls: int  # closed sessions: the population of every number here
    unfinished: int  # began in the window and still live: counted nowhere else
    without_steps: int  # closed sessions of which no node was reported
    outcomes: dict[str, int]  # agent | task | hangup | system | unknown; they add up to `calls`
    places: tuple[Place, ...]
    ways: tuple[Way, ...]
    loops: tuple[Loop, ...]
    rows: tuple[Row, ...]
    labels: dict[str, Label]  # of every node met
    unlisted: frozenset[str]  # nodes met that are in no definition of the window
    backward: int  # negative intervals taken as 0 s
    quarantined: int  # items set aside in the window


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


def picture(*, since: datetime, until: datetime, flow: str = "") -> Picture:
    """The picture of a window [since, until) by session start. One read of the packed paths, one pass over them."""
    sessions = Session.objects.filter(started_at__gte=since, started_at__lt=until)
    if flow:
        sessions = sessions.filter(flow_version__flow__key=flow)
    closed = list(sessions.filter(ended_at__isnull=False).values_list("outcome", "path", "flow_version_id", "backward"))
    walks = [Walk(outcome, unpack(path)) for outcome, path, _, _ in closed]
    by_version = flows.definitions_of(version_ids={row[2] for row in closed})
    definitions = [by_version[version] for version in sorted(by_version)]
    places, ways = counting.unroll(walks, final=_final(definitions))
    rows = counting.waterfall(walks)
    return Picture(
        since=since,
        until=until,
        flow=flow,
        calls=len(closed),
        unfinished=sessions.filter(ended_at__isnull=True).count(),
        without_steps=sum(not walk.visits for walk in walks),
        outcomes=counting.outcomes(walks),
        places=places,
        ways=ways,
        loops=counting.loops(walks, roots=frozenset(one.root for one in definitions)),
        rows=rows,
        labels={row.node: _label(row.node, definitions) for row in rows},
        unlisted=frozenset(row.node for row in rows if not any(row.node in one.nodes for one in definitions)),
        backward=sum(row[3] for row in closed),
        quarantined=QuarantinedEvent.objects.filter(received_at__gte=since, received_at__lt=until).count(),
    )


def _final(definitions: Sequence[Definition]) -> frozenset[str]:
    """Nodes that are an end by themselves."""
    return frozenset(key for one in definitions for key in one.nodes if one.kind(key) in {"transfer", "end"})


def _label(node: str, definitions: Sequence[Definition]) -> Label:
    """The newest definition that knows the node names it; else its key does."""
    knowing = next((one for one in reversed(definitions) if node in one.nodes), None)
    return knowing.label(node) if knowing else Label(en=node, zh=node)
