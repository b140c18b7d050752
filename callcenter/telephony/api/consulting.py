"""Two agents on one call: the colleague is asked, brought in, handed the caller, or let go."""

from __future__ import annotations

from datetime import datetime

from drf_spectacular.utils import extend_schema_view

import routing.queries
from callcenter import hall
from callcenter.telephony import naming
from callcenter.telephony.api.base import Json
from callcenter.telephony.api.calls import CallCommand, PlainCommand
from callcenter.telephony.api.contract import operation
from callcenter.telephony.requests import ConsultForm, NothingForm
from routing.results import CallView


@extend_schema_view(post=operation("call_consult", request=ConsultForm))
class Consult(CallCommand):
    form = ConsultForm

    def act(self, call: CallView, wish: Json, now: datetime) -> CallView:
        colleague = naming.agent(wish["agent"], principal=self.principal)
        hall.consult.colleague_asked(call_id=call.id, agent_id=colleague.id, actor=self.principal.name, now=now)
        return routing.queries.call(call_id=call.id)


@extend_schema_view(post=operation("call_consult_join", request=NothingForm))
class Join(PlainCommand):
    change = staticmethod(hall.consult.all_brought_together)


@extend_schema_view(post=operation("call_consult_complete", request=NothingForm))
class Complete(PlainCommand):
    change = staticmethod(hall.consult.caller_handed_over)


@extend_schema_view(post=operation("call_consult_end", request=NothingForm))
class End(PlainCommand):
    change = staticmethod(hall.consult.caller_taken_back)
