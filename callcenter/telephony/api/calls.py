"""Calls: they arrive, are queued, held, moved, given up; and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.in_line
import routing.queries
from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.foundation.principal import Principal
from callcenter.hall.inbound import CallArrival
from callcenter.telephony import answers, intake, keeping, naming
from callcenter.telephony.api import held_answers
from callcenter.telephony.api.base import ApiView, Json, answer, check_version
from callcenter.telephony.api.contract import operation
from callcenter.telephony.dialects import ringing_back
from callcenter.telephony.fields import Request
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.requests import BY_SWITCH, ArrivalForm, EnqueueForm, NothingForm, TransferForm
from routing.results import PRIORITIES, Arrival, CallView
from routing.states import CallState


class Calls(ApiView):
    scope = "calls:write"

    @operation("call_arrives", request=ArrivalForm)
    def post(self, request: object) -> HttpResponse | StreamingHttpResponse:
        return held_answers.held(self, self._arrives, standing=standing_now)

    def _arrives(self) -> HttpResponse:
        wish = self.body(ArrivalForm)
        trunk = naming.find_trunk(key=wish.get("trunk", ""), principal=self.principal)
        arrival = CallArrival(
            domain=trunk.domain,
            source=trunk.group,
            external_id=wish["external_id"],
            channel=wish["channel"],
            direction=wish["direction"],
            from_number=wish.get("from", ""),
            to_number=wish.get("to", ""),
            queue=wish.get("queue"),
            head_start_s=PRIORITIES[wish["priority"]],
            language=wish["language"],
            intent=wish["intent"],
            attributes=wish["attributes"],
            agent_id=naming.agent(wish["agent"], principal=self.principal).id if "agent" in wish else None,
            rung_by=trunk.key if wish["dialled_by"] == BY_SWITCH else "",
        )
        if arrival.rung_by:
            ringing_back.check_begins_calls(trunk.key, trunk.dialect)
        created = True

        def act() -> tuple[int, Json]:
            nonlocal created
            if arrival.direction == "out":
                hall.dialling.check(arrival, purpose=wish["purpose"], now=db_now())
            arrived = arrive(arrival, principal=self.principal)
            created = arrived.created
            return _status(arrived), answers.standing(arrived)

        response = self.timed_by_itself(act)
        if not created:
            response["Idempotent-Replay"] = "true"
        return response


def arrive(arrival: CallArrival, *, principal: Principal, now: datetime | None = None) -> Arrival:
    """The call comes in; what the switch told of it before counts first, so a caller already gone is never queued.

    By default at the instant from which its name is held.
    """
    held = hall.inbound.hold(arrival, besides=[keeping.ANYTHING_HELD])
    now, [is_told_of] = now or held.name.at, held.answers
    if not is_told_of:
        return hall.inbound.call_arrived(arrival=arrival, actor=principal.name, now=now, held=held)
    parked = replace(arrival, queue=None)
    arrived = hall.inbound.call_arrived(arrival=parked, actor=principal.name, now=now, held=held)
    intake.take_held(call=arrived.call, actor=principal.name, now=now)
    call = routing.queries.call(call_id=arrived.call.id)
    if arrival.agent_id is not None:
        return replace(arrived, call=call, reservation=routing.queries.live_reservation_of_call(call_id=call.id))
    if arrival.queue is None or call.state != CallState.ARRIVED:
        return replace(arrived, call=call)
    return hall.inbound.call_queued(
        call_id=call.id, queue=arrival.queue, head_start_s=arrival.head_start_s, actor=principal.name, now=now
    )


def _status(arrived: Arrival) -> int:
    """200 for a repeat, 202 for a caller who waits, 201 for one with an agent or still in the menus."""
    if not arrived.created:
        return 200
    return 202 if arrived.call.state == CallState.QUEUED else 201


def standing(call: CallView, *, now: datetime) -> Json:
    """The call as it stands, read afresh."""
    held = call.state in {CallState.RESERVED, CallState.CONNECTED, CallState.WRAPPING}
    line = routing.in_line.in_line(call=call, now=now)
    return answers.standing(
        Arrival(
            call=call,
            created=True,
            reservation=routing.queries.live_reservation_of_call(call_id=call.id) if held else None,
            guest=routing.queries.guest_of_call(call_id=call.id) if call.state == CallState.CONNECTED else None,
            position=line.position,
            estimate=line.estimate,
            offers=line.offers,
        )
    )


def standing_now(call_id: UUID) -> Json:
    """The call as it stands at this moment."""
    return standing(routing.queries.call(call_id=call_id), now=db_now())


class Call(ApiView):
    scope = "calls:read"

    @operation("call")
    def get(self, request: object, call: str) -> HttpResponse:
        return answer(standing(naming.call(call, principal=self.principal), now=db_now()))


class Timeline(ApiView):
    scope = "calls:read"

    @operation("call_timeline")
    def get(self, request: object, call: str) -> HttpResponse:
        view = naming.call(call, principal=self.principal)
        events = Event.objects.filter(call=view.id).order_by("seq_in_call")
        evidence = InboundEvent.objects.filter(call=view.id).order_by("received_at", "id")
        return answer(
            {
                "call": answers.call(view),
                "events": [answers.event(row) for row in events],
                "evidence": [answers.evidence(row) for row in evidence],
            }
        )


class CallCommand(ApiView):
    """A command on one call: find it, compare its version, do it, answer where the call stands then."""

    scope = "calls:write"
    form: type[Request] = NothingForm

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        raise NotImplementedError

    def post(self, request: object, call: str) -> HttpResponse | StreamingHttpResponse:
        return self._do(call)

    def _do(self, call: str) -> HttpResponse:
        wish = self.body(self.form)
        return changed(self, call, lambda found, now: self.act(found, wish, now), status_of=self.status_of)

    def status_of(self, body: Json) -> int:
        return 200


def changed(
    view: ApiView,
    call: str,
    act: Callable[[CallView, datetime], CallView],
    *,
    status_of: Callable[[Json], int] = lambda body: 200,
) -> HttpResponse:
    """Find the call, compare its version, do it, and answer where it stands then: one transaction."""
    expected = view.expected_version()

    def whole(now: datetime) -> tuple[int, Json]:
        found = naming.call(call, principal=view.principal)
        check_version(expected=expected, present=found.version, state=found.state.value)
        body = standing(act(found, now), now=now)
        return status_of(body), body

    return view.command(whole)


class PlainCommand(CallCommand):
    """A command that needs no more words than its name: `change` is what the hall does then."""

    change: ClassVar[Callable[..., CallView]]

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        return type(self).change(call_id=call.id, actor=self.principal.name, now=now)


@extend_schema_view(post=operation("call_enqueue", request=EnqueueForm))
class Enqueue(CallCommand):
    form = EnqueueForm

    def post(self, request: object, call: str) -> HttpResponse | StreamingHttpResponse:
        return held_answers.held(self, partial(self._do, call), standing=standing_now)

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        head_start_s = PRIORITIES[wish["priority"]]
        who = self.principal.name
        return hall.inbound.call_queued(
            call_id=call.id, queue=wish["queue"], head_start_s=head_start_s, actor=who, now=now
        ).call

    def status_of(self, body: Json) -> int:
        return 202 if body["call"]["state"] == CallState.QUEUED else 201


@extend_schema_view(post=operation("call_hold", request=NothingForm))
class Hold(PlainCommand):
    change = staticmethod(hall.talk.call_held)


@extend_schema_view(post=operation("call_resume", request=NothingForm))
class Resume(PlainCommand):
    change = staticmethod(hall.talk.call_resumed)


@extend_schema_view(post=operation("call_transfer", request=TransferForm))
class Transfer(CallCommand):
    form = TransferForm

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        who = self.principal.name
        if "agent" in wish:
            colleague = naming.agent(wish["agent"], principal=self.principal)
            return hall.consult.sent_to_colleague(call_id=call.id, agent_id=colleague.id, actor=who, now=now)
        if "number" in wish:
            return hall.consult.sent_outside(call_id=call.id, number=wish["number"], actor=who, now=now)
        return hall.talk.call_transferred(call_id=call.id, queue=wish["queue"], actor=who, now=now)


@extend_schema_view(post=operation("call_cancel", request=NothingForm))
class Cancel(PlainCommand):
    urgent = True
    change = staticmethod(hall.ending.call_canceled)
