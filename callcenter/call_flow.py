"""The hall: one call, from the switch to the agent's screen and back. Read this file and you have read the product.

Each function is one transaction that composes the three rooms: `customers` knows who is calling, `ivr` what the caller
did before, `routing` who takes the call. No room knows another; what one needs of another is handed over here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import connection

import customers.identity.operations
import customers.identity.queries
import customers.offers.operations
import customers.timeline.operations
import ivr.intake.operations
import ivr.paths.operations
import ivr.queries
import routing.in_line
import routing.operations
import routing.queries
from callcenter.foundation import asking
from callcenter.foundation.commands import command
from callcenter.foundation.ids import uuid7
from callcenter.foundation.phones import e164, far_end
from customers.results import NEWCOMER, Found
from ivr.results import ItemResult, PathEventIn
from routing.facts import CallerFacts
from routing.results import Arrival, CallView, ReservationView
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

    @property
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


# --- the caller comes -----------------------------------------------------------------------------------------------
@command
def call_arrived(*, arrival: CallArrival, actor: str, now: datetime, name: HeldName | None = None) -> Arrival:
    """A call is known from here on: who is calling, why, and, if it names a queue, its place and perhaps an agent.

    Repeating it answers the present state and changes nothing; `name` is the call's, where this transaction holds it
    already. Raises Invalid (external_id_reused, unknown_queue), Conflict (the agent who dials is not free).
    """
    name = name or held_name(source=arrival.source, external_id=arrival.external_id)
    known, session, call_id = name.call, name.session, name.shared_id()
    kind, value = arrival.known_by
    found = _who_calls(call_id=call_id, kind=kind, value=value, language=arrival.language, now=now)
    facts = _facts(
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
        from_e164=e164(arrival.from_number) if kind == "phone" else "",
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
        call, held = routing.operations.dial_out(
            call_id=call.id, agent_id=arrival.agent_id, trunk=arrival.rung_by, now=now, actor=actor
        )
        return Arrival(call=call, created=True, reservation=held, position=None)
    if not created or arrival.queue is None:
        return _standing(call=call, created=created, now=now)
    if session is not None:
        ivr.intake.operations.close(call_id=call_id, outcome="agent", at=now)
    return _with_agent(call=call, actor=actor, now=now)


@command
def call_queued(*, call_id: UUID, queue: str, head_start_s: int, actor: str, now: datetime) -> Arrival:
    """The caller leaves the IVR for a queue. A free agent is held at once; else the dispatcher finds one."""
    before = routing.queries.call(call_id=call_id)
    facts = _facts(
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


def shared_call_id(*, source: str, external_id: str) -> UUID:
    """The one UUID of a call for every room, whichever of them hears of it first.

    Held under a lock until the transaction ends, so that a call and its first path event cannot be born apart.
    """
    return held_name(source=source, external_id=external_id).shared_id()


@dataclass(frozen=True, kw_only=True)
class HeldName:
    """What is known of a call by the switch's name for it, which is held."""

    call: UUID | None  # it has arrived
    session: UUID | None  # it has been in our menus
    answer: Any  # to what was asked besides

    def shared_id(self) -> UUID:
        """The one it has, or a new one."""
        return self.call or self.session or uuid7()


def held_name(*, source: str, external_id: str, besides: str = "SELECT NULL") -> HeldName:
    """Hold a call's name, then look who knows it; `besides` is a question of a door, as `foundation.asking` takes it.

    Two statements: what the second sees is all that was committed by whoever held the name before.
    """
    hold_name(source=source, external_id=external_id)
    call, session, answer = asking.together(
        routing.queries.CALL_ID, ivr.queries.SESSION_ID, besides, source=source, external_id=external_id
    )
    return HeldName(call=call, session=session, answer=answer)


