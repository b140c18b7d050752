"""The hall, way in: who calls, why, and which place or agent is theirs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import customers.identity.operations
import customers.identity.queries
import ivr.intake.operations
import ivr.queries
import routing.in_line
import routing.operations
import routing.queries
from callcenter.foundation.commands import command
from callcenter.foundation.phones import e164
from callcenter.hall.names import HeldName, held_name
from customers.results import NEWCOMER, Found
from ivr.results import ItemResult, PathEventIn
from routing.facts import CallerFacts
from routing.results import Arrival, CallView
from routing.states import ENDED_CALL, CallState


@dataclass(frozen=True, kw_only=True)
class CallArrival:
    """A call as the switch announces it. Numbers are raw; `queue` is None while the caller is still in the IVR."""

    domain: str
    source: str  # the trunk's group
    external_id: str
    channel: str = "voice"
    direction: str = "in"
    from_number: str = ""
    to_number: str = ""
    queue: str | None = None
    head_start_s: int = 0
    language: str = ""
    intent: str = ""  # the reason of the call where the switch knows it; the path through the menus knows better
    attributes: dict[str, Any] = field(default_factory=dict)
    agent_id: int | None = None  # of a call that goes out: who has dialled it …
    rung_by: str = ""  # … or whom this trunk is to ring first, for another system wishes for the call

    @property
    def customer_number(self) -> str:
        """Raw number of the person at the far end: who calls us, or whom we call."""
        return self.to_number if self.direction == "out" else self.from_number

    @cached_property
    def known_by(self) -> tuple[str, str]:
        """Kind and value of what may tell who this is: the channel's own account name, a number, a mail address."""
        said = self.customer_number.strip()
        number, account = e164(said), _ACCOUNTS.get(self.channel)
        if account and (not number or (account == "qq" and not said.startswith("+"))):
            return account, said
        if number:
            return "phone", number
        return ("email", said) if self.channel != "voice" and "@" in said else ("phone", "")


# Channels whose people are known by an account of that service. QQ's are digits: there a number is written with its +.
_ACCOUNTS = {"wechat": "wechat", "qq": "qq", "weibo": "weibo", "mail": "email"}


@dataclass(frozen=True, kw_only=True)
class Held:
    """An arriving call whose name is held, with what was found out about it."""

    name: HeldName
    caller: Found
    answers: Sequence[Any]  # to what the door asked besides


def hold(arrival: CallArrival, *, besides: Sequence[str] = ()) -> Held:
    """Hold the call's name and look who knows it, and who is calling. Inside the transaction of `call_arrived`."""
    kind, value = arrival.known_by
    probe = customers.identity.queries.probe(kind=kind, value=value)
    questions = [*besides, probe.question]
    name = held_name(source=arrival.source, external_id=arrival.external_id, besides=questions, **probe.values)
    *answers, told = name.answers
    return Held(name=name, caller=probe.found(told, now=name.at), answers=answers)


@command
def call_arrived(*, arrival: CallArrival, actor: str, now: datetime, held: Held | None = None) -> Arrival:
    """A call is known from here on: who is calling, why, and, if it names a queue, its place and perhaps an agent.

    Repeating it answers the present state and changes nothing; `held` is the call, where this transaction holds it
    already. Raises Invalid (external_id_reused, unknown_queue), Conflict (the agent who dials is not free).
    """
    held = held or hold(arrival)
    known, session, call_id = held.name.call, held.name.session, held.name.shared_id()
    found = _who_calls(held.caller, call_id=call_id, arrival=arrival, now=now)
    facts = facts_of(
        call_id=call_id,
        customer_id=found.customer_id,
        is_new=found.basis == "new",
        language=arrival.language,
        known_intent=arrival.intent,
        came_through_menus=session is not None,
        now=now,
    )
    call, created = routing.operations.arrive(
        call_id=call_id,
        domain=arrival.domain,
        source=arrival.source,
        external_id=arrival.external_id,
        channel=arrival.channel,
        direction=arrival.direction,
        from_number=arrival.from_number,
        # An account may be all digits, and nobody's telephone.
        from_e164=e164(arrival.from_number) if arrival.known_by[0] == "phone" else "",
        to_number=arrival.to_number,
        language=arrival.language,
        attributes=arrival.attributes,
        facts=facts,
        customer_id=found.customer_id,
        match_basis=found.basis,
        queue=arrival.queue if known is None else None,
        head_start_s=arrival.head_start_s,
        now=now,
        actor=actor,
    )
    if created and arrival.agent_id is not None:
        call, reserved = routing.operations.dial_out(
            call_id=call.id, agent_id=arrival.agent_id, trunk=arrival.rung_by, now=now, actor=actor
        )
        return Arrival(call=call, created=True, reservation=reserved, position=None)
    if not created or arrival.queue is None:
        return _standing(call=call, created=created, now=now)
    if session is not None:
        ivr.intake.operations.close(call_id=call_id, outcome="agent", at=now)
    return _with_agent(call=call, actor=actor, now=now)


