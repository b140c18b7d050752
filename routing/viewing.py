"""Calls and reservations as others see them, read by hand.

Every arriving call and every event is read so, and building such a statement anew costs more than running it: 4 ms of
processor against a half.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from routing.capacity import Group, group_of_slot
from routing.results import CallView, ReservationView
from routing.states import CallState, ReservationState, Role, WrapUpMode

View = TypeVar("View", CallView, ReservationView)

# Columns in the order of the view's fields; the slot tells whether it is in writing.
_CALL = """
SELECT c.id, d.key, c.source, c.external_id, c.channel, c.direction, c.state, q.key, c.from_number, c.from_e164,
       c.to_number, c.language, c.attributes, c.facts, c.customer_id, c.match_basis, c.arrived_at, c.enqueued_at,
       c.place_key, c.head_start_s, c.connected_at, c.held_since, c.ended_at, c.ended_by, c.end_reason, c.version
FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id LEFT JOIN routing_queue q ON q.id = c.queue_id
"""
_RESERVATION = """
SELECT r.id, r.call_id, d.key, r.agent_id, a.key, a.contact, q.ring_s, r.role, r.state, r.end_reason, r.because,
       r.created_at, r.expires_at, r.accepted_at, r.connected_at, r.talk_ended_at, r.wrap_until, q.wrap_up_mode,
       r.extensions, r.disposition, r.ended_at, r.version, r.slot, r.spoke_by, r.silent_at
FROM routing_reservation r JOIN routing_domain d ON d.id = r.domain_id JOIN routing_agent a ON a.id = r.agent_id
     LEFT JOIN routing_queue q ON q.id = r.queue_id
"""
_CALL_FIELDS = tuple(field.name for field in fields(CallView))
_RESERVATION_FIELDS = tuple(field.name for field in fields(ReservationView))


def calls(where: str, *values: Any) -> list[CallView]:
    """`where` speaks of c (call), d (domain), q (queue); it is ours, never input."""
    return _read(_CALL + where, values, _call)


def reservations(where: str, *values: Any) -> list[ReservationView]:
    """`where` speaks of r (reservation), a (agent), d (domain), q (queue); it is ours, never input."""
    return _read(_RESERVATION + where, values, _reservation)


def _read(sql: str, values: tuple[Any, ...], show: Callable[[tuple[Any, ...]], View]) -> list[View]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [show(row) for row in cursor.fetchall()]


def _call(row: tuple[Any, ...]) -> CallView:
    told = dict(zip(_CALL_FIELDS, row, strict=True))
    told |= {"state": CallState(told["state"])} | {name: json.loads(told[name]) for name in ("attributes", "facts")}
    return CallView(**told)


def _reservation(row: tuple[Any, ...]) -> ReservationView:
    told = dict(zip(_RESERVATION_FIELDS, row, strict=True))
    told |= {"role": Role(told["role"]), "state": ReservationState(told["state"])}
    told |= {"because": json.loads(told["because"]), "written": group_of_slot(told["written"]) is Group.MESSAGING}
    if told["ring_s"] is None:  # of no queue
        told |= {"ring_s": settings.RING_S, "wrap_up_mode": WrapUpMode.TIME_BOXED}
    return ReservationView(**told)
