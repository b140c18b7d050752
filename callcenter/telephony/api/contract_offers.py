"""The contract of offers: TM Forum's resources over our advice, and the contact policy's own addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import EVERYWHERE, LIMIT, PLAIN_COMMANDS, READS, Json, Operation, parameter
from callcenter.telephony.fields import Choice, Instant, Request, Uuid, Whole, Word
from callcenter.telephony.shapes import Shape, moment, word
from customers.offers.campaigns.operations import TRIGGERS
from customers.offers.circumstances.models import Circumstance
from customers.offers.consents.operations import CHANNELS as CONSENT_CHANNELS
from customers.offers.consents.operations import PURPOSES, STATES
from customers.offers.contact.facts import Purpose
from customers.offers.contact.terms import CHANNELS
from customers.offers.wording import DECLINES

CUSTOMER_ID = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f405"
_DECISION = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f4aa"
_ASKS = (*EVERYWHERE, "malformed", "unsupported_type", "too_large", "invalid_field", "unknown_field")


class Party(Request):
    id = Uuid(help_text="A customer.")
    role = Word(required=False, default="customer", max_length=32)


class OfferingRef(Request):
    id = Word(max_length=48, help_text="Code of the product.")
    name = Word(required=False, default="", allow_blank=True, max_length=120)


class RecommendForm(Request):
    relatedParty = serializers.ListField(child=Party(), min_length=1, max_length=1)  # noqa: N815  TM Forum's spelling
    instantSyncRecommendation = serializers.BooleanField(required=False, default=True)  # noqa: N815
    reason = Word(required=False, default="", allow_blank=True, max_length=32, help_text="Why the customer came.")


class QualificationItem(Request):
    id = Word(required=False, default="", allow_blank=True, max_length=16)
    productOffering = OfferingRef()  # noqa: N815


class QualifyForm(Request):
    relatedParty = serializers.ListField(child=Party(), min_length=1, max_length=1)  # noqa: N815
    productOfferingQualificationItem = serializers.ListField(child=QualificationItem(), min_length=1, max_length=50)  # noqa: N815


class InteractionItem(Request):
    item = OfferingRef(help_text="The product that was recommended.")
    resolution = Choice(choices=("shown", "accepted", "declined", "later"))
    reason = Choice(choices=("", *DECLINES), required=False, default="", allow_blank=True)


class InteractionForm(Request):
    relatedParty = serializers.ListField(child=Party(), min_length=1, max_length=1)  # noqa: N815
    recommendation = Uuid(help_text="The id that queryProductRecommendation answered.")
    reason = Word(required=False, default="", allow_blank=True, max_length=32, help_text="As sent with that question.")
    interactionItem = serializers.ListField(child=InteractionItem(), min_length=1, max_length=3)  # noqa: N815


class LeadForm(Request):
    relatedParty = serializers.ListField(child=Party(), min_length=1, max_length=1)  # noqa: N815
    productOffering = OfferingRef()  # noqa: N815
    validUntil = Instant(required=False, allow_null=True, default=None)  # noqa: N815


class CircumstanceForm(Request):
    kind = Choice(choices=Circumstance.Kind.values)
    customer = Uuid(required=False, allow_null=True, default=None)
    number = Word(required=False, allow_blank=True, default="", max_length=40)
    region = Word(required=False, allow_blank=True, default="", max_length=40, help_text="For an outage.")
    source = Word(max_length=32, help_text="The system that says so.")  # type: ignore[assignment]
    external_id = Word(required=False, allow_blank=True, default="", max_length=64, help_text="Again: corrects it.")
    since = Instant(required=False, allow_null=True, default=None)
    expires_at = Instant()


class ConsentForm(Request):
    customer = Uuid()
    purpose = Choice(choices=PURPOSES)
    channel = Choice(choices=CONSENT_CHANNELS)
    state = Choice(choices=STATES, help_text="Taking back is `refused`.")
    proof = Word(
        required=False, allow_blank=True, default="", max_length=160, help_text="Needed for `granted`: where and how."
    )
    until = Instant(required=False, allow_null=True, default=None)


class ConsentsQuery(Request):
    customer = Uuid()


class ContactQuestion(Request):
    customer = Uuid(required=False, allow_null=True, default=None)
    number = Word(max_length=40)
    channel = Word(max_length=12, help_text=f"{', '.join(CHANNELS)}.")
    purpose = Choice(choices=[one.value for one in Purpose])
    action = Word(required=False, allow_blank=True, default="", max_length=48)


class ContactCheckForm(Request):
    questions = serializers.ListField(child=ContactQuestion(), min_length=1, max_length=1_000)


class ContactResultForm(Request):
    result = Choice(choices=("made", "released"))


class TriggerForm(Request):
    kind = Choice(choices=TRIGGERS)
    customer = Uuid()


class ContactsQuery(Request):
    channel = Choice(choices=("", *CHANNELS), required=False, default="", allow_blank=True)
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200)


class OfferingsQuery(Request):
    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=200)
    offset = serializers.IntegerField(required=False, default=0, min_value=0, max_value=10_000)


class ProductOfferingShape(Shape):
    id = word()
    href = word()
    name = word()
    description = word()
    isBundle = serializers.BooleanField()  # noqa: N815
    lifecycleStatus = word("Active or Retired.")  # noqa: N815
    category = serializers.JSONField()
    validFor = serializers.JSONField()  # noqa: N815
    productOfferingPrice = serializers.JSONField()  # noqa: N815
    bundledProductOffering = serializers.JSONField(required=False)  # noqa: N815
    productOfferingRelationship = serializers.JSONField(  # noqa: N815
        required=False,
        help_text='requires: one of these is needed beside it; excludes: none may be. "mobile:plan" names all such.',
    )


class RecommendationShape(Shape):
    id = word("Names the decision; send it with the outcome.")
    relatedParty = serializers.JSONField()  # noqa: N815
    recommendationItem = serializers.JSONField(help_text="At most three, the first first.")  # noqa: N815
    moment = word("open, not_yet or closed: whether this is a moment to sell.")


class QualificationShape(Shape):
    state = word("done")
    qualificationResult = word("qualified, alternate or unqualified.")  # noqa: N815
    productOfferingQualificationItem = serializers.JSONField()  # noqa: N815


class PartyInteractionShape(Shape):
    id = word()
    status = word("completed")
    interactionItem = serializers.JSONField()  # noqa: N815


class SalesLeadShape(Shape):
    id = word()
    status = word("waiting, told, taken or refused.")
    relatedParty = serializers.JSONField()  # noqa: N815
    productOffering = serializers.JSONField()  # noqa: N815
    note = word("The rule that barred telling it before.")
    creationDate = moment()  # noqa: N815
    validFor = serializers.JSONField()  # noqa: N815


class CircumstanceShape(Shape):
    id = Whole()


class ConsentsShape(Shape):
    consents = serializers.JSONField(
        help_text="By purpose and channel; what is not there is unknown, and unknown means no."
    )


class ConsentChangedShape(Shape):
    customer = word()
    changed = serializers.BooleanField(help_text="False: it stood so already.")


class VerdictsShape(Shape):
    verdicts = serializers.JSONField(help_text="In the order asked: allowed, rule, denials, next_allowed, version.")


class HeldContactsShape(Shape):
    contacts = serializers.JSONField(help_text="Ask again before each: `result: made` is refused where it is too late.")


class ContactResultShape(Shape):
    contact = Whole()
    result = word()


class TriggeredShape(Shape):
    considered = Whole(help_text="Running campaigns that considered the customer now.")


_OFFERING: Json = {
    "id": "plan-19", "href": "/api/tmf-api/productCatalogManagement/v4/productOffering/plan-19", "name": "Basic 19",
    "description": "", "isBundle": False, "lifecycleStatus": "Active", "category": [{"id": "mobile", "name": "mobile"}],
    "validFor": {"startDateTime": "2023-01-01", "endDateTime": None},
    "productOfferingPrice": [
        {"id": "plan-19", "priceType": "recurring", "recurringChargePeriod": "month",
         "price": {"unit": "CNY", "value": "19.00"}, "@type": "RatedTariff", "tariff": {"fee": 1900}}
    ],
}  # fmt: skip
_PARTY = [{"id": CUSTOMER_ID, "role": "customer"}]
_LEAD: Json = {
    "id": "7", "status": "waiting", "relatedParty": _PARTY, "productOffering": {"id": "plan-19", "name": "Basic 19"},
    "note": "unknown_consent", "creationDate": "2026-11-22T02:00:00.000Z",
    "validFor": {"endDateTime": "2026-12-22T02:00:00.000Z"},
}  # fmt: skip
_QUERY_PARTY = parameter("relatedParty.id", "The customer.")

OFFERS: dict[str, Operation] = {
    "product_offerings": Operation(
        tag="offers", summary="What is on sale (TMF620)", answers={200: (ProductOfferingShape(many=True), _OFFERING)},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(LIMIT, parameter("offset", "0–10,000.", kind=int, default=0)),
    ),
    "product_offering": Operation(
        tag="offers", summary="One product (TMF620)", answers={200: (ProductOfferingShape, _OFFERING)}, problems=READS
    ),
    "recommend": Operation(
        tag="offers",
        summary="What suits this customer now (TMF680)",
        description="Reading has no side effect. Say what became of it with partyInteraction and the same id.",
        answers={
            200: (
                RecommendationShape,
                {"id": _DECISION, "relatedParty": _PARTY, "moment": "open", "recommendationItem": [
                    {"id": "1", "priority": 1, "@type": "RatedRecommendationItem", "lane": "service", "rule": "better_plan",
                     "productOffering": {"id": "plan-19", "name": "Basic 19"}, "reason": "Saves at least 80 yuan a month …",
                     "ratedSaving": {"unit": "CNY", "value": "80.00"}}]},
            )
        },
        problems=(*_ASKS, "not_found"),
        example={"relatedParty": [{"id": CUSTOMER_ID}], "reason": "change_plan"},
    ),
    "qualify": Operation(
        tag="offers",
        summary="May the customer have these (TMF679)",
        answers={
            200: (
                QualificationShape,
                {"state": "done", "qualificationResult": "unqualified", "productOfferingQualificationItem": [
                    {"id": "1", "productOffering": {"id": "plan-19", "name": ""}, "qualificationItemResult": "unqualified",
                     "eligibilityUnavailabilityReason": [{"code": "not_held", "label": "The customer has it"}]}]},
            )
        },
        problems=(*_ASKS, "not_found"),
        example={"relatedParty": [{"id": CUSTOMER_ID}],
                 "productOfferingQualificationItem": [{"id": "1", "productOffering": {"id": "plan-19"}}]},
    ),
    "party_interaction": Operation(
        tag="offers",
        summary="What became of a recommendation (TMF683)",
        description="`shown` logs it; accepted, declined (with a reason) and later are the customer's answers.",
        answers={201: (PartyInteractionShape, {"id": _DECISION, "status": "completed", "interactionItem": [
            {"item": {"id": "plan-19", "name": ""}, "resolution": "accepted"}]})},
        problems=PLAIN_COMMANDS + ("illegal_transition",),
        repeatable=True,
        example={"relatedParty": [{"id": CUSTOMER_ID}], "recommendation": _DECISION,
                 "interactionItem": [{"item": {"id": "plan-19"}, "resolution": "accepted"}]},
    ),
    "sales_leads": Operation(
        tag="offers", summary="Offers that wait for a customer (TMF699)",
        answers={200: (SalesLeadShape(many=True), _LEAD)}, problems=(*READS, "invalid_field"), query=(_QUERY_PARTY,),
    ),
    "sales_lead_kept": Operation(
        tag="offers",
        summary="Keep an offer for the customer's next visit (TMF699)",
        answers={201: (SalesLeadShape, _LEAD)},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example={"relatedParty": [{"id": CUSTOMER_ID}], "productOffering": {"id": "plan-19"}},
    ),
    "circumstance_noted": Operation(
        tag="contact policy",
        summary="An outage, arrears, a bereavement … begins",
        description="While it stands nothing is sold to whom it is about. The same `external_id` again corrects it.",
        answers={201: (CircumstanceShape, {"id": 7})},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example={"kind": "outage", "region": "广东", "source": "nms", "external_id": "F-7", "expires_at": "2026-11-23T02:00:00Z"},
    ),
    "circumstance_over": Operation(
        tag="contact policy", summary="It is over", answers={200: (CircumstanceShape, {"id": 7})}, problems=PLAIN_COMMANDS,
        repeatable=True, example={},
    ),
    "consents": Operation(
        tag="contact policy", summary="What a customer allowed and refused",
        answers={200: (ConsentsShape, {"consents": [
            {"purpose": "marketing", "channel": "voice", "state": "granted", "proof": "shop form 812",
             "at": "2026-11-22T02:00:00.000Z", "until": None}]})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(parameter("customer", "The customer."),),
    ),
    "consent_changed": Operation(
        tag="contact policy",
        summary="A customer allows or refuses",
        description="Told as `consent.changed`. A yes needs its proof; the same again changes nothing.",
        answers={200: (ConsentChangedShape, {"customer": CUSTOMER_ID, "changed": True})},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example={
            "customer": CUSTOMER_ID, "purpose": "marketing", "channel": "voice", "state": "granted", "proof": "shop form 812",
        },
    ),
    "contact_checks": Operation(
        tag="contact policy",
        summary="May these contacts be made now?",
        answers={200: (VerdictsShape, {"verdicts": [
            {"allowed": False, "rule": "quiet_hours", "denials": [{"rule": "quiet_hours", "until": "2026-11-23T01:00:00.000Z"}],
             "next_allowed": "2026-11-23T01:00:00.000Z", "version": 0}]})},
        problems=_ASKS,
        example={"questions": [{"number": "13800138000", "channel": "VOICE", "purpose": "MARKETING"}]},
    ),
    "campaign_contacts": Operation(
        tag="contact policy",
        summary="Contacts a campaign holds for you to make",
        answers={200: (HeldContactsShape, {"contacts": [
            {"contact": 7, "customer": CUSTOMER_ID, "number": "+8613800138000", "channel": "VOICE", "offering": "plan-19",
             "expires_at": "2026-11-23T02:00:00.000Z"}]})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(parameter("channel", "One of them alone.", words=CHANNELS), LIMIT),
    ),
    "campaign_contact": Operation(
        tag="contact policy",
        summary="A held contact is made, or did not come about",
        description="Send `made` at the instant of dialling or sending: the policy is asked once more.",
        answers={200: (ContactResultShape, {"contact": 7, "result": "made"})},
        problems=PLAIN_COMMANDS + ("contact_not_allowed", "illegal_transition"),
        repeatable=True,
        example={"result": "made"},
    ),
    "triggered": Operation(
        tag="contact policy",
        summary="Something happened to a customer",
        description="Running campaigns that wait for it consider the customer, each once.",
        answers={200: (TriggeredShape, {"considered": 1})},
        problems=PLAIN_COMMANDS,
        repeatable=True,
        example={"kind": "contract_ends", "customer": CUSTOMER_ID},
    ),
}  # fmt: skip
