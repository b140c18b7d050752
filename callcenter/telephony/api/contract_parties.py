"""The contract of ties and accounts."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_customers import _ASKS, CUSTOMER_ID
from callcenter.telephony.api.lines import Operation
from callcenter.telephony.fields import Choice, Request, Uuid, Word
from callcenter.telephony.shapes import Shape, word
from customers.accounts.models import Subscription
from customers.identity.relating import ROLES

_OTHER = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f406"


class RelationForm(Request):
    other = Uuid()
    role = Choice(choices=tuple(ROLES), help_text="What the customer is to the other one.")
    since = serializers.DateField(required=False, allow_null=True, default=None, help_text="Left out: today.")
    until = serializers.DateField(required=False, allow_null=True, default=None, help_text="Ends the tie.")


class SubscriptionForm(Request):
    kind = Choice(choices=tuple(Subscription.Kind.values))
    number = Word(max_length=60, help_text="In any spelling.")
    user = Uuid(required=False, allow_null=True, default=None)


class AccountForm(Request):
    holder = Uuid(required=False, allow_null=True, default=None)
    payer = Uuid(required=False, allow_null=True, default=None)
    since = serializers.DateField(required=False, allow_null=True, default=None, help_text="Left out: today.")
    subscriptions = SubscriptionForm(many=True, required=False, default=list)


class RelationAnswer(Shape):
    customer = word()
    other = word()
    role = word()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class AccountAnswer(Shape):
    source = word()  # type: ignore[assignment]  # the API calls it so; fields have an attribute of that name
    number = word()
    subscriptions = serializers.IntegerField(help_text="How many were told of.")


PARTIES: dict[str, Operation] = {
    "customer_relation": Operation(
        tag="customers",
        summary="What a customer is to another one",
        description="Pays for, uses, member of …, with dates. Told again with `until` it ends; it is never deleted.",
        answers={
            200: (
                RelationAnswer,
                {"customer": CUSTOMER_ID, "other": _OTHER, "role": "payer", "since": "2024-03-01", "until": None},
            )
        },
        problems=(*_ASKS, "not_found"),
        example={"other": _OTHER, "role": "payer", "since": "2024-03-01"},
    ),
    "account": Operation(
        tag="customers",
        summary="Who holds, who pays and who uses an account",
        description="What is left out stays as it is. Who was it before stays with an end date. Told again, nothing changes.",
        answers={200: (AccountAnswer, {"source": "billing", "number": "A-4711", "subscriptions": 1})},
        problems=_ASKS,
        example={
            "holder": CUSTOMER_ID, "payer": _OTHER, "since": "2024-03-01",
            "subscriptions": [{"kind": "mobile", "number": "138 0013 8000", "user": CUSTOMER_ID}],
        },
    ),
}  # fmt: skip
