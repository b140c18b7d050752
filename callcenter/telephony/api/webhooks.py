"""Webhooks: who is told of what, how the telling went, and telling it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from callcenter.foundation import versions
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.numbers import whole
from callcenter.telephony import feed
from callcenter.telephony.answers import instant
from callcenter.telephony.api.base import ApiView, Json, answer, check_version
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Request, Text, Whole, Word, YesNo
from callcenter.telephony.naming import call_id
from callcenter.telephony.requests import MOST_PER_PAGE, Count, NothingForm
from callcenter.telephony.webhooks import addresses, operations, queries
from callcenter.telephony.webhooks.envelope import message_id
from callcenter.telephony.webhooks.models import WebhookDelivery
from callcenter.telephony.webhooks.results import AttemptView, DeliveryView, EndpointView


def _types() -> serializers.ListField:
    return serializers.ListField(
        child=Word(max_length=50), required=False, help_text="`call.queued`, `call.*` …; none stands for all."
    )


_URL: Json = {"max_length": addresses.LONGEST_URL, "help_text": "https, port 443 or 8443, a public host."}
_NOTE: Json = {"max_length": 120, "required": False, "allow_blank": True, "help_text": "For people."}


class WebhookForm(Request):
    url = Text(**_URL)
    types = _types()
    description = Word(**_NOTE)
    after = Word(required=False, max_length=64, help_text="Cursor of the feed to begin after; by default from now on.")


class WebhookChangeForm(Request):
    url = Text(required=False, **_URL)
    types = _types()
    description = Word(**_NOTE)
    active = YesNo(required=False, help_text="Switched on again it goes on where it stood: nothing is left out.")


class RotationForm(Request):
    overlap_hours = Whole(default=24, min_value=0, max_value=168, help_text="How long the secret before signs as well.")


class ReplayForm(Request):
    after = Word(max_length=64, help_text="Cursor of the feed: what came after it is sent again.")
    types = _types()


class DeliveriesQuery(Request):
    state = Word(required=False, default="", max_length=12)
    before = Word(required=False, default="", max_length=24)
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)

    def validate_state(self, state: str) -> str:
        if state and state not in set(WebhookDelivery.State):
            raise ValidationError("This must be pending, delivered or dead.")
        return state

    def validate_before(self, word: str) -> int | None:
        return _delivery_number(word) if word else None


def _delivery_number(word: str) -> int:
    number = whole(word.removeprefix("d_"))
    if number is None:
        raise NotFound("There is no such delivery.")
    return number


def _webhook(view: EndpointView) -> Json:
    return {
        "id": view.public_id,
        "url": view.url,
        "description": view.description,
        "types": list(view.types),
        "active": view.active,
        "inactive_reason": view.inactive_reason,
        "failing_since": instant(view.failing_since),
        "resume_at": instant(view.resume_at),
        "last_success_at": instant(view.last_success_at),
        "previous_secret_until": instant(view.previous_until),
        "created_at": instant(view.created_at),
        "pending": view.pending,
        "behind": view.behind,
        "dead": view.dead,
        "version": _version(view),
    }


def _version(view: EndpointView) -> int:
    """Of what people set; how the telling goes is no new version."""
    return versions.of_content([view.url, view.description, list(view.types), view.active])


def _delivery(view: DeliveryView) -> Json:
    return {
        "id": f"d_{view.id}",
        "event": message_id(view.event),
        "type": view.type,
        "call": call_id(view.call) if view.call else None,
        "state": view.state,
        "test": view.test,
        "tries": view.tries,
        "due_at": instant(view.due_at) if view.state == WebhookDelivery.State.PENDING else None,
        "tried_at": instant(view.tried_at),
        "last_status": view.last_status,
        "last_result": view.last_result,
        "created_at": instant(view.created_at),
        "finished_at": instant(view.finished_at),
    }


def _attempt(view: AttemptView) -> Json:
    return {"at": instant(view.at), "took_ms": view.took_ms, "status": view.status, "result": view.result}


class WebhookView(ApiView):
    """Addresses below a domain's webhooks."""

    scope = "webhooks:write"
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def named(self, word: str) -> Json:
        """The webhook of an address, as the operations take it. Raises NotFound."""
        return {"endpoint_id": read_uuid("wh", word), "domain": self.principal.domain}

    def by(self, now: datetime) -> Json:
        return {"actor": self.principal.name, "now": now}


