"""Switch events in: each is stored raw, applied once in a transaction of its own, and never refused for being late.

The results, item by item: `applied` · `duplicate` (known already) · `stale` (true, but it changes nothing any more) ·
`held` (its call is not known yet; applied when the arrival comes) · `quarantined` (kept, with code and sentence).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection, transaction

import routing.operations
import routing.queries
from callcenter import call_flow
from callcenter.foundation.errors import Conflict, Gone, Refused, Unavailable
from callcenter.foundation.principal import Principal
from callcenter.foundation.transactions import in_one_transaction
from callcenter.telephony import at_hand, hindsight, naming, wire
from callcenter.telephony.at_hand import NOTHING, AtHand
from callcenter.telephony.beside import OF_NO_CALL
from callcenter.telephony.causes import LegReport, who_ended, why_the_leg_failed
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.wire import Report
from routing.results import CallView
from routing.silence import Speaker
from routing.states import CallState

logger = logging.getLogger(__name__)

OLDEST = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one item."""

    result: str  # applied | duplicate | stale | held | quarantined
    code: str = ""
    sentence: str = ""
    call: UUID | None = None

    def as_json(self) -> dict[str, str]:
        said = {"code": self.code, "sentence": self.sentence, "call": naming.call_id(self.call) if self.call else ""}
        return {"result": self.result} | {name: value for name, value in said.items() if value}


def take(
    *,
    items: list[Any],
    principal: Principal,
    now: datetime,
    of_call: str = "",
    trunk: str = "",
    call: CallView | None = None,
) -> list[Outcome]:
    """Every item's outcome, in the order given; applied in the order it happened.

    `of_call` names the call of them all; `call` is that one as it has just been read, so that it is not read twice.
    """
    outcomes: dict[int, Outcome] = {}
    readable: list[tuple[int, Report]] = []
    for place, item in enumerate(items):
        try:
            readable.append((place, _complete(wire.read(item), of_call=of_call, trunk=trunk)))
        except wire.Unreadable as why:
            outcomes[place] = set_aside(
                item=item, principal=principal, now=now, code="unreadable", sentence=str(why), trunk=trunk
            )
    ordered = wire.in_order(readable)
    for number, part in enumerate(_parts(ordered)):
        if (done := _together(part, items, principal, now)) is not None:
            outcomes |= done
            continue
        read = at_hand.read_ahead([report for _, report in part], principal=principal)
        if call is not None and number == 0:
            read.own.append(call)
        for place, report in part:
            outcomes[place] = _take_one(report=report, item=items[place], principal=principal, now=now, read=read)
    return [outcomes[place] for place in range(len(items))]


_OF_HOLDS = "type IN ('held', 'resumed') AND result <> 'quarantined'"


# --- a batch --------------------------------------------------------------------------------------------------------
# What calls tell all day long. Each changes its own call and whoever serves it, nobody else.
_PLAIN = frozenset({"ringing", "answered", "bridged", "hangup"})


def _parts(ordered: list[tuple[int, Report]]) -> Iterator[list[tuple[int, Report]]]:
    """What goes together. Calls that are over come first, by themselves: the next callers wait for who served them."""
    for start in range(0, len(ordered), at_hand.MOST):
        part = ordered[start : start + at_hand.MOST]
        over = {_named(report) for _, report in part if report.type == "hangup"}
        if any(report.type not in _PLAIN for _, report in part):
            over = set()  # they do not go together
        first = [one for one in part if _named(one[1]) in over]
        rest = [one for one in part if _named(one[1]) not in over]
        yield from (some for some in (first, rest) if some)


def _named(report: Report) -> str:
    return report.call or report.external_id


class _Singly(Exception):
    """These events cannot go together; each is to go by itself."""


def _together(
    part: list[tuple[int, Report]], items: list[Any], principal: Principal, now: datetime
) -> dict[int, Outcome] | None:
    """All of them in one transaction that reads and keeps them at once: under load that halves what an event costs.

    None, and nothing done, where they are of another kind or one of them is a twin, refused or broken: then each goes
    by itself, and its outcome says why.
    """
    try:
        names = _plain_names(part, principal)
        return in_one_transaction(lambda: _apply_together(part, names, items, principal, now))
    except _Singly:
        return None
    except Exception as error:
        logger.info("events go one by one", extra={"events": len(part), "why": type(error).__name__})
        return None


def _plain_names(part: list[tuple[int, Report]], principal: Principal) -> dict[int, tuple[str, str]]:
    """Source and the switch's name of the call of each. Raises _Singly, Invalid."""
    if not principal.trunk:
        raise _Singly
    names = {}
    for place, report in part:
        if report.type not in _PLAIN or report.call.startswith("c_"):
            raise _Singly
        names[place] = naming.external(
            call=report.call, external_id=report.external_id, trunk=report.trunk, principal=principal
        )
    if len({source for source, _ in names.values()}) > 1:
        raise _Singly
    return names


