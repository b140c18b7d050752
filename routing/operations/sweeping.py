"""Acting on rows whose time is up: rings nobody answered, bridges that never came, wrap-ups, silent desks.

Each row is its own small transaction; what somebody else is just changing is left to them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import DatabaseError

from callcenter.foundation.commands import command
from routing.journal import Journal, claim_agent, claim_call, lock_reservations
from routing.models import Agent, Call, Reservation
from routing.operations import endings, silences
from routing.operations.leases import Lease
from routing.operations.listening import nobody_was_told
from routing.operations.presence import LOST
from routing.results import SweepReport
from routing.states import LIVE_RESERVATION, Presence, ReservationState

log = logging.getLogger(__name__)
BATCH = 100
ACTOR = "dispatcher"


def sweep(*, domain: str, now: datetime, lease: Lease | None = None) -> SweepReport:
    """Everything of this domain that is due at `now`, at most BATCH of each kind.

    Silent desks first: a ring that nobody could see is not a miss. With a lease, a dispatcher that was replaced
    meanwhile changes nothing.
    """
    lost = 0
    for agent_id in _silent_desks(domain, now):
        lost += bool(_guarded(partial(_lose_desk, agent_id=agent_id, now=now, lease=lease)))
    done = {"missed": 0, "not_bridged": 0, "wrapped_up": 0, "silent": 0}
    for call_id, reservation_id in [*_due_reservations(domain, now), *_still_conversations(domain, now)]:
        ended = _guarded(
            partial(_end_reservation, call_id=call_id, reservation_id=reservation_id, now=now, lease=lease)
        )
        if ended:
            done[ended] += 1
    return SweepReport(desks_lost=lost, **done)


def _due_reservations(domain: str, now: datetime) -> list[tuple[UUID, UUID]]:
    due = Reservation.objects.filter(domain__key=domain, state__in=LIVE_RESERVATION, expires_at__lte=now)
    return list(due.order_by("expires_at").values_list("call_id", "pk")[:BATCH])


def _still_conversations(domain: str, now: datetime) -> list[tuple[UUID, UUID]]:
    still = Reservation.objects.filter(domain__key=domain, state=ReservationState.ACCEPTED, silent_at__lte=now)
    return list(still.order_by("silent_at").values_list("call_id", "pk")[:BATCH])


def _silent_desks(domain: str, now: datetime) -> list[int]:
    due = Agent.objects.filter(domain__key=domain, lease_expires_at__lte=now)
    return list(due.order_by("lease_expires_at").values_list("pk", flat=True)[:BATCH])


def _guarded(act: Callable[[], str]) -> str:
    """One row that cannot be swept must not keep the others waiting."""
    try:
        return act()
    except DatabaseError:
        log.exception("A due row could not be swept; it stays due.")
        return ""


@command
def _end_reservation(*, call_id: UUID, reservation_id: UUID, now: datetime, lease: Lease | None) -> str:
    """What became due, as SweepReport counts it; "" if it is no longer, or is in other hands."""
    call = claim_call(call_id, token=lease.token if lease is not None else None)
    if call is None:
        return ""
    [reservation] = lock_reservations([reservation_id])
    still = reservation.state == ReservationState.ACCEPTED and _is_due(reservation.silent_at, now)
    if reservation.state not in LIVE_RESERVATION or not (still or _is_due(reservation.expires_at, now)):
        return ""
    journal = Journal(domain=call.domain.key, now=now, actor=ACTOR)
    journal.open(call, reservation)
    if still:
        silences.give_up(journal, call, reservation)
        kind = "silent"
    elif reservation.state == ReservationState.PENDING and nobody_was_told(call, reservation, now=now):
        endings.release(journal, call, reservation, state=ReservationState.RESCINDED, reason="failed")
        kind = "not_bridged"
    elif reservation.state == ReservationState.PENDING:
        endings.release(journal, call, reservation, state=ReservationState.TIMEOUT, reason="missed")
        kind = "missed"
    elif reservation.state == ReservationState.ACCEPTED:
        endings.release(journal, call, reservation, state=ReservationState.RESCINDED, reason="no_bridge")
        kind = "not_bridged"
    else:
        endings.finish(journal, call, reservation, disposition=reservation.disposition or "timeout")
        kind = "wrapped_up"
    journal.close()
    return kind


def _is_due(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and instant <= now


@command
def _lose_desk(*, agent_id: int, now: datetime, lease: Lease | None) -> str:
    """A desk that fell silent: what it rang for goes back unblamed, a talk goes on, and the person is offline after."""
    token = lease.token if lease is not None else None
    live = dict(Reservation.objects.filter(agent=agent_id, state__in=LIVE_RESERVATION).values_list("call_id", "pk"))
    calls = {call_id: claim_call(call_id, token=token) for call_id in sorted(live)}
    if None in calls.values():
        return ""
    reservations = lock_reservations(live.values())
    agent = claim_agent(agent_id, token=token)
    if agent is None or agent.lease_expires_at is None or agent.lease_expires_at > now:
        return ""
    journal = Journal(domain=agent.domain.key, now=now, actor=ACTOR)
    journal.open(agent)
    agent.lease_expires_at = None  # heard and dealt with; a pulse of the same desk sets it again
    for reservation in reservations:
        reservation.agent = agent
        call = calls[reservation.call_id]
        assert call is not None
        journal.open(call, reservation)
        if reservation.state == ReservationState.PENDING:
            endings.release(
                journal, call, reservation, state=ReservationState.RESCINDED, reason="desk_unreachable", settle=False
            )
        elif reservation.state == ReservationState.WRAPPING and reservation.expires_at is None:
            _box(journal, call, reservation)
    _sign_out(journal, agent, [reservation for reservation in reservations if reservation.state in LIVE_RESERVATION])
    journal.close()
    return "lost"


def _box(journal: Journal, call: Call, reservation: Reservation) -> None:
    """A wrap-up without limit whose desk is gone would hold its agent for ever."""
    length = reservation.queue.wrap_up_s if reservation.queue is not None else endings.WRAP_UP_S
    reservation.wrap_until = reservation.expires_at = journal.now + timedelta(seconds=length)
    journal.tell_reservation(call, reservation, "reservation.wrapping")


def _sign_out(journal: Journal, agent: Agent, work: list[Reservation]) -> None:
    if work:
        agent.pending_presence, agent.pending_reason = Presence.OFFLINE, LOST
    else:
        endings.move_presence(journal, agent, presence=Presence.OFFLINE, reason=LOST)
    journal.tell_agent(agent, "agent.presence_changed")
