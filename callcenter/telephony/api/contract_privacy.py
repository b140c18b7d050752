"""The contract of what people may ask of us about themselves."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import PLAIN_COMMANDS, READS, Json, Operation
from callcenter.telephony.fields import Choice, Request, Uuid, Word, YesNo
from callcenter.telephony.shapes import Shape, moment, one_of, word
from customers.rights.models import PrivacyRequest, Restriction
from customers.rights.operations import CORRECTABLE, LONGEST_REFERENCE

_CUSTOMER = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f405"


class PersonForm(Request):
    customer = Uuid()
    reference = Word(
        max_length=LONGEST_REFERENCE, help_text="Of the letter, ticket or call that asks; it is on record."
    )


class EraseForm(PersonForm):
    sure = YesNo(help_text="true: there is no way back.")


class RestrictForm(PersonForm):
    act = Choice(choices=("restrict", "lift"), default="restrict")
    ground = Choice(
        choices=("", *Restriction.Ground.values), default="", allow_blank=True, help_text="Of a restriction."
    )


class CorrectForm(PersonForm):
    field = Choice(choices=tuple(CORRECTABLE))
    value = Word(max_length=max(CORRECTABLE.values()), allow_blank=True)


class ReceiptShape(Shape):
    customer = word()
    act = word("restrict, lift, correct or object.")
    reference = word()
    at = moment()


class RequestShape(Shape):
    """An export or an erasure, done by a worker."""

    id = serializers.IntegerField()
    act = one_of(("export", "erase"))
    customer = word()
    reference = word()
    state = one_of(tuple(PrivacyRequest.State.values))
    done = serializers.FloatField(help_text="0–1.")
    trouble = word("Why it was not done: erased, not_found, gave_up.")
    at = moment(null=False)
    ended_at = moment()


class RequestAnswer(Shape):
    request = RequestShape()


class ErasedShape(Shape):
    removed = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by table.")
    parts = serializers.ListField(child=serializers.CharField(), help_text="All ids the person had.")
    blocked = serializers.IntegerField(help_text="Keyed hashes that keep later files from bringing them back.")
    still_present = serializers.DictField(
        child=serializers.IntegerField(), help_text="Where the search afterwards found anything: nowhere."
    )


class ErasureAnswer(RequestAnswer):
    receipt = ErasedShape(allow_null=True, help_text="Once it is done.")


class ExportAnswer(RequestAnswer):
    rows = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by table.")
    data = serializers.JSONField(  # type: ignore[assignment]  # the API calls it so
        allow_null=True,
        help_text="Everything we held, by table, in clear; null until it is done and after three days. Each look is on record.",
    )


def _receipt(act: str, **rest: object) -> Json:
    return {"customer": _CUSTOMER, "act": act, "reference": "letter 2026-118", "at": "2026-11-22T02:00:00.000Z", **rest}


_ASKED: Json = {"customer": _CUSTOMER, "reference": "letter 2026-118"}


def _request(act: str, *, done: bool = False) -> Json:
    stands = {"state": "done", "done": 1.0} if done else {"state": "asked", "done": 0.0}
    at = "2026-11-22T02:00:00.000Z"
    return {"id": 17, "act": act, **_ASKED, **stands, "trouble": "", "at": at, "ended_at": at if done else None}


PRIVACY: dict[str, Operation] = {
    "privacy_export": Operation(
        tag="privacy",
        summary="Have everything handed out that we hold about a person",
        description="From every room and table, merged parts included. A worker gathers it: look at the request by its id.",
        answers={202: (RequestAnswer, {"request": _request("export")})},
        problems=(*PLAIN_COMMANDS, "in_hand"),
        example=_ASKED,
        repeatable=True,
    ),
    "privacy_export_state": Operation(
        tag="privacy",
        summary="How far an export is, and everything we hold once it is done",
        description="In clear, for the key that asked and for three days: that key answers for who receives it.",
        answers={200: (ExportAnswer, {"request": _request("export", done=True), "rows": {"customers_customer": 1},
                                      "data": {"customers_customer": [{"id": _CUSTOMER, "name": "陈美丽"}]}})},
        problems=READS,
    ),
    "privacy_erasure": Operation(
        tag="privacy",
        summary="Have a person erased",
        description="Out of every room and table, merged parts included; calls stay as work that was done and name nobody."
        " A worker does it, whole or not at all: look at the request by its id. `customer.erased` tells of its end.",
        answers={202: (RequestAnswer, {"request": _request("erase")})},
        problems=(*PLAIN_COMMANDS, "erased"),
        example={**_ASKED, "sure": True},
        repeatable=True,
    ),
    "privacy_erasure_state": Operation(
        tag="privacy",
        summary="How far an erasure is, and its receipt",
        description="The receipt says what went, and what a search afterwards still found.",
        answers={200: (ErasureAnswer, {"request": _request("erase", done=True), "receipt": {
            "removed": {"customers_identifier": 2}, "parts": [_CUSTOMER], "blocked": 3, "still_present": {}}})},
        problems=READS,
    ),
    "privacy_restriction": Operation(
        tag="privacy",
        summary="Leave a person's data alone, or use it again",
        description="While it stands no look-up finds the person, no page shows them, nothing is computed and no list has them.",
        answers={200: (ReceiptShape, _receipt("restrict"))},
        problems=(*PLAIN_COMMANDS, "not_in_use", "not_restricted"),
        example={**_ASKED, "act": "restrict", "ground": "accuracy"},
    ),
    "privacy_correction": Operation(
        tag="privacy",
        summary="What a person says of themselves",
        description="Stands from here on as a source of its own; no imported file overwrites it.",
        answers={200: (ReceiptShape, _receipt("correct"))},
        problems=(*PLAIN_COMMANDS, "not_in_use"),
        example={**_ASKED, "field": "region", "value": "广州"},
    ),
    "privacy_objection": Operation(
        tag="privacy",
        summary="A person wants nothing concluded",
        description="Conclusions go at once and come no more; calls are routed by rules alone and no offer is suggested.",
        answers={200: (ReceiptShape, _receipt("object"))},
        problems=PLAIN_COMMANDS,
        example=_ASKED,
    ),
}  # fmt: skip
