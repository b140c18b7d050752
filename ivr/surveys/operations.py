"""Inviting, taking answers, publishing forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from callcenter.foundation.errors import Invalid
from ivr.paths.operations import caller_of, turned_out
from ivr.results import ItemResult
from ivr.surveys import forms, queries, rules
from ivr.surveys.following import operations as following
from ivr.surveys.forms import BadAnswer, Form, Question, read_form
from ivr.surveys.models import SurveyAnswer, SurveyForm, SurveyInvitation, SurveyPlan, SurveySweep
from ivr.surveys.results import AnswerIn, EndedCall, InvitationView
from ivr.surveys.rules import Forbids, Reason

SHIPPED = Path(__file__).parent / "definitions"
REPEAT = timedelta(days=7)
# The plans of a new house: voice keys where the agent leaves first, a message else; some of those who got no agent.
PLANS: tuple[dict[str, Any], ...] = (
    {"key": "agent-voice", "form": "after_agent", "channel": "voice", "reached": "agent", "share": 1.0},
    {"key": "agent-link", "form": "after_agent", "channel": "link", "reached": "agent", "share": 0.5},
    {"key": "queue-link", "form": "after_menus", "channel": "link", "reached": "queue", "share": 0.3},
    {"key": "menus-link", "form": "after_menus", "channel": "link", "reached": "menus", "share": 0.1},
)


class FormInvalid(Invalid):
    """`facts["faults"]` lists every fault as a sentence."""

    code = "form_invalid"


def publish_form(*, definition: Mapping[str, Any], by: str, now: datetime) -> Form:
    """Make this definition what is asked from now on: a new, unchangeable version. The same again changes nothing.

    Raises FormInvalid.
    """
    wrong = forms.faults(definition)
    if wrong:
        raise FormInvalid(f"The form cannot be asked: {wrong[0]}", faults=wrong)
    with transaction.atomic():
        versions = list(SurveyForm.objects.select_for_update().filter(key=definition["key"]).order_by("-number")[:1])
        if versions and versions[0].definition == definition:
            return read_form(definition, number=versions[0].number)
        row = SurveyForm.objects.create(
            key=definition["key"],
            number=versions[0].number + 1 if versions else 1,
            definition=dict(definition),
            published_at=now,
            published_by=by,
        )
    return read_form(definition, number=row.number)


def publish_shipped(*, now: datetime) -> None:
    """The forms and plans of a new house. Plans that are there already stay as they are."""
    for file in sorted(SHIPPED.glob("*.json")):
        publish_form(definition=json.loads(file.read_text("utf-8")), by="shipped", now=now)
    for position, plan in enumerate(PLANS):
        SurveyPlan.objects.get_or_create(key=plan["key"], defaults=plan | {"position": position})


def consider(*, ended: EndedCall, forbids: Forbids, actor: str, now: datetime) -> InvitationView:
    """Decide once whether this call's caller is asked, and write down who was not and why.

    Asked again the first decision stands; facts that were not settled then are completed. One transaction.
    """
    with transaction.atomic():
        row = SurveyInvitation.objects.select_for_update().filter(call=ended.call).first()
        if row is None:
            row = _decide(ended, forbids, actor, now)
            SurveyInvitation.objects.bulk_create([row], ignore_conflicts=True)  # somebody may have been first
            row = SurveyInvitation.objects.get(call=ended.call)
        elif ended.is_over and not row.settled:
            _write_facts(row, ended)
            row.save()
    return queries.view(row)


def _decide(ended: EndedCall, forbids: Forbids, actor: str, now: datetime) -> SurveyInvitation:
    caller = caller_of(ended.customer_id)
    case = rules.Case(
        call=ended.call,
        reached=ended.reached,
        talk_s=ended.talk_s,
        ended_by=ended.ended_by,
        has_number=ended.has_number,
        last_asked=queries.last_asked(caller=caller),
    )
    found = rules.decide(case=case, plans=queries.plans(), forbids=forbids, now=now)
    row = SurveyInvitation(
        call=ended.call, domain=ended.domain, state="not_invited", reason=found.reason, detail=found.detail, odds=found.odds
    )  # fmt: skip
    if found.plan is not None:
        _invite(row, found.plan.form, channel=found.plan.channel, by=actor, now=now, hours=found.plan.open_hours)
        row.plan = found.plan.key
    _write_facts(row, ended)
    return row


def _invite(row: SurveyInvitation, form: str, *, channel: str, by: str, now: datetime, hours: int) -> None:
    row.form = queries.newest_form(key=form)
    row.state, row.channel, row.invited_by = "invited", channel, by
    row.expires_at = now + timedelta(hours=hours)


def _write_facts(row: SurveyInvitation, ended: EndedCall) -> None:
    path = queries.path_facts(call_id=ended.call)
    row.caller = caller_of(ended.customer_id)
    row.at, row.reached, row.settled = ended.at, ended.reached, ended.is_over
    row.agent, row.team, row.queue = ended.agent[:48], ended.team[:48], ended.queue[:48]
    row.ended_by, row.language, row.transfers = ended.ended_by[:16], ended.language[:12], ended.transfers
    row.wait_s, row.talk_s = max(0, round(ended.wait_s)), max(0, round(ended.talk_s))
    final = turned_out(call_id=ended.call, written=ended.final) if ended.final else ""
    row.reason_of_call = (final or path.chosen)[:32]
    row.version, row.path = path.version[:64], path.outcome
    row.looped, row.zero_out = path.looped, path.zero_out
    row.repeated = queries.called_before(caller=row.caller, call=ended.call, since=ended.at - REPEAT, until=ended.at)


def asked_by_switch(*, ended: EndedCall, form: str, actor: str, now: datetime) -> UUID:
    """The menus asked by a form of ours without asking us first: the invitation is written down as theirs."""
    found = queries.newest_form(key=form)
    row = SurveyInvitation(
        call=ended.call, domain=ended.domain, state="invited", reason=Reason.BY_SWITCH, odds=1.0, form=found,
        channel=rules.Channel.VOICE, invited_by=actor, expires_at=now + timedelta(hours=72),
    )  # fmt: skip
    _write_facts(row, ended)
    SurveyInvitation.objects.bulk_create([row], ignore_conflicts=True)
    return SurveyInvitation.objects.values_list("pk", flat=True).get(call=ended.call)


def answer(*, invitation_id: UUID, answers: Sequence[AnswerIn], now: datetime) -> list[ItemResult]:
    """Take answers to one invitation, in any order, each once. One transaction; one bad answer sinks no other.

    stored | duplicate (said before, the same) | quarantined: not_asked, other_answer, too_late, bad_answer,
    unknown_question, each with a sentence. An answer counts by when it was given, not by when we heard of it.
    """
    with transaction.atomic():
        row = SurveyInvitation.objects.select_for_update(of=("self",)).select_related("form").get(pk=invitation_id)
        known: dict[str, int | str] = {one.question: _said(one) for one in row.answers.all()}
        fresh: list[SurveyAnswer] = []
        results = [_take(row, one, known, fresh, now) for one in answers]
        if fresh:
            SurveyAnswer.objects.bulk_create(fresh)
            _count(row, known, fresh)
            row.save()
            if _is_low(row, fresh):
                following.open_task(invitation=row, now=now)
    return results


def _take(
    row: SurveyInvitation, one: AnswerIn, known: dict[str, int | str], fresh: list[SurveyAnswer], now: datetime
) -> ItemResult:
    if row.form is None or row.expires_at is None:
        return _aside("not_asked", "This caller was not invited; the answer is kept and not counted.")
    question = queries.form_of(row.form).question(one.question)
    if question is None:
        return _aside("unknown_question", f"The form {row.form} has no question “{one.question[:32]}”.")
    try:
        said = forms.read_answer(question, one.said)
    except BadAnswer as why:
        return _aside("bad_answer", str(why))
    if question.key in known:
        if known[question.key] == said:
            return ItemResult(result="duplicate")
        return _aside("other_answer", "This question was answered before, and otherwise; the first answer stands.")
    if one.at > row.expires_at:
        return _aside("too_late", f"Answers counted until {row.expires_at:%Y-%m-%d %H:%M} UTC; this one is kept aside.")
    known[question.key] = said
    fresh.append(_new_answer(row, question, said, one.at, now))
    return ItemResult(result="stored")


def _new_answer(
    row: SurveyInvitation, question: Question, said: int | str, at: datetime, now: datetime
) -> SurveyAnswer:
    words = said if isinstance(said, str) else ""
    value = said if isinstance(said, int) else None
    return SurveyAnswer(invitation=row, question=question.key, value=value, text=words, at=at, received_at=now)


def _count(row: SurveyInvitation, known: Mapping[str, int | str], fresh: Sequence[SurveyAnswer]) -> None:
    """What the row says of its answers, all of them."""
    assert row.form is not None
    form = queries.form_of(row.form)
    first, last = (pick(one.at for one in fresh) for pick in (min, max))
    row.started_at = min(row.started_at or first, first)
    answered = [one.key for one in form.questions if one.key in known]
    row.stopped_at = answered[-1] if answered else ""
    main = known.get(form.main.key)
    if isinstance(main, int) and form.main.scale is not None:
        row.score, row.good = main, main >= form.main.scale.good
    row.comment = next((said for said in known.values() if isinstance(said, str)), "")
    row.state = "started"
    if all(one.key in known for one in form.scored):
        row.state, row.completed_at = "complete", row.completed_at or last


def _is_low(row: SurveyInvitation, fresh: Sequence[SurveyAnswer]) -> bool:
    """Some new answer lies in the worst part of its scale: somebody is to look after this caller."""
    assert row.form is not None
    form = queries.form_of(row.form)
    for one in fresh:
        question = form.question(one.question)
        if (
            question is not None
            and question.scale is not None
            and one.value is not None
            and one.value <= question.scale.bad
        ):
            return True
    return False


def _said(one: SurveyAnswer) -> int | str:
    return one.text if one.value is None else one.value


def _aside(code: str, sentence: str) -> ItemResult:
    return ItemResult(result="quarantined", code=code, sentence=sentence)


def swept_until(*, start: datetime) -> datetime:
    """Up to when ended calls have been considered; `start` where none ever were. Held until the transaction ends."""
    row, _ = SurveySweep.objects.select_for_update().get_or_create(id=1, defaults={"until": start})
    return row.until


def move_sweep(*, until: datetime) -> None:
    SurveySweep.objects.filter(id=1).update(until=until)
