"""What hangs on one customer, by itself: contacts page by page, tags by hand, consents, points and benefits.

The id may be one that was merged away: what is answered and done is the survivor's. Who is erased or restricted is not
there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from callcenter.accounts import look_up_alarms
from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contacting import consent_told
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_membership import (
    BenefitForm,
    PointsForm,
    PointsQuery,
    ReverseForm,
    TagForm,
    TagOffForm,
    TimelineQuery,
)
from callcenter.telephony.api.customer_sections import plain, tags_of
from customers.identity import merging
from customers.insight import benefits, ledger, manual, points
from customers.insight.membership_models import PointsEntry
from customers.offers.consents import queries as consents
from customers.timeline import queries as timeline


class OfCustomer(ApiView):
    """An address below one customer."""

    scope = "customers:read"

    def living(self, customer: str) -> UUID:
        """The id under which they live now. Raises NotFound."""
        try:
            return merging.living(customer_id=UUID(customer))
        except ValueError:
            raise NotFound("There is no such customer.") from None

    def looked_at(self, customer: str, section: str) -> tuple[UUID, datetime]:
        """Whom it is about and the present instant; that somebody looks is written down."""
        living, now = self.living(customer), db_now()
        audit.write(
            actor=self.principal.name, action=look_up_alarms.READ, subject=f"customer:{living}",
            data={"sections": [section]}, now=now,
        )  # fmt: skip
        return living, now


class CustomerTimeline(OfCustomer):
    @operation("customer_timeline")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        asked = self.query(TimelineQuery)
        living, _now = self.looked_at(customer, "timeline")
        kinds = [asked["kind"]] if asked["kind"] else []
        page = timeline.page(customer_id=living, cursor=asked["after"], limit=asked["limit"], kinds=kinds)
        rows = [
            {name: value for name, value in asdict(row).items() if name not in {"note", "agent"}} for row in page.rows
        ]
        return answer({"customer": str(living), "rows": plain(rows), "next": page.next_cursor or None})


class CustomerTags(OfCustomer):
    scopes: ClassVar[dict[str, str]] = {"POST": "customers:write"}

    @operation("customer_tags")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        living, now = self.looked_at(customer, "tags")
        return answer(_tags(living, now))

    @operation("customer_tagged", request=TagForm)
    def post(self, request: HttpRequest, customer: str) -> HttpResponse:
        asked, actor = self.body(TagForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            living = self.living(customer)
            manual.add_tag(customer_id=living, **asked, actor=actor, now=now)
            return 201, _tags(living, now)

        return self.command(act)


class CustomerTag(OfCustomer):
    scope = "customers:write"
    http_method_names = ["head", "delete"]

    @operation("customer_untagged", request=TagOffForm)
    def delete(self, request: HttpRequest, customer: str, tag: str) -> HttpResponse:
        asked, actor = self.body(TagOffForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            living = self.living(customer)
            manual.remove_tag(customer_id=living, key=tag, **asked, actor=actor, now=now)
            return 200, _tags(living, now)

        return self.command(act)


class CustomerConsents(OfCustomer):
    @operation("customer_consents")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        living, _now = self.looked_at(customer, "consents")
        return answer({"consents": [consent_told(one) for one in consents.of_customer(customer_id=living)]})


class CustomerPoints(OfCustomer):
    scopes: ClassVar[dict[str, str]] = {"POST": "points:write"}

    @operation("customer_points")
    def get(self, request: HttpRequest, customer: str) -> HttpResponse:
        most = self.query(PointsQuery)["limit"]
        living, now = self.looked_at(customer, "points")
        purse = ledger.purse(customer_id=living, now=now)
        return answer(
            {
                "customer": str(living), "balance": purse.balance, "benefits": _benefits(living),
                "lots": [{"points": lot.left, "expires_at": answers.instant(lot.expires_at)} for lot in purse.lots],
                "entries": [_movement(one) for one in ledger.entries(customer_id=living, most=most)],
            }
        )  # fmt: skip

    @operation("points_moved", request=PointsForm)
    def post(self, request: HttpRequest, customer: str) -> HttpResponse:
        asked, actor = self.body(PointsForm), self.principal.name
        kind, qualifying = asked.pop("kind"), asked.pop("qualifying")
        moves: dict[str, Callable[..., PointsEntry]] = {
            "earn": partial(points.earn, qualifying=qualifying), "redeem": points.redeem, "adjust": points.adjust,
        }  # fmt: skip

        def act(now: datetime) -> tuple[int, Json]:
            return _moved(moves[kind](customer_id=self.living(customer), **asked, actor=actor, now=now))

        return self.command(act)


class PointsReversal(OfCustomer):
    scope = "points:write"

    @operation("points_reversed", request=ReverseForm)
    def post(self, request: HttpRequest, customer: str, entry: int) -> HttpResponse:
        asked, actor = self.body(ReverseForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            living = self.living(customer)
            return _moved(points.reverse(customer_id=living, entry_id=entry, **asked, actor=actor, now=now))

        return self.command(act)


class CustomerBenefits(OfCustomer):
    scope = "points:write"

    @operation("benefit_used", request=BenefitForm)
    def post(self, request: HttpRequest, customer: str) -> HttpResponse:
        asked, actor = self.body(BenefitForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            living = self.living(customer)
            benefits.use(customer_id=living, key=asked["benefit"], ref=asked["ref"], actor=actor, now=now)
            return 201, {"benefits": _benefits(living)}

        return self.command(act)


def _tags(living: UUID, now: datetime) -> Json:
    return {"customer": str(living), "tags": tags_of(living, now)}


def _moved(entry: PointsEntry) -> tuple[int, Json]:
    return 201, {"balance": points.balance(customer_id=entry.customer_id), "entry": _movement(entry)}


def _movement(one: PointsEntry) -> Json:
    return {
        "id": one.pk, "kind": str(one.kind), "points": one.points, "qualifying": one.qualifying, "ref": one.ref,
        "reason": one.reason, "actor": one.actor, "origin": str(one.origin), "at": answers.instant(one.at),
        "expires_at": answers.instant(one.expires_at),
    }  # fmt: skip


def _benefits(living: UUID) -> list[dict[str, Any]]:
    return [
        {"key": one.benefit.key, "name_en": one.benefit.en, "name_zh": one.benefit.zh, "a_term": one.benefit.a_term,
         "left": one.left}
        for one in benefits.held(customer_id=living)
    ]  # fmt: skip