def hold_name(*, source: str, external_id: str) -> None:
    """Until this transaction ends nobody else brings this call into being or learns that it is not there yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{source}\x1f{external_id}"])


@dataclass(frozen=True, kw_only=True)
class CallsAhead:
    """Calls that one transaction has locked and read at once, before it does several things with them."""

    routing: routing.operations.CallsAhead
    with_menus: Collection[UUID]  # of them, those who came through our menus
    answer: Any  # to the door's question

    def had_menus(self, call_id: UUID) -> bool:
        """False where it is known that the caller did not."""
        return call_id in self.with_menus or call_id not in self.routing.ids.values()


@contextmanager
def calls_ahead(*, source: str, external_ids: Collection[str], besides: str = "SELECT NULL") -> Iterator[CallsAhead]:
    """Inside a transaction: what follows with `agent_leg_bridged` and `caller_hung_up` asks the database for little.

    `besides` is a question of the door about these `calls`.
    """
    asked = (ivr.queries.WITH_SESSIONS, besides)
    with routing.operations.calls_ahead(source=source, external_ids=external_ids, besides=asked) as locked:
        with_menus, answer = locked.answers
        yield CallsAhead(routing=locked, with_menus=set(with_menus or ()), answer=answer)


# --- the agent answers ----------------------------------------------------------------------------------------------
def agent_accepts(
    *, reservation_id: UUID, agent_id: int, lease_id: UUID | None, actor: str, now: datetime
) -> ReservationView:
    """The agent takes the call; the switch bridges next. 410 when the time was up, 409 when somebody was first."""
    return routing.operations.accept(
        reservation_id=reservation_id, agent_id=agent_id, lease_id=lease_id, now=now, actor=actor
    )


@command
def agent_rejects(
    *, reservation_id: UUID, agent_id: int, reason: str, lease_id: UUID | None, actor: str, now: datetime
) -> ReservationView:
    """The agent declines; the caller keeps the place and the next agent is sought at once."""
    reservation = routing.operations.reject(
        reservation_id=reservation_id, agent_id=agent_id, reason=reason, lease_id=lease_id, now=now, actor=actor
    )
    routing.operations.assign_waiting(domain=reservation.domain, now=now, actor=actor, only_call=reservation.call_id)
    return reservation


def ring_withdrawn(*, reservation_id: UUID, actor: str, now: datetime) -> ReservationView:
    """Whoever rings this agent takes it back; the caller keeps the place and the next agent is sought at once."""
    reservation = routing.operations.rescind(reservation_id=reservation_id, now=now, actor=actor)
    routing.operations.assign_waiting(domain=reservation.domain, now=now, actor=actor, only_call=reservation.call_id)
    return reservation


def agent_leg_bridged(
    *, call_id: UUID, reservation_id: UUID | None, agent_id: int | None, at: datetime, actor: str, now: datetime
) -> CallView:
    """Caller and agent talk: the switch says so, so it is so (wire rule)."""
    return routing.operations.bridged(
        call_id=call_id, reservation_id=reservation_id, agent_id=agent_id, at=at, now=now, actor=actor
    )


@command
def agent_leg_failed(*, call_id: UUID, reservation_id: UUID | None, reason: str, actor: str, now: datetime) -> CallView:
    """The agent's phone did not answer. Blame only where due; the caller keeps the place."""
    call = routing.operations.leg_failed(
        call_id=call_id, reservation_id=reservation_id, reason=reason, now=now, actor=actor
    )
    if call.state == CallState.QUEUED:
        routing.operations.assign_waiting(domain=call.domain, now=now, actor=actor, only_call=call_id, queue=call.queue)
        call = routing.queries.call(call_id=call_id)
    return call


def agent_leg_ended(
    *, call_id: UUID, reservation_id: UUID | None, by: str, actor: str, now: datetime, on_purpose: bool = False
) -> CallView:
    """The agent's side of the talk is over; `on_purpose` where the agent said so at the desk: the switch is told."""
    call = routing.operations.leg_ended(
        call_id=call_id, reservation_id=reservation_id, by=by, now=now, actor=actor, on_purpose=on_purpose
    )
    remember(call=call, now=now)
    return call