# Those of some calls of which a hold was told: an answer may have to catch up with it.
_WITH_HOLDS = f"SELECT array_agg(call) FROM telephony_inboundevent WHERE call = ANY(%(calls)s) AND {_OF_HOLDS}"  # noqa: S608


def _apply_together(
    part: list[tuple[int, Report]],
    names: dict[int, tuple[str, str]],
    items: list[Any],
    principal: Principal,
    now: datetime,
) -> dict[int, Outcome]:
    """Each has its effect in its turn; what is kept of them is written together, before anybody looks for it."""
    [source] = {source for source, _ in names.values()}
    done: dict[int, Outcome] = {}
    fresh: list[tuple[InboundEvent, Outcome]] = []
    external_ids = {name for _, name in names.values()}
    with call_flow.calls_ahead(source=source, external_ids=external_ids, besides=_WITH_HOLDS) as ahead:
        read = AtHand(whose=ahead.routing.whose, ahead=ahead, held_or_resumed=set(ahead.answer or ()))
        for place, report in part:
            name = names[place][1]
            call = ahead.routing.call(name) or routing.queries.call_by_external(source=source, external_id=name)
            if call is None:
                raise _Singly  # its arrival may be under way: its name has to be held
            if any(row.call == call.id for row, _ in fresh):
                _insert_all(fresh, now)
                fresh = []
            row = _row(report, items[place], source, name, call, now)
            done[place] = _become(report, row, call, principal, now, read)
            fresh.append((row, done[place]))
        _insert_all(fresh, now)
    return done


def take_held(*, call: CallView, actor: str, now: datetime) -> None:
    """Apply what the switch told of this call before its arrival, oldest first. Inside the arrival's transaction."""
    held = InboundEvent.objects.filter(source=call.source, external_id=call.external_id, result="held").order_by("id")
    pairs = [(row.pk, wire.read(row.raw), row) for row in held]
    rows = {key: row for key, _, row in pairs}
    for key, _ in wire.in_order([(key, report) for key, report, _ in pairs]):
        row = rows[key]
        before = routing.queries.call(call_id=call.id)
        outcome = applied(report=wire.read(row.raw), raw=row.raw, before=before, actor=actor, now=now)
        note(row_id=key, outcome=outcome, call_id=call.id, now=now)


# Whether the switch has told something of a call that has not arrived. To be asked under the call's name lock.
ANYTHING_HELD = (
    "SELECT EXISTS (SELECT FROM telephony_inboundevent"
    " WHERE source = %(source)s AND external_id = %(external_id)s AND result = 'held')"
)


# --- one item -------------------------------------------------------------------------------------------------------
def _complete(report: Report, *, of_call: str, trunk: str) -> Report:
    if of_call:
        report = replace(report, call=of_call, external_id="")
    return report if report.trunk or not trunk else replace(report, trunk=trunk)


class _Known(Exception):
    """The event is stored already; whatever this transaction did with it again is undone."""

    def __init__(self, call: UUID | None) -> None:
        self.call = call


class _Without(Exception):
    """The event cannot have its effect; what was begun of it is undone, the event and what became of it are kept."""

    def __init__(self, row: InboundEvent, outcome: Outcome) -> None:
        self.row, self.outcome = row, outcome


def _take_one(*, report: Report, item: Any, principal: Principal, now: datetime, read: AtHand) -> Outcome:
    try:
        return in_one_transaction(lambda: _apply_and_store(report, item, principal, now, read))
    except _Known as known:
        return Outcome(result="duplicate", call=known.call)
    except _Without as why:
        return _keep(why.row, why.outcome, now)
    except Unavailable:
        raise
    except Refused as refusal:
        outcome = Outcome(result="quarantined", code=refusal.code, sentence=refusal.sentence)
    except DatabaseError:
        raise  # the database is away or at its limit: the switch gets no 2xx and sends it all again
    except Exception:
        logger.exception("an event could not be applied", extra={"type": report.type})
        outcome = Outcome(
            result="quarantined", code="internal", sentence="It broke on our side; it is kept and looked at."
        )
    return set_aside(
        item=item, principal=principal, now=now, code=outcome.code, sentence=outcome.sentence, trunk=report.trunk
    )


