"""Switch events in: each is stored raw, applied once in a transaction of its own, and never refused for being late.

Read here, kept by `keeping`, which names what may become of an item; `effects` does to the call what was told of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError

import routing.operations
import routing.queries
from callcenter import hall
from callcenter.foundation.errors import Refused, Unavailable
from callcenter.foundation.principal import Principal
from callcenter.foundation.transactions import in_one_transaction
from callcenter.telephony import at_hand, effects, keeping, naming, wire
from callcenter.telephony.at_hand import AtHand
from callcenter.telephony.beside import OF_NO_CALL
from callcenter.telephony.keeping import Outcome
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.wire import Report
from routing.results import CallView, ReservationView

logger = logging.getLogger(__name__)

OLDEST = timedelta(hours=24)


def take(
    *,
    items: list[Any],
    principal: Principal,
    now: datetime,
    of_call: str = "",
    trunk: str = "",
    call: CallView | None = None,
    served: list[ReservationView] | None = None,
) -> list[Outcome]:
    """Every item's outcome, in the order given; applied in the order it happened.

    `of_call` names the call of them all; `call` is that one as it has just been read, so that it is not read twice.
    Where `served` is given, who waits is served by the agents that calls together have set free, and found in it.
    """
    outcomes: dict[int, Outcome] = {}
    readable: list[tuple[int, Report]] = []
    for place, item in enumerate(items):
        try:
            readable.append((place, _complete(wire.read(item), of_call=of_call, trunk=trunk)))
        except wire.Unreadable as why:
            outcomes[place] = keeping.set_aside(
                item=item, principal=principal, now=now, code="unreadable", sentence=str(why), trunk=trunk
            )
    ordered = wire.in_order(readable)
    for number, part in enumerate(_parts(ordered)):
        if (together := _together(part, items, principal, now, serve=served is not None)) is not None:
            outcomes |= together.outcomes
            if served is not None:
                served += together.served
            continue
        read = at_hand.read_ahead([report for _, report in part], principal=principal)
        if call is not None and number == 0:
            read.own.append(call)
        for place, report in part:
            outcomes[place] = _take_one(report=report, item=items[place], principal=principal, now=now, read=read)
    return [outcomes[place] for place in range(len(items))]


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


class _Done(NamedTuple):
    outcomes: dict[int, Outcome]
    served: list[ReservationView]


def _together(
    part: list[tuple[int, Report]], items: list[Any], principal: Principal, now: datetime, *, serve: bool
) -> _Done | None:
    """All of them in one transaction that reads and keeps them at once: under load that halves what an event costs.

    None, and nothing done, where they are of another kind or one of them is a twin, refused or broken: then each goes
    by itself, and its outcome says why.
    """
    try:
        names = _plain_names(part, principal)
        return in_one_transaction(lambda: _apply_and_serve(part, names, items, principal, now, serve=serve))
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


def _apply_and_serve(
    part: list[tuple[int, Report]],
    names: dict[int, tuple[str, str]],
    items: list[Any],
    principal: Principal,
    now: datetime,
    *,
    serve: bool,
) -> _Done:
    done = _apply_together(part, names, items, principal, now)
    serve = serve and any(report.type == "hangup" for _, report in part)
    served = routing.operations.serve_next(domain=principal.domain, now=now, actor=principal.name) if serve else []
    return _Done(done, served)


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
    with hall.names.calls_ahead(source=source, external_ids=external_ids, besides=keeping.WITH_HOLDS) as ahead:
        read = AtHand(whose=ahead.routing.whose, ahead=ahead, held_or_resumed=set(ahead.answer or ()))
        for place, report in part:
            name = names[place][1]
            call = ahead.routing.call(name) or routing.queries.call_by_external(source=source, external_id=name)
            if call is None:
                raise _Singly  # its arrival may be under way: its name has to be held
            if any(row.call == call.id for row, _ in fresh):
                _keep_all(fresh, now)
                fresh = []
            row = keeping.row_of(report, items[place], source, name, call, now)
            done[place] = _become(report, row, call, principal, now, read)
            fresh.append((row, done[place]))
        _keep_all(fresh, now)
    return done


def _keep_all(fresh: list[tuple[InboundEvent, Outcome]], now: datetime) -> None:
    if not keeping.insert_all(fresh, now):
        raise _Singly  # one of them is a twin


def take_held(*, call: CallView, actor: str, now: datetime) -> None:
    """Apply what the switch told of this call before its arrival, oldest first. Inside the arrival's transaction."""
    pairs = [(row.pk, wire.read(row.raw), row) for row in keeping.held_for(call)]
    rows = {key: row for key, _, row in pairs}
    for key, _ in wire.in_order([(key, report) for key, report, _ in pairs]):
        row = rows[key]
        before = routing.queries.call(call_id=call.id)
        outcome = effects.applied(report=wire.read(row.raw), raw=row.raw, before=before, actor=actor, now=now)
        keeping.note(row_id=key, outcome=outcome, call_id=call.id, now=now)


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
        return keeping.keep(why.row, why.outcome, now)
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
    return keeping.set_aside(
        item=item, principal=principal, now=now, code=outcome.code, sentence=outcome.sentence, trunk=report.trunk
    )


def _apply_and_store(report: Report, item: Any, principal: Principal, now: datetime, read: AtHand) -> Outcome:
    """Its effect and, last, the event itself: a twin under way waits for the call's lock, then finds it stored."""
    source, external_id, call = _whose(report, principal, read)
    row = keeping.row_of(report, item, source, external_id, call, now)
    outcome = _become(report, row, call, principal, now, read)
    if not keeping.insert(row, outcome, now):
        raise _Known(row.call)
    return outcome


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
        changed = effects.effect(report, row.raw, call, principal.name, now, read)
    except Unavailable:
        raise  # the whole event is tried again
    except Refused as refusal:
        raise _Without(row, effects.refused(refusal, call)) from refusal
    return Outcome(result="applied" if changed else "stale", call=call.id)


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
        hall.names.hold_name(source=source, external_id=external_id)  # an arrival under way must not miss this event
        call = routing.queries.call_by_external(source=source, external_id=external_id)
    return source, external_id, call
