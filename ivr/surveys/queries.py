"""Reading invitations one by one: forms, plans, what a call's path says. Sums are in `board`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from callcenter.foundation.errors import Invalid, NotFound
from ivr.models import Session
from ivr.paths.packing import unpack
from ivr.surveys.forms import Form, read_form
from ivr.surveys.models import SurveyForm, SurveyInvitation, SurveyPlan
from ivr.surveys.results import InvitationView
from ivr.surveys.rules import Channel, Plan, Reached


class UnknownForm(Invalid):
    code = "unknown_form"


@dataclass(frozen=True, kw_only=True)
class PathFacts:
    """The way through the menus in the few words a survey is joined with."""

    outcome: str = ""
    chosen: str = ""
    version: str = ""
    looped: bool = False
    zero_out: bool = False


def plans() -> tuple[Plan, ...]:
    """The active plans, in order."""
    return tuple(
        Plan(
            key=row.key,
            form=row.form,
            channel=Channel(row.channel),
            reached=Reached(row.reached),
            share=row.share,
            quiet_days=row.quiet_days,
            least_talk_s=row.least_talk_s,
            open_hours=row.open_hours,
        )
        for row in SurveyPlan.objects.filter(active=True)
    )


def newest_form(*, key: str) -> SurveyForm:
    """Raises UnknownForm."""
    row = SurveyForm.objects.filter(key=key).order_by("-number").first()
    if row is None:
        raise UnknownForm(f"There is no survey form by the name {key[:32]!r}.", field="/form")
    return row


def form_of(row: SurveyForm) -> Form:
    return read_form(row.definition, number=row.number)


def invitation(*, invitation_id: UUID) -> InvitationView:
    """Raises NotFound."""
    row = SurveyInvitation.objects.select_related("form").filter(pk=invitation_id).first()
    if row is None:
        raise NotFound("There is no such invitation.")
    return view(row)


def invitation_of(*, call_id: UUID) -> InvitationView | None:
    row = SurveyInvitation.objects.select_related("form").filter(call=call_id).first()
    return view(row) if row is not None else None


def open_invitations(*, domain: str, channel: str, now: datetime, limit: int) -> list[InvitationView]:
    """Invited, not answered yet and not run out, oldest first: what a gateway sends or a dialler rings."""
    rows = SurveyInvitation.objects.select_related("form").filter(domain=domain, state="invited", expires_at__gt=now)
    if channel:
        rows = rows.filter(channel=channel)
    return [view(row) for row in rows.order_by("at", "pk")[:limit]]


def view(row: SurveyInvitation) -> InvitationView:
    return InvitationView(
        id=row.pk,
        call=row.call,
        domain=row.domain,
        at=row.at,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        channel=row.channel,
        form=form_of(row.form) if row.form is not None else None,
        expires_at=row.expires_at,
        language=row.language,
        answers={one.question: one.text if one.value is None else one.value for one in row.answers.all()},
    )


def last_asked(*, caller: int | None) -> datetime | None:
    """When this caller was last invited, on any channel."""
    if caller is None:
        return None
    rows = SurveyInvitation.objects.filter(caller=caller).exclude(state="not_invited")
    return rows.order_by("-at").values_list("at", flat=True).first()


def called_before(*, caller: int | None, call: UUID, since: datetime, until: datetime) -> bool:
    """Whether the same caller had called in [since, until), as far as ended calls were considered."""
    if caller is None:
        return False
    rows = SurveyInvitation.objects.filter(caller=caller, at__gte=since, at__lt=until)
    return rows.exclude(call=call).exists()


def path_facts(*, call_id: UUID) -> PathFacts:
    session = Session.objects.filter(pk=call_id).select_related("flow_version__flow").first()
    if session is None:
        return PathFacts()
    visits = unpack(session.path)
    nodes = [one.node for one in visits]
    version = session.flow_version
    return PathFacts(
        outcome=session.outcome,
        chosen=session.reason,
        version=f"{version.flow.key}/{version.number}" if version is not None else "",
        looped=len(set(nodes)) < len(nodes) and not any(one.tasks_done for one in visits),
        zero_out=any(one.zero_out_ms is not None for one in visits),
    )


def settled(*, calls: Collection[UUID]) -> set[UUID]:
    """Those of these calls that were considered after they were over."""
    return set(SurveyInvitation.objects.filter(call__in=calls, settled=True).values_list("call", flat=True))


def sessions_ended(*, since: datetime, until: datetime) -> list[tuple[UUID, datetime]]:
    """Ways through the menus that ended in [since, until): call and end."""
    rows = Session.objects.filter(ended_at__gte=since, ended_at__lt=until).order_by("ended_at", "pk")
    return [(call, at) for call, at in rows.values_list("call", "ended_at") if at is not None]
