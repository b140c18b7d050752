"""A call from its arrival to its end: what callers, switches and supervisors ask of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, Unavailable
from callcenter.foundation.rows import insertion
from routing.facts import CallerFacts
from routing.journal import (
    Journal,
    lock_call,
    lock_guest,
    lock_holding,
    lock_party,
    locked_ahead,
    party_of,
    queue_named,
)
from routing.models import Call, Queue, Reservation
from routing.operations import admission, calling_back, departing, endings, overflowing
from routing.results import CallView
from routing.service_clock import PlaceRule, head_start, head_start_after_transfer, place_key
from routing.showing import show_call
from routing.states import CALL_TABLE, CallAct, CallState, ReservationState, Role, Verdict

_FIXED = ("from_number", "to_number", "channel")  # what a repeated arrival may not change


@command
def arrive(
    *,
    call_id: UUID,
    domain: str,
    source: str,
    external_id: str,
    channel: str,
    direction: str,
    from_number: str,
    from_e164: str,
    to_number: str,
    language: str,
    attributes: dict[str, Any],
    facts: CallerFacts,
    customer_id: UUID | None,
    match_basis: str,
    queue: str | None = None,
    head_start_s: int = 0,
    now: datetime,
    actor: str,
) -> tuple[CallView, bool]:
    """Make a call known, once per (source, external_id), at its place in a queue if one is named.

    The bool says whether this made it; a repeat answers the present state. Raises Invalid: unknown_domain,
    external_id_reused, unknown_queue; Unavailable: the domain is moving to another server.
    """
    home, known = admission.before(domain=domain, number=from_e164 if queue is not None else "", now=now)
    if home is None:
        raise Invalid(f"There is no routing domain {domain!r}.", code="unknown_domain", field="/domain")
    if home.moving:
        raise Unavailable(
            _("Domain %(domain)s is moving to another server: try again in a moment.") % {"domain": domain}
        )
    call = Call(
        id=call_id, domain=home, source=source, external_id=external_id, channel=channel, direction=direction,
        from_number=from_number, from_e164=from_e164, to_number=to_number, language=language, attributes=attributes,
        facts=facts.as_json(), customer_id=customer_id, match_basis=match_basis, arrived_at=now, version=0,
    )  # fmt: skip
    journal = Journal(domain=domain, now=now, actor=actor)
    journal.tell_call(call, "call.arrived", channel=channel, direction=direction)
    if queue is not None:
        journal.open(call)
        _admit(journal, call, find_queue(call, queue), known, head_start_s=head_start_s)
    if not journal.close_with(call, insertion(call)):
        return show_call(_repeated(call)), False
    return show_call(call), True


def _repeated(call: Call) -> Call:
    """The call as it stands. Raises Invalid if the same id now means another call."""
    there = Call.objects.select_related("domain", "queue").get(source=call.source, external_id=call.external_id)
    for name in _FIXED:
        if getattr(there, name) != getattr(call, name):
            raise Invalid(
                f"Call {call.external_id!r} of {call.source!r} is already known with another {name}.",
                code="external_id_reused",
                field=f"/{name.removesuffix('_number')}",
            )
    return there


@command
def enqueue(
    *, call_id: UUID, queue: str, head_start_s: int, facts: CallerFacts | None, now: datetime, actor: str
) -> CallView:
    """Give the caller a place in a queue, or move them to another one at the same place.

    `head_start_s` (0–900) is the caller's own and counts from the first queueing on. Raises Invalid (unknown_queue),
    Conflict.
    """
    call = lock_call(call_id)
    cell = CALL_TABLE[CallState(call.state)][CallAct.ENQUEUE]
    if cell is not CallState.QUEUED:
        raise endings.refuse(call, "queued")
    endings.check_waits(call, "queued")
    target = find_queue(call, queue)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call)
    if facts is not None:
        call.facts = facts.as_json()
    if call.state == CallState.ARRIVED:
        _home, known = admission.before(domain=call.domain.key, number=call.from_e164, now=now)
        _admit(journal, call, target, known, head_start_s=head_start_s)
    elif call.queue_id != target.pk:
        _move(journal, call, target)
    journal.close()
    return show_call(call)


def _admit(journal: Journal, call: Call, target: Queue, known: admission.Before, *, head_start_s: int) -> None:
    """A place in the queue, or in the one that stands in while it is closed; else the call is diverted: closed."""
    queue = admission.admitted(call=call, target=target, now=journal.now)
    if queue is None:
        _closed(journal, call, target, head_start_s=head_start_s)
        return
    before_s, site = known.waited_s(queue=queue, now=journal.now), ""
    if known.is_promised:
        before_s = max(before_s, calling_back.take_over_callback(call=call, now=journal.now, actor=journal.actor))
    if not before_s:  # who was cut off has stood in this line already
        sent = overflowing.where_to(call=call, queue=queue, now=journal.now)
        if sent.by is not None:
            call.queue = sent.queue
            journal.tell_call(call, "call.overflowed", from_queue=queue.key, rule=sent.by.words)
        if sent.divert:
            endings.end_call(journal, call, state=CallState.DIVERTED, by="system", reason=sent.divert)
            return
        queue, site = sent.queue, sent.site
    take_place(journal, call, queue, head_start_s=head_start_s + before_s)
    endings.back_to_queue(journal, call, reservation=None)
    if site:
        _send_to(journal, call, site)


def _closed(journal: Journal, call: Call, target: Queue, *, head_start_s: int) -> None:
    """Nobody takes the caller here: another site that stands in, or the call is diverted: closed."""
    call.queue = target
    site = target.closed_to_site
    if site and departing.takes_callers(site=site, now=journal.now):
        take_place(journal, call, target, head_start_s=head_start_s)
        endings.back_to_queue(journal, call, reservation=None)
        _send_to(journal, call, site)
    else:
        endings.end_call(journal, call, state=CallState.DIVERTED, by="system", reason="closed")


def _send_to(journal: Journal, call: Call, site: str) -> None:
    domain, _slash, queue = site.partition("/")
    departing.depart(journal, call, domain=domain, queue=queue)


def find_queue(call: Call, key: str) -> Queue:
    """Raises Invalid: unknown_queue."""
    target = queue_named(call.domain, key)
    if target is None:
        raise Invalid(f"There is no queue {key!r} in {call.domain.key}.", code="unknown_queue", field="/queue")
    return target


def take_place(journal: Journal, call: Call, queue: Queue, *, head_start_s: int) -> None:
    """The caller's one place, for good."""
    call.queue = queue
    call.head_start_s = head_start(caller_s=head_start_s, queue_s=queue.head_start_s)
    call.enqueued_at = journal.moment(call.arrived_at)
    call.place_key = place_key(enqueued_at=call.enqueued_at, head_start_s=call.head_start_s)