def _apply_and_store(report: Report, item: Any, principal: Principal, now: datetime, read: AtHand) -> Outcome:
    """Its effect and, last, the event itself: a twin under way waits for the call's lock, then finds it stored."""
    source, external_id, call = _whose(report, principal, read)
    row = _row(report, item, source, external_id, call, now)
    outcome = _become(report, row, call, principal, now, read)
    if not _insert(row, outcome, now):
        raise _Known(row.call)
    return outcome


def _row(
    report: Report, item: Any, source: str, external_id: str, call: CallView | None, now: datetime
) -> InboundEvent:
    return InboundEvent(
        source=source,
        identity=wire.identity(item, subject=external_id or report.agent),
        call=call.id if call else None,
        external_id=external_id,
        type=report.type,
        raw=wire.storable(item),
        received_at=now,
    )


def _become(
    report: Report, row: InboundEvent, call: CallView | None, principal: Principal, now: datetime, read: AtHand
) -> Outcome:
    if now - report.at > OLDEST:
        return Outcome(result="quarantined", code="too_old", sentence="It is older than 24 hours: kept, not applied.")
    if report.type in OF_NO_CALL:
        changed = OF_NO_CALL[report.type](report, principal, now)
        return Outcome(result="applied" if changed else "stale")
    if call is None:
        return Outcome(result="held")
    try:
        changed = _effect(report, row.raw, call, principal.name, now, read)
    except Unavailable:
        raise  # the whole event is tried again
    except Refused as refusal:
        raise _Without(row, _refused(refusal, call)) from refusal
    return Outcome(result="applied" if changed else "stale", call=call.id)


def _refused(refusal: Refused, call: CallView) -> Outcome:
    """What the present state does not allow is stale, never an error."""
    result = "stale" if isinstance(refusal, Conflict | Gone) else "quarantined"
    return Outcome(result=result, code=refusal.code, sentence=refusal.sentence, call=call.id)


def _whose(report: Report, principal: Principal, read: AtHand) -> tuple[str, str, CallView | None]:
    """Source, the switch's call id, and the call if it is known; under the call's name lock if it is not."""
    if report.type in OF_NO_CALL or report.call.startswith("c_"):
        call = None
        if report.type not in OF_NO_CALL:
            call = read.own.pop() if read.own else naming.call(report.call, principal=principal)
        group = naming.group_of(principal=principal, trunk=report.trunk)
        return call.source if call else group, call.external_id if call else "", call
    source, external_id = naming.external(
        call=report.call, external_id=report.external_id, trunk=report.trunk, principal=principal
    )
    call = read.named.pop((source, external_id), None)
    call = call or routing.queries.call_by_external(source=source, external_id=external_id)
    if call is None:
        call_flow.hold_name(source=source, external_id=external_id)  # an arrival under way must not miss this event
        call = routing.queries.call_by_external(source=source, external_id=external_id)
    return source, external_id, call


def applied(*, report: Report, raw: dict[str, Any], before: CallView, actor: str, now: datetime) -> Outcome:
    """Let an event that was held have its effect, whatever becomes of the others."""
    try:
        with transaction.atomic():
            changed = _effect(report, raw, before, actor, now)
    except Unavailable:
        raise  # the whole arrival is tried again
    except Refused as refusal:
        return _refused(refusal, before)
    return Outcome(result="applied" if changed else "stale", call=before.id)


def _effect(
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
            after = call_flow.caller_hung_up(call_id=call_id, by=by, had_menus=had_menus, actor=actor, now=now)
            after = _served_before(report, raw, after, actor=actor, now=now)
        case "leg_failed":
            why = why_the_leg_failed(_leg_report(report, call_id))
            after = call_flow.agent_leg_failed(
                call_id=call_id, reservation_id=reservation_id, reason=why.value, actor=actor, now=now
            )
        case _:  # leg_ended
            by = who_ended(by=report.by or "agent", sip_code=report.sip_code, q850=report.q850)
            after = call_flow.agent_leg_ended(
                call_id=call_id, reservation_id=reservation_id, by=by, actor=actor, now=now
            )
    return after.version != before.version


def _hold(report: Report, raw: dict[str, Any], before: CallView, *, actor: str, now: datetime) -> CallView:
    """Hold and resume may swap on the way: only the newest of them counts."""
    if any(wire.is_before(raw, other) for other in _hold_reports(before.id)):
        return before
    change = call_flow.call_held if report.type == "held" else call_flow.call_resumed
    return change(call_id=before.id, actor=actor, now=now)


def _catch_up_hold(call: CallView, *, actor: str, now: datetime) -> CallView:
    """A hold that was told before the answer takes effect with the answer."""
    if call.state != CallState.CONNECTED or call.held_since is not None:
        return call
    newest: dict[str, Any] | None = None
    for raw in _hold_reports(call.id):
        if newest is None or wire.is_before(newest, raw):
            newest = raw
    if newest is None or newest.get("type") != "held":
        return call
    return call_flow.call_held(call_id=call.id, actor=actor, now=now)


def _hold_reports(call_id: UUID) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT raw FROM telephony_inboundevent WHERE call = %s AND {_OF_HOLDS} ORDER BY id",  # noqa: S608
            [call_id],
        )
        return [json.loads(raw) for (raw,) in cursor.fetchall()]


