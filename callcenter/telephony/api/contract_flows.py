"""The contract of the menus' addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_surveys import TextsShape
from callcenter.telephony.api.lines import EVERYWHERE, PLAIN_COMMANDS, READS, Json, Operation
from callcenter.telephony.examples import CALL_ID
from callcenter.telephony.shapes import Shape, moment, one_of, word

DEFINITION: Json = {
    "flow": "opening_hours",
    "languages": ["en", "zh"],
    "name": {"en": "Opening hours", "zh": "营业时间"},
    "entries": ["10012"],
    "root": "main",
    "nodes": [
        {
            "key": "main",
            "kind": "menu",
            "label": {"en": "Main menu", "zh": "主菜单"},
            "prompt": {
                "en": {"text": "For a person press 0.", "seconds": 2},
                "zh": {"text": "人工服务请按0。", "seconds": 2},
            },
            "timeout_s": 5,
            "attempts": 3,
            "choices": [
                {
                    "key": "0",
                    "position": 1,
                    "seconds": {"en": 2, "zh": 2},
                    "label": {"en": "Operator", "zh": "人工服务"},
                    "target": "operator",
                    "reason": "other",
                }
            ],
        },
        {"key": "operator", "kind": "transfer", "label": {"en": "Operator", "zh": "人工服务"}, "queue": "general"},
    ],
    "reasons": [{"code": "other", "label": {"en": "Something else", "zh": "其他"}}],
}
VERSION: Json = {
    "flow": "opening_hours",
    "number": 1,
    "state": "draft",
    "review": "offered",
    "made_by": "key:ab12cd34",
    "decided_by": "",
    "reason": "",
    "effective_from": None,
    "published": None,
    "changes": 0,
    "faults": [],
    "definition": DEFINITION,
}
_STATE = "draft, trial, published or retired."
_REVIEW = "How far a draft is: writing, offered or approved; only an approved one can be published."


class FlowVersionLineShape(Shape):
    number = serializers.IntegerField()
    state = word(_STATE)
    review = word(_REVIEW)
    effective_from = moment("Since when callers hear it, or did.")
    note = word()


class FlowShape(Shape):
    flow = word("Its key.")
    name = TextsShape()
    entries = serializers.ListField(child=word(), help_text="Numbers dialled that lead here.")
    versions = FlowVersionLineShape(many=True, help_text="The newest first.")


class FlowsAnswer(Shape):
    flows = FlowShape(many=True)


class FlowFaultShape(Shape):
    node = word("Its key; empty for the flow as a whole.")
    field = word()
    code = word()
    sentence = word()
    facts = serializers.JSONField(help_text="What stands in the sentence's gaps.")


class FlowVersionShape(Shape):
    flow = word()
    number = serializers.IntegerField()
    state = word(_STATE)
    review = word(_REVIEW)
    made_by = word()
    decided_by = word()
    reason = word("Why it was sent back.")
    effective_from = moment()
    published = serializers.IntegerField(allow_null=True, help_text="The version callers hear now.")
    changes = serializers.IntegerField(help_text="Against that version.")
    faults = FlowFaultShape(many=True, help_text="What keeps a draft from being published.")
    definition = serializers.JSONField(help_text="The exchange format of docs/ivr-flow-format.md.")


class LikelyReasonShape(Shape):
    code = word()
    probability = serializers.FloatField()


class IntentShape(Shape):
    code = word("Empty: nothing is known.")
    # DRF gathers the fields and takes them off the class.
    label = TextsShape()  # type: ignore[assignment]
    basis = one_of(("model", "path", "none"), "Predicted, the last option chosen, or nothing.")
    probability = serializers.FloatField(allow_null=True, help_text="Of the model's reason.")
    top = LikelyReasonShape(many=True)
    evidence = serializers.ListField(
        child=word(), help_text="`chose:bill_question`, `last:roaming`, `days:3`, `calls:5`."
    )


class CallIntentAnswer(Shape):
    call = word("`c_…`")
    intent = IntentShape()


FLOWS: dict[str, Operation] = {
    "flows": Operation(
        tag="menus",
        summary="Every flow with its versions",
        answers={
            200: (
                FlowsAnswer,
                {
                    "flows": [
                        {
                            "flow": "opening_hours",
                            "name": DEFINITION["name"],
                            "entries": ["10012"],
                            "versions": [
                                {"number": 1, "state": "draft", "review": "offered", "effective_from": None, "note": ""}
                            ],
                        }
                    ]
                },
            )
        },
        problems=EVERYWHERE,
    ),
    "flow_propose": Operation(
        tag="menus",
        summary="Propose a version of a flow",
        description=(
            "The whole definition becomes a draft that is offered for agreement; callers hear nothing of it. With any"
            " fault nothing is stored, and `faults` names each by node and field. A person agrees on the page."
        ),
        answers={201: (FlowVersionShape, VERSION)},
        problems=tuple(code for code in (*PLAIN_COMMANDS, "flow_unreadable", "flow_invalid") if code != "not_found"),
        example={"definition": DEFINITION, "note": "Shorter greeting"},
        repeatable=True,
    ),
    "flow_version": Operation(
        tag="menus",
        summary="One version with its definition, faults and how far it is",
        answers={200: (FlowVersionShape, VERSION)},
        problems=READS,
    ),
    "flow_publish": Operation(
        tag="menus",
        summary="Let callers hear an agreed draft",
        description="Refused unless somebody who wrote nothing of it agreed, and no newer version was published since.",
        answers={
            200: (
                FlowVersionShape,
                VERSION
                | {
                    "state": "published",
                    "review": "approved",
                    "published": 1,
                    "effective_from": "2026-03-04T05:06:07.089Z",
                },
            )
        },
        problems=(*READS, "draft_moved", "flow_invalid", "trial_running", "in_progress", "idempotency_mismatch"),
        repeatable=True,
    ),
    "call_intent": Operation(
        tag="menus",
        summary="Why this caller rings, as far as it is known",
        description="As routing, desk and scripts have it: the model's word where it was sure, else the option chosen.",
        answers={
            200: (
                CallIntentAnswer,
                {
                    "call": CALL_ID,
                    "intent": {
                        "code": "bill_question",
                        "label": {"en": "Question about a bill", "zh": "账单疑问"},
                        "basis": "model",
                        "probability": 0.82,
                        "top": [
                            {"code": "bill_question", "probability": 0.82},
                            {"code": "refund", "probability": 0.09},
                        ],
                        "evidence": ["chose:bill_question", "days:3"],
                    },
                },
            )
        },
        problems=READS,
    ),
}