def _move(journal: Journal, call: Call, target: Queue) -> None:
    held = lock_holding(call)
    call.queue = target
    if held is not None:
        endings.end_unserved(journal, call, held, state=ReservationState.RESCINDED, reason="taken_back")
    endings.back_to_queue(journal, call, reservation=None)


def _replace(call: Call, target: Queue, now: datetime) -> None:
    """Where the queue puts those who are sent on to it."""
    assert call.enqueued_at is not None
    call.head_start_s = head_start_after_transfer(
        rule=PlaceRule(target.transfer_place), credit_s=target.transfer_credit_s, enqueued_at=call.enqueued_at,
        head_start_s=call.head_start_s, now=max(now, call.enqueued_at),
    )  # fmt: skip
    call.place_key = place_key(enqueued_at=call.enqueued_at, head_start_s=call.head_start_s)


@command
def transfer_to_queue(*, call_id: UUID, queue: str, now: datetime, actor: str) -> CallView:
    """Send the caller on to a queue, at the place its rule gives; the agent who talked wraps up. Raises Invalid, Conflict."""
    call = lock_call(call_id)
    if CALL_TABLE[CallState(call.state)][CallAct.TRANSFER] is not CallState.QUEUED:
        raise endings.refuse(call, "transferred")
    endings.check_waits(call, "transferred")
    target = find_queue(call, queue)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call)
    if call.state == CallState.CONNECTED:
        _hand_on(journal, call, target)
    elif call.queue_id != target.pk:
        _move(journal, call, target)
    journal.close()
    return show_call(call)


def _hand_on(journal: Journal, call: Call, target: Queue) -> None:
    talking = lock_holding(call)
    endings.dismiss_any(journal, call, reason="diverted")
    if call.enqueued_at is None:
        take_place(journal, call, target, head_start_s=0)
    else:
        _replace(call, target, journal.now)
    call.queue = target
    if talking is not None:
        endings.end_talk(journal, call, talking)
    endings.back_to_queue(journal, call, reservation=talking, type="call.transferred")


