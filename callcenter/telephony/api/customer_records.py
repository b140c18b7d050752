"""Records of other systems, pushed: one under its own key, or up to a thousand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid
from callcenter.telephony import reading
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_customers import FactsForm, RecordForm, RecordsForm
from callcenter.telephony.api.imports import shown
from customers.imports import pushed, queries, records
from customers.imports.models import RowError


class Records(ApiView):
    scope = "customers:write"
    most_bytes = reading.MOST_BATCH_BYTES

    @operation("customer_records", request=RecordsForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(RecordsForm)
        told = records.take(
            source=asked["source"], records=asked["records"], actor=self.principal.name, now=db_now()
        )  # fmt: skip
        return answer({"results": [_shown(one) for one in told]})


class Record(ApiView):
    scope = "customers:write"

    @operation("customer_record", request=RecordForm)
    def put(self, request: HttpRequest, source: str, key: str) -> HttpResponse:
        record = {**self.body(RecordForm)["record"], "key": key}
        (told,) = records.take(source=source, records=[record], actor=self.principal.name, now=db_now())
        if told.outcome == "refused":
            raise Invalid(told.sentence, field=f"/record/{told.field}")
        return answer(_shown(told))


class FactsPushed(ApiView):
    scope = "customers:write"
    most_bytes = reading.MOST_BATCH_BYTES

    @operation("customer_facts", request=FactsForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(FactsForm)
        done = pushed.push(**asked, actor=self.principal.name, now=db_now())
        return answer({"import": shown(done.job), "refused": [_refused(one) for one in done.refused]})


def _refused(one: RowError) -> Json:
    return {
        "fact": one.row_no, "field": one.column or None, "detail": queries.refusal(one), "unplaced": one.is_unplaced,
    }  # fmt: skip


def _shown(one: records.Outcome) -> Json:
    return {
        "key": one.key,
        "outcome": one.outcome,
        "customer": str(one.customer) if one.customer else None,
        "field": one.field or None,
        "detail": one.sentence or None,
    }
