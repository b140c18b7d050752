"""What a switch has heard of us: who has not heard of a held agent has rung nobody.

A switch that asks (`GET /instructions`, Asterisk's connector) says by its cursor up to where it has heard everything; one
that took what was pushed to it has heard that. While it is away, or nobody answers it, rings run out that no telephone
ever heard: they are no misses. What is told late holds its agent anew, for the whole ring time.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from callcenter.foundation import heartbeats
from callcenter.foundation.commands import command
from routing.journal import Journal, lock_reservation
from routing.models import Call, Reservation
from routing.results import ReservationView
from routing.service_clock import ring_lease
from routing.showing import show_reservation
from routing.states import ReservationState

SWITCH = "switch"
_EVERY_S = 1.0  # a sign of life, from each process
_LISTENS_WITHIN = timedelta(hours=1)  # who has not asked for so long is told in another way, or not at all
_HELD_AT_MOST = timedelta(minutes=2)  # however often it is told
_heard: dict[str, float] = {}  # by source: when this process wrote it down last, on the monotonic clock


def switch_asks(*, source: str, reached: int | None) -> None:
    """This switch is there, and has heard everything up to this number of the feed (None: it has just come up)."""
    if time.monotonic() - _heard.get(source, float("-inf")) < _EVERY_S:
        return
    _heard[source] = time.monotonic()
    heartbeats.beat(process=_name(source), kind=SWITCH, reached=reached)


def nobody_was_told(call: Call, reservation: Reservation, *, now: datetime) -> bool:
    """Whether this call's switch, which otherwise asks, has not heard yet that the agent is held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.at, h.reached, e.feed_seq FROM foundation_heartbeat h"
            " LEFT JOIN event_log e ON e.call = %s AND e.reservation = %s AND e.type = 'reservation.created'"
            " WHERE h.process = %s",
            [call.pk, reservation.pk, _name(call.source)],
        )
        row = cursor.fetchone()
    if row is None or row[0] < now - _LISTENS_WITHIN:
        return False
    asked, reached, number = row
    if reached is None:
        return bool(asked < reservation.created_at)
    return number is None or number > reached


@command
def ring_anew(*, reservation_id: UUID, now: datetime, actor: str) -> ReservationView:
    """The switch hears only now of this agent: held for the whole ring time from here, unless it was held for long."""
    call, reservation = lock_reservation(reservation_id)
    if reservation.state == ReservationState.PENDING and reservation.expires_at is not None:
        ring_s = reservation.queue.ring_s if reservation.queue is not None else settings.RING_S
        lease = ring_lease(now=now, ring_s=ring_s, grace_s=settings.RING_GRACE_S)
        if reservation.expires_at < lease and now - reservation.created_at < _HELD_AT_MOST:
            journal = Journal(domain=call.domain.key, now=now, actor=actor)
            journal.open(call, reservation)
            reservation.expires_at = lease
            journal.tell_reservation(call, reservation, "reservation.renewed")
            journal.close()
    return show_reservation(reservation)


def forget() -> None:
    """Write down the next sign of life of every switch."""
    _heard.clear()


def _name(source: str) -> str:
    return f"{SWITCH}:{source}"
