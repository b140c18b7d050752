"""Reading callbacks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from callcenter.foundation.errors import NotFound
from routing.callbacks import OFFER_P90_S, CallbackState, shown
from routing.models import Callback, Domain, Reservation
from routing.overflow import Action
from routing.results import CallbackView, CallView, WaitEstimate
from routing.roster import roster
from routing.states import ENDED_CALL, HOLDING_RESERVATION, CallState, ReservationState

_rows = Callback.objects.select_related("domain", "queue", "origin", "call")
ROUND = 100  # callbacks of each kind that one round looks at


def callback(*, callback_id: UUID) -> CallbackView:
    """Raises NotFound."""
    found = _rows.filter(pk=callback_id).first()
    if found is None:
        raise NotFound("There is no such callback.")
    return show_callback(found)


def callbacks(*, domain: str, state: str = "", limit: int = 50) -> list[CallbackView]:
    """Newest first."""
    rows = _rows.filter(domain__key=domain)
    if state:
        rows = rows.filter(state=state)
    return [show_callback(row) for row in rows.order_by("-promised_at", "-pk")[:limit]]


def callbacks_to_look_after(*, now: datetime) -> tuple[list[CallbackView], list[CallbackView]]:
    """Those whose time has come, and those whose try has ended."""
    due = _rows.filter(state=CallbackState.SCHEDULED, due_at__lte=now).order_by("due_at")[:ROUND]
    tried = _rows.filter(Q(state=CallbackState.OPEN) & Q(call__state__in=sorted(ENDED_CALL)))[:ROUND]
    return [show_callback(row) for row in due], [show_callback(row) for row in tried]


def offered(*, call: CallView, estimate: WaitEstimate | None) -> tuple[str, ...]:
    """What the menus may offer a caller who waits: `callback`, and messages to play as `message:KEY`."""
    if call.state != CallState.QUEUED or call.queue is None:
        return ()
    domain = Domain.objects.get(key=call.domain)
    rules = roster(domain_id=domain.pk, version=domain.roster_version).queues.values()
    at_work = next((rule.overflow for rule in rules if rule.key == call.queue), ())
    long_wait = estimate is not None and (estimate.p90_s or 0) > OFFER_P90_S
    may = long_wait or any(rule.action is Action.CALLBACK for rule in at_work)
    rings = bool(call.from_e164) and call.channel == "voice" and call.direction != "callback"
    said = tuple(f"message:{rule.message}" for rule in at_work if rule.action is Action.MESSAGE)
    return (("callback",) if may and rings else ()) + said


def show_callback(row: Callback) -> CallbackView:
    """Needs `domain`, `queue`, `origin` and `call` loaded."""
    call = row.call
    held = None
    if call is not None and call.state == CallState.RESERVED:
        state = Reservation.objects.filter(call=call, state__in=HOLDING_RESERVATION).values_list("state", flat=True)
        held = ReservationState(state[0]) if state else None
    return CallbackView(
        id=row.pk,
        domain=row.domain.key,
        queue=row.queue.key,
        origin=row.origin_id,
        call=row.call_id,
        customer_id=row.origin.customer_id,
        number=row.number,
        state=shown(state=CallbackState(row.state), call=CallState(call.state) if call else None, held=held),
        enqueued_at=row.enqueued_at,
        due_at=row.due_at,
        until=row.until,
        tries=row.tries,
        reason=row.reason,
        promised_at=row.promised_at,
        ended_at=row.ended_at,
    )
