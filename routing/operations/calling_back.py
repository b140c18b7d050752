"""Promising to ring somebody back, and keeping the promise: each try is a call in the queue, at the caller's old place.

Lock order: calls before their callback. A callback is claimed by a conditional update, so nobody keeps it twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from callcenter.foundation import events
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.ids import uuid7
from routing.callback_queries import show_callback
from routing.callbacks import LIVE_CALLBACK, TRIES, WINDOW, CallbackState, next_try
from routing.journal import Journal, claim_call, lock_call, lock_holding
from routing.models import Call, Callback
from routing.operations import endings
from routing.operations.pulling import pull
from routing.results import CallbackView, ReservationView
from routing.service_clock import place_key
from routing.states import ENDED_CALL, CallState, ReservationState

FURTHEST = timedelta(days=7)
APPOINTED_S = 600  # head start of a call for which a time was agreed


@command
def promise_callback(*, call_id: UUID, number: str, at: datetime | None, now: datetime, actor: str) -> CallbackView:
    """The caller hangs up and keeps the place: the call ends `diverted: callback`, another one waits in its stead.

    With `at` it is rung then, with credit for the wait already served. Repeating it answers the promise there is.
    Raises Conflict (illegal_transition, callback_promised), Invalid.
    """
    call = lock_call(call_id)
    made = Callback.objects.select_related("domain", "queue").filter(origin=call).first()
    if made is not None:
        return show_callback(made)
    if call.state not in {CallState.QUEUED, CallState.RESERVED} or call.queue is None or call.enqueued_at is None:
        raise endings.refuse(call, "rung back: only a caller who waits keeps a place")
    if at is not None and not now < at <= now + FURTHEST:
        raise Invalid("Choose a time within the next seven days.", field="/at")
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held = lock_holding(call) if call.state == CallState.RESERVED else None
    journal.open(call, held)
    moment = journal.moment(call.enqueued_at)
    waited = moment - call.enqueued_at
    if held is not None:
        endings.end_unserved(journal, call, held, state=ReservationState.CANCELED, reason="diverted")
    endings.end_call(journal, call, state=CallState.DIVERTED, by="caller", reason="callback", reservation=held)
    journal.close()
    callback = Callback(
        domain=call.domain, queue=call.queue, origin=call, number=number, head_start_s=call.head_start_s,
        enqueued_at=call.enqueued_at if at is None else at - waited, state=CallbackState.SCHEDULED,
        due_at=moment if at is None else at, until=(at or moment) + WINDOW, promised_at=moment,
    )  # fmt: skip
    _insert(callback)
    _tell(callback, "callback.promised", now, actor)
    if at is None:
        _open(callback, now=now, actor=actor)
    return show_callback(callback)


@command
def agree_on_callback(*, call_id: UUID, number: str, at: datetime, now: datetime, actor: str) -> CallbackView:
    """Agent and caller, who talk or have just talked, agree on a time: the caller is rung then, ahead of who comes then.

    The talk goes on. Repeating it answers the promise there is. Raises Conflict (illegal_transition, callback_promised),
    Invalid.
    """
    call = lock_call(call_id)
    made = Callback.objects.select_related("domain", "queue").filter(origin=call).first()
    if made is not None:
        return show_callback(made)
    if call.state not in {CallState.CONNECTED, CallState.WRAPPING} or call.queue is None:
        raise endings.refuse(call, "promised a time: only a caller who is being served agrees on one")
    if not now < at <= now + FURTHEST:
        raise Invalid(_("Choose a time within the next seven days."), field="/at")
    callback = Callback(
        domain=call.domain, queue=call.queue, origin=call, number=number, head_start_s=APPOINTED_S, enqueued_at=at,
        state=CallbackState.SCHEDULED, due_at=at, until=at + WINDOW, promised_at=now,
    )  # fmt: skip
    _insert(callback)
    _tell(callback, "callback.promised", now, actor)
    return show_callback(callback)


@command
def take_callback(*, callback_id: UUID, agent_id: int, why: str, now: datetime, actor: str) -> ReservationView:
    """A free agent keeps the promise now, due or not: the agent is rung first, then the customer.

    Raises Conflict (agent_not_free; somebody rings already, or it is over).
    """
    callback = _lock(callback_id)
    if callback.state == CallbackState.SCHEDULED and callback.tries < TRIES:
        callback.enqueued_at = min(callback.enqueued_at, now)  # rung before the time agreed: no place in the future
        callback.save(update_fields=["enqueued_at"])
        _open(callback, now=now, actor=actor)
    if callback.state != CallbackState.OPEN or callback.call_id is None:
        raise Conflict(_("This callback is over."), state=callback.state)
    return pull(call_id=callback.call_id, agent_id=agent_id, why=why, now=now, actor=actor)


def _insert(callback: Callback) -> None:
    try:
        with transaction.atomic():
            callback.save(force_insert=True)
    except IntegrityError as refused:
        raise Conflict("A callback to this number is promised already.", code="callback_promised") from refused


@command
def open_callback(*, callback_id: UUID, now: datetime, actor: str) -> CallbackView:
    """Its time has come: a call stands in the queue, at the place that was promised. Repeats change nothing."""
    callback = _lock(callback_id)
    if callback.state == CallbackState.SCHEDULED and callback.due_at is not None and callback.due_at <= now:
        _open(callback, now=now, actor=actor)
    return show_callback(callback)


def _open(callback: Callback, *, now: datetime, actor: str) -> None:
    origin = callback.origin
    call = Call(
        id=uuid7(), domain=callback.domain, source=origin.source,
        external_id=f"{callback}-{callback.tries + 1}", channel="voice", direction="callback",
        from_number=callback.number, from_e164=callback.number, to_number=origin.to_number,
        language=origin.language, attributes=origin.attributes, facts=origin.facts, customer_id=origin.customer_id,
        match_basis=origin.match_basis, arrived_at=now, version=1,
    )  # fmt: skip
    call.save(force_insert=True)
    call.version = 0
    journal = Journal(domain=callback.domain.key, now=now, actor=actor)
    journal.tell_call(call, "call.arrived", channel=call.channel, direction=call.direction)
    journal.open(call)  # from here on what changes is written; the version too, which the arrival has raised
    call.queue, call.enqueued_at, call.head_start_s = callback.queue, callback.enqueued_at, callback.head_start_s
    call.place_key = place_key(enqueued_at=callback.enqueued_at, head_start_s=callback.head_start_s)
    endings.back_to_queue(journal, call, reservation=None)
    journal.close()
    callback.state, callback.due_at, callback.call = CallbackState.OPEN, None, call
    callback.tries += 1
    callback.save(update_fields=["state", "due_at", "call", "tries"])
    _tell(callback, "callback.opened", now, actor)


@command
def settle_callback(*, callback_id: UUID, now: datetime, actor: str) -> CallbackView:
    """Read from its call what became of the try: served, to be tried again, or the promise is broken."""
    callback = _lock(callback_id)
    if callback.state != CallbackState.OPEN or callback.call is None or callback.call.state not in ENDED_CALL:
        return show_callback(callback)
    if callback.call.state == CallState.COMPLETED:
        _end(callback, CallbackState.COMPLETED, "", now, actor)
        return show_callback(callback)
    due = next_try(tries=callback.tries, now=now, until=callback.until)
    if due is None:
        _end(callback, CallbackState.EXHAUSTED, "no_answer", now, actor)
    else:
        callback.state, callback.due_at = CallbackState.SCHEDULED, due
        callback.save(update_fields=["state", "due_at"])
        _tell(callback, "callback.rescheduled", now, actor)
    return show_callback(callback)


@command
def postpone_callback(*, callback_id: UUID, due_at: datetime | None, now: datetime, actor: str) -> CallbackView:
    """It may not be rung now (contact policy): later, or the promise is broken where later is too late."""
    callback = _lock(callback_id)
    if callback.state == CallbackState.SCHEDULED:
        if due_at is None or due_at >= callback.until:
            _end(callback, CallbackState.EXHAUSTED, "contact_policy", now, actor)
        else:
            callback.due_at = due_at
            callback.save(update_fields=["due_at"])
            _tell(callback, "callback.rescheduled", now, actor)
    return show_callback(callback)


@command
def cancel_callback(*, callback_id: UUID, reason: str, now: datetime, actor: str) -> CallbackView:
    """Nobody rings any more. Repeating it is the same answer. Raises Conflict once the two talk or it is over."""
    held_by = _call_of(callback_id)
    call = lock_call(held_by) if held_by is not None else None
    callback = _lock(callback_id)
    if callback.state == CallbackState.CANCELED:
        return show_callback(callback)
    if callback.state not in LIVE_CALLBACK or callback.call_id != (call.pk if call else None):
        raise Conflict(f"A callback that is {callback.state} cannot be canceled.", state=callback.state)
    if call is not None and call.state in {CallState.CONNECTED, CallState.WRAPPING}:
        raise Conflict("They are talking already.", state="connected")
    if call is not None and call.state not in ENDED_CALL:
        _withdraw(call, reason, now, actor)
    _end(callback, CallbackState.CANCELED, reason, now, actor)
    return show_callback(callback)


@command
def reschedule_callback(*, callback_id: UUID, at: datetime, now: datetime, actor: str) -> CallbackView:
    """Ring at another time, with credit for the wait already served; a new window begins there.

    Raises Invalid (not within seven days), Conflict once an agent is held for it, it is over, or every try is used up.
    """
    if not now < at <= now + FURTHEST:
        raise Invalid(_("Choose a time within the next seven days."), field="/at")
    held_by = _call_of(callback_id)
    call = lock_call(held_by) if held_by is not None else None
    callback = _lock(callback_id)
    if callback.state not in LIVE_CALLBACK or callback.call_id != (call.pk if call else None):
        raise Conflict(_("This callback is over."), state=callback.state)
    if call is not None and call.state not in ENDED_CALL | {CallState.QUEUED}:
        raise Conflict(_("An agent is being held for this callback already."), state=str(call.state))
    if callback.tries >= TRIES:
        raise Conflict(_("Every try of this callback is used up."), state=callback.state)
    if call is not None and call.state == CallState.QUEUED:
        _withdraw(call, "rescheduled", now, actor)
    waited = max(timedelta(0), (callback.due_at or now) - callback.enqueued_at)
    callback.state, callback.due_at, callback.enqueued_at = CallbackState.SCHEDULED, at, at - waited
    callback.until = max(callback.until, at + WINDOW)
    callback.save(update_fields=["state", "due_at", "enqueued_at", "until"])
    _tell(callback, "callback.rescheduled", now, actor)
    return show_callback(callback)


def _withdraw(call: Call, reason: str, now: datetime, actor: str) -> None:
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    held = lock_holding(call) if call.state == CallState.RESERVED else None
    journal.open(call, held)
    if held is not None:
        endings.end_unserved(journal, call, held, state=ReservationState.CANCELED, reason="caller_left")
    endings.end_call(journal, call, state=CallState.CANCELED, by="system", reason=reason, reservation=held)
    journal.close()


def take_over_callback(*, call: Call, now: datetime, actor: str) -> int:
    """The (locked) caller was to be rung back and has rung: the promise ends, and the wait so far counts. Seconds.

    Never waits for the callback's own call: if that is just being given to somebody, the promise is being kept.
    """
    if not call.from_e164 or call.direction == "callback":
        return 0
    live = Callback.objects.filter(domain=call.domain_id, number=call.from_e164, state__in=LIVE_CALLBACK).first()
    if live is None:
        return 0
    if live.call_id is not None:
        waiting = claim_call(live.call_id, token=None)
        if waiting is None or (waiting.state != CallState.QUEUED and waiting.state not in ENDED_CALL):
            return 0
        if waiting.state == CallState.QUEUED:
            _withdraw(waiting, "redialled", now, actor)
    callback = _lock(live.pk)
    if callback.state not in LIVE_CALLBACK:
        return 0
    _end(callback, CallbackState.CANCELED, "redialled", now, actor)
    return max(0, int((now - callback.enqueued_at).total_seconds()))


# --- inside -----------------------------------------------------------------------------------------------------------
def _call_of(callback_id: UUID) -> UUID | None:
    return Callback.objects.filter(pk=callback_id).values_list("call_id", flat=True).first()


def _lock(callback_id: UUID) -> Callback:
    found = (
        Callback.objects.select_for_update(of=("self",))
        .select_related("domain", "queue", "origin", "call")
        .filter(pk=callback_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such callback.")
    return found


def _end(callback: Callback, state: CallbackState, reason: str, now: datetime, actor: str) -> None:
    callback.state, callback.reason, callback.due_at = state, reason, None
    callback.ended_at = max(now, callback.promised_at)
    callback.save(update_fields=["state", "reason", "due_at", "ended_at"])
    _tell(callback, f"callback.{state}", now, actor)


def _tell(callback: Callback, type: str, now: datetime, actor: str) -> None:
    data: dict[str, Any] = {
        "callback": str(callback), "state": str(callback.state), "queue": callback.queue.key, "tries": callback.tries,
        "due_at": callback.due_at.isoformat() if callback.due_at else None, "reason": callback.reason,
        "call": str(callback.call) if callback.call_id and callback.call is not None else None,
    }  # fmt: skip
    events.record(now=now, domain=callback.domain.key, actor=actor, type=type, data=data)
