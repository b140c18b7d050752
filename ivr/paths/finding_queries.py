"""Reading what changed in the menus, where callers are lost, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.paths import measures
from ivr.paths.comparing import site_days
from ivr.paths.findings import LOST_CALL_S, Finding, findings
from ivr.paths.queries import Asked, selection_of
from ivr.paths.statistics import Share

EPOCH = date(1970, 1, 1)
PLACES = 8


@dataclass(frozen=True, kw_only=True)
class Place:
    """One node where callers are lost, whatever it was like before."""

    node: str
    label: Label
    visits: int
    drop_off: Share
    zero_out: Share
    errors: int
    lost_s: float  # seconds of the window: agents' for who asked for them, LOST_CALL_S for who hung up


@dataclass(frozen=True, kw_only=True)
class Found:
    """The findings of a window of one flow."""

    calls: int
    days: int
    findings: tuple[Finding, ...]  # the costliest first
    places: tuple[Place, ...]
    labels: dict[str, Label]
    reasons: dict[str, Label]
    outcomes: dict[str, int]


def found(*, asked: Asked, zone: tzinfo) -> Found:
    """What changed in the window and where callers are lost in it. Raises QuerySyntax, NotFound for a flow unheard of."""
    definition = flows.published(key=asked.flow).definition
    selection = selection_of(asked=asked)
    store = selection.store
    day = site_days(store.start, zone)
    labels = {node: definition.label(node) for node in {*store.nodes, *definition.nodes}}
    return Found(
        calls=selection.n,
        days=len({int(one) for one in day[selection.calls]}),
        findings=findings(selection, definition, day=day),
        places=_places(selection, definition),
        labels=labels,
        reasons=definition.reasons,
        outcomes=selection.outcomes,
    )


def _places(selection: measures.Selection, definition: Definition) -> tuple[Place, ...]:
    store = selection.store
    handle = store.handle_s[selection.calls][store.outcome[selection.calls] == measures.AGENT]
    mean = float(handle.mean()) if len(handle) else measures.PUBLISHED_MISROUTE_S
    lines = [
        Place(
            node=row.node, label=definition.label(row.node), visits=row.visits, drop_off=row.drop_off,
            zero_out=row.zero_out, errors=row.errors,
            lost_s=row.zero_out.hits * mean + row.drop_off.hits * LOST_CALL_S,
        )
        for row in measures.node_rows(selection)
    ]  # fmt: skip
    return tuple(sorted((one for one in lines if one.lost_s), key=lambda one: -one.lost_s)[:PLACES])


def day_of(number: int) -> date:
    """A day counted from 1970."""
    return EPOCH + timedelta(days=number)
