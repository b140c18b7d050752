"""What people may ask of us about themselves, for the systems that take their letters: each act answers with its receipt.

Ids go in by POST; only the export holds values, and it is on record who had it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from callcenter import customer_flow
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_privacy import CorrectForm, EraseForm, PersonForm, RestrictForm
from customers.rights import operations as rights


class Exports(ApiView):
    scope = "privacy:write"

    @operation("privacy_export", request=PersonForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(PersonForm), db_now()
        told = customer_flow.customer_exported(
            customer_id=asked["customer"],
            actor=self.principal.name,
            purpose=rights.checked(asked["reference"]),
            now=now,
        )
        rows = {table: len(found) for table, found in told.items()}
        return answer({**_about(asked, now), "rows": rows, "data": told})


class Erasures(ApiView):
    scope = "privacy:write"

    @operation("privacy_erasure", request=EraseForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(EraseForm), db_now()
        if not asked["sure"]:
            raise Invalid("There is no way back: say `sure`: true.", field="/sure")
        receipt, left = customer_flow.customer_erased(
            customer_id=asked["customer"],
            actor=self.principal.name,
            purpose=rights.checked(asked["reference"]),
            now=now,
        )
        return answer(
            {
                **_about(asked, now), "act": "erase", "removed": receipt.removed, "blocked": receipt.blocked,
                "parts": [str(part) for part in receipt.parts], "still_present": left,
            }
        )  # fmt: skip


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
            customer_flow.customer_restricted(ground=asked["ground"], **told)
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


def _about(asked: Json, now: datetime) -> Json:
    return {"customer": str(asked["customer"]), "reference": asked["reference"], "at": answers.instant(now)}
