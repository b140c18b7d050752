"""Reading proposals: before and after, what was promised, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import numpy as np

from callcenter.foundation.errors import NotFound
from ivr.flows.definition import Definition, Label
from ivr.models import Proposal
from ivr.optimiser import applying
from ivr.optimiser.applying import Moved
from ivr.optimiser.fitting import Prediction, fit_seconds, tree_of
from ivr.optimiser.trees import Menu
from ivr.paths import queries as paths
from ivr.paths.comparing import site_days
from ivr.paths.queries import Asked
from ivr.paths.statistics import Days, Difference, difference

REALISED_DAYS = 56  # on each side of the change at most


@dataclass(frozen=True, kw_only=True)
class TreeLine:
    """One option as callers hear it."""

    level: int
    key: str
    label: Label
    is_menu: bool
    moved: bool  # its key or menu is not the same on the other side


@dataclass(frozen=True, kw_only=True)
class Realised:
    """Mean seconds until a service was chosen, before and after, clustered by day."""

    calls_before: int
    calls_after: int
    seconds: Difference | None  # negative: saved


@dataclass(frozen=True, kw_only=True)
class ProposalView:
    id: int
    flow: str
    base: int
    state: str
    since: datetime
    until: datetime
    predicted: Prediction
    model: dict[str, float]
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str
    version: int | None


@dataclass(frozen=True, kw_only=True)
class ProposalDetail:
    view: ProposalView
    before: tuple[TreeLine, ...]
    after: tuple[TreeLine, ...]
    moved: tuple[Moved, ...]
    realised: Realised | None  # None until it is published


def proposals(*, limit: int = 50) -> tuple[ProposalView, ...]:
    """The newest first."""
    rows = Proposal.objects.select_related("flow", "base", "version").order_by("-made_at")[:limit]
    return tuple(_view(row) for row in rows)


def proposal(*, proposal_id: int, now: datetime, zone: tzinfo) -> ProposalDetail:
    """One proposal with both trees; with its real gain once callers hear it. Raises NotFound."""
    row = Proposal.objects.select_related("flow", "base", "version").filter(pk=proposal_id).first()
    if row is None:
        raise NotFound("There is no such proposal.")
    before, after = Definition(row.base.definition), Definition(row.definition)
    moved = applying.moved(before.content, after.content)
    language = str(row.model.get("language", "zh"))
    return ProposalDetail(
        view=_view(row),
        before=_lines(before, language, {(one.menu_before, one.key_before) for one in moved}),
        after=_lines(after, language, {(one.menu_after, one.key_after) for one in moved}),
        moved=moved,
        realised=_realised(row, now, zone, language) if row.state == "published" else None,
    )


def _view(row: Proposal) -> ProposalView:
    return ProposalView(
        id=row.pk,
        flow=row.flow.key,
        base=row.base.number,
        state=row.state,
        since=row.since,
        until=row.until,
        predicted=Prediction(**row.predicted),
        model=row.model,
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        version=row.version.number if row.version else None,
    )


def _lines(definition: Definition, language: str, moved: set[tuple[str, str]]) -> tuple[TreeLine, ...]:
    found: list[TreeLine] = []

    def walk(menu: Menu, level: int) -> None:
        choices = {choice["key"]: choice for choice in definition.nodes[menu.key].get("choices", ())}
        below = {item.key: item for item in menu.items if isinstance(item, Menu)}
        for choice in sorted(choices.values(), key=lambda one: int(one["position"])):
            words = choice["label"]
            found.append(
                TreeLine(
                    level=level,
                    key=choice["key"],
                    label=Label(en=words.get("en", ""), zh=words.get("zh", words.get("en", ""))),
                    is_menu=choice["target"] in below,
                    moved=(menu.key, choice["key"]) in moved,
                )
            )
            if choice["target"] in below:
                walk(below.pop(choice["target"]), level + 1)

    walk(tree_of(definition, language), 0)
    return tuple(found)


def _realised(row: Proposal, now: datetime, zone: tzinfo, language: str) -> Realised | None:
    version = row.version
    if version is None or version.effective_from is None:
        return None
    turn, reach = version.effective_from, timedelta(days=REALISED_DAYS)
    sides = []
    for since, until, of, definition in (
        (turn - reach, turn, row.base.number, row.base.definition),
        (turn, min(now, turn + reach), version.number, row.definition),
    ):
        asked = Asked(since=since, until=until, flow=row.flow.key, query=f'version="{row.flow.key}/{of}"')
        sides.append(_by_day(asked, Definition(definition), zone, language))
    (before, calls_before), (after, calls_after) = sides
    return Realised(calls_before=calls_before, calls_after=calls_after, seconds=difference(before, after, means=True))


def _by_day(asked: Asked, definition: Definition, zone: tzinfo, language: str) -> tuple[Days, int]:
    """Seconds until a service was chosen, summed by day, and of how many calls."""
    selection = paths.selection_of(asked=asked)
    calls, seconds = fit_seconds(definition, selection, language=language)
    day, which = np.unique(site_days(selection.store.start[calls], zone), return_inverse=True)
    sums = np.bincount(which, seconds, len(day)).astype(np.float64)
    n = np.bincount(which, minlength=len(day)).astype(np.float64)
    return Days(day=day, hits=sums, n=n), len(calls)
