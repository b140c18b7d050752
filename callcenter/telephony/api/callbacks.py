"""Callbacks: hang up, keep the place, be rung at one's turn."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.callback_queries
from callcenter import hall
from callcenter.foundation.ids import public, read_uuid
from callcenter.foundation.principal import Principal
from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.requests import CallbackForm, CallbacksQuery, NothingForm, RescheduleForm
from routing.operations import cancel_callback
from routing.results import CallbackView


class Callbacks(ApiView):
    scope = "calls:read"
    scopes = {"POST": "calls:write"}

    @operation("callbacks")
    def get(self, request: object) -> HttpResponse:
        asked = self.query(CallbacksQuery)
        found = routing.callback_queries.callbacks(
            domain=self.principal.domain, state=asked.get("state", ""), limit=asked["limit"]
        )
        return answer({"callbacks": [shown(view) for view in found]})

    @operation("callback_promised", request=CallbackForm)
    def post(self, request: object) -> HttpResponse:
        wish = self.body(CallbackForm)

        def whole(now: datetime) -> tuple[int, Json]:
            call = naming.call(wish["call"], principal=self.principal)
            made = hall.callback.callback_promised(
                call_id=call.id, number=wish["number"], at=wish.get("at"), actor=self.principal.name, now=now
            )
            return 201, {"callback": shown(made)}

        return self.command(whole)


class Callback(ApiView):
    scope = "calls:read"

    @operation("callback")
    def get(self, request: object, callback: str) -> HttpResponse:
        return answer({"callback": shown(named(callback, self.principal))})


@extend_schema_view(post=operation("callback_cancel", request=NothingForm))
class Cancel(ApiView):
    scope = "calls:write"

    def post(self, request: object, callback: str) -> HttpResponse:
        self.body(NothingForm)

        def whole(now: datetime) -> tuple[int, Json]:
            found = named(callback, self.principal)
            view = cancel_callback(callback_id=found.id, reason="canceled", now=now, actor=self.principal.name)
            return 200, {"callback": shown(view)}

        return self.command(whole)


@extend_schema_view(post=operation("callback_reschedule", request=RescheduleForm))
class Reschedule(ApiView):
    scope = "calls:write"

    def post(self, request: object, callback: str) -> HttpResponse:
        wish = self.body(RescheduleForm)

        def whole(now: datetime) -> tuple[int, Json]:
            found = named(callback, self.principal)
            view = hall.callback.callback_rescheduled(
                callback_id=found.id, at=wish["at"], why=wish["why"], actor=self.principal.name, now=now
            )
            return 200, {"callback": shown(view)}

        return self.command(whole)


def named(word: str, principal: Principal) -> CallbackView:
    found = routing.callback_queries.callback(callback_id=read_uuid("cb", word))
    if found.domain != principal.domain:
        raise naming.nothing(word)
    return found


def shown(view: CallbackView) -> Json:
    return {
        "id": public("cb", view.id),
        "queue": view.queue,
        "origin": naming.call_id(view.origin),
        "call": naming.call_id(view.call) if view.call else None,
        "number": view.number,
        "state": view.state,
        "enqueued_at": answers.instant(view.enqueued_at),
        "due_at": answers.instant(view.due_at),
        "until": answers.instant(view.until),
        "tries": view.tries,
        "reason": view.reason,
        "promised_at": answers.instant(view.promised_at),
        "ended_at": answers.instant(view.ended_at),
    }
