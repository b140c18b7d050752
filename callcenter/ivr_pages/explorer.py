"""The path explorer as one value: the picture, its table twin, tree, loops, the waterfall, and who is in the menus now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

import ivr.paths.queries
from callcenter.floor import charts
from callcenter.floor.templatetags.floor import label, number
from callcenter.floor.words import word
from callcenter.ivr_pages.asking import Question, quoted, read_question
from ivr.flows.queries import VersionView
from ivr.paths.counting import END, GOES_ON, OTHER, Way
from ivr.paths.language import QuerySyntax
from ivr.paths.measures import NodeRow as Row
from ivr.paths.queries import Live, Picture
from ivr.paths.statistics import GREY_BELOW, HIDDEN_BELOW
from ivr.paths.unrolling import Branch


@dataclass(frozen=True, kw_only=True)
class WayRow:
    """One line of the picture, as its table twin says it."""

    step: int
    source: str
    target: str
    calls: int
    share: float
    query: str  # finds these calls; "" for a line that gathers several nodes


@dataclass(frozen=True, kw_only=True)
class LoopRow:
    node: str
    name: str
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
class BranchRow:
    """One line of the tree, named; `query` finds its calls."""

    branch: Branch
    name: str
    query: str  # "" where the line gathers several nodes


@dataclass(frozen=True, kw_only=True)
class OutcomeShare:
    code: str
    calls: int
    share: float | None


@dataclass(frozen=True, kw_only=True)
class IvrPage:
    """What the page and its files are made of."""

    at: datetime
    question: Question
    picture: Picture
    option: dict[str, Any]  # for the chart
    outcomes: tuple[OutcomeShare, ...]
    ways: tuple[WayRow, ...]
    branches: tuple[BranchRow, ...]
    loops: tuple[LoopRow, ...]
    nodes: tuple[NodeRow, ...]
    live: Live


def ivr_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> IvrPage:
    """The page for the filters of its address; a query that cannot be read is left out, and the page says why."""
    question = read_question(asked, now=now, zone=zone)
    try:
        picture = ivr.paths.queries.picture(asked=question.asked, now=now)
    except QuerySyntax as wrong:
        question = replace(question, wrong=wrong, asked=replace(question.asked, query=""))
        picture = ivr.paths.queries.picture(asked=question.asked, now=now)
    kinds = _kinds(question.flows, question.flow)

    def name(node: str) -> str:
        return name_of(node, picture)

    return IvrPage(
        at=now,
        question=question,
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
            WayRow(
                step=way.step,
                source=name(way.source),
                target=name(way.target),
                calls=way.calls,
                share=way.share,
                query=_way(way, question),
            )
            for way in picture.ways
        ),
        branches=tuple(
            BranchRow(branch=one, name=name(one.node), query=_beginning(one, question)) for one in picture.branches
        ),
        loops=tuple(
            LoopRow(
                node=loop.node,
                name=name(loop.node),
                form=loop.form,
                calls=loop.calls,
                times=loop.times,
                seconds=loop.seconds,
            )
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


def reason_name(code: str, picture: Picture) -> str:
    found = picture.reasons.get(code)
    return label(found) if found else code


def _way(way: Way, question: Question) -> str:
    """The calls that went this way at this step."""
    ends = way.target.startswith(END)
    if question.asked.start or way.source == OTHER or way.target in {OTHER, GOES_ON}:
        return ""
    before = f"?{{{way.step - 1}}} > " if way.step > 1 else ""
    target = way.target.removeprefix(END) if ends else quoted(way.target)
    return f"^ {before}{quoted(way.source)} > {target}"


def _beginning(branch: Branch, question: Question) -> str:
    """The calls of a branch."""
    if branch.node == OTHER or (question.asked.start and branch.level):
        return ""
    way = " > ".join(quoted(node) for node in branch.path)
    return f"^ {way}" if not question.asked.start else way


def _node(row: Row, picture: Picture, kinds: Mapping[str, str]) -> NodeRow:
    return NodeRow(
        row=row,
        name=name_of(row.node, picture),
        kind=kinds.get(row.node, ""),
        listed=row.node not in picture.unlisted,
        hidden=row.visits < HIDDEN_BELOW,
        thin=row.visits < GREY_BELOW,
    )


def _kinds(flows: tuple[VersionView, ...], flow: str) -> dict[str, str]:
    """The kind of every node of the chosen flow, or of all."""
    chosen = [one for one in flows if not flow or one.flow == flow]
    return {key: str(node["kind"]) for one in chosen for key, node in one.definition.nodes.items()}
