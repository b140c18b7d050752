"""Switches that ask us whom to ring: who has not asked since an agent was held has rung nobody.

A switch that asks (`GET /instructions`, Asterisk's connector) or that took what was pushed to it leaves a sign of life
here, once a second. While it is away, or nobody answers it, rings run out that no telephone ever heard: they are no
misses. When it is back, what it has yet to ring begins anew, for the whole ring time.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from callcenter.foundation import heartbeats
from callcenter.foundation.commands import command
from routing.journal import Journal, lock_calls, lock_reservations
from routing.models import Call, Reservation
from routing.service_clock import ring_lease
from routing.states import HOLDING_RESERVATION, ReservationState

KIND = "switch"
_EVERY_S = 1.0  # a sign of life, from each process
_AWAY_AFTER = timedelta(seconds=5)  # a longer silence is a cut line
_LISTENS_WITHIN = timedelta(hours=1)  # who has not asked for so long is told in another way, or not at all
_heard: dict[str, float] = {}  # by source: when this process wrote it down last, on the monotonic clock


def switch_asks(*, source: str, actor: str) -> None:
    """This switch is there and hears us. After a silence, the agents it has yet to ring are held for the full time."""
    if time.monotonic() - _heard.get(source, float("-inf")) < _EVERY_S:
        return
    _heard[source] = time.monotonic()
    before, now = heartbeats.beat_again(process=_name(source), kind=KIND)
    if before is not None and now - before > _AWAY_AFTER:
        for reservation_id, call_id in _yet_to_ring(source, since=before - timedelta(seconds=_EVERY_S)):
            _ring_anew(call_id=call_id, reservation_id=reservation_id, now=now, actor=actor)


def nobody_was_told(call: Call, reservation: Reservation, *, now: datetime) -> bool:
    """Whether this call's switch, which otherwise asks, has not asked since the agent was held."""
    asked = heartbeats.last(process=_name(call.source))
    return asked is not None and now - _LISTENS_WITHIN < asked < reservation.created_at


def forget() -> None:
    """Write down the next sign of life of every switch."""
    _heard.clear()


def _name(source: str) -> str:
    return f"{KIND}:{source}"


def _yet_to_ring(source: str, *, since: datetime) -> list[tuple[UUID, UUID]]:
    held = Reservation.objects.filter(
        call__source=source, state__in=HOLDING_RESERVATION, connected_at__isnull=True, created_at__gte=since
    )
    return list(held.filter(expires_at__isnull=False).order_by("call_id").values_list("pk", "call_id"))


@command
def _ring_anew(*, call_id: UUID, reservation_id: UUID, now: datetime, actor: str) -> None:
    call = lock_calls([call_id])[call_id]
    [reservation] = lock_reservations([reservation_id])
    if reservation.state not in HOLDING_RESERVATION or reservation.connected_at is not None:
        return
    ring_s = reservation.queue.ring_s if reservation.queue is not None else settings.RING_S
    if reservation.state == ReservationState.ACCEPTED:
        ring_s = settings.BRIDGE_S
    lease = ring_lease(now=now, ring_s=ring_s, grace_s=settings.RING_GRACE_S)
    if reservation.expires_at is None or lease <= reservation.expires_at:
        return
    journal = Journal(domain=call.domain.key, now=now, actor=actor)
    journal.open(call, reservation)
    reservation.expires_at = lease
    journal.tell_reservation(call, reservation, "reservation.renewed")
    journal.close()
