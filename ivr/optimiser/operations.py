"""Proposing a better menu, deciding on it, letting callers hear it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, tzinfo

from django.db import transaction

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from ivr.flows import operations as flows
from ivr.flows.queries import published
from ivr.models import FlowVersion, Proposal
from ivr.optimiser import applying, fitting
from ivr.optimiser.bound import least_seconds
from ivr.optimiser.fitting import ModelDoesNotFit
from ivr.optimiser.search import improve
from ivr.optimiser.trees import violations
from ivr.paths import queries as paths
from ivr.paths.queries import Asked

LEAST_GAIN = 0.005  # of the mean seconds: less is not worth callers' habits
LIVE_STATES = ("proposed", "approved")


class NothingToPropose(Invalid):
    """The model does not fit, the log is too short, or the menus are as good as the search can make them."""

    code = "nothing_to_propose"


class AlreadyDecided(Conflict):
    code = "already_decided"


def propose(
    *, flow: str, since: datetime, until: datetime, language: str, zone: tzinfo, by: str, now: datetime, width: int = 9
) -> int:
    """Fit the log of a window, look for a better menu, and lay it before people. The proposal's number.

    Raises NothingToPropose with the reason and, where there is one, the gap to the bound.
    """
    base = published(key=flow)
    asked = Asked(since=since, until=until, flow=flow, query=f'version="{flow}/{base.number}"')
    selection = paths.selection_of(asked=asked)
    try:
        limits = fitting.limits_of(base.definition, fitting.tree_of(base.definition, language), width=width)
        model = fitting.fit(base.definition, selection, language=language, zone=zone, limits=limits)
    except ModelDoesNotFit as wrong:
        raise NothingToPropose(str(wrong)) from wrong
    better = improve(model.tree, limits)
    bound = least_seconds(fitting.shares_of(model.tree), fitting.bound_costs(model.tree, width))
    predicted = fitting.predict(model, better, bound_s=bound)
    if predicted.saved_s < LEAST_GAIN * predicted.seconds_now:
        raise NothingToPropose(
            f"No better menu was found within the limits: {predicted.seconds_now:.1f} s now, "
            f"{predicted.seconds_then:.1f} s at best, {bound:.1f} s the bound."
        )
    broken = violations(model.tree, better, limits)
    if broken:  # judged by other eyes than the search's
        raise NothingToPropose(" ".join(broken))
    row = Proposal.objects.create(
        flow_id=FlowVersion.objects.values_list("flow_id", flat=True).get(pk=base.id),
        base_id=base.id,
        since=since,
        until=until,
        definition=applying.apply(base.definition.content, better),
        predicted=asdict(predicted),
        model={
            "calls": model.calls,
            "days": model.days,
            "language": language,
            "width": width,
            "zero_out_per_s": model.zero_out_per_s,
            "hang_up_per_s": model.hang_up_per_s,
            "handle_s": model.handle_s,
            "held_out_error": model.held_out_error,
            "unknown_share": model.unknown_share,
        },
        made_by=by,
        made_at=now,
    )
    return row.pk


def approve(*, proposal_id: int, by: str, now: datetime) -> int:
    """Somebody else than the maker agrees: the proposal becomes a draft version. Nothing is published by itself."""
    with transaction.atomic():
        row = _locked(proposal_id, "proposed")
        if row.made_by == by:
            raise Forbidden("You made this proposal; somebody else must approve it.", code="maker_is_checker")
        row.version_id = flows.draft(flow_id=row.flow_id, definition=row.definition)
        row.state, row.decided_by, row.decided_at = "approved", by, now
        row.save()
        _note(row, "approved", by, now)
        return row.version_id


def reject(*, proposal_id: int, reason: str, by: str, now: datetime) -> None:
    """The proposal is put away with the reason."""
    if not reason.strip():
        raise Invalid("Say why; whoever looks for a better menu next will ask.", field="/reason")
    with transaction.atomic():
        row = _locked(proposal_id, "proposed")
        row.state, row.decided_by, row.decided_at, row.reason = "rejected", by, now, reason.strip()[:240]
        row.save()
        _note(row, "rejected", by, now)


def publish(*, proposal_id: int, by: str, now: datetime) -> None:
    """Callers hear it from now on; from here its real gain is measured."""
    with transaction.atomic():
        row = _locked(proposal_id, "approved")
        if row.base.state != "published":
            raise AlreadyDecided("The menus changed since this was proposed; propose afresh.", code="base_changed")
        assert row.version_id is not None  # a constraint says so
        flows.publish_draft(version_id=row.version_id, now=now)
        row.state = "published"
        row.save()
        _note(row, "published", by, now)


def _note(row: Proposal, act: str, by: str, now: datetime) -> None:
    data = {"flow": row.flow_id, "version": row.version_id}
    audit.write(actor=by, action=f"ivr.proposal_{act}", subject=f"proposal:{row.pk}", now=now, data=data)


def _locked(proposal_id: int, state: str) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).select_related("base").filter(pk=proposal_id).first()
    if row is None:
        raise NotFound("There is no such proposal.")
    if row.state != state:
        raise AlreadyDecided(f"This proposal is {row.state} by now.")
    return row
