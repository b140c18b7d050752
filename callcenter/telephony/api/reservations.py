"""Reservations: an agent held for a call accepts, declines, wraps up, asks for time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.operations
import routing.queries
from callcenter import hall
from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer, check_version
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Request
from callcenter.telephony.requests import AcceptForm, CompleteForm, RejectForm, ReservationsQuery
from routing.results import ReservationView
from routing.states import LIVE_RESERVATION


class Reservations(ApiView):
    scope = "reservations:write"

    @operation("reservations")
    def get(self, request: object) -> HttpResponse:
        wish = self.query(ReservationsQuery)
        word = wish.get("agent")
        found = routing.queries.reservations(
            domain=self.principal.domain,
            agent_id=naming.agent(word, principal=self.principal).id if word else None,
            states=wish["state"] or tuple(sorted(LIVE_RESERVATION)),
            limit=wish["limit"],
        )
        return answer({"reservations": [answers.reservation(view) for view in found]})


class Reservation(ApiView):
    scope = "reservations:write"

    @operation("reservation")
    def get(self, request: object, reservation: str) -> HttpResponse:
        view = naming.reservation(reservation, principal=self.principal)
        return answer({"reservation": answers.reservation(view)})


class ReservationCommand(ApiView):
    """A command on one reservation, by the agent who is held unless the body names another."""

    scope = "reservations:write"
    urgent = True
    form: type[Request] = AcceptForm
    one_transaction = True  # False where the act makes its own, as switch events do

    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        raise NotImplementedError

    def post(self, request: object, reservation: str) -> HttpResponse:
        wish, expected = self.body(self.form), self.expected_version()

        def whole(now: datetime) -> tuple[int, Json]:
            held = naming.reservation(reservation, principal=self.principal)
            check_version(expected=expected, present=held.version, state=held.state.value)
            view = self.act(held, wish, self._who(held, wish, now))
            return 200, {"reservation": answers.reservation(view)}

        return self.command(whole, one_transaction=self.one_transaction)

    def _who(self, held: ReservationView, wish: Json, now: datetime) -> dict[str, Any]:
        """What every command says of itself: which reservation, which agent, who and when."""
        named = wish.get("agent")
        agent_id = naming.agent(named, principal=self.principal).id if named else held.agent_id
        return {"reservation_id": held.id, "agent_id": agent_id, "actor": self.principal.name, "now": now}


@extend_schema_view(post=operation("reservation_accept", request=AcceptForm))
class Accept(ReservationCommand):
    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        return hall.talk.agent_accepts(lease_id=wish.get("lease_id"), **who)


@extend_schema_view(post=operation("reservation_reject", request=RejectForm))
class Reject(ReservationCommand):
    form = RejectForm

    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        return hall.talk.agent_rejects(reason=wish["reason"], lease_id=wish.get("lease_id"), **who)


@extend_schema_view(post=operation("reservation_complete", request=CompleteForm))
class Complete(ReservationCommand):
    form = CompleteForm

    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        return hall.ending.call_wrapped_up(
            disposition=wish["disposition"],
            next_presence=wish.get("next_presence", ""),
            lease_id=wish.get("lease_id"),
            **who,
        )


@extend_schema_view(post=operation("reservation_extend", request=AcceptForm))
class Extend(ReservationCommand):
    def act(self, held: ReservationView, wish: Json, who: Json) -> ReservationView:
        return routing.operations.extend(**who)