class Webhooks(WebhookView):
    @operation("webhooks")
    def get(self, request: object) -> HttpResponse:
        found = queries.endpoints(domain=self.principal.domain)
        return answer({"webhooks": [_webhook(view) for view in found]})

    @operation("webhook_create", request=WebhookForm)
    def post(self, request: object) -> HttpResponse:
        wish, domain = self.body(WebhookForm), self.principal.domain

        def act(now: datetime) -> tuple[int, Json]:
            after = feed.position(wish["after"], domain=domain) if wish.get("after") else None
            made = operations.create(
                domain=domain,
                url=wish["url"],
                types=wish.get("types", ()),
                description=wish.get("description", ""),
                after=after,
                **self.by(now),
            )
            return 201, {"webhook": _webhook(made.endpoint), "secret": made.secret}

        return self.command(act)


class Webhook(WebhookView):
    @operation("webhook")
    def get(self, request: object, webhook: str) -> HttpResponse:
        return answer({"webhook": _webhook(queries.endpoint(**self.named(webhook)))})

    @operation("webhook_change", request=WebhookChangeForm)
    def patch(self, request: object, webhook: str) -> HttpResponse:
        wish = self.body(WebhookChangeForm)

        def act(now: datetime) -> tuple[int, Json]:
            present = queries.endpoint(**self.named(webhook))
            state = "active" if present.active else "inactive"
            check_version(expected=self.expected_version(), present=_version(present), state=state)
            return 200, {"webhook": _webhook(operations.change(**self.named(webhook), **wish, **self.by(now)))}

        return self.command(act)

    @operation("webhook_remove")
    def delete(self, request: object, webhook: str) -> HttpResponse:
        self.body(NothingForm)
        operations.remove(**self.named(webhook), **self.by(db_now()))
        return HttpResponse(status=204)


@extend_schema_view(post=operation("webhook_rotate", request=RotationForm))
class RotateSecret(WebhookView):
    def post(self, request: object, webhook: str) -> HttpResponse:
        overlap = timedelta(hours=self.body(RotationForm)["overlap_hours"])

        def act(now: datetime) -> tuple[int, Json]:
            made = operations.rotate_secret(**self.named(webhook), overlap=overlap, **self.by(now))
            return 200, {"webhook": _webhook(made.endpoint), "secret": made.secret}

        return self.command(act)


@extend_schema_view(post=operation("webhook_test", request=NothingForm))
class Test(WebhookView):
    def post(self, request: object, webhook: str) -> HttpResponse:
        self.body(NothingForm)

        def act(now: datetime) -> tuple[int, Json]:
            return 202, {"delivery": _delivery(operations.send_test(**self.named(webhook), **self.by(now)))}

        return self.command(act)


@extend_schema_view(post=operation("webhook_replay", request=ReplayForm))
class Replay(WebhookView):
    def post(self, request: object, webhook: str) -> HttpResponse:
        wish, domain = self.body(ReplayForm), self.principal.domain
        after = feed.position(wish["after"], domain=domain)

        def act(now: datetime) -> tuple[int, Json]:
            done = operations.replay(**self.named(webhook), after=after, types=wish.get("types", ()), **self.by(now))
            until = feed.cursor(domain, done.until)
            return 202, {"events": done.events, "until": until, "complete": done.complete}

        return self.command(act)


@extend_schema_view(get=operation("webhook_deliveries"))
class Deliveries(WebhookView):
    def get(self, request: object, webhook: str) -> HttpResponse:
        wish = self.query(DeliveriesQuery)
        found = queries.deliveries(
            **self.named(webhook), state=wish["state"], before=wish["before"] or None, limit=wish["limit"]
        )
        older = f"d_{found[-1].id}" if len(found) == wish["limit"] else None
        return answer({"deliveries": [_delivery(view) for view in found], "before": older})


@extend_schema_view(get=operation("webhook_delivery"))
class Delivery(WebhookView):
    def get(self, request: object, webhook: str, delivery: str) -> HttpResponse:
        view = queries.delivery(**self.named(webhook), delivery_id=_delivery_number(delivery))
        return answer({"delivery": _delivery(view), "attempts": [_attempt(one) for one in view.attempts]})


@extend_schema_view(post=operation("webhook_redeliver", request=NothingForm))
class Redeliver(WebhookView):
    def post(self, request: object, webhook: str, delivery: str) -> HttpResponse:
        self.body(NothingForm)

        def act(now: datetime) -> tuple[int, Json]:
            number = _delivery_number(delivery)
            return 202, {
                "delivery": _delivery(operations.redeliver(**self.named(webhook), delivery_id=number, now=now))
            }

        return self.command(act)