@command
def call_queued(*, call_id: UUID, queue: str, head_start_s: int, actor: str, now: datetime) -> Arrival:
    """The caller leaves the IVR for a queue. A free agent is held at once; else the dispatcher finds one."""
    before = routing.queries.call(call_id=call_id)
    facts = facts_of(
        call_id=call_id,
        customer_id=before.customer_id,
        language=before.language,
        known_intent=str(before.facts.get("intent", "")),
        now=now,
    )
    call = routing.operations.enqueue(
        call_id=call_id, queue=queue, head_start_s=head_start_s, facts=facts, now=now, actor=actor
    )
    ivr.intake.operations.close(call_id=call_id, outcome="agent", at=now)
    return _with_agent(call=call, actor=actor, now=now)


def _with_agent(*, call: CallView, actor: str, now: datetime) -> Arrival:
    """The call just queued, with an agent if one is free; else at its place, and the dispatcher goes on looking."""
    if call.state == CallState.QUEUED:
        held = routing.operations.assign_waiting(
            domain=call.domain, now=now, actor=actor, only_call=call.id, queue=call.queue
        )
        if held:
            call = routing.operations.reserved(call)
            return Arrival(call=call, created=True, reservation=held[0], position=None)
    return _standing(call=call, created=True, now=now)


def path_events_came(*, items: Sequence[PathEventIn], now: datetime) -> list[ItemResult]:
    """Steps of callers in the menus. One bad item never sinks the batch."""
    results = ivr.intake.operations.take(items=items, now=now)
    close_paths(call_ids={item.call_id for item in items}, now=now)
    return results


def close_paths(*, call_ids: Collection[UUID], now: datetime) -> None:
    """Tell the paths of these calls how they ended, where we know it."""
    for call in routing.queries.calls(call_ids=call_ids).values():
        # Told late: the caller had left the menus before we heard of the first step.
        if outcome := _left_the_menus_as(call):
            ivr.intake.operations.close(call_id=call.id, outcome=outcome, at=call.enqueued_at or call.ended_at or now)


def _left_the_menus_as(call: CallView) -> str:
    """How the way through the menus ended, in the words of the ivr room; "" while the caller is in them."""
    if call.enqueued_at is not None:
        return "agent"
    if call.state not in ENDED_CALL:
        return ""
    if call.end_reason == "self_service":
        return "task"
    return "hangup" if call.state == CallState.ABANDONED else "system"


def _who_calls(found: Found, *, call_id: UUID, arrival: CallArrival, now: datetime) -> Found:
    """Who was found, else somebody new."""
    if found.basis != "none":
        return found
    kind, value = arrival.known_by
    customer_id = customers.identity.operations.create_provisional(
        call_id=call_id, kind=kind, value=value, language=arrival.language, now=now
    )
    return Found(basis="new", customer_id=customer_id)


def facts_of(
    *,
    call_id: UUID,
    customer_id: UUID | None,
    language: str,
    now: datetime,
    known_intent: str = "",
    came_through_menus: bool = True,
    is_new: bool = False,
) -> CallerFacts:
    """What matching may know: no name, no number. Of somebody who has just become a customer there is nothing to ask."""
    caller = None
    if customer_id is not None:
        caller = NEWCOMER if is_new else customers.identity.queries.caller(customer_id=customer_id, now=now)
    intent = ivr.queries.predicted_intent(
        call_id=call_id,
        customer_id=customer_id,
        facts=[*caller.tags, *(["open_complaint"] if caller.open_complaint else [])] if caller else (),
        known=known_intent,
        now=now,
        came_through_menus=came_through_menus,
    ).code
    if caller is None:
        return CallerFacts(language=language, intent=intent)
    return CallerFacts(
        kind=caller.kind,
        value_tier=caller.value_tier,
        language=language or caller.language,
        intent=intent,
        open_complaint=caller.open_complaint,
        tags=caller.tags,
    )


def _standing(*, call: CallView, created: bool, now: datetime) -> Arrival:
    """The call as it stands, with the agent held for it or its place in the queue."""
    held = call.state in {CallState.RESERVED, CallState.CONNECTED}
    line = routing.in_line.in_line(call=call, now=now)
    return Arrival(
        call=call,
        created=created,
        reservation=routing.queries.live_reservation_of_call(call_id=call.id) if held else None,
        position=line.position,
        estimate=line.estimate,
        offers=line.offers,
    )
