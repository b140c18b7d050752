"""Menus for those who build them elsewhere: read, propose, publish what somebody agreed to; the reason of a call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse

import ivr.queries
from callcenter.foundation.errors import NotFound
from callcenter.telephony import naming
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Request, Text, Whatever
from callcenter.telephony.requests import NothingForm
from ivr.flows import drafting, review
from ivr.flows.definition import canonical
from ivr.flows.review import FlowLine, Workpiece
from ivr.results import Intent

_LONGEST_KEY = 48


class ProposalForm(Request):
    definition = Whatever(help_text="The exchange format of docs/ivr-flow-format.md, whole.")
    note = Text(max_length=240, required=False, allow_blank=True, default="", help_text="For whoever is to agree.")


class Flows(ApiView):
    scope = "ivr:read"
    scopes = {"POST": "flows:write"}

    @operation("flows")
    def get(self, request: object) -> HttpResponse:
        return answer({"flows": [_line(one) for one in review.flow_lines()]})

    @operation("flow_propose", request=ProposalForm)
    def post(self, request: object) -> HttpResponse:
        wish = self.body(ProposalForm)

        def whole(now: datetime) -> tuple[int, Json]:
            by = self.principal.name
            flow, number = drafting.import_text(raw=canonical(wish["definition"]), by=by, now=now)
            drafting.offer(flow=flow, number=number, note=wish["note"], by=by, now=now)
            return 201, _piece(review.workpiece(flow=flow, number=number))

        return self.command(whole)


class FlowVersion(ApiView):
    scope = "ivr:read"

    @operation("flow_version")
    def get(self, request: object, flow: str, number: int) -> HttpResponse:
        return answer(_piece(review.workpiece(flow=_key(flow), number=number)))


class FlowPublish(ApiView):
    scope = "flows:publish"

    @operation("flow_publish")
    def post(self, request: object, flow: str, number: int) -> HttpResponse:
        self.body(NothingForm)

        def whole(now: datetime) -> tuple[int, Json]:
            drafting.publish(flow=_key(flow), number=number, by=self.principal.name, now=now)
            return 200, _piece(review.workpiece(flow=flow, number=number))

        return self.command(whole)


class CallIntent(ApiView):
    scope = "ivr:read"

    @operation("call_intent")
    def get(self, request: object, call: str) -> HttpResponse:
        found = naming.call(call, principal=self.principal)
        return answer({"call": f"c_{found.id.hex}", "intent": _intent(ivr.queries.intent_of(call_id=found.id))})


def _key(flow: str) -> str:
    if not flow.isprintable() or len(flow) > _LONGEST_KEY:
        raise NotFound("There is no such version of a flow.")
    return flow


def _line(one: FlowLine) -> Json:
    return {
        "flow": one.key,
        "name": {"en": one.name_en, "zh": one.name_zh},
        "entries": list(one.entries),
        "versions": [
            {
                "number": version.number,
                "state": version.state,
                "review": version.review,
                "effective_from": version.effective_from,
                "note": version.note,
            }
            for version in one.versions
        ],
    }


def _piece(one: Workpiece) -> Json:
    stands = one.review
    return {
        "flow": one.view.flow,
        "number": one.view.number,
        "state": one.view.state,
        "review": stands.state if stands else "",
        "made_by": stands.made_by if stands else "",
        "decided_by": stands.decided_by if stands else "",
        "reason": stands.reason if stands else "",
        "effective_from": one.view.effective_from,
        "published": one.published,
        "changes": len(one.changes),
        "faults": [fault.as_json for fault in one.faults],
        "definition": one.view.definition.content,
    }


def _intent(one: Intent) -> dict[str, Any]:
    return {
        "code": one.code,
        "label": {"en": one.label_en, "zh": one.label_zh},
        "basis": one.basis,
        "probability": one.probability,
        "top": [{"code": code, "probability": chance} for code, chance in one.top],
        "evidence": list(one.evidence),
    }
