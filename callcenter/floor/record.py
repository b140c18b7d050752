"""One call as a supervisor reads it afterwards: what happened, why this agent, the way through the menus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import ivr.queries
import routing.queries
from callcenter.accounts import trail
from callcenter.foundation import masks
from callcenter.foundation.phones import far_end
from ivr.results import PathView
from routing import reporting
from routing.reporting import ReservationLine
from routing.results import CallView

SAME_ACT = timedelta(seconds=1)  # an act and what the audit trail says of it are one transaction


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One event of the call."""

    number: int
    at: datetime
    after_s: float  # since the call arrived
    type: str
    actor: str
    state: str
    reason: str
    by: str = ""  # the user name of a person
    why: str = ""  # the reason a person gave


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why this agent: the decision's own record, read aloud."""

    rule: str
    considered: int | None
    eligible: int | None
    waiting: int | None
    waited_s: float | None
    idle_s: float | None
    next_idle_s: float | None  # of the agent who would have been next
    removed: tuple[tuple[str, int], ...]  # reason → agents, most first


@dataclass(frozen=True, kw_only=True)
class HeldAgent:
    reservation: ReservationLine
    why: Why


@dataclass(frozen=True, kw_only=True)
class CallRecord:
    call: CallView
    number: str  # masked
    queue_en: str
    queue_zh: str
    wait_s: float | None
    talk_s: float | None
    moments: tuple[Moment, ...]
    held: tuple[HeldAgent, ...]
    path: PathView | None


def call_record(*, call_id: UUID) -> CallRecord:
    """Everything known of one call, the number masked. Raises NotFound."""
    call = routing.queries.call(call_id=call_id)
    held = reporting.reservations_of(call_id=call_id)
    queue_en, queue_zh = reporting.queue_names(domain=call.domain).get(call.queue or "", ("", ""))
    return CallRecord(
        call=call,
        number=masks.phone(number) if (number := far_end(call)) else "",
        queue_en=queue_en,
        queue_zh=queue_zh,
        wait_s=_between(call.enqueued_at, call.connected_at or call.ended_at),
        talk_s=sum((_between(one.connected_at, one.talk_ended_at or one.ended_at) or 0 for one in held), start=0.0)
        if call.connected_at
        else None,
        moments=_moments(call),
        held=tuple(HeldAgent(reservation=one, why=why(one.because)) for one in held),
        path=ivr.queries.path_of(call_id=call_id, limit=100),
    )


def why(because: Mapping[str, Any]) -> Why:
    """The recorded reason of a match, whatever of it was recorded."""
    chosen, rival = because.get("chosen") or {}, because.get("runner_up") or {}
    removed: Mapping[str, int] = because.get("removed") or {}
    return Why(
        rule=str(because.get("rule", "")),
        considered=because.get("considered"),
        eligible=because.get("eligible"),
        waiting=because.get("waiting"),
        waited_s=because.get("waited_s"),
        idle_s=chosen.get("idle_s"),
        next_idle_s=rival.get("idle_s"),
        removed=tuple(sorted(removed.items(), key=lambda one: (-one[1], one[0]))),
    )


def _moments(call: CallView) -> tuple[Moment, ...]:
    events = routing.queries.events_of(call_id=call.id)
    names = trail.names(actors={event.actor for event in events})
    acts = trail.page(subject=f"call:{call.id}").entries if names else ()
    return tuple(_moment(event, call, names, acts) for event in events)


def _moment(event: Any, call: CallView, names: Mapping[str, str], acts: Sequence[trail.Entry]) -> Moment:
    told = (act.purpose for act in acts if act.actor == event.actor and abs(act.at - event.at) < SAME_ACT)
    return Moment(
        number=event.seq_in_call,
        at=event.at,
        after_s=(event.at - call.arrived_at).total_seconds(),
        type=event.type,
        actor=event.actor,
        state=str(event.data.get("state", "")),
        reason=str(event.data.get("end_reason") or event.data.get("reason") or ""),
        by=names.get(event.actor, ""),
        why=next(told, ""),
    )


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start and end else None
