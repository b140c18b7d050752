"""Reading versions for those who work on them: every version of every flow, one version with its faults and differences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from callcenter.foundation.errors import NotFound
from ivr.flows.advice import Advice, advice
from ivr.flows.definition import Fault, canonical, faults
from ivr.flows.differences import Change, differences
from ivr.flows.models import DraftReview
from ivr.flows.queries import VersionView, view
from ivr.models import Flow, FlowVersion


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """One version in the list."""

    number: int
    state: str  # draft | published | retired
    review: str  # writing | offered | approved; "" for versions that nobody wrote here
    effective_from: datetime | None
    edited_by: str
    edited_at: datetime | None
    nodes: int
    note: str


@dataclass(frozen=True, kw_only=True)
class FlowLine:
    key: str
    name_en: str
    name_zh: str
    entries: tuple[str, ...]
    versions: tuple[VersionLine, ...]  # the newest first


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """The work on a draft."""

    state: str
    edition: int
    made_by: str
    edited_by: str
    edited_at: datetime
    note: str
    decided_by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Workpiece:
    """One version on the bench."""

    view: VersionView
    review: ReviewView | None
    faults: tuple[Fault, ...]
    advice: tuple[Advice, ...]
    published: int | None  # the version that callers hear now
    changes: tuple[Change, ...]  # against it


def flow_lines() -> tuple[FlowLine, ...]:
    """Every flow with its versions."""
    reviews = {one.version_id: one for one in DraftReview.objects.all()}
    rows = Flow.objects.prefetch_related("versions").order_by("key")
    return tuple(
        FlowLine(
            key=row.key,
            name_en=row.name_en,
            name_zh=row.name_zh,
            entries=tuple(row.entries),
            versions=tuple(
                _line(one, reviews.get(one.pk))
                for one in sorted(row.versions.all(), key=lambda one: one.number, reverse=True)
            ),
        )
        for row in rows
    )


def _line(row: FlowVersion, review: DraftReview | None) -> VersionLine:
    return VersionLine(
        number=row.number,
        state=row.state,
        review=review.state if review else "",
        effective_from=row.effective_from,
        edited_by=review.edited_by if review else "",
        edited_at=review.edited_at if review else None,
        nodes=len(row.definition.get("nodes", ())),
        note=review.note if review else "",
    )


def workpiece(*, flow: str, number: int) -> Workpiece:
    """One version with what is wrong, what could be better and what it changes. Raises NotFound."""
    row = _version(flow, number)
    review = DraftReview.objects.filter(version=row).first()
    heard = FlowVersion.objects.filter(flow=row.flow, state="published").first()
    wrong = tuple(faults(row.definition))
    return Workpiece(
        view=view(row),
        review=_review(review) if review else None,
        faults=wrong,
        advice=tuple(advice(row.definition)),
        published=heard.number if heard else None,
        changes=differences(heard.definition, row.definition) if heard and heard.pk != row.pk else (),
    )


def exported(*, flow: str, number: int) -> bytes:
    """The canonical text of a version. Raises NotFound."""
    return canonical(_version(flow, number).definition)


def _version(flow: str, number: int) -> FlowVersion:
    row = FlowVersion.objects.select_related("flow").filter(flow__key=flow, number=number).first()
    if row is None:
        raise NotFound("There is no such version of a flow.")
    return row


def _review(row: DraftReview) -> ReviewView:
    return ReviewView(
        state=row.state,
        edition=row.edition,
        made_by=row.made_by,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
        note=row.note,
        decided_by=row.decided_by,
        reason=row.reason,
    )
