"""TM Forum's addresses over our advice: catalogue (620), qualification (679), recommendation (680), interaction (683),
sales lead (699). Thin: each is one question or one command of the customers' room."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_offers import (
    InteractionForm,
    LeadForm,
    OfferingsQuery,
    QualifyForm,
    RecommendForm,
)
from customers.catalogue import queries as catalogue
from customers.catalogue.models import Offering
from customers.identity import merging
from customers.identity import queries as identity
from customers.offers import operations as offering
from customers.offers import qualifying
from customers.offers import queries as offers
from customers.offers.waiting import operations as waiting
from customers.offers.waiting import queries as leads
from customers.offers.wording import yuan
from customers.results import CallContext, Suggestion, Suggestions

_HOME = "/api/tmf-api/productCatalogManagement/v4/productOffering/"


class ProductOfferings(ApiView):
    scope = "catalogue:read"

    @operation("product_offerings")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(OfferingsQuery)
        found = catalogue.on_sale(today=timezone.localdate(db_now()), limit=asked["limit"], offset=asked["offset"])
        return answer([_offering(one) for one in found])


class ProductOffering(ApiView):
    scope = "catalogue:read"

    @operation("product_offering")
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return answer(_offering(catalogue.offering(code=code)))


class Recommendations(ApiView):
    scope = "offers:read"

    @operation("recommend", request=RecommendForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(RecommendForm), db_now()
        who, decision = _party(asked, now), uuid4()
        found = _advice(who, decision, asked["reason"], now)
        audit.write(actor=self.principal.name, action="offers.recommended", subject=f"customer:{who}", now=now)
        items = [_item(place, card) for place, card in enumerate(found.cards, start=1)]
        parties = [{"id": str(who), "role": "customer"}]
        return answer(
            {"id": str(decision), "relatedParty": parties, "recommendationItem": items, "moment": found.moment}
        )


class Qualifications(ApiView):
    scope = "offers:read"

    @operation("qualify", request=QualifyForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(QualifyForm), db_now()
        items = asked["productOfferingQualificationItem"]
        codes = [item["productOffering"]["id"] for item in items]
        found = qualifying.qualify(customer_id=_party(asked, now), codes=codes, now=now)
        good = [not one.failing for one in found]
        result = "qualified" if all(good) else "alternate" if any(good) else "unqualified"
        told = [_qualified(item, one) for item, one in zip(items, found, strict=True)]
        return answer({"state": "done", "qualificationResult": result, "productOfferingQualificationItem": told})


class PartyInteractions(ApiView):
    scope = "offers:write"

    @operation("party_interaction", request=InteractionForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(InteractionForm)

        def act(now: datetime) -> tuple[int, Any]:
            who, decision = _party(asked, now), asked["recommendation"]
            told = [_told(who, decision, asked["reason"], item, now) for item in asked["interactionItem"]]
            return 201, {"id": str(decision), "status": "completed", "interactionItem": told}

        return self.command(act)


class SalesLeads(ApiView):
    scope = "offers:read"
    scopes: ClassVar[dict[str, str]] = {"POST": "offers:write"}

    @operation("sales_leads")
    def get(self, request: HttpRequest) -> HttpResponse:
        now = db_now()
        try:
            asked = UUID(request.GET.get("relatedParty.id", ""))
        except ValueError:
            raise Invalid("Name the customer in relatedParty.id.", field="relatedParty.id") from None
        found = leads.waiting(customer_id=_living(asked, now), now=now)
        return answer([_lead(one) for one in found])

    @operation("sales_lead_kept", request=LeadForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(LeadForm)

        def act(now: datetime) -> tuple[int, Any]:
            made = waiting.keep(
                customer_id=_party(asked, now), offering_code=asked["productOffering"]["id"], origin="api",
                expires_at=asked["validUntil"], now=now,
            )  # fmt: skip
            kept = leads.one(waiting_id=made)
            assert kept is not None
            return 201, _lead(kept)

        return self.command(act)


def _party(asked: Json, now: datetime) -> UUID:
    return _living(asked["relatedParty"][0]["id"], now)


def _living(customer_id: UUID, now: datetime) -> UUID:
    """The id a merged customer lives under now. Raises NotFound."""
    living = merging.resolve(customer_id=customer_id)
    identity.customer_view(customer_id=living, now=now)
    return living


def _advice(who: UUID, decision: UUID, reason: str, now: datetime) -> Suggestions:
    """The same advice as on the desk: `decision` stands for the call, so that asking again draws the same card."""
    policy = offers.policy(customer_id=who, number_e164="", now=now, call_id=decision)
    return offers.suggest(context=_context(who, decision, reason), policy=policy, now=now)


def _context(who: UUID, decision: UUID, reason: str) -> CallContext:
    return CallContext(call_id=decision, customer_id=who, intent=reason, language="en", queue="", agent_name="")


def _told(who: UUID, decision: UUID, reason: str, item: Json, now: datetime) -> Json:
    """Logs the card as shown, then the answer. A product that was not recommended is refused."""
    code, resolution = item["item"]["id"], item["resolution"]
    if resolution == "declined" and not item["reason"]:
        raise Invalid("Say why it was declined.", field="/interactionItem/reason")
    cards = offers.shown(call_id=decision, customer_id=who)
    card = next((one for one in cards if one.offering_code == code), None)
    if card is None:
        found = _advice(who, decision, reason, now)
        shown = offering.show(
            context=_context(who, decision, reason), suggestions=found.cards, decision=found.decision, now=now
        )
        card = next((one for one in shown if one.offering_code == code), None)
    if card is None or card.offer_id is None:
        raise NotFound("This product was not recommended under that id.")
    if resolution != "shown":
        try:
            offering.decide(
                offer_id=card.offer_id,
                call_id=decision,
                state=resolution,
                reason=item["reason"],
                agent_id=None,
                now=now,
            )
        except offering.UnableToDecide as refusal:
            raise Conflict(refusal.sentence, state=refusal.facts["state"], version=0) from refusal
    return {"item": item["item"], "resolution": resolution}


def _offering(one: Offering) -> Json:
    price = {"unit": "CNY", "value": yuan(one.fee_fen)}
    told: Json = {
        "id": one.code, "href": f"{_HOME}{one.code}", "name": one.name_en, "description": one.summary_en,
        "isBundle": one.kind == Offering.Kind.BUNDLE, "lifecycleStatus": "Retired" if one.valid_to else "Active",
        "category": [{"id": one.family, "name": one.family}],
        "validFor": {"startDateTime": one.valid_from.isoformat(), "endDateTime": one.valid_to and one.valid_to.isoformat()},
        "productOfferingPrice": [
            {"id": one.code, "priceType": "recurring", "recurringChargePeriod": "month", "price": price,
             "@type": "RatedTariff", "tariff": one.tariff}
        ],
    }  # fmt: skip
    if one.parts:
        told["bundledProductOffering"] = [{"id": code} for code in one.parts]
    ties = [("requires", name) for name in one.requires] + [("excludes", name) for name in one.excludes]
    if ties:
        told["productOfferingRelationship"] = [{"relationshipType": kind, "id": name} for kind, name in ties]
    return told


def _item(place: int, card: Suggestion) -> Json:
    item: Json = {
        "id": str(place), "priority": place, "@type": "RatedRecommendationItem", "lane": card.lane, "rule": card.rule,
        "productOffering": {"id": card.offering_code, "name": card.title_en} if card.offering_code else None,
        "reason": card.why_en, "factors": card.facts.get("factors"),
    }  # fmt: skip
    if isinstance(promise := card.facts.get("promise_fen"), int):
        item["ratedSaving"] = {"unit": "CNY", "value": yuan(promise)}
    return item


def _qualified(item: Json, one: qualifying.Qualified) -> Json:
    told = {**item, "qualificationItemResult": "unqualified" if one.failing else "qualified"}
    if one.why is not None:
        told["eligibilityUnavailabilityReason"] = [{"code": one.failing, "label": one.why.en}]
    return told


def _lead(one: leads.WaitingView) -> Json:
    return {
        "id": str(one.id), "status": one.state, "relatedParty": [{"id": str(one.customer_id), "role": "customer"}],
        "productOffering": {"id": one.offering_code, "name": one.name_en}, "note": one.because,
        "creationDate": answers.instant(one.at), "validFor": {"endDateTime": answers.instant(one.expires_at)},
    }  # fmt: skip
