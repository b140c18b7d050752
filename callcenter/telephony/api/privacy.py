"""What people may ask of us about themselves, for the systems that take their letters: each act answers with its receipt,
an export or an erasure with a request that a worker answers.

Ids go in by POST; only the export holds values, and it is on record who had it.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_privacy import CorrectForm, EraseForm, PersonForm, RestrictForm
from customers.rights import asking
from customers.rights import operations as rights
from customers.rights.models import PrivacyRequest


class Exports(ApiView):
    scope = "privacy:write"

    @operation("privacy_export", request=PersonForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        return self.command(partial(_asked, self, PrivacyRequest.Kind.EXPORT, self.body(PersonForm)))


class Export(ApiView):
    scope = "privacy:write"

    @operation("privacy_export_state")
    def get(self, request: HttpRequest, asked: int) -> HttpResponse:
        who, now = self.principal.name, db_now()
        found = asking.find(request_id=asked, actor=who, kind=PrivacyRequest.Kind.EXPORT)
        held = asking.is_held(request_id=asked, now=now)
        data = asking.fetch(request_id=asked, actor=who, now=now) if held else None
        return answer({"request": _request(found), "rows": found.receipt.get("rows", {}), "data": data})


class Erasures(ApiView):
    scope = "privacy:write"

    @operation("privacy_erasure", request=EraseForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(EraseForm)
        if not asked["sure"]:
            raise Invalid("There is no way back: say `sure`: true.", field="/sure")
        return self.command(partial(_asked, self, PrivacyRequest.Kind.ERASE, asked))


class Erasure(ApiView):
    scope = "privacy:write"

    @operation("privacy_erasure_state")
    def get(self, request: HttpRequest, asked: int) -> HttpResponse:
        found = asking.find(request_id=asked, actor=self.principal.name, kind=PrivacyRequest.Kind.ERASE)
        told = found.receipt
        receipt = {
            "removed": told["rows"], "blocked": told["blocked"], "parts": told["parts"], "still_present": told["still_present"],
        } if told else None  # fmt: skip
        return answer({"request": _request(found), "receipt": receipt})


class Restrictions(ApiView):
    scope = "privacy:write"

    @operation("privacy_restriction", request=RestrictForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(RestrictForm), db_now()
        told = {
            "customer_id": asked["customer"],
            "reference": asked["reference"],
            "actor": self.principal.name,
            "now": now,
        }
        if asked["act"] == "lift":
            rights.lift(**told)
        else:
            hall.customer.customer_restricted(ground=asked["ground"], **told)
        return answer({**_about(asked, now), "act": asked["act"]})


class Corrections(ApiView):
    scope = "privacy:write"

    @operation("privacy_correction", request=CorrectForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(CorrectForm), db_now()
        rights.correct(
            customer_id=asked["customer"], field=asked["field"], value=asked["value"], reference=asked["reference"],
            actor=self.principal.name, now=now,
        )  # fmt: skip
        return answer({**_about(asked, now), "act": "correct"})


class Objections(ApiView):
    scope = "privacy:write"

    @operation("privacy_objection", request=PersonForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(PersonForm), db_now()
        customer: UUID = asked["customer"]
        rights.object_to_conclusions(
            customer_id=customer, reference=asked["reference"], actor=self.principal.name, now=now
        )
        return answer({**_about(asked, now), "act": "object"})


def _asked(view: ApiView, kind: str, asked: Json, now: datetime) -> tuple[int, Json]:
    kept = hall.privacy.asked(
        kind=kind, customer_id=asked["customer"], reference=asked["reference"], actor=view.principal.name, now=now
    )
    return 202, {"request": _request(kept)}


def _request(one: PrivacyRequest) -> Json:
    return {
        "id": one.pk, "act": one.kind, "customer": str(one.customer), "reference": one.reference, "state": one.state,
        "done": round(one.done_share, 3), "trouble": one.trouble, "at": answers.instant(one.at),
        "ended_at": answers.instant(one.ended_at) if one.ended_at else None,
    }  # fmt: skip


def _about(asked: Json, now: datetime) -> Json:
    return {"customer": str(asked["customer"]), "reference": asked["reference"], "at": answers.instant(now)}
