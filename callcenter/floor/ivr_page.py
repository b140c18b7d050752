"""The page of the menus as one value: the picture, its table twin, loops, the waterfall, and who is in them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

import ivr.flows.queries
import ivr.paths.queries
from callcenter.floor import charts
from callcenter.floor.templatetags.floor import label, number
from callcenter.floor.windows import Window, read_window
from callcenter.floor.words import word
from ivr.flows.queries import VersionView
from ivr.paths.counting import END, GOES_ON, OTHER, Row
from ivr.paths.queries import Live, Picture

FEW = 10  # below this many visits a share says nothing and is hidden
THIN = 30  # below this many it is shown in grey


@dataclass(frozen=True, kw_only=True)
class WayRow:
    """One line of the picture, as its table twin says it."""

    step: int
    source: str
    target: str
    calls: int
    share: float


@dataclass(frozen=True, kw_only=True)
class LoopRow:
    node: str
    form: str
    calls: int
    times: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class NodeRow:
    """One node of the waterfall, named; `hidden` and `thin` say how far its shares can be trusted."""

    row: Row
    name: str
    kind: str
    listed: bool
    hidden: bool
    thin: bool


@dataclass(frozen=True, kw_only=True)
class OutcomeShare:
    code: str
    calls: int
    share: float | None


@dataclass(frozen=True, kw_only=True)
class IvrPage:
    """What the page and its files are made of."""

    at: datetime
    window: Window
    flow: str
    flows: tuple[VersionView, ...]
    picture: Picture
    option: dict[str, Any]  # for the chart
    outcomes: tuple[OutcomeShare, ...]
    ways: tuple[WayRow, ...]
    loops: tuple[LoopRow, ...]
    nodes: tuple[NodeRow, ...]
    live: Live


def ivr_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> IvrPage:
    """The page for the filters of its address: `from`, `to` (site dates) and `flow`. An unknown flow means all."""
    window = read_window({name: asked[name] for name in ("from", "to") if name in asked}, now=now, zone=zone)
    flows = ivr.flows.queries.flows()
    flow = asked.get("flow", "") if asked.get("flow", "") in {one.flow for one in flows} else ""
    picture = ivr.paths.queries.picture(since=window.since, until=window.until, flow=flow)
    kinds = _kinds(flows, flow)

    def name(node: str) -> str:
        return name_of(node, picture)

    return IvrPage(
        at=now,
        window=window,
        flow=flow,
        flows=flows,
        picture=picture,
        option=charts.sankey(
            picture.places,
            picture.ways,
            name=name,
            kind=lambda node: kinds.get(node, ""),
            step=_("Step {0}"),
            calls=_("{0} calls"),
            description=describe(picture),
        ),
        outcomes=tuple(
            OutcomeShare(code=code, calls=calls, share=calls / picture.calls if picture.calls else None)
            for code, calls in picture.outcomes.items()
        ),
        ways=tuple(
            WayRow(step=way.step, source=name(way.source), target=name(way.target), calls=way.calls, share=way.share)
            for way in picture.ways
        ),
        loops=tuple(
            LoopRow(node=name(loop.node), form=loop.form, calls=loop.calls, times=loop.times, seconds=loop.seconds)
            for loop in picture.loops
        ),
        nodes=tuple(_node(row, picture, kinds) for row in picture.rows),
        live=ivr.paths.queries.live(now=now),
    )


def name_of(node: str, picture: Picture) -> str:
    """What a place of the picture is called in the reader's language."""
    if node == OTHER:
        return _("Other")
    if node == GOES_ON:
        return _("goes on")
    if node.startswith(END):
        return str(word("outcome", node.removeprefix(END)))
    found = picture.labels.get(node)
    return label(found) if found else node


def describe(picture: Picture) -> str:
    """The picture in one sentence, for those who do not see it."""
    return _(
        "Ways of {calls} calls through the menus, step by step: {agent} reached an agent, {task} were served by the "
        "menus, {hangup} hung up. The table below the picture holds the same numbers."
    ).format(
        calls=number(picture.calls),
        agent=number(picture.outcomes["agent"]),
        task=number(picture.outcomes["task"]),
        hangup=number(picture.outcomes["hangup"]),
    )


def _node(row: Row, picture: Picture, kinds: Mapping[str, str]) -> NodeRow:
    return NodeRow(
        row=row,
        name=name_of(row.node, picture),
        kind=kinds.get(row.node, ""),
        listed=row.node not in picture.unlisted,
        hidden=row.visits < FEW,
        thin=row.visits < THIN,
    )


def _kinds(flows: tuple[VersionView, ...], flow: str) -> dict[str, str]:
    """The kind of every node of the chosen flow, or of all."""
    chosen = [one for one in flows if not flow or one.flow == flow]
    return {key: str(node["kind"]) for one in chosen for key, node in one.definition.nodes.items()}


def way_table(page: IvrPage) -> tuple[list[str], list[list[object]]]:
    header = [_("Step"), _("From"), _("To"), _("Calls"), _("Share of calls at the step")]
    return header, [[row.step, row.source, row.target, row.calls, row.share] for row in page.ways]


def loop_table(page: IvrPage) -> tuple[list[str], list[list[object]]]:
    header = [_("Node"), _("How"), _("Calls"), _("Times"), _("Seconds")]
    return header, [[row.node, str(word("loop", row.form)), row.calls, row.times, row.seconds] for row in page.loops]


def node_table(page: IvrPage) -> tuple[list[str], list[list[object]]]:
    header = [
        _("Node"), _("Key"), _("Visits"), _("Calls"), _("Reach"), _("Drop-off"), _("Asked for a person"),
        _("Seconds until then (median)"), _("To an agent"), _("No input"), _("Not understood"), _("Wrong key"),
        _("Seconds (mean)"), _("Seconds (median)"), _("Seconds (p95)"),
    ]  # fmt: skip
    rows = []
    for node in page.nodes:
        row = node.row
        shares = (row.drop_off, row.zero_out, row.zero_out_s, row.transfer, row.no_input, row.no_match, row.bad_key)
        shown: list[object] = [None if node.hidden else value for value in shares]
        rows.append(
            [node.name, row.node, row.visits, row.calls, row.reach, *shown, row.mean_s, row.median_s, row.p95_s]
        )
    return header, rows


TABLES = {"ways": way_table, "loops": loop_table, "nodes": node_table}