# --- while they talk ------------------------------------------------------------------------------------------------
def call_held(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    return routing.operations.hold(call_id=call_id, now=now, actor=actor)


def call_resumed(*, call_id: UUID, actor: str, now: datetime) -> CallView:
    return routing.operations.resume(call_id=call_id, now=now, actor=actor)


@command
def call_transferred(*, call_id: UUID, queue: str, actor: str, now: datetime) -> CallView:
    """Blind transfer to a queue: the first agent wraps up, the caller waits on with the place kept."""
    call = routing.operations.transfer_to_queue(call_id=call_id, queue=queue, now=now, actor=actor)
    routing.operations.assign_waiting(domain=call.domain, now=now, actor=actor, only_call=call_id, queue=call.queue)
    return routing.queries.call(call_id=call_id)


@command
def customer_chosen(*, call_id: UUID, customer_id: UUID | None, actor: str, now: datetime) -> CallView:
    """The agent says who this is; None means "not this person", and a fresh provisional customer stands in."""
    call = routing.queries.call(call_id=call_id)
    chosen = customer_id or customers.identity.operations.create_provisional(
        call_id=call_id, kind="phone", value=far_end(call), language=call.language, now=now
    )
    return routing.operations.relink_customer(
        call_id=call_id,
        customer_id=chosen,
        match_basis="chosen" if customer_id else "new",
        facts=_facts(call_id=call_id, customer_id=chosen, language=call.language, now=now),
        now=now,
        actor=actor,
    )


# --- the call ends --------------------------------------------------------------------------------------------------
@command
def caller_hung_up(
    *, call_id: UUID, by: str = "caller", stage: str = "", had_menus: bool = True, actor: str, now: datetime
) -> CallView:
    """The caller is gone: abandoned where nobody had answered, wrapping where somebody had. Late news change nothing.

    `stage` says how the wait ended where it is more than where the caller stood; `had_menus` is False where it is known
    that there were none.
    """
    call = routing.operations.hang_up(call_id=call_id, by=by, stage_hint=stage, now=now, actor=actor)
    came_through_menus = had_menus and ivr.intake.operations.close(call_id=call_id, outcome="hangup", at=now)
    remember(call=call, now=now, came_through_menus=came_through_menus)
    return call


@command
def call_canceled(*, call_id: UUID, actor: str, now: datetime, by: str = "system") -> CallView:
    """The call is taken back before anybody talked; an agent held for it is free at once.

    `by` system (the switch, or whoever wished for the call) or agent, at the desk: the switch is told.
    """
    call = routing.operations.cancel(call_id=call_id, now=now, actor=actor, by=by)
    ivr.intake.operations.close(call_id=call_id, outcome="system", at=now)
    return call


@command
def call_wrapped_up(
    *,
    reservation_id: UUID,
    agent_id: int,
    disposition: str,
    note: str = "",
    do_not_contact: bool = False,
    next_presence: str = "",
    lease_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> ReservationView:
    """The agent has finished: what it was about stands on the customer's timeline, and the agent is free again.

    `next_presence` is "" (stay as pending or before), "available" or "break". A wish not to be contacted is stored
    before the agent can take another call.
    """
    reservation = routing.queries.reservation(reservation_id=reservation_id)
    call = routing.queries.call(call_id=reservation.call_id)
    if do_not_contact:
        customers.offers.operations.suppress(
            customer_id=call.customer_id, number=far_end(call), source="wrap_up", now=now
        )
    reservation = routing.operations.complete(
        reservation_id=reservation_id,
        agent_id=agent_id,
        disposition=disposition,
        lease_id=lease_id,
        now=now,
        actor=actor,
    )
    if next_presence:  # after `complete`, for locks are taken in the order call, reservation, agent
        routing.operations.set_presence(
            agent_id=agent_id, presence=next_presence, reason="", lease_id=lease_id, now=now, actor=actor
        )
    call = routing.queries.call(call_id=call.id)
    remember(call=call, now=now, disposition=disposition, note=note, agent_id=agent_id)
    return reservation


@command
def answer_came_late(
    *,
    call_id: UUID,
    reservation_id: UUID | None,
    agent_id: int | None,
    talk_s: float,
    at: datetime,
    actor: str,
    now: datetime,
) -> CallView:
    """News of the answer was overtaken by the hang-up: the call was served, not lost, and the record says so."""
    call = routing.operations.answered_before_leaving(
        call_id=call_id,
        reservation_id=reservation_id,
        agent_id=agent_id,
        talk_s=talk_s,
        at=at,
        now=now,
        actor=actor,
    )
    remember(call=call, now=now)
    return call


# --- what passes from room to room ----------------------------------------------------------------------------------
def _who_calls(*, call_id: UUID, kind: str, value: str, language: str, now: datetime) -> Found:
    if not value:
        return Found(basis="withheld", customer_id=None)
    found = customers.identity.queries.find(kind=kind, value=value, now=now)
    if found.basis != "none":
        return found
    customer_id = customers.identity.operations.create_provisional(
        call_id=call_id, kind=kind, value=value, language=language, now=now
    )
    return Found(basis="new", customer_id=customer_id)


def _facts(
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


def remember(
    *,
    call: CallView,
    now: datetime,
    disposition: str = "",
    note: str = "",
    agent_id: int | None = None,
    came_through_menus: bool = True,
) -> None:
    """Put the contact on the customer's timeline, once per call; wrap-up completes the row that the end began."""
    if came_through_menus:
        _settle_path(call=call, final=disposition, agent_id=agent_id, now=now)
    if call.customer_id is None:
        return
    customers.timeline.operations.record(
        customer_id=call.customer_id,
        at=call.arrived_at,
        channel=call.channel,
        kind="call",
        direction="in" if call.direction == "in" else "out",  # a promise kept goes out, too
        code=disposition or str(call.facts.get("intent", "")),
        # Who was talked with was served, however long the wrap-up takes; its own end adds words, not another outcome.
        outcome="completed" if call.state == CallState.WRAPPING else call.state.value,
        ref=call.id,
        agent=agent_id,
        note=note,
        data={"queue": call.queue or ""},
    )


def _settle_path(*, call: CallView, final: str, agent_id: int | None, now: datetime) -> None:
    """What the path of this call led to, frozen with it: who called, where it went, how long it took, what it was."""
    answered, gone = call.connected_at, call.ended_at or now
    ivr.paths.operations.settle(
        call_id=call.id,
        customer_id=call.customer_id,
        tags=[str(tag) for tag in cast("Sequence[object]", call.facts.get("tags", ()))],
        queue=call.queue or "",
        agent_id=agent_id,
        wait_s=((answered or gone) - call.enqueued_at).total_seconds() if call.enqueued_at else 0,
        handle_s=(now - answered).total_seconds() if answered else 0,
        final=final,
        now=now,
    )
