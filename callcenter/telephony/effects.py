"""What a report of the switch does to its call."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

import routing.operations
from callcenter import hall
from callcenter.foundation.errors import Conflict, Gone, Refused, Unavailable
from callcenter.foundation.principal import Principal
from callcenter.telephony import hindsight, keeping, naming, wire
from callcenter.telephony.at_hand import NOTHING, AtHand
from callcenter.telephony.causes import LegReport, who_ended, why_the_leg_failed
from callcenter.telephony.keeping import Outcome
from callcenter.telephony.wire import Report
from routing.results import CallView
from routing.silence import Speaker
from routing.states import CallState


def applied(*, report: Report, raw: dict[str, Any], before: CallView, actor: str, now: datetime) -> Outcome:
    """Let an event that was held have its effect, whatever becomes of the others."""
    try:
        with transaction.atomic():
            changed = effect(report, raw, before, actor, now)
    except Unavailable:
        raise  # the whole arrival is tried again
    except Refused as refusal:
        return refused(refusal, before)
    return Outcome(result="applied" if changed else "stale", call=before.id)


def effect(
    report: Report, raw: dict[str, Any], before: CallView, actor: str, now: datetime, read: AtHand = NOTHING
) -> bool:
    """True if the call is another than before, or if the report is evidence that later ones need."""
    if report.type == "ringing":
        return True
    if report.type == "message":
        speaker = Speaker.AGENT if report.by == "agent" else Speaker.CALLER
        return routing.operations.message(call_id=before.id, by=speaker, now=now)
    call_id, reservation_id = before.id, read.reservation(report, call_id=before.id)
    match report.type:
        case "answered" | "bridged":
            after = _answered(report, raw, before, reservation_id, actor=actor, now=now, read=read)
        case "held" | "resumed":
            after = _hold(report, raw, before, actor=actor, now=now)
        case "hangup":
            by = who_ended(by=report.by, sip_code=report.sip_code, q850=report.q850)
            had_menus = read.had_menus(call_id)
            after = hall.ending.caller_hung_up(call_id=call_id, by=by, had_menus=had_menus, actor=actor, now=now)
            after = _served_before(report, raw, after, actor=actor, now=now)
        case "leg_failed":
            why = why_the_leg_failed(_leg_report(report, call_id))
            after = hall.talk.agent_leg_failed(
                call_id=call_id, reservation_id=reservation_id, reason=why.value, actor=actor, now=now
            )
        case _:  # leg_ended
            by = who_ended(by=report.by or "agent", sip_code=report.sip_code, q850=report.q850)
            after = hall.talk.agent_leg_ended(
                call_id=call_id, reservation_id=reservation_id, by=by, actor=actor, now=now
            )
    return after.version != before.version


def refused(refusal: Refused, call: CallView) -> Outcome:
    """What the present state does not allow is stale, never an error."""
    result = "stale" if isinstance(refusal, Conflict | Gone) else "quarantined"
    return Outcome(result=result, code=refusal.code, sentence=refusal.sentence, call=call.id)


def _hold(report: Report, raw: dict[str, Any], before: CallView, *, actor: str, now: datetime) -> CallView:
    """Hold and resume may swap on the way: only the newest of them counts."""
    if any(wire.is_before(raw, other) for other in keeping.hold_reports(before.id)):
        return before
    change = hall.talk.call_held if report.type == "held" else hall.talk.call_resumed
    return change(call_id=before.id, actor=actor, now=now)


def _catch_up_hold(call: CallView, *, actor: str, now: datetime) -> CallView:
    """A hold that was told before the answer takes effect with the answer."""
    if call.state != CallState.CONNECTED or call.held_since is not None:
        return call
    newest: dict[str, Any] | None = None
    for raw in keeping.hold_reports(call.id):
        if newest is None or wire.is_before(newest, raw):
            newest = raw
    if newest is None or newest.get("type") != "held":
        return call
    return hall.talk.call_held(call_id=call.id, actor=actor, now=now)


def _leg_report(report: Report, call_id: UUID) -> LegReport:
    """The report with what was heard before: one 18x of the same reservation is enough."""
    heard = report.heard_18x or keeping.has_rung(call_id, reservation=report.reservation)
    return LegReport(sip_code=report.sip_code, q850=report.q850, heard_18x=heard, word=report.reason)


def _agent(report: Report, domain: str) -> int | None:
    if not report.agent:
        return None
    return naming.agent(report.agent, principal=Principal(name="switch", domain=domain)).id


def _answered(
    report: Report,
    raw: dict[str, Any],
    before: CallView,
    reservation_id: UUID | None,
    *,
    actor: str,
    now: datetime,
    read: AtHand,
) -> CallView:
    """They talk; or, where the hang-up was told first but happened later, they have talked."""
    who: dict[str, Any] = {
        "call_id": before.id,
        "reservation_id": reservation_id,
        "agent_id": _agent(report, before.domain),
    }
    call = hall.talk.agent_leg_bridged(at=report.at, actor=actor, now=now, **who)
    if call.state != CallState.ABANDONED:
        return _catch_up_hold(call, actor=actor, now=now) if read.had_holds(call.id) else call
    ended_at = hindsight.end_after(report, raw, call=call)
    if ended_at is None:
        return call
    talk_s = (ended_at - report.at).total_seconds()
    return hall.ending.answer_came_late(talk_s=talk_s, at=report.at, actor=actor, now=now, **who)


def _served_before(report: Report, raw: dict[str, Any], call: CallView, *, actor: str, now: datetime) -> CallView:
    """A hang-up that finds nobody talking, though the switch told of an answer before it: they have talked.

    The answer came too late to be acted on (its agent was with the next caller already, say): all was told at once,
    after we or the line had been away.
    """
    if call.state != CallState.ABANDONED:
        return call
    answer = hindsight.answer_before(raw, call=call)
    if answer is None:
        return call
    said = wire.read(answer)
    return hall.ending.answer_came_late(
        call_id=call.id,
        reservation_id=NOTHING.reservation(said, call_id=call.id),
        agent_id=_agent(said, call.domain),
        talk_s=(report.at - said.at).total_seconds(),
        at=said.at,
        actor=actor,
        now=now,
    )
