"""What switches and menus report: always 202, item by item, after it is committed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import PolymorphicProxySerializer

from callcenter.foundation.errors import Invalid
from callcenter.telephony import batches, naming, reading
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.api.contract import operation
from callcenter.telephony.wire import ReportForm

MOST_ITEMS = 1_000


def one_or_many(name: str, form: Any) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(
        component_name=name, serializers=[form, form(many=True)], resource_type_field_name=None, many=False
    )


class Batch(ApiView):
    """One event or a list of them, or `{"events": […]}`."""

    scope = "events:write"
    urgent = True
    most_bytes = reading.MOST_BATCH_BYTES

    def items(self) -> list[Any]:
        raw = reading.read_bytes(self.plain_request, most=self.most_bytes)
        self.raw = raw
        reading.check_type(self.plain_request)
        value = reading.parse(raw)
        if isinstance(value, dict) and isinstance(value.get("events"), list):
            value = value["events"]
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in items) and not isinstance(value, list):
            raise Invalid("The body is one event or a list of events.")
        if len(items) > MOST_ITEMS:
            raise reading.TooLarge(f"The batch has {len(items)} items; at most {MOST_ITEMS} are taken.")
        return items

    def taken(self, items: list[Any], take: Any) -> HttpResponse:
        def act(now: datetime) -> tuple[int, Json]:
            return 202, {"results": [outcome.as_json() for outcome in take(items, now)]}

        return self.command(act, one_transaction=False)


class CallEvents(Batch):
    @operation("call_events", request=one_or_many("CallEvents", ReportForm))
    def post(self, request: object, call: str) -> HttpResponse:
        items = self.items()
        known = naming.reportable(call, principal=self.principal)
        return self.taken(
            items,
            lambda batch, now: batches.of_one_call(
                items=batch, name=call, call=known, principal=self.principal, now=now
            ),
        )


class SwitchEvents(Batch):
    @operation("switch_events", request=one_or_many("SwitchEvents", ReportForm))
    def post(self, request: object) -> HttpResponse:
        return self.taken(
            self.items(), lambda batch, now: batches.mixed(items=batch, principal=self.principal, now=now)
        )


class IvrEvents(Batch):
    scope = "ivr:write"

    @operation("ivr_events", request=one_or_many("IvrEvents", batches.StepForm))
    def post(self, request: object) -> HttpResponse:
        return self.taken(
            self.items(), lambda batch, now: batches.steps(items=batch, principal=self.principal, now=now)
        )
