"""The contract of the customers' addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_imports import SHOWN_IMPORT, ImportShape
from callcenter.telephony.api.lines import EVERYWHERE, READS, Json, Operation, parameter
from callcenter.telephony.fields import Choice, Request, Word
from callcenter.telephony.shapes import Shape, moment, word
from customers.identity.models import Identifier
from customers.imports import kinds
from customers.imports.pushed import MOST_FACTS
from customers.imports.records import FIELDS, MOST_RECORDS

SECTIONS = (
    "identifiers", "relations", "merged_from", "accounts", "tags", "holdings", "usage", "transactions", "consents", "insight",
    "points", "provenance", "golden", "earlier", "timeline",
)  # fmt: skip
CUSTOMER_ID = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f405"
_ASKS = (*EVERYWHERE, "malformed", "unsupported_type", "too_large", "invalid_field", "unknown_field")


class LookupForm(Request):
    kind = Choice(choices=("", *Identifier.Kind.values), default="", allow_blank=True)
    value = Word(max_length=160, help_text="In any spelling.")
    scope = Word(required=False, allow_blank=True, default="", max_length=48, help_text="App or corp id, where scoped.")


class RecordsForm(Request):
    source = Word(  # type: ignore[assignment]  # the API calls it so; fields have an attribute of that name
        max_length=32, help_text="Who says so: crm, shop, web …"
    )
    records = serializers.ListField(
        child=serializers.DictField(),
        help_text=f"1 to {MOST_RECORDS}, each with its `key` and any of: {', '.join(FIELDS)}. Identifiers may be lists.",
    )


class FactsForm(Request):
    source = Word(max_length=32, help_text="As above.")  # type: ignore[assignment]  # as above
    kind = Choice(choices=tuple(kinds.FACTS), help_text="What the facts are.")
    facts = serializers.ListField(
        child=serializers.DictField(),
        help_text=f"1 to {MOST_FACTS}. Whom each speaks of by one of {', '.join(kinds.WHO)}; besides: "
        + "; ".join(f"{code}: {', '.join(kind.synonyms)}" for code, kind in kinds.FACTS.items()) + ".",
    )  # fmt: skip


class RecordForm(Request):
    record = serializers.DictField(help_text=f"Any of: {', '.join(name for name in FIELDS if name != 'key')}.")


class RecordOutcome(Shape):
    key = word()
    outcome = word("stored, updated, same, superseded or refused.")
    customer = word("Whom the record speaks of.", null=True)
    field = word("Of a refusal.", null=True)
    detail = word("Of a refusal.", null=True)


class RecordsAnswer(Shape):
    results = RecordOutcome(many=True)


class FactRefusal(Shape):
    fact = serializers.IntegerField(help_text="Its place in the request, from 1.")
    field = word(null=True)
    detail = word()
    unplaced = serializers.BooleanField(help_text="Nothing is wrong with it, but nobody is found by it yet.")


class FactsAnswer(Shape):
    refused = FactRefusal(many=True)

    # the name is a keyword of Python: the field is added below
    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        return {"import": ImportShape(), **super().get_fields()}


class CandidateShape(Shape):
    customer = word()
    name = word("Masked.")
    kind = word()
    region = word()
    role = word("user, holder, payer or contact.")
    verified = serializers.BooleanField()
    last_seen_at = moment()
    score = serializers.FloatField()


class LookupAnswer(Shape):
    basis = word("exact, several, none or withheld.")
    customer = word("Set for exactly one; several are never picked from.", null=True)
    candidates = CandidateShape(many=True)


class CustomerAnswer(Shape):
    id = word("The id it lives under now.")
    merged = serializers.BooleanField(help_text="The id asked for lives on in this one.")
    name = word("Masked.")
    kind = word()
    status = word()
    title = word()
    language = word()
    region = word()
    level = word()
    value_tier = word()
    lifecycle = word()
    since = word("A day.", null=True)
    source = word("Who told of the customer first.")  # type: ignore[assignment]  # as above
    observed_at = moment()
    identifiers = serializers.JSONField(required=False, help_text="Masked.")
    relations = serializers.JSONField(
        required=False, help_text="Who pays, who uses, household, campus, enterprise; names masked."
    )
    merged_from = serializers.JSONField(required=False, help_text="Who became one with this customer, by whom and why.")
    accounts = serializers.JSONField(
        required=False, help_text="Each account with who holds and pays it, its subscriptions with who uses them."
    )
    tags = serializers.JSONField(
        required=False, help_text="Each with origin, evidence, a rule's condition, lock, who put it on, and until when."
    )
    holdings = serializers.JSONField(required=False)
    usage = serializers.JSONField(required=False)
    transactions = serializers.JSONField(required=False, help_text="Money besides the monthly bill, the newest first.")
    consents = serializers.JSONField(required=False)
    insight = serializers.JSONField(required=False, help_text="Computed facts, reasons and their dates; null before.")
    points = serializers.JSONField(required=False, help_text="Movements of points and levels held, newest first.")
    provenance = serializers.JSONField(required=False, help_text="What each source says, and whether they agree.")
    golden = serializers.JSONField(
        required=False,
        help_text="Each field: which word counts, by which rule or pin, how sure, and who says otherwise.",
    )
    earlier = serializers.JSONField(required=False, help_text="What sources said before, newest change first.")
    timeline = serializers.JSONField(required=False, help_text="`rows`, newest first, and `next` for `after`.")


_CUSTOMER: Json = {
    "id": CUSTOMER_ID, "merged": False, "name": "陈**", "kind": "individual", "status": "active", "title": "ms",
    "language": "zh", "region": "广东", "level": "gold", "value_tier": "gold", "lifecycle": "mature", "since": "2017-11-25",
    "source": "crm", "observed_at": "2026-11-01T02:00:00.000Z",
    "golden": [{"field": "region", "value": "广东", "rule": "trusted", "confidence": 0.79, "pinned": None, "rival": None}],
    "tags": [{"key": "reader", "name_en": "Reader", "name_zh": "阅读爱好者", "origin": "manual", "evidence": "told us",
              "at": "2026-11-01T02:00:00.000Z", "expires_at": "2027-04-30T02:00:00.000Z", "locked": False,
              "actor": "user:7"}],
    "relations": [{"other": "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f406", "name": "张*", "kind": "individual", "role": "payer",
                   "is_theirs": False, "since": "2024-03-01", "until": None, "ended": False}],
    "transactions": [{"kind": "top_up", "line": "mobile", "amount_fen": 5000, "at": "2026-11-01T02:00:00.000Z",
                      "source": "billing"}],
    "insight": {"membership": {"level": "gold", "points": 4120, "term_ends": "2026-12-31", "needs": 6000, "have": 5680,
                               "pace": 5890, "low": 5860, "high": 5920, "downgrade_risk": 0.97, "benefits": []},
                "value": {"fen": 182000, "low_fen": 150000, "high_fen": 201000, "margin_fen": 9100, "tier": "gold"},
                "lifecycle": {"stage": "mature", "since": "2025-02-01", "last_look": "mature"}, "cluster": None,
                "computed_at": "2026-11-22T20:10:00.000Z", "formulas": "2026-11.1", "facts": {"rfm": "champion"},
                "churn_reasons": [], "best_hours": [{"weekday": 2, "hour": 10}]},
}  # fmt: skip

_STORED: Json = {"key": "4711", "outcome": "stored", "customer": CUSTOMER_ID, "field": None, "detail": None}
_RECORD: Json = {"name": "陈美丽", "phone": ["138 0013 8000"], "region": "广东", "observed_at": "2026-11-01T02:00:00Z"}

_FACT: Json = {
    "phone": "13800138000", "transaction_id": "t-1", "at": "2026-11-20 10:00", "transaction": "top_up", "amount_yuan": 50,
}  # fmt: skip
_NOT_TAKEN: Json = {
    "fact": 2, "field": None, "unplaced": True,
    "detail": "Nobody we know is found by this. Send the row again once the person is known.",
}  # fmt: skip

CUSTOMERS: dict[str, Operation] = {
    "customer_records": Operation(
        tag="customers",
        summary="Records of another system, many at once",
        description="Judged as the rows of an imported file are: each is answered for itself, a record sent again changes"
        " nothing, an older `observed_at` never overwrites, another source fills what is empty. Who was erased is refused.",
        answers={200: (RecordsAnswer, {"results": [_STORED]})},
        problems=_ASKS,
        example={"source": "crm", "records": [{"key": "4711", **_RECORD}]},
    ),
    "customer_facts": Operation(
        tag="customers",
        summary="Single facts of people who are known",
        description="Contacts, transactions, products held, months of use and bills, days of use: judged and stored as the rows"
        " of a file are. They make an import, which can be taken back for seven days. Sent again, they change nothing.",
        answers={200: (FactsAnswer, {"import": SHOWN_IMPORT, "refused": [_NOT_TAKEN]})},
        problems=_ASKS,
        example={"source": "billing", "kind": "transactions", "facts": [_FACT]},
    ),
    "customer_record": Operation(
        tag="customers",
        summary="One record of another system",
        description="As many at once, for one. A record that is refused is a problem.",
        answers={200: (RecordOutcome, _STORED)},
        problems=_ASKS,
        example={"record": _RECORD},
    ),
    "customer_lookup": Operation(
        tag="customers",
        summary="Who is reached by an identifier",
        description="By POST, so that no personal value stands in an address. Nobody is picked from several.",
        answers={
            200: (
                LookupAnswer,
                {
                    "basis": "exact",
                    "customer": CUSTOMER_ID,
                    "candidates": [
                        {"customer": CUSTOMER_ID, "name": "陈**", "kind": "individual", "region": "广东", "role": "user",
                         "verified": True, "last_seen_at": "2026-11-01T02:00:00.000Z", "score": 5.842}
                    ],
                },
            )
        },
        problems=_ASKS,
        example={"kind": "phone", "value": "138 0013 8000"},
    ),
    "customer": Operation(
        tag="customers",
        summary="One customer in one answer",
        description="Masked, each section on request; a merged id answers with whom it lives on in. Reading is audited.",
        answers={200: (CustomerAnswer, _CUSTOMER)},
        problems=(*READS, "invalid_field"),
        query=(
            parameter("sections", f"Comma-separated, of: {', '.join(SECTIONS)}. Left out: all."),
            parameter("after", "The `next` of the timeline before."),
        ),
    ),
}  # fmt: skip
