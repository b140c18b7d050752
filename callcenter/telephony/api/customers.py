"""Customers for other systems: who is reached by an identifier, one customer in one answer.

Values go in by POST and never stand in an address; what comes out is masked.
"""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from callcenter.accounts import look_up_alarms
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_customers import SECTIONS, LookupForm
from callcenter.telephony.api.customer_sections import READERS, plain
from customers.identity import merging
from customers.identity import queries as identity
from customers.identity.models import Identifier
from customers.imports.mapping import SCOPED


class Lookup(ApiView):
    scope = "customers:read"

    @operation("customer_lookup", request=LookupForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(LookupForm)
        if asked["kind"] in SCOPED and not asked["scope"]:
            known = ", ".join(Identifier.Kind.values)
            raise Invalid(
                f"An identifier of the kind {asked['kind']} is known within one app or corporation: say which in scope. "
                f"Kinds are: {known}.",
                field="/scope",
            )
        now = db_now()
        found = identity.find(kind=asked["kind"], value=asked["value"], scope=asked["scope"], now=now)
        audit.write(
            actor=self.principal.name, action=look_up_alarms.LOOKED_UP, now=now,
            subject=f"customer:{found.customer_id}" if found.customer_id else "",
            data={"kind": asked["kind"], "found": len(found.candidates)},
        )  # fmt: skip
        return answer(
            {
                "basis": found.basis,
                "customer": str(found.customer_id) if found.customer_id else None,
                "candidates": [
                    {"customer": str(one.customer_id), "name": one.masked_name, "kind": one.kind, "region": one.region,
                     "role": one.role, "verified": one.verified, "last_seen_at": answers.instant(one.last_seen_at),
                     "score": round(one.score, 3)}
                    for one in found.candidates
                ],
            }
        )  # fmt: skip


class Customer(ApiView):
    scope = "customers:read"

    @operation("customer")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        now = db_now()
        asked = _sections(request.GET.get("sections", ""))
        living = merging.resolve(customer_id=_id(customer))
        view = asdict(identity.customer_view(customer_id=living, now=now))
        audit.write(
            actor=self.principal.name, action=look_up_alarms.READ, subject=f"customer:{living}",
            data={"sections": sorted(asked)}, now=now,
        )  # fmt: skip
        after = request.GET.get("after", "")
        told: Json = {"id": str(living), "merged": str(living) != customer, "name": view["masked_name"]}
        told |= {name: plain(view[name]) for name in _STRIP}
        told |= {name: plain(view[name]) for name in _OF_VIEW if name in asked}
        told |= {name: read(living, now, after) for name, read in READERS.items() if name in asked}
        return answer(told)


_STRIP = ("kind", "status", "title", "language", "region", "level", "value_tier", "lifecycle", "since",
          "source", "observed_at")  # fmt: skip
_OF_VIEW = ("identifiers", "holdings", "usage", "consents")


def _sections(text: str) -> frozenset[str]:
    """The sections asked for; all without a word. Raises Invalid."""
    asked = frozenset(filter(None, text.split(",")))
    unknown = asked - set(SECTIONS)
    if unknown:
        raise Invalid(f"There is no section {min(unknown)}. Sections are: {', '.join(SECTIONS)}.", field="sections")
    return asked or frozenset(SECTIONS)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such customer.") from None
