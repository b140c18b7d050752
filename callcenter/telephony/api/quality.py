"""How good each source's data is: by dimension, by field and day, with the definition of every number."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from callcenter.foundation.clock import db_now
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_imports import QualityQuery
from customers.quality import formulas, judging, measuring, sources


class Quality(ApiView):
    scope = "customers:read"

    @operation("quality")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(QualityQuery)
        since = timezone.localdate(db_now()) - timedelta(days=asked["days"] - 1)
        return answer({
            "formulas": formulas.VERSION,
            "dimensions": [vars(one) for one in formulas.DIMENSIONS],
            "field_weights": formulas.FIELD_WEIGHTS,
            "sources": [
                {
                    "source": one.code, "owner": one.owner, "promised_days": one.promised_days,
                    "cadence_days": one.cadence_days, "trust": one.trust, "one_record_per_person": one.one_record_per_person,
                }
                for one in sources.described()
                if asked["source"] in {"", one.code}
            ],
            "scores": [
                {"source": one.source, "dimension": one.dimension, "day": one.day.isoformat(), "value": one.value, "of": one.of}
                for one in measuring.scores(since=since, source=asked["source"])
            ],
            "fields": [_field(one) for one in judging.by_field(since=since, source=asked["source"])],
        })  # fmt: skip


class QualityRules(ApiView):
    scope = "customers:read"

    @operation("quality_rules")
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer({"rules": [_rule(one) for one in judging.library()]})


def _field(one: judging.FieldDay) -> Json:
    return {
        "source": one.source, "field": one.field, "day": one.day.isoformat(), "checked": one.checked, "failed": one.failed,
        "kept": one.kept,
    }  # fmt: skip


def _rule(one: judging.Judged) -> Json:
    rule = one.rule
    return {
        "code": rule.code, "field": rule.field, "severity": rule.severity, "weight": rule.weight, "version": rule.version,
        "en": rule.en, "zh": rule.zh, "applies": rule.applies, "holds": rule.holds, "formula": rule.formula,
        "checked": one.checked, "failed": one.failed,
        "sources": [
            {"source": source, "checked": checked, "failed": failed} for source, checked, failed in one.by_source
        ],
    }  # fmt: skip
