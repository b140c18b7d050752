"""What switches and menus report: always 202, item by item, after it is committed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import PolymorphicProxySerializer

from callcenter.foundation.errors import Invalid
from callcenter.telephony import batches, instructions, naming, reading
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.api.contract import operation
from callcenter.telephony.keeping import Outcome
from callcenter.telephony.requests import SwitchEventsQuery
from callcenter.telephony.wire import ReportForm
from routing.results import ReservationView

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
            return 202, _results(take(items, now))

        return self.command(act, one_transaction=False)


def _results(outcomes: list[Outcome]) -> Json:
    return {"results": [outcome.as_json() for outcome in outcomes]}


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
        hears = self.query(SwitchEventsQuery)["replies"] == "heard"
        items = self.items()

        def act(now: datetime) -> tuple[int, Json]:
            served: list[ReservationView] | None = [] if hears and self.principal.trunk else None
            outcomes = batches.mixed(items=items, principal=self.principal, now=now, served=served)
            return 202, _results(outcomes) | ({"instructions": self._next(served)} if hears else {})

        return self.command(act, one_transaction=False)

    def _next(self, served: list[ReservationView] | None) -> list[Json]:
        """Whom to ring for those who waited: told here, and a second later to whoever asks, in case this is lost."""
        if not served:
            return []
        trunk = naming.find_trunk(key="", principal=self.principal)
        reader = instructions.reader_of(trunk, self.principal, limit=len(served), hears_replies=True)
        return instructions.of(served, reader)


class IvrEvents(Batch):
    scope = "ivr:write"

    @operation("ivr_events", request=one_or_many("IvrEvents", batches.StepForm))
    def post(self, request: object) -> HttpResponse:
        return self.taken(
            self.items(), lambda batch, now: batches.steps(items=batch, principal=self.principal, now=now)
        )
