"""The hall's third corridor: asking callers how it was. Routing knows the talk, the menus the path, customers the consent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

import customers.offers.queries
import ivr.surveys.operations
import ivr.surveys.queries
import routing.ended
import routing.operations.ratings
import routing.queries
from callcenter.foundation import events
from callcenter.foundation.commands import command
from callcenter.foundation.ids import public
from callcenter.foundation.phones import far_end
from customers.offers.contact_policy import Ask, Purpose, Verdict
from ivr.results import ItemResult
from ivr.surveys.results import AnswerIn, EndedCall, InvitationView
from ivr.surveys.rules import Channel, Forbids, Reached
from routing.results import CallView
from routing.states import CallState

# Wrap-ups are over by then in all but rare cases, and the reason of the call is written down.
AFTER = timedelta(minutes=10)
STEP = timedelta(minutes=10)
FIRST_LOOK_BACK = timedelta(hours=24)
_ASKS = {
    Channel.VOICE: Ask(direction="in", channel="VOICE", purpose=Purpose.SERVICE, action="survey"),
    Channel.LINK: Ask(direction="out", channel="SMS", purpose=Purpose.SERVICE, action="survey"),
    Channel.CALLBACK: Ask(direction="out", channel="VOICE", purpose=Purpose.SERVICE, action="survey"),
}


@command
def survey_asked(*, call_id: UUID, actor: str, now: datetime) -> InvitationView:
    """The switch asks whether this caller is to be asked; the first answer stands. Raises NotFound."""
    return _consider(call=routing.queries.call(call_id=call_id), actor=actor, now=now)


@command
def answers_came(*, invitation_id: UUID, answers: Sequence[AnswerIn], now: datetime) -> list[ItemResult]:
    """Store what was said, and tell who follows events; the answer to the main question teaches pairing, too."""
    results = ivr.surveys.operations.answer(invitation_id=invitation_id, answers=answers, now=now)
    view = ivr.surveys.queries.invitation(invitation_id=invitation_id)
    main = view.form.main if view.form is not None else None
    said = view.answers.get(main.key) if main is not None else None
    if main is not None and main.scale is not None and isinstance(said, int):
        routing.operations.ratings.note_rating(call_id=view.call, satisfied=said >= main.scale.good, now=now)
    told = [one.question for one, result in zip(answers, results, strict=True) if result.result == "stored"]
    if told:
        _tell(view, told, now)
    return results


def _tell(view: InvitationView, questions: Sequence[str], now: datetime) -> None:
    """Which questions have an answer now. What was said stays here: followers ask for it by the invitation's id."""
    data = {
        "invitation": public("s", view.id), "call": public("c", view.call), "state": view.state,
        "form": view.form.key if view.form is not None else "", "questions": list(dict.fromkeys(questions)),
    }  # fmt: skip
    actor = f"survey:{view.channel or 'menus'}"
    events.record(type="survey.answered", now=now, domain=view.domain, actor=actor, data=data)


@command
def survey_held_by_switch(*, call_id: UUID, form: str, actor: str, now: datetime) -> UUID:
    """The menus asked by a form of ours without asking us: the invitation that stands for it. Raises UnknownForm."""
    known = ivr.surveys.queries.invitation_of(call_id=call_id)
    if known is not None:
        return known.id
    ended = _ended(routing.queries.call(call_id=call_id), now)
    return ivr.surveys.operations.asked_by_switch(ended=ended, form=form, actor=actor, now=now)


def consider_ended_calls(*, now: datetime, limit: int = 2_000) -> int:
    """Decide for every call that ended ten minutes ago or earlier; returns how many were looked at.

    In steps of ten minutes of calls, each a transaction: what is done is done, and a run that dies loses nothing.
    """
    done = 0
    while done < limit:
        step = _consider_step(now=now)
        if step is None:
            break
        done += step
    return done


