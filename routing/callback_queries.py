"""Reading callbacks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q

from callcenter.foundation.errors import NotFound
from routing.callbacks import KEPT, OFFER_P90_S, CallbackState, Kept, shown
from routing.models import Callback, Domain, Reservation
from routing.overflow import Action
from routing.results import CallbackView, CallView, WaitEstimate
from routing.roster import roster
from routing.states import ENDED_CALL, HOLDING_RESERVATION, CallState, ReservationState

_rows = Callback.objects.select_related("domain", "queue", "origin", "call")
SOON = timedelta(hours=1)
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


def promised_to(*, domain: str, queues: Collection[str], now: datetime, limit: int = 8) -> list[CallbackView]:
    """Promises of these queues that are due by the end of the next hour and that nobody is held for, first due first."""
    rows = _rows.filter(
        Q(state=CallbackState.SCHEDULED, due_at__lte=now + SOON) | Q(state=CallbackState.OPEN, call__state=CallState.QUEUED),
        domain__key=domain, queue__key__in=queues,
    )  # fmt: skip
    return [show_callback(row) for row in rows.order_by(F("due_at").asc(nulls_first=True), "enqueued_at", "pk")[:limit]]


@dataclass(frozen=True, kw_only=True)
class CallbackLine:
    """A promise as supervisors see it."""

    callback: CallbackView
    queue_en: str
    queue_zh: str
    late_s: float  # seconds since it should have been tried or given to an agent; 0 while in time


@dataclass(frozen=True, kw_only=True)
class CallbackPage:
    """Promises of one kind, and how many there are of each since a moment. Open ones count whenever they were made."""

    lines: tuple[CallbackLine, ...]
    counts: dict[Kept, int]


def callback_page(*, domain: str, kept: Kept, since: datetime, now: datetime, limit: int = 200) -> CallbackPage:
    """Open ones by when they are due, those that stand in line first; what is over newest first."""
    rows = _rows.filter(domain__key=domain)
    counted = dict(
        rows.filter(Q(ended_at__gte=since) | Q(ended_at__isnull=True)).values_list("state").annotate(Count("pk"))
    )
    rows = rows.filter(state__in=sorted(KEPT[kept]))
    if kept is Kept.OPEN:
        rows = rows.order_by(F("due_at").asc(nulls_first=True), "enqueued_at", "pk")
    else:
        rows = rows.filter(ended_at__gte=since).order_by("-ended_at", "-pk")
    lines = [
        CallbackLine(
            callback=show_callback(row), queue_en=row.queue.name_en, queue_zh=row.queue.name_zh,
            late_s=max(0.0, (now - row.due_at).total_seconds()) if row.due_at is not None else 0.0,
        )
        for row in rows[:limit]
    ]  # fmt: skip
    counts = {one: sum(counted.get(str(state), 0) for state in states) for one, states in KEPT.items()}
    return CallbackPage(lines=tuple(lines), counts=counts)


def callbacks_to_look_after(*, now: datetime) -> tuple[list[CallbackView], list[CallbackView]]:
    """Those whose time has come, and those whose try has ended."""
    due = _rows.filter(state=CallbackState.SCHEDULED, due_at__lte=now).order_by("due_at")[:ROUND]
    tried = _rows.filter(Q(state=CallbackState.OPEN) & Q(call__state__in=sorted(ENDED_CALL)))[:ROUND]
    return [show_callback(row) for row in due], [show_callback(row) for row in tried]


def offered(*, call: CallView, estimate: WaitEstimate, home: Domain) -> tuple[str, ...]:
    """What the menus may offer a caller who waits in a queue of this domain: `callback`, messages as `message:KEY`."""
    rules = roster(domain_id=home.pk, version=home.roster_version).queues.values()
    at_work = next((rule.overflow for rule in rules if rule.key == call.queue), ())
    long_wait = (estimate.p90_s or 0) > OFFER_P90_S
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
