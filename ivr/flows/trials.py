"""Two versions side by side: a share of callers hears the new one, until somebody keeps it or ends the trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from ivr.flows import operations, splitting
from ivr.flows.models import DraftReview, FlowTrial
from ivr.models import Flow, FlowVersion, Proposal


class TrialMoved(Conflict):
    """A trial is running, or is over already, or the version was not agreed to."""

    code = "trial_moved"


@dataclass(frozen=True, kw_only=True)
class TrialView:
    id: int
    flow: str
    base: int  # version numbers
    version: int
    share: int  # percent of callers who hear `version`
    started_by: str
    started_at: datetime
    ended_by: str
    ended_at: datetime | None
    kept: bool | None


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one caller hears."""

    flow: str
    version: int
    on_trial: bool  # the version is the one that is tried
    trial: int | None  # the trial that decided


def start(*, flow: str, number: int, share: int, by: str, now: datetime) -> int:
    """Let a share of callers hear a version that somebody else agreed to. The trial's number.

    Raises NotFound, Invalid, TrialMoved.
    """
    if not splitting.LEAST_SHARE <= share <= splitting.MOST_SHARE:
        raise Invalid("The share lies between 1 and 90 percent of callers.", field="/share", code="trial_share")
    with transaction.atomic():
        row = _locked_flow(flow)
        version = row.versions.filter(number=number).first()
        base = row.versions.filter(state="published").first()
        if version is None:
            raise NotFound("There is no such version of a flow.")
        if base is None:
            raise TrialMoved("Nobody hears these menus yet; publish a version first.", code="nothing_published")
        if version.state != "draft" or not _agreed(version):
            raise TrialMoved("Only a draft that somebody agreed to can be tried.", code="not_agreed")
        if FlowTrial.objects.filter(flow=row, ended_at__isnull=True).exists():
            raise TrialMoved("Another version of these menus is on trial; end that first.", code="trial_running")
        operations.judge(version.definition)
        FlowVersion.objects.filter(pk=version.pk).update(state="trial", effective_from=now)
        trial = FlowTrial.objects.create(
            flow=row, base=base, version=version, share=share, salt=uuid4().hex, started_by=by, started_at=now
        )
        _note(trial, "started", by, now)
        return trial.pk


def end(*, trial_id: int, keep: bool, by: str, now: datetime) -> None:
    """Everybody hears one version again: the one on trial if it is kept, else the one before it. Raises TrialMoved."""
    with transaction.atomic():
        trial = FlowTrial.objects.select_related("flow").filter(pk=trial_id).first()
        if trial is None:
            raise NotFound("There is no such trial.")
        _locked_flow(trial.flow.key)
        trial.refresh_from_db()
        if trial.ended_at is not None:
            raise TrialMoved("This trial is over.", code="trial_over")
        trial.ended_by, trial.ended_at, trial.kept = by, now, keep
        trial.save()
        if keep:
            FlowVersion.objects.filter(pk=trial.base_id).update(state="retired")
            FlowVersion.objects.filter(pk=trial.version_id).update(state="published", effective_from=now)
            operations.take_names(version_id=trial.version_id)
            Proposal.objects.filter(version_id=trial.version_id, state="approved").update(state="published")
        else:
            FlowVersion.objects.filter(pk=trial.version_id).update(state="retired")
        _note(trial, "kept" if keep else "ended", by, now)


def heard(*, flow: str, caller: str) -> Heard:
    """The version this caller hears now; the same caller hears the same for as long as a trial runs. Raises NotFound."""
    version = FlowVersion.objects.filter(flow__key=flow, state="published").values_list("number", flat=True).first()
    if version is None:
        raise NotFound(f"No version of the flow {flow!r} is published.")
    trial = FlowTrial.objects.select_related("version").filter(flow__key=flow, ended_at__isnull=True).first()
    if trial is None:
        return Heard(flow=flow, version=version, on_trial=False, trial=None)
    tries = splitting.hears_trial(salt=trial.salt, caller=caller, share=trial.share)
    return Heard(flow=flow, version=trial.version.number if tries else version, on_trial=tries, trial=trial.pk)


def trials(*, limit: int = 50) -> tuple[TrialView, ...]:
    """The newest first."""
    rows = FlowTrial.objects.select_related("flow", "base", "version").order_by("-started_at")[:limit]
    return tuple(_view(row) for row in rows)


def trial(*, trial_id: int) -> TrialView:
    """One trial. Raises NotFound."""
    row = FlowTrial.objects.select_related("flow", "base", "version").filter(pk=trial_id).first()
    if row is None:
        raise NotFound("There is no such trial.")
    return _view(row)


def _view(row: FlowTrial) -> TrialView:
    return TrialView(
        id=row.pk, flow=row.flow.key, base=row.base.number, version=row.version.number, share=row.share,
        started_by=row.started_by, started_at=row.started_at, ended_by=row.ended_by, ended_at=row.ended_at, kept=row.kept,
    )  # fmt: skip


def _locked_flow(key: str) -> Flow:
    row = Flow.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise NotFound("There is no such version of a flow.")
    return row


def _agreed(version: FlowVersion) -> bool:
    return (
        DraftReview.objects.filter(version=version, state="approved").exists()
        or Proposal.objects.filter(version=version, state="approved").exists()
    )


def _note(trial: FlowTrial, act: str, by: str, now: datetime) -> None:
    data = {"flow": trial.flow.key, "version": trial.version_id, "share": trial.share}
    audit.write(actor=by, action=f"ivr.trial_{act}", subject=f"flow_trial:{trial.pk}", now=now, data=data)
