"""The explorer's tables as rows of a file: the same values as on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from callcenter.floor.words import word
from callcenter.ivr_pages.explorer import IvrPage, name_of, reason_name
from ivr.paths.measures import NodeRow, Spread
from ivr.paths.statistics import Share

Table = tuple[list[str], list[list[object]]]


def way_table(page: IvrPage) -> Table:
    header = [_("Step"), _("From"), _("To"), _("Calls"), _("Share of calls at the step")]
    return header, [[row.step, row.source, row.target, row.calls, row.share] for row in page.ways]


def loop_table(page: IvrPage) -> Table:
    header = [_("Node"), _("How"), _("Calls"), _("Times"), _("Seconds")]
    rows = page.loops
    return header, [[row.name, str(word("loop", row.form)), row.calls, row.times, row.seconds] for row in rows]


def node_table(page: IvrPage) -> Table:
    header = [
        _("Node"), _("Key"), _("Visits"), _("Calls"), _("Reach"), _("Drop-off"), _("Asked for a person"),
        _("Seconds until then (median)"), _("To an agent"), _("Task done"), _("No input"), _("Not understood"),
        _("Wrong key"), _("Seconds (mean)"), _("Seconds (median)"), _("Seconds (p95)"), _("Announcement, s"),
        _("Thinking, s"), _("Cut short"), _("Returns"),
    ]  # fmt: skip
    return header, [[node.name, *_node(node.row)] for node in page.nodes]


def _node(row: NodeRow) -> list[object]:
    shown = [row.transfer, row.done, row.no_input, row.no_match, row.bad_key]
    return [
        row.node, row.visits, row.calls, row.reach, _share(row.drop_off), _share(row.zero_out), row.zero_out_s,
        *(_share(one) for one in shown), _of(row.dwell, "mean"), _of(row.dwell, "median"), _of(row.dwell, "p95"),
        _of(row.announcement, "mean"), _of(row.thinking, "mean"), _share(row.barge_in), row.returns,
    ]  # fmt: skip


def _share(of: Share) -> float | None:
    return None if of.hidden else of.value


def _of(spread: Spread | None, name: str) -> Any:
    return getattr(spread, name) if spread else None


def edge_table(page: IvrPage) -> Table:
    header = [_("From"), _("To"), _("Times"), _("Share of visits"), _("Seconds (mean)")]
    picture = page.picture
    rows: list[list[object]] = [
        [name_of(edge.source, picture), name_of(edge.target, picture), edge.times, edge.share, edge.mean_s]
        for edge in picture.edges
    ]
    return header, rows


def tree_table(page: IvrPage) -> Table:
    header = [_("Level"), _("Node"), _("Calls"), _("Share of calls"), _("Share of the branch"), _("Ended here")]
    rows: list[list[object]] = [
        [one.level + 1, name_of(one.node, page.picture), one.calls, one.share, one.of_parent, one.ends]
        for one in page.picture.branches
    ]
    return header, rows


def misroute_table(page: IvrPage) -> Table:
    header = [
        _("Chosen"), _("Turned out to be"), _("Calls"), _("Share of the choice"), _("Low"), _("High"),
        _("Extra agent seconds a call"), _("Agent seconds in all"),
    ]  # fmt: skip
    rows: list[list[object]] = [
        [
            reason_name(one.chosen, page.picture), reason_name(one.final, page.picture), one.calls, _share(one.share),
            one.share.low, one.share.high, one.extra_s, one.cost_s,
        ]
        for one in page.picture.misroutes
    ]  # fmt: skip
    return header, rows


def repeat_table(page: IvrPage) -> Table:
    header = [
        _("How the call ended"), _("Within"), _("Calls judged"), _("Rang again"), _("Low"), _("High"),
        _("For the same reason"), _("By the same start"), _("Still open"),
    ]  # fmt: skip
    rows: list[list[object]] = [
        [
            str(word("outcome", one.outcome)), name, one.any.n, _share(one.any), one.any.low, one.any.high,
            _share(one.same_reason), _share(one.same_start), one.open,
        ]
        for name, some in ((_("24 h"), page.picture.repeats_day), (_("7 days"), page.picture.repeats_week))
        for one in some
    ]  # fmt: skip
    return header, rows


TABLES: dict[str, Callable[[IvrPage], Table]] = {
    "ways": way_table,
    "loops": loop_table,
    "nodes": node_table,
    "edges": edge_table,
    "tree": tree_table,
    "misroutes": misroute_table,
    "repeats": repeat_table,
}
