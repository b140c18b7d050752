"""The contact policy for other systems: circumstances, questions before a contact, what a campaign holds, triggers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.phones import e164
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_offers import (
    CircumstanceForm,
    ConsentForm,
    ConsentsQuery,
    ContactCheckForm,
    ContactResultForm,
    ContactsQuery,
    TriggerForm,
)
from callcenter.telephony.requests import NothingForm
from customers.identity import merging
from customers.identity import queries as identity
from customers.offers import contacting, queries
from customers.offers.campaigns import queries as campaigns
from customers.offers.campaigns import running
from customers.offers.circumstances import operations as circumstances
from customers.offers.consents import operations as consents
from customers.offers.consents import queries as consent_queries
from customers.offers.contact.terms import CHANNELS
from customers.offers.contact_policy import Ask, Purpose, Verdict
from customers.offers.models import Consent


class Circumstances(ApiView):
    scope = "contact:write"

    @operation("circumstance_noted", request=CircumstanceForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(CircumstanceForm)
        given = {name: value for name, value in asked.items() if name != "customer"} | {
            "customer_id": asked["customer"]
        }

        def act(now: datetime) -> tuple[int, Any]:
            return 201, {"id": circumstances.note(**given, actor=self.principal.name, now=now)}

        return self.command(act)


class CircumstanceOver(ApiView):
    scope = "contact:write"

    @operation("circumstance_over", request=NothingForm)
    def post(self, request: HttpRequest, circumstance: int) -> HttpResponse:
        self.body(NothingForm)

        def act(now: datetime) -> tuple[int, Any]:
            circumstances.end(circumstance_id=circumstance, actor=self.principal.name, now=now)
            return 200, {"id": circumstance}

        return self.command(act)


class ContactChecks(ApiView):
    scope = "contact:read"

    @operation("contact_checks", request=ContactCheckForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, now = self.body(ContactCheckForm), db_now()
        return answer({"verdicts": [_verdict(_checked(one, now)) for one in asked["questions"]]})


class CampaignContacts(ApiView):
    scope = "contact:read"

    @operation("campaign_contacts")
    def get(self, request: HttpRequest, campaign: int) -> HttpResponse:
        asked, now = self.query(ContactsQuery), db_now()
        campaigns.campaign(campaign_id=campaign)
        held = running.to_contact(campaign_id=campaign, channel=asked["channel"], limit=asked["limit"], now=now)
        return answer(
            {
                "contacts": [
                    {"contact": one.contact_id, "customer": str(one.customer_id), "number": one.contact.number,
                     "channel": one.channel, "offering": one.campaign.offering.code,
                     "expires_at": answers.instant(one.contact.expires_at)}
                    for one in held
                    if one.contact is not None
                ]
            }
        )  # fmt: skip


class CampaignContact(ApiView):
    scope = "contact:write"

    @operation("campaign_contact", request=ContactResultForm)
    def post(self, request: HttpRequest, campaign: int, contact: int) -> HttpResponse:
        result = self.body(ContactResultForm)["result"]

        def act(now: datetime) -> tuple[int, Any]:
            do = running.made if result == "made" else running.undone
            try:
                do(campaign_id=campaign, contact_id=contact, now=now)
            except contacting.UnableToContact as refusal:
                rules = refusal.facts["rules"]
                raise Conflict(
                    refusal.sentence, code="contact_not_allowed", rule=rules[0], until=refusal.facts["next_allowed"]
                ) from refusal
            except Conflict as refusal:
                raise Conflict(refusal.sentence, state=refusal.facts.get("state", ""), version=0) from refusal
            return 200, {"contact": contact, "result": result}

        return self.command(act)


class Consents(ApiView):
    scope = "contact:read"
    scopes: ClassVar[dict[str, str]] = {"POST": "contact:write"}

    @operation("consents")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(ConsentsQuery)
        living = merging.living(customer_id=asked["customer"])
        return answer({"consents": [consent_told(one) for one in consent_queries.of_customer(customer_id=living)]})

    @operation("consent_changed", request=ConsentForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(ConsentForm)

        def act(now: datetime) -> tuple[int, Any]:
            living = merging.resolve(customer_id=asked["customer"])
            given = {name: value for name, value in asked.items() if name != "customer"}
            changed = consents.record(customer_id=living, **given, actor=self.principal.name, now=now)
            return 200, {"customer": str(living), "changed": changed}

        return self.command(act)


class Triggers(ApiView):
    scope = "contact:write"

    @operation("triggered", request=TriggerForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(TriggerForm)

        def act(now: datetime) -> tuple[int, Any]:
            return 200, {"considered": running.happened(kind=asked["kind"], customer_id=asked["customer"], now=now)}

        return self.command(act)


def consent_told(one: Consent) -> Json:
    return {
        "purpose": one.purpose, "channel": one.channel, "state": one.state, "proof": one.proof,
        "at": answers.instant(one.at), "until": answers.instant(one.until) if one.until else None,
    }  # fmt: skip


def _checked(question: Json, now: datetime) -> Verdict:
    number = e164(question["number"])
    if not number:
        raise Invalid("A question names a number that can be reached.", field="/questions/number")
    if question["channel"] not in CHANNELS:
        raise Invalid(f"The channel is one of {', '.join(CHANNELS)}.", field="/questions/channel")
    customer_id = question["customer"] or identity.find(kind="phone", value=number, now=now).customer_id
    ask = Ask(
        direction="out", channel=question["channel"], purpose=Purpose(question["purpose"]), action=question["action"]
    )
    return queries.contact_check(customer_id=customer_id, number_e164=number, ask=ask, now=now)


def _verdict(one: Verdict) -> Json:
    denials = [{"rule": denial.rule, "until": answers.instant(denial.until)} for denial in one.denials]
    return {"allowed": one.allowed, "rule": one.rule, "denials": denials, "next_allowed": answers.instant(one.next_allowed),
            "version": one.version}  # fmt: skip
