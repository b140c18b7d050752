"""The blocks of the report: what changed, where callers are lost, what to do, what came of it, how good the data are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from callcenter.foundation.blocks import Bars, Block, Sentence, Table
from ivr.flows.definition import Label
from ivr.optimiser import queries as proposals
from ivr.paths import queries as paths
from ivr.paths.finding_queries import Found, day_of, found
from ivr.paths.queries import Asked, Comparison, Picture
from ivr.surveys import board as boards
from ivr.surveys.rules import Reached

FIRST = 5
ROWS = 8
CHANGES_LOOKED_BACK = timedelta(days=180)


def blocks(*, flow: str, since: datetime, until: datetime, zone: tzinfo, now: datetime) -> list[Block]:
    """The report of [since, until), beside the window of the same length before it."""
    asked = Asked(since=since, until=until, flow=flow)
    before = Asked(since=since - (until - since), until=since, flow=flow)
    picture = paths.picture(asked=asked, now=now)
    # Findings need a before and an after: the window and the one before it.
    seen = found(asked=Asked(since=before.since, until=until, flow=flow), zone=zone)
    compared = paths.compare(a=before, b=asked, zone=zone)
    return [
        *_conclusions(picture, seen, compared),
        *_waiting(flow),
        _outcomes(picture, compared),
        _findings(seen),
        *_places(seen),
        _misroutes(picture),
        _containment(picture),
        *_changes(now, zone),
        *_satisfaction(since, until, zone),
        _quality(picture),
    ]


def _words(label: Label) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh}


def _conclusions(picture: Picture, seen: Found, compared: Comparison) -> Iterator[Sentence]:
    yield Sentence(
        code="calls",
        facts={"calls": picture.calls, "before": compared.calls_a},
        units={"calls": "number", "before": "number"},
    )
    moved = [line for line in compared.lines if not line.node and line.stands]
    for line in moved:
        yield Sentence(
            code="outcome_moved",
            facts={
                "outcome": line.measure.partition(":")[2], "before": line.difference.a, "after": line.difference.b,
                "low": line.difference.low, "high": line.difference.high,
            },
            units={"outcome": "outcome", "before": "share", "after": "share", "low": "points", "high": "points"},
        )  # fmt: skip
    if not moved:
        yield Sentence(code="nothing_moved")
    for one in seen.findings[:FIRST]:
        label = seen.labels.get(one.node)
        yield Sentence(
            code="finding",
            facts={
                "what": one.kind, "where": _words(label) if label else "", "since": day_of(one.since).isoformat(),
                "hours": one.cost_s / 3600, "todo": one.kind,
            },
            units={"what": "trouble", "hours": "hours", "todo": "todo"},
        )  # fmt: skip
    if not seen.findings:
        yield Sentence(code="no_findings")


def _waiting(flow: str) -> Iterator[Sentence]:
    """A better menu that nobody has decided on yet: the newest."""
    waits = next((one for one in proposals.proposals() if one.flow == flow and one.state == "proposed"), None)
    if waits is not None:
        said = waits.predicted
        yield Sentence(
            code="proposal_waits",
            facts={
                "now": said.seconds_now, "then": said.seconds_then, "low": said.saved_low, "high": said.saved_high,
                "minutes": said.agent_minutes_a_year,
            },
            units={"now": "seconds", "then": "seconds", "low": "seconds", "high": "seconds", "minutes": "number"},
        )  # fmt: skip


def _satisfaction(since: datetime, until: datetime, zone: tzinfo) -> Iterator[Table]:
    """Of callers of every flow, by how far they came: asked, answered, content as said and weighted to all."""
    rows = []
    for reached in Reached:
        found = boards.summary(asked=boards.Asked(since=since, until=until, reached=reached), zone=zone)
        if not found.funnel.invited:
            continue
        of = found.score
        raw = (None, None, None) if of.raw.hidden else (of.raw.value, of.raw.low, of.raw.high)
        rows.append([reached.value, found.funnel.eligible, found.funnel.invited, of.raw.n, *raw, of.value])
    if rows:
        columns = [
            ("reached", "reached"), ("calls", "number"), ("invited", "number"), ("answers", "number"),
            ("content", "share"), ("low", "share"), ("high", "share"), ("weighted", "share"),
        ]  # fmt: skip
        yield Table(code="satisfaction", columns=columns, rows=rows)


def _outcomes(picture: Picture, compared: Comparison) -> Table:
    lines = {line.measure: line.difference for line in compared.lines if not line.node}
    rows = []
    for outcome, calls in picture.outcomes.items():
        line = lines.get(f"outcome:{outcome}")
        share = calls / picture.calls if picture.calls else None
        rows.append([outcome, calls, share, *((line.a, line.low, line.high) if line else (None, None, None))])
    columns = [
        ("outcome", "outcome"), ("calls", "number"), ("share", "share"), ("before", "share"), ("low", "points"),
        ("high", "points"),
    ]  # fmt: skip
    return Table(code="outcomes", columns=columns, rows=rows)


def _findings(seen: Found) -> Table:
    rows = []
    for one in seen.findings[:FIRST]:
        label, unit = seen.labels.get(one.node), "seconds" if one.measure == "heard" else "share"
        rows.append(
            [
                one.kind, _words(label) if label else "", day_of(one.since).isoformat(),
                {"unit": unit, "value": str(one.before)}, {"unit": unit, "value": str(one.after)}, one.calls,
                one.cost_s / 3600,
            ]
        )  # fmt: skip
    columns = [
        ("what", "trouble"), ("node", ""), ("since", "day"), ("before", "own"), ("after", "own"), ("calls", "number"),
        ("hours_month", "hours"),
    ]  # fmt: skip
    return Table(code="findings", columns=columns, rows=rows)


def _places(seen: Found) -> Iterator[Block]:
    rows = [
        (_words(place.label), place.drop_off.value or 0.0, place.drop_off.low, place.drop_off.high)
        for place in seen.places
        if not place.drop_off.hidden
    ]
    yield Bars(code="lost", unit="share", rows=rows)
    yield Table(
        code="places",
        columns=[
            ("node", ""), ("visits", "number"), ("hung_up", "number"), ("asked", "number"), ("errors", "number"),
            ("hours", "hours"),
        ],
        rows=[
            [_words(one.label), one.visits, one.drop_off.hits, one.zero_out.hits, one.errors, one.lost_s / 3600]
            for one in seen.places
        ],
    )  # fmt: skip


def _misroutes(picture: Picture) -> Table:
    shown = [one for one in picture.misroutes if not one.share.thin][:ROWS]
    return Table(
        code="misroutes",
        columns=[
            ("chosen", ""), ("final", ""), ("calls", "number"), ("share", "share"), ("low", "share"), ("high", "share"),
            ("hours", "hours"),
        ],
        rows=[
            [
                _words(picture.reasons[one.chosen]), _words(picture.reasons[one.final]), one.calls, one.share.value,
                one.share.low, one.share.high, one.cost_s / 3600,
            ]
            for one in shown
        ],
    )  # fmt: skip


def _containment(picture: Picture) -> Table:
    of = picture.containment
    shares = (
        ("naive", of.naive),
        ("self_service", of.self_service),
        ("true_day", of.true_day),
        ("true_week", of.true_week),
    )
    return Table(
        code="containment",
        columns=[("measure", "measure"), ("n", "number"), ("share", "share"), ("low", "share"), ("high", "share")],
        rows=[
            [name, one.n, None if one.hidden else one.value, None if one.hidden else one.low, None if one.hidden else one.high]
            for name, one in shares
        ],
    )  # fmt: skip


def _changes(now: datetime, zone: tzinfo) -> Iterator[Table]:
    """What was changed by proposal, promised beside realised."""
    done = [
        one for one in proposals.proposals() if one.state == "published" and one.made_at > now - CHANGES_LOOKED_BACK
    ]
    rows = []
    for one in done[:3]:
        detail = proposals.proposal(proposal_id=one.id, now=now, zone=zone)
        real = detail.realised.seconds if detail.realised else None
        rows.append(
            [
                f"{one.flow}/{one.version}",
                -one.predicted.saved_s,
                *((real.value, real.low, real.high) if real else (None,) * 3),
            ]
        )
    if rows:
        columns = [
            ("version", ""),
            ("promised_s", "seconds"),
            ("measured_s", "seconds"),
            ("low", "seconds"),
            ("high", "seconds"),
        ]
        yield Table(code="changes", columns=columns, rows=rows)


def _quality(picture: Picture) -> Table:
    counted = (
        ("unfinished", picture.unfinished), ("without_steps", picture.without_steps), ("unlisted", len(picture.unlisted)),
        ("quarantined", picture.quarantined), ("backward", picture.backward), ("unidentified", picture.containment.unidentified),
    )  # fmt: skip
    return Table(
        code="quality", columns=[("measure", "measure"), ("number", "number")], rows=[list(one) for one in counted]
    )
