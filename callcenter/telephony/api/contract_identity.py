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