def _leg_report(report: Report, call_id: UUID) -> LegReport:
    """The report with what was heard before: one 18x of the same reservation is enough."""
    heard = report.heard_18x
    if not heard:
        rang = InboundEvent.objects.filter(call=call_id, type="ringing")
        heard = (rang.filter(raw__reservation=report.reservation) if report.reservation else rang).exists()
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
    call = call_flow.agent_leg_bridged(at=report.at, actor=actor, now=now, **who)
    if call.state != CallState.ABANDONED:
        return _catch_up_hold(call, actor=actor, now=now) if read.had_holds(call.id) else call
    ended_at = hindsight.end_after(report, raw, call=call)
    if ended_at is None:
        return call
    talk_s = (ended_at - report.at).total_seconds()
    return call_flow.answer_came_late(talk_s=talk_s, at=report.at, actor=actor, now=now, **who)


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
    return call_flow.answer_came_late(
        call_id=call.id,
        reservation_id=NOTHING.reservation(said, call_id=call.id),
        agent_id=_agent(said, call.domain),
        talk_s=(report.at - said.at).total_seconds(),
        at=said.at,
        actor=actor,
        now=now,
    )


# --- rows -----------------------------------------------------------------------------------------------------------
def _insert(row: InboundEvent, outcome: Outcome, now: datetime) -> bool:
    """Keep the raw event with what became of it; False if it is kept already. A twin under way is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_inboundevent (source, identity, call, external_id, type, raw, received_at, result,"
            " code, applied_at) VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s)"
            " ON CONFLICT (source, identity) DO NOTHING",
            [
                row.source, row.identity, row.call, row.external_id, row.type, json.dumps(row.raw), row.received_at,
                outcome.result, outcome.code, now if outcome.result == "applied" else None,
            ],
        )  # fmt: skip
        return bool(cursor.rowcount == 1)


# One shape for any number of them, so that the server plans it once.
_INSERT_ALL = """
INSERT INTO telephony_inboundevent (source, identity, call, external_id, type, raw, received_at, result, code, applied_at)
SELECT source, identity, call, external_id, type, raw, %(now)s, result, code, CASE WHEN result = 'applied' THEN %(now)s END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS fresh (
    source text, identity text, call uuid, external_id text, type text, raw jsonb, result text, code text)
ON CONFLICT (source, identity) DO NOTHING
"""


def _insert_all(fresh: list[tuple[InboundEvent, Outcome]], now: datetime) -> None:
    """Keep several as `_insert` keeps one. Raises _Singly where one of them is kept already."""
    rows = [
        {
            "source": row.source, "identity": row.identity, "call": str(row.call), "external_id": row.external_id,
            "type": row.type, "raw": row.raw, "result": outcome.result, "code": outcome.code,
        }
        for row, outcome in fresh
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ALL, {"rows": json.dumps(rows), "now": now})
        if cursor.rowcount != len(rows):
            raise _Singly


def _keep(row: InboundEvent, outcome: Outcome, now: datetime) -> Outcome:
    with transaction.atomic():
        return outcome if _insert(row, outcome, now) else Outcome(result="duplicate", call=row.call)


def note(*, row_id: int, outcome: Outcome, call_id: UUID, now: datetime) -> None:
    """What became of an event that was held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_inboundevent SET result = %s, code = %s, call = %s, applied_at = %s WHERE id = %s",
            [outcome.result, outcome.code, call_id, now if outcome.result == "applied" else None, row_id],
        )


def set_aside(*, item: Any, principal: Principal, now: datetime, code: str, sentence: str, trunk: str = "") -> Outcome:
    """Keep what cannot be used, with the reason; its repeat is a duplicate."""
    try:
        source = naming.group_of(principal=principal, trunk=trunk)
    except Refused:
        source = principal.name
    said = item if isinstance(item, dict) else {}
    subject = json.dumps(wire.storable(["aside", *(said.get(name) for name in ("call", "external_id", "agent"))]))
    row = InboundEvent(
        source=source,
        identity=wire.identity(item, subject=subject),
        type=str(wire.storable(said.get("type") or ""))[:32],
        raw=wire.storable(item),
        received_at=now,
    )
    return _keep(row, Outcome(result="quarantined", code=code[:32], sentence=sentence), now)
