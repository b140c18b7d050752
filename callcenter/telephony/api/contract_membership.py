"""The contract of what hangs on one customer and changes by hand: contacts, tags, consents, points and benefits."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_customers import CUSTOMER_ID
from callcenter.telephony.api.contract_offers import ConsentsShape
from callcenter.telephony.api.lines import LIMIT, PLAIN_COMMANDS, READS, Json, Operation, parameter
from callcenter.telephony.fields import Choice, Request, Whole, Word, YesNo
from callcenter.telephony.requests import MOST_PER_PAGE, Count
from callcenter.telephony.shapes import Shape, moment, one_of, word
from customers.insight import manual
from customers.insight import points as ledger
from customers.insight.membership_models import PointsEntry
from customers.timeline.kinds import KINDS

MOVES = ("earn", "redeem", "adjust")


class TimelineQuery(Request):
    kind = Choice(choices=("", *KINDS), required=False, default="", allow_blank=True)
    after = Word(required=False, allow_blank=True, default="", max_length=40)
    limit = Count(least=1, most=100, default=20)


class TagForm(Request):
    key = Word(max_length=64)
    why = Word(max_length=manual.LONGEST_WHY, help_text="It stands beside the tag.")
    days = Whole(default=manual.DAYS, min_value=1, max_value=manual.LONGEST_DAYS)
    locked = YesNo(default=False, help_text="true: no rule, model or import touches it, and nobody else takes it off.")


class TagOffForm(Request):
    why = Word(max_length=manual.LONGEST_WHY)
    days = Whole(
        default=manual.DAYS, min_value=1, max_value=manual.LONGEST_DAYS, help_text="As long no rule puts it on again."
    )


class PointsQuery(Request):
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)


class PointsForm(Request):
    kind = Choice(choices=MOVES)
    points = Whole(
        min_value=-ledger.MOST_POINTS, max_value=ledger.MOST_POINTS, help_text="Less than nothing only for adjust."
    )
    ref = Word(max_length=ledger.LONGEST_REF, help_text="What it is for; the same again counts once.")
    reason = Word(max_length=ledger.LONGEST_REASON)
    qualifying = YesNo(default=True, help_text="Of what is earned: counts towards the level.")


class ReverseForm(Request):
    reason = Word(max_length=ledger.LONGEST_REASON)


class BenefitForm(Request):
    benefit = Word(max_length=32)
    ref = Word(max_length=80, help_text="What it was used for; the same again counts once.")


class ContactShape(Shape):
    id = serializers.IntegerField()
    at = moment(null=False)
    channel = word()
    kind = one_of(tuple(KINDS))
    direction = word()
    code = word()
    outcome = word()
    ref = word("The call.", null=True)
    data = serializers.JSONField()  # type: ignore[assignment]  # the API calls it so; serializers have a property of that name


class CustomerTimelineAnswer(Shape):
    customer = word("The id it lives under now.")
    rows = ContactShape(many=True)
    next = word("For `after`; null at the end.", null=True)


class CustomerTagShape(Shape):
    key = word()
    name_en = word()
    name_zh = word()
    layer = word()
    origin = word("rule, manual, model or import.")
    evidence = word()
    rule_version = serializers.IntegerField(allow_null=True)
    condition = serializers.JSONField(help_text="Of a rule's; null of every other.")
    at = moment(null=False)
    expires_at = moment()
    locked = serializers.BooleanField()
    actor = word(null=True)


class CustomerTagsAnswer(Shape):
    customer = word("The id it lives under now.")
    tags = CustomerTagShape(many=True)


class MovementShape(Shape):
    id = serializers.IntegerField()
    kind = one_of(tuple(PointsEntry.Kind.values))
    points = serializers.IntegerField()
    qualifying = serializers.BooleanField()
    ref = word()
    reason = word("A code where the system wrote it: expired, unmerge_split, unmerge_short.")
    actor = word()
    origin = word("Who earned or spent it, whoever they have become one with since.")
    at = moment(null=False)
    expires_at = moment()


class LotShape(Shape):
    points = serializers.IntegerField()
    expires_at = moment(null=False)


class HeldBenefitShape(Shape):
    key = word()
    name_en = word()
    name_zh = word()
    a_term = serializers.IntegerField(allow_null=True, help_text="Null: not counted.")
    left = serializers.IntegerField(allow_null=True)


class PointsAnswer(Shape):
    customer = word("The id it lives under now.")
    balance = serializers.IntegerField(help_text="To spend now.")
    lots = LotShape(many=True)
    entries = MovementShape(many=True)
    benefits = HeldBenefitShape(many=True)


class MovedAnswer(Shape):
    balance = serializers.IntegerField()
    entry = MovementShape()


class BenefitsAnswer(Shape):
    benefits = HeldBenefitShape(many=True)


_AT = "2026-11-01T02:00:00.000Z"
_TAG: Json = {
    "key": "reader", "name_en": "Reader", "name_zh": "阅读爱好者", "layer": "hobby", "origin": "manual", "evidence": "told us",
    "rule_version": None, "condition": None, "at": _AT, "expires_at": "2027-04-30T02:00:00.000Z", "locked": False,
    "actor": "key:ab12cd34",
}  # fmt: skip
_TAGS: Json = {"customer": CUSTOMER_ID, "tags": [_TAG]}
_MOVE: Json = {
    "id": 31, "kind": "redeem", "points": -300, "qualifying": False, "ref": "order-7", "reason": "phone case",
    "actor": "key:ab12cd34", "origin": CUSTOMER_ID, "at": _AT, "expires_at": None,
}  # fmt: skip
_BENEFIT: Json = {"key": "lounge", "name_en": "Airport lounge", "name_zh": "机场贵宾厅", "a_term": 2, "left": 1}
_BACK: Json = {**_MOVE, "id": 32, "kind": "reverse", "points": 300, "ref": "entry:31"}
_MOVED: Json = {"balance": 600, "entry": _MOVE}
_OF_ONE = (*PLAIN_COMMANDS,)
_POINTS = (*PLAIN_COMMANDS, "points_short", "reference_taken", "points_fixed")

MEMBERSHIP: dict[str, Operation] = {
    "customer_timeline": Operation(
        tag="customers",
        summary="A customer's contacts on every channel",
        description="The newest first, page by page at the same cost. Notes are left out. Reading is audited.",
        answers={
            200: (
                CustomerTimelineAnswer,
                {"customer": CUSTOMER_ID, "next": "1793498400000000-812",
                 "rows": [{"id": 812, "at": _AT, "channel": "voice", "kind": "call", "direction": "in", "code": "billing",
                           "outcome": "answered", "ref": None, "data": {}}]},
            )
        },
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(parameter("kind", "Only contacts of this kind."), parameter("after", "The `next` before."), LIMIT),
    ),
    "customer_tags": Operation(
        tag="customers",
        summary="A customer's tags, each with its reason",
        answers={200: (CustomerTagsAnswer, _TAGS)},
        problems=READS,
    ),
    "customer_tagged": Operation(
        tag="customers",
        summary="Put a tag on by hand",
        description="It beats a rule's until it runs out; told again, its reason, lock and end are renewed.",
        answers={201: (CustomerTagsAnswer, _TAGS)},
        problems=(*_OF_ONE, "tag_locked"),
        repeatable=True,
        example={"key": "reader", "why": "told us", "days": 180, "locked": False},
    ),
    "customer_untagged": Operation(
        tag="customers",
        summary="Take a tag off",
        description="As long no rule, model or import puts it on again.",
        answers={200: (CustomerTagsAnswer, {"customer": CUSTOMER_ID, "tags": []})},
        problems=(*_OF_ONE, "tag_locked"),
        repeatable=True,
        example={"why": "reads no more"},
    ),
    "customer_consents": Operation(
        tag="customers",
        summary="What this customer allowed and refused",
        answers={
            200: (
                ConsentsShape,
                {"consents": [{"purpose": "marketing", "channel": "voice", "state": "granted", "proof": "shop form 812",
                               "at": _AT, "until": None}]},
            )
        },
        problems=READS,
    ),
    "customer_points": Operation(
        tag="customers",
        summary="Points and benefits of one customer",
        description="The balance, what of it runs out when, the last movements and the benefits of the present level.",
        answers={
            200: (
                PointsAnswer,
                {"customer": CUSTOMER_ID, "balance": 600, "entries": [_MOVE], "benefits": [_BENEFIT],
                 "lots": [{"points": 600, "expires_at": "2028-05-01T02:00:00.000Z"}]},
            )
        },
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(LIMIT,),
    ),
    "points_moved": Operation(
        tag="customers",
        summary="Earn, spend or put right points",
        description="Only ever added to: nothing is edited, nobody goes below nothing, one reference counts once.",
        answers={201: (MovedAnswer, _MOVED)},
        problems=_POINTS,
        repeatable=True,
        example={"kind": "redeem", "points": 300, "ref": "order-7", "reason": "phone case"},
    ),
    "points_reversed": Operation(
        tag="customers",
        summary="Take one movement of points back",
        description="By its opposite, once; not what is spent already or has run out.",
        answers={
            201: (MovedAnswer, {"balance": 900, "entry": _BACK})
        },
        problems=_POINTS,
        repeatable=True,
        example={"reason": "sent back"},
    ),
    "benefit_used": Operation(
        tag="customers",
        summary="A benefit of the level was used",
        answers={201: (BenefitsAnswer, {"benefits": [_BENEFIT]})},
        problems=(*_OF_ONE, "benefit_used_up"),
        repeatable=True,
        example={"benefit": "lounge", "ref": "CA981 2026-11-23"},
    ),
}  # fmt: skip
