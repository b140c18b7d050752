"""A switch after a gap or a start: which calls it still has. What it has no more is over here too."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

from callcenter.telephony import naming, reading, reconciling
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Instant, Request, Word
from callcenter.telephony.naming import call_id
from callcenter.telephony.wire import LONGEST_EXTERNAL_ID

MOST_CALLS = 10_000


def _names(**options: object) -> serializers.ListField:
    return serializers.ListField(child=Word(max_length=LONGEST_EXTERNAL_ID), max_length=MOST_CALLS, **options)  # type: ignore[arg-type]


class LiveCallsForm(Request):
    as_of = Instant(help_text="When the list was made, by the switch's clock; a clock ahead of ours counts as now.")
    calls = _names(
        help_text="The switch's own ids of all calls it has. Complete, or nothing: what is missing is taken for gone."
    )


class StartedForm(Request):
    boot = Word(max_length=64, help_text="Names this run of the switch, as events do.")
    calls = _names(required=False, default=list, help_text="The switch's own ids of calls that outlived the start.")


@extend_schema_view(put=operation("trunk_calls", request=LiveCallsForm))
class LiveCalls(ApiView):
    scope = "trunks:write"
    urgent = True
    most_bytes = reading.MOST_BATCH_BYTES

    def put(self, request: object, trunk: str) -> HttpResponse:
        wish = self.body(LiveCallsForm)
        found = naming.find_trunk(key=trunk, principal=self.principal)

        def act(now: datetime) -> tuple[int, Json]:
            differs = reconciling.difference(trunk=found, listed=wish["calls"], as_of=wish["as_of"], now=now)
            reconciling.close_gone(trunk=found, gone=differs.gone, actor=self.principal.name, now=now)
            return 200, {"closed": [call_id(call.id) for call in differs.gone], "unknown": differs.unknown}

        return self.command(act, one_transaction=False)


@extend_schema_view(post=operation("trunk_started", request=StartedForm))
class Started(ApiView):
    scope = "trunks:write"
    urgent = True
    most_bytes = reading.MOST_BATCH_BYTES

    def post(self, request: object, trunk: str) -> HttpResponse:
        wish = self.body(StartedForm)
        found = naming.find_trunk(key=trunk, principal=self.principal)

        def act(now: datetime) -> tuple[int, Json]:
            differs = reconciling.started(
                trunk=found, boot=wish["boot"], listed=wish["calls"], actor=self.principal.name, now=now
            )
            return 200, {
                "closed": [call_id(call.id) for call in differs.gone],
                "talking": [call_id(call.id) for call in differs.talking],
                "unknown": differs.unknown,
            }

        return self.command(act, one_transaction=False)
