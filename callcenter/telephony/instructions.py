"""What a switch is to do next, over all its calls: read by cursor from the event log, for who cannot be called back.

Of an ordinary call three words are enough, and one of a call that goes out. `route`: ring this agent for this caller.
`dial`: another system wishes for a call, ring this agent, then the customer. `release`: that agent's leg must
end, the caller stays. `drop`: this call is over on our side, for one because the agent ended it at the desk. Of two
agents: `hold` and `resume` the caller, `consult`: ring this colleague and join the two agents, `join`: the caller too,
`hand_over`: the caller and this colleague alone.
What the switch itself told us it is not told again. Each names what it is about by lasting ids, so hearing one twice is
harmless, and a switch that lost its cursor asks without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

import routing.operations
import routing.queries
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.foundation.principal import Principal
from callcenter.telephony import answers, feed, naming
from callcenter.telephony.dialects import ringing_back
from routing.results import CallView, ReservationView
from routing.states import GUEST, SENT_OUTSIDE, CallState, ReservationState

Json = dict[str, Any]

_ROUTE = ("reservation.created",)
_RELEASE = ("reservation.rejected", "reservation.timeout", "reservation.rescinded", "reservation.canceled")
_DROP = ("call.canceled", "call.diverted", "call.failed")
_ENDED = ("call.wrapping", "call.completed")  # after a talk: by the agent at the desk, or given up by us
_PARK = ("call.transferred",)
_GUEST_LEFT = ("reservation.completed",)  # of a colleague who was asked; the agent of the call hangs up by the line
_BESIDE = {"call.held": "hold", "call.resumed": "resume", "call.joined": "join", "call.handed_over": "hand_over"}
# Told to whom it comes from, too: the switch spoke of one leg, and another one must fall silent for it.
_MADE_ROOM = "superseded"
TYPES = (*_ROUTE, *_RELEASE, *_DROP, *_ENDED, *_PARK, *_GUEST_LEFT, *_BESIDE)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One switch: its domain, the source of its call ids, and the names under which it acts."""

    domain: str
    source: str
    actors: frozenset[str]
    limit: int
    trunk: str = ""  # by its own key, where nodes share the source
    call: UUID | None = None  # this one alone; None: all its calls
    hears_replies: bool = False  # it acts on the answers to its own requests
    leaves_promises: bool = False  # it begins no calls, and another trunk of its source does
    asks_hooks: bool = False  # its platform dials when its own API is asked to, and then asks our hooks


