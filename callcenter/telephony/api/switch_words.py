"""What a switch says of one ring, by an address of its own: the same reports as its events, answered with what stands then.

For integrators who think in reservations. Each word is kept as evidence of the call like every event, and counts once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.operations
import routing.queries
from callcenter import hall
from callcenter.foundation.errors import Conflict
from callcenter.foundation.ids import public
from callcenter.telephony import intake, naming
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.api.callbacks import named, shown
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.reservations import ReservationCommand
from callcenter.telephony.requests import AttemptForm, NoAnswerForm, NothingForm
from routing.results import CallbackView, CallView, ReservationView


class SwitchWord(ReservationCommand):
    """A report about the agent's leg of one reservation. `item` says it as an event of the switch."""

    one_transaction = False

    def item(self, wish: Json) -> Json:
        raise NotImplementedError

    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        told = self.item(wish)
        told |= {"reservation": naming.reservation_id(held.id), "event_id": f"{held.id.hex}:{told['type']}"}
        call = routing.queries.call(call_id=held.call_id)
        _tell(self, call, told, who["now"], state=held.state.value, version=held.version)
        return routing.queries.reservation(reservation_id=held.id)


def _tell(view: ApiView, call: CallView, item: Json, now: datetime, **stands: Any) -> None:
    """Take it as an event of this call. Raises Conflict where it changes nothing any more and was not known before."""
    item["at"] = now.isoformat()
    name = f"ext:{call.source}:{call.external_id}"  # whichever trunk of the domain the key speaks for
    (outcome,) = intake.take(items=[item], principal=view.principal, now=now, of_call=name)
    if outcome.result not in {"applied", "duplicate"}:
        sentence = outcome.sentence or "It is told too late: what it is about has moved on. Read it again."
        raise Conflict(sentence, code=outcome.code or "illegal_transition", **stands)


@extend_schema_view(post=operation("reservation_ring", request=NothingForm))
class Ring(SwitchWord):
    form = NothingForm

    def item(self, wish: Json) -> Json:
        return {"type": "ringing"}


@extend_schema_view(post=operation("reservation_answer", request=NothingForm))
class Answer(SwitchWord):
    form = NothingForm

    def item(self, wish: Json) -> Json:
        return {"type": "bridged"}


@extend_schema_view(post=operation("reservation_no_answer", request=NoAnswerForm))
class NoAnswer(SwitchWord):
    form = NoAnswerForm

    def item(self, wish: Json) -> Json:
        known = {name: value for name, value in wish.items() if value is not None}
        return {"type": "leg_failed"} | (known or {"reason": "missed", "heard_18x": True})


@extend_schema_view(post=operation("reservation_rescind", request=NothingForm))
class Rescind(ReservationCommand):
    form = NothingForm

    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        return hall.talk.ring_withdrawn(reservation_id=held.id, actor=who["actor"], now=who["now"])


@extend_schema_view(post=operation("callback_attempt", request=AttemptForm))
class Attempt(ApiView):
    """What became of dialling the customer of a promise."""

    scope = "calls:write"
    urgent = True
    # What a call's own event would say. The customer's line is the caller's leg of it.
    _EVENTS: ClassVar[dict[str, Json]] = {
        "answered": {"type": "bridged"},
        "no_answer": {"type": "hangup", "by": "caller", "q850": 19},
        "busy": {"type": "hangup", "by": "caller", "q850": 17},
        "failed": {"type": "hangup", "by": "network"},
    }

    def post(self, request: object, callback: str) -> HttpResponse:
        outcome: str = self.body(AttemptForm)["outcome"]

        def whole(now: datetime) -> tuple[int, Json]:
            found = named(callback, self.principal)
            return 200, {"callback": shown(self._tried(found, outcome, now))}

        return self.command(whole, one_transaction=False)

    def _tried(self, found: CallbackView, outcome: str, now: datetime) -> CallbackView:
        if found.call is None:
            raise Conflict(
                "Nobody has been sought for this promise yet: there is no try to speak of.", state=found.state
            )
        told = self._EVENTS[outcome] | {"event_id": f"{public('cb', found.id)}:{found.tries}:{outcome}"}
        _tell(self, routing.queries.call(call_id=found.call), told, now, state=found.state)
        return routing.operations.settle_callback(callback_id=found.id, now=now, actor=self.principal.name)