# --- while they talk ------------------------------------------------------------------------------------------------
@command
def hold(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """Raises Conflict unless caller and agent are connected."""
    return _flag_hold(call_id=call_id, held=True, now=now, actor=actor)


@command
def resume(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """Raises Conflict unless caller and agent are connected."""
    return _flag_hold(call_id=call_id, held=False, now=now, actor=actor)


def _flag_hold(*, call_id: UUID, held: bool, now: datetime, actor: str) -> CallView:
    call = lock_call(call_id)
    if call.state != CallState.CONNECTED:
        raise endings.refuse(call, "held" if held else "resumed")
    if held != (call.held_since is not None):
        if not held and (beside := lock_guest(call)) is not None and beside.role == Role.CONSULT:
            raise Conflict(
                _("A colleague is being asked: take the caller back, or bring everybody together."), code="consult_open"
            )
        journal = Journal(domain=call.domain.key, now=now, actor=actor)
        journal.open(call)
        call.held_since = journal.moment(call.connected_at) if held else None
        journal.tell_call(call, "call.held" if held else "call.resumed", reservation=lock_holding(call))
        journal.close()
    return show_call(call)


@command
def relink_customer(
    *,
    call_id: UUID,
    customer_id: UUID,
    match_basis: str,
    facts: CallerFacts | None = None,
    now: datetime,
    actor: str,
) -> CallView:
    """Say who the caller is, on whatever basis (chosen, new). The call's state is untouched. Event call.relinked."""
    call = lock_call(call_id)
    if (call.customer_id, call.match_basis) != (customer_id, match_basis):
        journal = Journal(domain=call.domain.key, now=now, actor=actor)
        journal.open(call)
        call.customer_id, call.match_basis = customer_id, match_basis
        if facts is not None:
            call.facts = facts.as_json()
        journal.tell_call(call, "call.relinked", reservation=lock_holding(call))
        journal.close()
    return show_call(call)


# --- the call ends --------------------------------------------------------------------------------------------------
@command
def hang_up(*, call_id: UUID, now: datetime, actor: str, by: str = "caller", stage_hint: str = "") -> CallView:
    """The caller is gone. Abandoned where nobody had answered; else the wrap-up begins.

    `end_reason` of who is lost: ivr, queue or ring; not_answered of a customer whom we called. Late or repeated news
    change nothing.
    """
    ahead = locked_ahead(call_id)
    call = ahead.call if ahead is not None else lock_call(call_id)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held, guest = None, None
    if call.state in {CallState.RESERVED, CallState.CONNECTED}:
        held, guest = party_of(ahead.held) if ahead is not None else lock_party(call)
    if call.state == CallState.CONNECTED:
        endings.end_call_after_talk(journal, call, held, guest=guest, by=by)
    elif CallState.ABANDONED in _cells(call, CallAct.HANG_UP):
        stage = {CallState.ARRIVED: "ivr", CallState.QUEUED: "queue", CallState.RESERVED: "ring"}
        nobody = "not_answered" if call.direction == "out" else stage[CallState(call.state)]
        reason = stage_hint or nobody
        _leave(journal, call, held, state=CallState.ABANDONED, reason=reason, by=by, told="caller_left")
    journal.close()
    return show_call(call)


@command
def complete_self_service(*, call_id: UUID, now: datetime, actor: str) -> CallView:
    """The IVR itself has served the caller. Raises Conflict once the call was queued."""
    call = lock_call(call_id)
    if call.state == CallState.COMPLETED and call.end_reason == "self_service":
        return show_call(call)
    if call.state != CallState.ARRIVED:
        raise endings.refuse(call, "completed by the IVR")
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    endings.end_call(journal, call, state=CallState.COMPLETED, by="caller", reason="self_service")
    journal.close()
    return show_call(call)


@command
def cancel(*, call_id: UUID, now: datetime, actor: str, by: str = "system") -> CallView:
    """Take the call back before anybody answered; `by` the agent who dials, or a system. Raises Conflict."""
    call = _end_early(call_id, CallAct.CANCEL, now=now, actor=actor, reason="canceled", what="canceled", by=by)
    return show_call(call)


@command
def divert(*, call_id: UUID, reason: str, now: datetime, actor: str) -> CallView:
    """Send the call elsewhere: overflow, closed, voicemail, callback, outside. Raises Conflict."""
    return show_call(_end_early(call_id, CallAct.DIVERT, now=now, actor=actor, reason=reason, what="diverted"))


@command
def fail(*, call_id: UUID, reason: str, now: datetime, actor: str) -> CallView:
    """The switch no longer has this call, or lost it. Whoever talked wraps up; late news change nothing."""
    call = lock_call(call_id)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held, guest = lock_party(call) if call.state in {CallState.RESERVED, CallState.CONNECTED} else (None, None)
    if call.state == CallState.CONNECTED:
        endings.end_call_after_talk(journal, call, held, guest=guest, by="network")
    elif CallState.FAILED in _cells(call, CallAct.FAIL):
        _leave(journal, call, held, state=CallState.FAILED, reason=reason, by="network", told="failed")
    journal.close()
    return show_call(call)


def _end_early(
    call_id: UUID, act: CallAct, *, now: datetime, actor: str, reason: str, what: str, by: str = "system"
) -> Call:
    call = lock_call(call_id)
    cell = CALL_TABLE[CallState(call.state)][act]
    if str(call.state) == what:  # what is asked for already holds
        return call
    if not isinstance(cell, CallState):
        raise endings.refuse(call, what)
    if act is CallAct.DIVERT:
        endings.check_waits(call, what)
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held = lock_holding(call) if call.state == CallState.RESERVED else None
    _leave(journal, call, held, state=cell, reason=reason, by=by, told=what)
    journal.close()
    return call


def _leave(
    journal: Journal, call: Call, held: Reservation | None, *, state: CallState, reason: str, by: str, told: str
) -> None:
    """The call ends unserved; an agent already held is let go, without blame and without wrap-up."""
    journal.open(call)
    if held is not None:
        endings.end_unserved(journal, call, held, state=ReservationState.CANCELED, reason=told)
    endings.end_call(journal, call, state=state, by=by, reason=reason, reservation=held)


def _cells(call: Call, act: CallAct) -> tuple[CallState | Verdict, ...]:
    cell = CALL_TABLE[CallState(call.state)][act]
    return cell if isinstance(cell, tuple) else (cell,)
