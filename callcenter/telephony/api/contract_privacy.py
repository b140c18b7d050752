"""The contract of what people may ask of us about themselves."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import PLAIN_COMMANDS, Json, Operation
from callcenter.telephony.fields import Choice, Request, Uuid, Word, YesNo
from callcenter.telephony.shapes import Shape, moment, word
from customers.rights.models import Restriction
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
    act = word("erase, restrict, lift, correct or object.")
    reference = word()
    at = moment()
    removed = serializers.DictField(child=serializers.IntegerField(), required=False, help_text="Rows by table.")
    parts = serializers.ListField(child=serializers.CharField(), required=False, help_text="All ids the person had.")
    blocked = serializers.IntegerField(
        required=False, help_text="Keyed hashes that keep later files from bringing them back."
    )
    still_present = serializers.DictField(
        child=serializers.IntegerField(),
        required=False,
        help_text="Where the search afterwards found anything: nowhere.",
    )


class ExportShape(Shape):
    customer = word()
    reference = word()
    at = moment()
    rows = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by table.")
    data = serializers.JSONField(  # type: ignore[assignment]  # the API calls it so
        help_text="Everything we hold, by table, in clear."
    )


def _receipt(act: str, **rest: object) -> Json:
    return {"customer": _CUSTOMER, "act": act, "reference": "letter 2026-118", "at": "2026-11-22T02:00:00.000Z", **rest}


_ASKED: Json = {"customer": _CUSTOMER, "reference": "letter 2026-118"}

PRIVACY: dict[str, Operation] = {
    "privacy_export": Operation(
        tag="privacy",
        summary="Everything we hold about a person",
        description="From every room and table, merged parts included, in clear: the key answers for who receives it. On record.",
        answers={200: (ExportShape, {**_ASKED, "at": "2026-11-22T02:00:00.000Z", "rows": {"customers_customer": 1},
                                     "data": {"customers_customer": [{"id": _CUSTOMER, "name": "陈美丽"}]}})},
        problems=PLAIN_COMMANDS,
        example=_ASKED,
    ),
    "privacy_erasure": Operation(
        tag="privacy",
        summary="Erase a person",
        description="Out of every room and table, merged parts included; calls stay as work that was done and name nobody."
        " The receipt says what went, and what a search afterwards still found.",
        answers={200: (ReceiptShape, _receipt("erase", removed={"customers_identifier": 2}, parts=[_CUSTOMER], blocked=3,
                                              still_present={}))},
        problems=(*PLAIN_COMMANDS, "erased"),
        example={**_ASKED, "sure": True},
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
