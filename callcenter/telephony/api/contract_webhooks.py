"""The contract of the webhooks' addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import EVERYWHERE, LIMIT, PLAIN_COMMANDS, READS, Json, Operation, parameter
from callcenter.telephony.examples import CALL_ID
from callcenter.telephony.shapes import Shape, moment, one_of, word

WEBHOOK: Json = {
    "id": "wh_01990f2b0c1d7e22a1b2c3d4e5f60718",
    "url": "https://crm.example.com/zhiyin",
    "description": "CRM, Hangzhou",
    "types": ["call.*", "reservation.accepted"],
    "active": True,
    "inactive_reason": "",
    "failing_since": None,
    "resume_at": None,
    "last_success_at": "2026-03-04T05:06:08.412Z",
    "previous_secret_until": None,
    "created_at": "2026-03-01T02:00:00.000Z",
    "pending": 0,
    "behind": 0,
    "dead": 0,
    "version": 274226980725313,
}
SECRET = "whsec_3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # noqa: S105  # an example
DELIVERY: Json = {
    "id": "d_4711",
    "event": "evt_20311",
    "type": "call.queued",
    "call": CALL_ID,
    "state": "delivered",
    "test": False,
    "tries": 1,
    "due_at": None,
    "tried_at": "2026-03-04T05:06:08.412Z",
    "last_status": 204,
    "last_result": "",
    "created_at": "2026-03-04T05:06:07.900Z",
    "finished_at": "2026-03-04T05:06:08.412Z",
}
_AGAIN = DELIVERY | {"state": "pending", "tries": 0, "due_at": "2026-03-04T05:10:00.000Z", "finished_at": None}


class WebhookShape(Shape):
    id = word("`wh_…`")
    url = word()
    description = word()
    types = serializers.ListField(child=serializers.CharField(), help_text="Empty: all.")
    active = serializers.BooleanField()
    inactive_reason = one_of(
        ("by_hand", "gone", "failing"), "gone: it answered 410; failing: nothing taken for three days.", blank=True
    )
    failing_since = moment("Since when nothing was taken.")
    resume_at = moment("Nothing is sent before: between probes, or as its Retry-After asked.")
    last_success_at = moment()
    previous_secret_until = moment("Until then the secret before signs as well.")
    created_at = moment(null=False)
    pending = serializers.IntegerField(help_text="Deliveries not yet taken.")
    behind = serializers.IntegerField(help_text="Events of the log not yet looked at for it; counted to 10,000.")
    dead = serializers.IntegerField(help_text="Given up after the last try; send them again when you are ready.")
    version = serializers.IntegerField(help_text="Made of what is set here: for If-Match.")


class DeliveryShape(Shape):
    id = word("`d_…`")
    event = word("`evt_…`: the `webhook-id` of every attempt.")
    type = word()
    call = word(null=True)
    state = one_of(("pending", "delivered", "dead"))
    test = serializers.BooleanField()
    tries = serializers.IntegerField(help_text="Scheduled ones; asking a failing receiver does not count.")
    due_at = moment("When it is tried next.")
    tried_at = moment()
    last_status = serializers.IntegerField(allow_null=True, help_text="Null where no answer came.")
    last_result = word("How the answer began, or why there was none.")
    created_at = moment(null=False)
    finished_at = moment()


class AttemptShape(Shape):
    at = moment(null=False)
    took_ms = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True)
    result = word()


class WebhooksAnswer(Shape):
    webhooks = WebhookShape(many=True)


class WebhookAnswer(Shape):
    webhook = WebhookShape()


class WebhookIssuedAnswer(Shape):
    webhook = WebhookShape()
    secret = word("`whsec_…`: verify `webhook-signature` with it. Told only here.")


class DeliveriesAnswer(Shape):
    deliveries = DeliveryShape(many=True)
    before = word("For the next, older page; null on the last.", null=True)


class DeliveryAnswer(Shape):
    delivery = DeliveryShape()


class DeliveryWithAttemptsAnswer(Shape):
    delivery = DeliveryShape()
    attempts = AttemptShape(many=True)


class ReplayAnswer(Shape):
    events = serializers.IntegerField(help_text="Put into the line again.")
    until = word("Cursor up to which.")
    complete = serializers.BooleanField(help_text="False: ask again with `after` = `until`.")


_TAG = "webhooks"

WEBHOOKS: dict[str, Operation] = {
    "webhooks": Operation(
        tag=_TAG,
        summary="Receivers of events",
        answers={200: (WebhooksAnswer, {"webhooks": [WEBHOOK]})},
        problems=EVERYWHERE,
    ),
    "webhook_create": Operation(
        tag=_TAG,
        summary="Have events sent to a URL",
        description=(
            "CloudEvents 1.0 as JSON, signed as Standard Webhooks has it, at least once, under the same `webhook-id`"
            " each time. Answer any 2xx within 15 seconds; do the work afterwards."
        ),
        answers={201: (WebhookIssuedAnswer, {"webhook": WEBHOOK, "secret": SECRET})},
        problems=(*PLAIN_COMMANDS, "url_not_allowed", "too_many_webhooks", "cursor_expired"),
        example={
            "url": "https://crm.example.com/zhiyin",
            "types": ["call.*", "reservation.accepted"],
            "description": "CRM, Hangzhou",
        },
        repeatable=True,
    ),
    "webhook": Operation(
        tag=_TAG,
        summary="One receiver as it stands",
        answers={200: (WebhookAnswer, {"webhook": WEBHOOK})},
        problems=READS,
    ),
    "webhook_change": Operation(
        tag=_TAG,
        summary="Change a receiver, switch it off or on",
        description="Switched on again, it goes on where it stood: nothing is left out.",
        answers={200: (WebhookAnswer, {"webhook": WEBHOOK})},
        problems=(*PLAIN_COMMANDS, "version_conflict", "url_not_allowed"),
        example={"types": ["call.*"], "active": True},
        repeatable=True,
        conditional=True,
    ),
    "webhook_remove": Operation(
        tag=_TAG, summary="Remove a receiver and its delivery log", answers={204: (None, None)}, problems=READS
    ),
    "webhook_rotate": Operation(
        tag=_TAG,
        summary="A new signing secret",
        description="For `overlap_hours` every message carries a signature of each secret: change yours in between.",
        answers={
            200: (
                WebhookIssuedAnswer,
                {"webhook": WEBHOOK | {"previous_secret_until": "2026-03-05T05:06:07.000Z"}, "secret": SECRET},
            )
        },
        problems=(*PLAIN_COMMANDS, "rotating"),
        example={"overlap_hours": 24},
        repeatable=True,
    ),
    "webhook_test": Operation(
        tag=_TAG,
        summary="Send a test event",
        description="A `webhook.tested` event to this receiver alone, within a second or two; look at the delivery.",
        answers={202: (DeliveryAnswer, {"delivery": _AGAIN | {"type": "webhook.tested", "test": True, "call": None}})},
        problems=PLAIN_COMMANDS,
        example={},
        repeatable=True,
    ),
    "webhook_replay": Operation(
        tag=_TAG,
        summary="Send again what came after a cursor",
        description="Under the same ids, so a receiver that keeps ids knows what it has. At most 20,000 events at once.",
        answers={202: (ReplayAnswer, {"events": 312, "until": "main:1354", "complete": True})},
        problems=(*PLAIN_COMMANDS, "cursor_expired"),
        example={"after": "main:1042"},
        repeatable=True,
    ),
    "webhook_deliveries": Operation(
        tag=_TAG,
        summary="The delivery log, newest first",
        answers={200: (DeliveriesAnswer, {"deliveries": [DELIVERY], "before": None})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(
            parameter("state", "pending, delivered or dead.", words=("pending", "delivered", "dead")),
            parameter("before", "`d_…`: older than this one."),
            LIMIT,
        ),
    ),
    "webhook_delivery": Operation(
        tag=_TAG,
        summary="One delivery with every attempt",
        answers={
            200: (
                DeliveryWithAttemptsAnswer,
                {
                    "delivery": DELIVERY,
                    "attempts": [{"at": "2026-03-04T05:06:08.412Z", "took_ms": 61, "status": 204, "result": ""}],
                },
            )
        },
        problems=READS,
    ),
    "webhook_redeliver": Operation(
        tag=_TAG,
        summary="Send one event again",
        answers={202: (DeliveryAnswer, {"delivery": _AGAIN})},
        problems=PLAIN_COMMANDS,
        example={},
        repeatable=True,
    ),
}