@command
def _consider_step(*, now: datetime) -> int | None:
    """The next step; None where every call is too young yet."""
    since = ivr.surveys.operations.swept_until(start=now - FIRST_LOOK_BACK)
    until = min(since + STEP, now - AFTER)
    if until <= since:
        return None
    calls = routing.ended.calls_ended(since=since, until=until)
    sessions = ivr.surveys.queries.sessions_ended(since=since, until=until)
    settled = ivr.surveys.queries.settled(calls=[call.id for call in calls] + [call for call, _ in sessions])
    fresh = [call for call in calls if call.id not in settled and _was_somebody_there(call)]
    for call in fresh:
        _consider(call=call, actor="survey", now=now)
    alone = _without_a_call([(call, at) for call, at in sessions if call not in settled])
    for call_id, at in alone:
        ended = EndedCall(call=call_id, domain="", at=at, reached=Reached.MENUS, is_over=True)
        ivr.surveys.operations.consider(ended=ended, forbids=_nobody(), actor="survey", now=now)
    ivr.surveys.operations.move_sweep(until=until)
    return len(fresh) + len(alone)


def _without_a_call(sessions: Sequence[tuple[UUID, datetime]]) -> list[tuple[UUID, datetime]]:
    """Ways through the menus that the switch never announced as calls: nothing is known of their callers."""
    known = routing.queries.calls(call_ids={call for call, _ in sessions})
    return [(call, at) for call, at in sessions if call not in known]


def _consider(*, call: CallView, actor: str, now: datetime) -> InvitationView:
    with transaction.atomic():
        return ivr.surveys.operations.consider(
            ended=_ended(call, now), forbids=_forbids(call, now), actor=actor, now=now
        )


def _ended(call: CallView, now: datetime) -> EndedCall:
    """The call as it stands, in the words of satisfaction."""
    talk = routing.ended.last_talk(call_id=call.id)
    left = call.connected_at or call.ended_at or now
    return EndedCall(
        call=call.id,
        domain=call.domain,
        at=call.ended_at or now,
        reached=_reached(call),
        is_over=call.ended_at is not None,
        customer_id=call.customer_id,
        has_number=bool(far_end(call)),
        agent=talk.agent,
        team=talk.team,
        queue=call.queue or "",
        ended_by=call.ended_by,
        wait_s=(left - call.enqueued_at).total_seconds() if call.enqueued_at else 0,
        talk_s=talk.seconds if talk.seconds is not None else _since(call.connected_at, now),
        transfers=talk.talks - 1 if talk.talks else 0,
        language=call.language,
        final=talk.disposition,
    )


def _was_somebody_there(call: CallView) -> bool:
    """Whom we called and did not reach has nothing to say of us."""
    return call.direction != "out" or call.connected_at is not None


def _reached(call: CallView) -> Reached:
    if call.connected_at is not None or call.state in {CallState.CONNECTED, CallState.WRAPPING}:
        return Reached.AGENT
    return Reached.QUEUE if call.enqueued_at is not None else Reached.MENUS


def _since(at: datetime | None, now: datetime) -> float:
    return (now - at).total_seconds() if at is not None else 0.0


def _forbids(call: CallView, now: datetime) -> Forbids:
    """The contact policy, asked for a survey of this caller."""

    def rule(channel: Channel) -> str:
        verdict = customers.offers.queries.contact_check(
            customer_id=call.customer_id, number_e164=far_end(call), ask=_ASKS[channel], now=now
        )
        return verdict.rule

    return rule


def may_ring_back(*, call_id: UUID, now: datetime) -> Verdict | None:
    """May this caller be rung now about what they answered; None where we have no number."""
    call = routing.queries.calls(call_ids={call_id}).get(call_id)
    if call is None or not far_end(call):
        return None
    ask = Ask(direction="out", channel="VOICE", purpose=Purpose.SERVICE)
    return customers.offers.queries.contact_check(
        customer_id=call.customer_id, number_e164=far_end(call), ask=ask, now=now
    )


def _nobody() -> Forbids:
    return lambda channel: "unknown_caller"
