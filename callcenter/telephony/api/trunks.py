"""A switch after a gap: which calls it still has. What it has no more is over here too."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework import serializers

import routing.queries
from callcenter import call_flow
from callcenter.foundation.errors import Conflict
from callcenter.telephony import naming, reading
from callcenter.telephony.api.base import ApiView, Json
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Instant, Request, Word
from callcenter.telephony.models import Trunk
from callcenter.telephony.naming import call_id
from callcenter.telephony.wire import LONGEST_EXTERNAL_ID
from routing.states import CallState

MOST_CALLS = 10_000
# A call that arrived so shortly before the list was made may be missing from it.
_GRACE = timedelta(seconds=5)
_ON_THE_LINE = {CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED, CallState.CONNECTED}


class LiveCallsForm(Request):
    as_of = Instant(help_text="When the list was made, by the switch's clock; a clock ahead of ours counts as now.")
    calls = serializers.ListField(
        child=Word(max_length=LONGEST_EXTERNAL_ID),
        max_length=MOST_CALLS,
        help_text="The switch's own ids of all calls it has. Complete, or nothing: what is missing is taken for gone.",
    )


@extend_schema_view(put=operation("trunk_calls", request=LiveCallsForm))
class LiveCalls(ApiView):
    scope = "trunks:write"
    urgent = True
    most_bytes = reading.MOST_BATCH_BYTES

    def put(self, request: object, trunk: str) -> HttpResponse:
        wish = self.body(LiveCallsForm)
        found = naming.find_trunk(key=trunk, principal=self.principal)
        if Trunk.objects.filter(group=found.group).count() > 1:
            raise Conflict(
                "Several trunks share this source: the list of one says nothing of the others' calls.",
                code="shared_source",
            )

        def act(now: datetime) -> tuple[int, Json]:
            listed = set(wish["calls"])
            before = min(wish["as_of"], now) - _GRACE
            ours = {
                call.external_id: call
                for call in routing.queries.live_calls(domain=found.domain, limit=100_000)
                if call.source == found.group and call.state in _ON_THE_LINE
            }
            gone = [call for name, call in ours.items() if name not in listed and call.arrived_at < before]
            for call in gone:  # each in a transaction of its own, so that one that moves holds up none
                call_flow.caller_hung_up(call_id=call.id, by="network", actor=self.principal.name, now=now)
            return 200, {
                "closed": [call_id(call.id) for call in gone],
                "unknown": sorted(listed - set(ours)),
            }

        return self.command(act, one_transaction=False)