def reader_of(trunk: naming.TrunkFacts, principal: Principal, *, limit: int, hears_replies: bool) -> Reader:
    """This switch, as it asks by its own key for all its calls."""
    return Reader(
        domain=trunk.domain,
        source=trunk.group,
        actors=frozenset({principal.name}),
        limit=limit,
        hears_replies=hears_replies,
        trunk=trunk.key,
        leaves_promises=naming.leaves_promises(trunk),
        asks_hooks=trunk.dialect in ringing_back.DIALECTS,
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """One instruction and the event that gave it."""

    event: int  # event_log.id: lasting
    number: int  # its place in the feed
    call: UUID
    reservation: UUID | None
    instruction: Json


def standing(reader: Reader) -> Json:
    """Every agent this switch has yet to ring, and the cursor to go on from: for a switch that just came up."""
    if reader.call is None:
        routing.operations.switch_asks(source=reader.source, reached=None)
    last = feed.newest()
    held = _to_be_rung(reader)
    calls = routing.queries.calls(call_ids=[view.call_id for view in held])
    told = [_route(calls[view.call_id], view, reader) for view in held]
    return {
        "instructions": [instruction for instruction in told if instruction],
        "next": feed.cursor(reader.domain, last),
    }


def _to_be_rung(reader: Reader) -> list[ReservationView]:
    if reader.call is None:
        return routing.queries.to_be_rung(domain=reader.domain, source=reader.source)
    held = (routing.queries.live_reservation_of_call, routing.queries.guest_of_call)
    found = [view for one in held if (view := one(call_id=reader.call)) is not None]
    return [view for view in found if view.connected_at is None]


def of(held: list[ReservationView], reader: Reader) -> list[Json]:
    """Whom this switch is to ring for these, just held; callers of other switches are not its own."""
    calls = routing.queries.calls(call_ids=[view.call_id for view in held]) if held else {}
    own = [(call, view) for view in held if (call := calls[view.call_id]).source == reader.source]
    return [told for call, view in own if (told := _route(call, view, reader))]


def over(call: CallView) -> list[Json]:
    """For who asks about one call and is told nothing else: `drop` where it has ended, whoever said so; there is nothing
    to wait for.
    """
    if call.ended_at is None:
        return []
    return [_about(call, kind="drop", reason=call.end_reason or f"ended_by_{call.ended_by}", **_whither(call))]


def page(reader: Reader, *, after: int) -> Json:
    """The next instructions after a number of the feed, and the cursor to ask with next."""
    if reader.call is None:
        routing.operations.switch_asks(source=reader.source, reached=after)
    told, reached = since(reader, after=after)
    return {"instructions": [one.instruction for one in told], "next": feed.cursor(reader.domain, reached)}


def since(reader: Reader, *, after: int) -> tuple[list[Told], int]:
    """The next instructions after a number of the feed, and the number up to which nothing is missing."""
    last = feed.newest()  # read first: what is published meanwhile belongs to the next page
    rows = Event.objects.filter(feed_seq__gt=after, feed_seq__lte=last, domain=reader.domain, type__in=TYPES)
    if reader.call is not None:
        rows = rows.filter(call=reader.call)
    found = list(rows.order_by("feed_seq")[: reader.limit])
    full = len(found) == reader.limit
    reached = (found[-1].feed_seq or 0) if full else max(last, after)
    return _told(found, reader), reached


def stands(told: Told) -> bool:
    """Whether an instruction about a reservation is still to be followed: a ring only while its agent is held."""
    if told.reservation is None or told.instruction["kind"] not in {"route", "dial", "consult"}:
        return True
    view = routing.queries.reservation(reservation_id=told.reservation)
    return answers.instruction(view) is not None


def concerns(reader: Reader, event: Event) -> bool:
    """Whether an event may hold an instruction for this switch: what it told us itself is none."""
    if event.type not in TYPES or event.domain != reader.domain or reader.call not in {None, event.call}:
        return False
    return event.type in _ROUTE or event.actor not in reader.actors or event.data.get("end_reason") == _MADE_ROOM


def is_answered(reader: Reader, event: Event) -> bool:
    """Whether the switch has been given this agent in the answer to its own request, and acts on such answers."""
    return reader.hears_replies and event.type in _ROUTE and event.actor in reader.actors


def told_and_let_go(reader: Reader, events: list[Event], reached: int) -> Json:
    """The instructions of these events, up to a number; where there are any, from a thread of its own."""
    try:
        told = [one.instruction for one in _told(events, reader)]
        return {"instructions": told, "next": feed.cursor(reader.domain, reached)}
    finally:
        if events:
            connection.close()


def page_and_let_go(reader: Reader, after: int) -> Json:
    """`page` from a thread of its own that gives its connection back at once."""
    try:
        return page(reader, after=after)
    finally:
        connection.close()


def _told(events: list[Event], reader: Reader) -> list[Told]:
    if not events:
        return []
    calls = routing.queries.calls(call_ids=[event.call for event in events if event.call])
    wanted = [event.reservation for event in events if event.reservation and event.type in (*_ROUTE, *_GUEST_LEFT)]
    held = routing.queries.reservations_by_id(reservation_ids=wanted)
    told = []
    for event in events:
        call = calls.get(event.call) if event.call else None
        if call is None or call.source != reader.source:
            continue
        if instruction := _of_event(event, call, held, reader):
            told.append(
                Told(
                    event=event.pk,
                    number=event.feed_seq or 0,
                    call=call.id,
                    reservation=event.reservation,
                    instruction=instruction,
                )
            )
    return told


def _of_event(event: Event, call: CallView, held: dict[Any, ReservationView], reader: Reader) -> Json | None:
    if event.type in _ROUTE:
        view = held.get(event.reservation)
        return _route(call, view, reader) if view is not None else None
    if event.actor in reader.actors and event.data.get("end_reason") != _MADE_ROOM:
        return None
    if event.type in _RELEASE and event.reservation:
        return _about(call, kind="release", reservation=naming.reservation_id(event.reservation))
    if event.type in _GUEST_LEFT:
        view = held.get(event.reservation)
        left = view is not None and view.role in GUEST
        return _about(call, kind="release", reservation=naming.reservation_id(view.id)) if view and left else None
    if event.type in _BESIDE:
        about = {"reservation": naming.reservation_id(event.reservation)} if event.reservation else {}
        return _about(call, kind=_BESIDE[event.type], **about)
    if event.type in _PARK:
        return _about(call, kind="park", queue=call.queue)
    if event.type in _ENDED:
        ends_here = "ended_by" in event.data  # not where an agent only finishes the wrap-up of a call long over
        return _about(call, kind="drop", reason=f"ended_by_{call.ended_by}", **_whither(call)) if ends_here else None
    return _about(call, kind="drop", reason=call.end_reason, **_whither(call)) if event.type in _DROP else None


def _whither(call: CallView) -> Json:
    """Where a diverted caller is to be sent, where somebody said so; and whom an agent has sent on to a number."""
    if (sent := call.attributes.get("sent_to")) and call.end_reason == SENT_OUTSIDE:
        return {"to": sent}
    named = {name: call.attributes.get(f"divert_{name}") for name in ("to", "message")}
    return {name: word for name, word in named.items() if word and call.state == CallState.DIVERTED}


def _route(call: CallView, held: ReservationView, reader: Reader) -> Json | None:
    """None once it was answered or let go: there is nothing left to ring. Told late, its agent is held anew."""
    if held.state not in {ReservationState.PENDING, ReservationState.ACCEPTED}:
        return None
    if held.dialled and not held.rung_by:  # the agent is on the line already: whoever told us of the call dials on
        return None
    if held.rung_by and held.rung_by != reader.trunk:  # another node of the same source is to ring
        return None
    if reader.leaves_promises and call.direction == "callback" and call.connected_at is None:
        return None
    now = db_now()
    if not held.dialled and held.expires_at and held.expires_at - now < timedelta(seconds=held.ring_s):
        actor = min(reader.actors, default="switch")
        held = routing.operations.ring_anew(reservation_id=held.id, now=now, actor=actor)
    ring = answers.instruction(held, dial=answers.dial(call, held))
    return _about(call, **ring, **_paths(call, ring, reader)) if ring else None


def _paths(call: CallView, ring: Json, reader: Reader) -> Json:
    """Of a call that goes out: what the platform is to ask once the agent has picked up, and where it tells of the ring."""
    if not reader.asks_hooks or "dial" not in ring:
        return {}
    named = {"trunk": reader.trunk, "call": call.external_id, "reservation": ring["reservation"]}
    return {"answer_path": ringing_back.answer_path(**named), "status_path": ringing_back.status_path(**named)}


def _about(call: CallView, **words: Any) -> Json:
    return words | {"call": naming.call_id(call.id), "external_id": call.external_id}
