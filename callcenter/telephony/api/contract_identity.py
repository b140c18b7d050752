"""The contract of who is who: merges, their undoing, links, and the pairs that wait for a person."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_customers import CUSTOMER_ID
from callcenter.telephony.api.lines import LIMIT, PLAIN_COMMANDS, READS, Json, Operation, parameter
from callcenter.telephony.fields import Choice, Request, Uuid, Word, YesNo
from callcenter.telephony.requests import MOST_PER_PAGE, Count
from callcenter.telephony.shapes import Shape, moment, one_of, word
from customers.identity.ledger import Proposal
from customers.identity.merging import LONGEST_REASON

_OTHER = "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f406"
LINKS = ("must_link", "cannot_link", "free")
VERDICTS = ("same", "not_same", "later")


class MergeForm(Request):
    one = Uuid()
    other = Uuid(help_text="Which of the two survives is not said here: the older id does.")
    reason = Word(max_length=LONGEST_REASON)


class UnmergeForm(Request):
    absorbed = Uuid(help_text="The id that lives on in another one and is to have its own again.")
    reason = Word(max_length=LONGEST_REASON)
    may_relink = YesNo(default=False, help_text="true: linking may propose the two again.")


class RecordOutForm(Request):
    source = Word(max_length=32, help_text="As its files and pushes name it.")  # type: ignore[assignment]  # as in SideShape
    key = Word(max_length=80, help_text="The record's own key in its source.")
    reason = Word(max_length=LONGEST_REASON)


class LinkForm(Request):
    kind = Choice(choices=LINKS, help_text="One person; never one person; neither, from now on.")
    one = Uuid()
    other = Uuid()
    reason = Word(max_length=LONGEST_REASON)


class JudgeForm(Request):
    verdict = Choice(choices=VERDICTS)
    reason = Word(max_length=LONGEST_REASON)


class ReviewQuery(Request):
    why = Word(required=False, allow_blank=True, default="", max_length=32)
    after = Word(required=False, allow_blank=True, default="", max_length=48)
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)


class EffectsQuery(Request):
    one = Uuid()
    other = Uuid()


class FieldShape(Shape):
    field = word()
    survivor = word("What the survivor says now, masked.", null=True)
    absorbed = word(null=True)
    stands = word("What it will read.", null=True)
    why = one_of(("survivor", "filled", "pinned", "earliest", "trusted", "newest", "most_frequent"))
    conflict = serializers.BooleanField(help_text="Both say something, and not the same.")


class ConsentShape(Shape):
    purpose = word()
    channel = word()
    survivor = word("What is in force: granted, refused or null.", null=True)
    absorbed = word("Likewise.", null=True)
    stands = word("The strictest of the two.", null=True)
    changes = serializers.BooleanField(help_text="For either of the two.")


class EffectShape(Shape):
    survivor = word("Keeps its id.")
    absorbed = word("Will be a redirect.")
    why = one_of(("older", "known"))
    names = serializers.ListField(child=serializers.CharField(), help_text="Masked: the survivor's, the other's.")
    fields = FieldShape(many=True)  # type: ignore[assignment]  # the API calls it so; serializers have an attribute of that name
    identifiers = serializers.JSONField(help_text="`kind`, `value` masked, `whose`: ours, theirs or both.")
    consents = ConsentShape(many=True)
    tags = serializers.JSONField(help_text="Of the absorbed: `key`, `name_en`, `name_zh`, `at_both`.")
    holdings = serializers.JSONField(help_text="Likewise, products.")
    points = serializers.DictField(child=serializers.IntegerField())
    segments = serializers.JSONField(help_text="In which each stands now; facts are worked out anew after a merge.")
    rows_moved = serializers.DictField(child=serializers.IntegerField(), help_text="By table.")
    rows_kept_apart = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Unseen because the survivor has the like, until the two come apart.",
    )


class MergeAnswer(Shape):
    decision = serializers.IntegerField()
    survivor = word("Keeps its id.")
    absorbed = word("A redirect to the survivor from now on.")


class UnmergeAnswer(Shape):
    decision = serializers.IntegerField()
    restored = word("Has its id and its rows again.")
    remaining = word()
    redone = serializers.ListField(
        child=serializers.IntegerField(), help_text="Later merges of the same people, undone on the way and done again."
    )
    doubtful = serializers.IntegerField(
        help_text="Contacts since the merge that may be either's; `remaining` has them."
    )


class RecordOutAnswer(Shape):
    kept = word("Goes on under its id, with all that did not leave.")
    parted = word("Has its own id again, or a new one.")
    record_is_with = word("Whom the record speaks of now: `parted`, or `kept` where it was their own first record.")
    doubtful = serializers.IntegerField(
        help_text="Contacts since the record came that may be either's; `kept` has them."
    )


class LinkAnswer(Shape):
    kind = one_of(LINKS)
    one = word()
    other = word()
    survivor = word("Of a must_link.", null=True)


class SideShape(Shape):
    customer = word()
    name = word("Masked.")
    region = word()
    source = word()  # type: ignore[assignment]  # the API calls it so; fields have an attribute of that name
    known_since = moment(null=False)
    identifiers = serializers.JSONField(help_text="`kind`, `value` masked, and whether it stands at both.")


class PairShape(Shape):
    id = serializers.IntegerField()
    state = one_of(tuple(Proposal.State.values))
    bits = serializers.FloatField(help_text="log2 of the odds that they are one person.")
    why = word("Why a person must look: band, one_per_source, ids_differ, worst_pair, shared, renumbered, agent …")
    evidence = serializers.JSONField(help_text="`field`, `agreement`, `bits` of each; no value of anybody.")
    same_name = serializers.BooleanField()
    sides = SideShape(many=True)
    at = moment(null=False)
    decided_by = word(null=True)
    decided_at = moment()


class ReviewAnswer(Shape):
    waiting = serializers.DictField(child=serializers.IntegerField(), help_text="How many, by why.")
    pairs = PairShape(many=True)
    next = word("For `after`; null at the end.", null=True)


class JudgedAnswer(Shape):
    pair = PairShape()
    survivor = word("Of the verdict same.", null=True)


_SIDE: Json = {"customer": CUSTOMER_ID, "name": "陈**", "region": "广州", "source": "crm",
               "known_since": "2024-11-01T02:00:00.000Z",
               "identifiers": [{"kind": "phone", "value": "138****8000", "at_both": True}]}  # fmt: skip
_PAIR: Json = {
    "id": 7, "state": "open", "bits": -1.5, "why": "band", "same_name": False,
    "evidence": [{"field": "phone", "agreement": "same", "bits": 13.5}], "sides": [_SIDE, {**_SIDE, "customer": _OTHER}],
    "at": "2026-11-22T20:10:00.000Z", "decided_by": None, "decided_at": None,
}  # fmt: skip
_JUDGED: Json = {**_PAIR, "state": "merged", "decided_by": "key:ab12cd34", "decided_at": "2026-11-23T02:00:00.000Z"}
_EFFECT: Json = {
    "survivor": CUSTOMER_ID, "absorbed": _OTHER, "why": "older", "names": ["陈**", "陈**"],
    "fields": [{"field": "language", "survivor": "en", "absorbed": "zh", "stands": "zh", "why": "newest", "conflict": True}],
    "identifiers": [{"kind": "phone", "value": "138****8000", "whose": "both"}],
    "consents": [{"purpose": "marketing", "channel": "sms", "survivor": "granted", "absorbed": "refused",
                  "stands": "refused", "changes": True}],
    "tags": [{"key": "reader", "name_en": "Reader", "name_zh": "爱阅读", "at_both": False}], "holdings": [],
    "points": {"survivor": 300, "absorbed": 120, "together": 420}, "segments": {"survivor": [], "absorbed": []},
    "rows_moved": {"customers_tagassignment": 1}, "rows_kept_apart": {"customers_identifier": 1},
}  # fmt: skip
_MERGES = (*PLAIN_COMMANDS, "already_merged", "declared_apart", "not_open")

IDENTITY: dict[str, Operation] = {
    "identity_merge": Operation(
        tag="identity",
        summary="Two customers are one",
        description="As on the review page: the older id survives, the other becomes a redirect, the strictest consent"
        " holds, open calls follow. Undone at any time. Whoever was first is named in the 409.",
        answers={201: (MergeAnswer, {"decision": 12, "survivor": CUSTOMER_ID, "absorbed": _OTHER})},
        problems=_MERGES,
        repeatable=True,
        example={"one": CUSTOMER_ID, "other": _OTHER, "reason": "same id document, seen in the shop"},
    ),
    "identity_effects": Operation(
        tag="identity",
        summary="What a merge of two would make",
        description="By the thinking of the merge itself, with nothing written: which id stays, which value of each field"
        " and why, what they are found by, the strictest consent, and what comes along. Refused as the merge would be.",
        answers={200: (EffectShape, _EFFECT)},
        problems=(*READS, "invalid_field", "unknown_field", "already_merged", "declared_apart", "not_open"),
        query=(parameter("one", "A customer."), parameter("other", "Another one.")),
    ),
    "identity_unmerge": Operation(
        tag="identity",
        summary="One customer is two again",
        description="The absorbed id has all that was its own. Points spent meanwhile are shared, oldest first, by whose"
        " they were; a refusal spoken meanwhile stays with both.",
        answers={
            201: (UnmergeAnswer, {"decision": 12, "restored": _OTHER, "remaining": CUSTOMER_ID, "redone": [], "doubtful": 0})
        },
        problems=(*PLAIN_COMMANDS, "not_merged"),
        repeatable=True,
        example={"absorbed": _OTHER, "reason": "two sisters"},
    ),
    "identity_record_out": Operation(
        tag="identity",
        summary="One record is taken out of a person",
        description="It leaves with the identifiers, accounts and fields that it alone brought; what others tell too stands"
        " at both. The party it came with has its old id again, else it gets a new one. Linking will not propose the two.",
        answers={
            201: (RecordOutAnswer, {"kept": CUSTOMER_ID, "parted": _OTHER, "record_is_with": _OTHER, "doubtful": 0})
        },
        problems=(*PLAIN_COMMANDS, "only_record", "not_open", "declared_apart"),
        repeatable=True,
        example={"source": "shop", "key": "7", "reason": "her sister's"},
    ),
    "identity_link": Operation(
        tag="identity",
        summary="What no run of linking may change",
        description="`must_link` merges by hand, which no run undoes; `cannot_link` keeps two apart; `free` takes a"
        " `cannot_link` away.",
        answers={201: (LinkAnswer, {"kind": "cannot_link", "one": CUSTOMER_ID, "other": _OTHER, "survivor": None})},
        problems=(*_MERGES, "not_apart"),
        repeatable=True,
        example={"kind": "cannot_link", "one": CUSTOMER_ID, "other": _OTHER, "reason": "father and son"},
    ),
    "identity_review": Operation(
        tag="identity",
        summary="Pairs that wait for a person",
        description="The strongest first, with what speaks for and against them; every value masked.",
        answers={200: (ReviewAnswer, {"waiting": {"band": 1}, "pairs": [_PAIR], "next": None})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(parameter("why", "Only pairs of this reason."), parameter("after", "The `next` before."), LIMIT),
    ),
    "identity_pair": Operation(
        tag="identity",
        summary="One pair, whatever became of it",
        answers={200: (PairShape, _PAIR)},
        problems=READS,
    ),
    "identity_judged": Operation(
        tag="identity",
        summary="A person's word on a pair",
        description="The first word counts: the 409 of the second says who was first (`by`) and what they said (`state`).",
        answers={200: (JudgedAnswer, {"pair": _JUDGED, "survivor": CUSTOMER_ID})},
        problems=(*_MERGES, "already_decided"),
        repeatable=True,
        example={"verdict": "same", "reason": "asked her"},
    ),
}  # fmt: skip
