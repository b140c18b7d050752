"""Who belongs with whom, told by other systems: dated ties of customers; accounts with who holds, pays and uses."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.telephony.api.base import ApiView, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_parties import AccountForm, RelationForm
from customers.accounts import operations as accounts
from customers.identity import merging, relating


class Relations(ApiView):
    scope = "customers:write"

    @operation("customer_relation", request=RelationForm)
    def post(self, request: HttpRequest, customer: str) -> HttpResponse:
        asked = self.body(RelationForm)
        held = relating.relate(
            one=merging.resolve(customer_id=_id(customer)), other=merging.resolve(customer_id=asked["other"]),
            role=asked["role"], since=asked["since"], until=asked["until"], actor=self.principal.name, now=db_now(),
        )  # fmt: skip
        return answer(
            {
                "customer": str(held.a_id), "other": str(held.b_id), "role": held.role,
                "since": held.valid_from and held.valid_from.isoformat(),
                "until": held.valid_to and held.valid_to.isoformat(),
            }
        )  # fmt: skip


class Account(ApiView):
    scope = "customers:write"

    @operation("account", request=AccountForm)
    def put(self, request: HttpRequest, source: str, number: str) -> HttpResponse:
        asked = self.body(AccountForm)
        accounts.tell(
            source=source, number=number, holder=asked["holder"], payer=asked["payer"], since=asked["since"],
            lines=[accounts.Used(**line) for line in asked["subscriptions"]], actor=self.principal.name, now=db_now(),
        )  # fmt: skip
        return answer({"source": source, "number": number, "subscriptions": len(asked["subscriptions"])})


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such customer.") from None
