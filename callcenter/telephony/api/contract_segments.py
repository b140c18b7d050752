"""The contract of the segments' addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.lines import EVERYWHERE, READS, Operation
from callcenter.telephony.fields import Request, Whatever, Whole, Word
from callcenter.telephony.requests import MOST_PER_PAGE
from callcenter.telephony.shapes import Shape, moment, word
from customers.segments.exclusions import CHANNELS

_ASKS = (*EVERYWHERE, "malformed", "unsupported_type", "too_large", "invalid_field", "unknown_field")
_COUNTED = {"matched": 18231, "reachable": 9120}
_KEPT = {"id": 7, "name": "Contract ends within 60 days / 合约60天内到期", "note": "", "version": 3, "channel": "voice",
         **_COUNTED, "counted_at": "2026-11-22T20:10:00.000Z"}  # fmt: skip


class CountForm(Request):
    tree = Whatever(help_text="A condition: all, any, not, field or count.")
    channel = Word(
        required=False, default="voice", max_length=12, help_text=f"{', '.join(CHANNELS)}: whose consent counts."
    )


class MembersForm(Request):
    after = Whole(required=False, default=0, min_value=0, max_value=2**62, help_text="The `next` of the page before.")
    limit = Whole(required=False, default=20, min_value=1, max_value=MOST_PER_PAGE)


class CountAnswer(Shape):
    everybody = serializers.IntegerField()
    matched = serializers.IntegerField()
    reachable = serializers.IntegerField(help_text="After the standing exclusions.")
    excluded = serializers.DictField(child=serializers.IntegerField(), help_text="Whom each exclusion took out.")
    as_of = moment("Of the facts that were asked.")


class KeptShape(Shape):
    id = serializers.IntegerField()
    name = word()
    note = word()
    version = serializers.IntegerField(help_text="Of the newest wording.")
    channel = word("Whose consent counts.")
    matched = serializers.IntegerField()
    reachable = serializers.IntegerField()
    counted_at = moment()


class SegmentsAnswer(Shape):
    segments = KeptShape(many=True)


class SegmentAnswer(KeptShape):
    tree = serializers.JSONField(help_text="The condition.")
    used_by = serializers.JSONField(help_text="Campaigns and lists that stand on one of its versions.")


class MemberShape(Shape):
    customer = word()
    name = word("Masked.")
    region = word()
    level = word()
    lifecycle = word()
    rfm = word()
    value_tier = word()


class MembersAnswer(Shape):
    version = serializers.IntegerField(help_text="The wording that was asked.")
    members = MemberShape(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page; null at the end.")


SEGMENTS: dict[str, Operation] = {
    "segments": Operation(
        tag="segments",
        summary="The segments that are kept",
        description="Each with its newest wording and what that counted last.",
        answers={200: (SegmentsAnswer, {"segments": [_KEPT]})},
        problems=EVERYWHERE,
    ),
    "segment": Operation(
        tag="segments",
        summary="One segment with its condition, and what stands on it",
        answers={
            200: (
                SegmentAnswer,
                _KEPT
                | {"tree": {"all": [{"field": "contract_days", "op": "<=", "value": 60}]},
                   "used_by": [{"kind": "campaign", "name": "Fibre in autumn", "version": 2, "state": "running"}]},
            )
        },
        problems=READS,
    ),
    "segment_members": Operation(
        tag="segments",
        summary="Who matches a segment now and may be reached",
        description="Asked of the customers themselves at this moment: consent, refusals, do-not-call and complaints are "
        "checked again, so that a count made earlier never reaches anybody. Names are masked.",
        answers={
            200: (
                MembersAnswer,
                {"version": 3, "next": 4711, "members": [
                    {"customer": "01990f2a-6c5b-7d31-a4c2-f0b1d2e3f405", "name": "王**", "region": "广州", "level": "gold",
                     "lifecycle": "mature", "rfm": "champion", "value_tier": "gold"}]},
            )
        },
        problems=(*_ASKS, "not_found"),
        example={"after": 0, "limit": 20},
    ),
    "segment_count": Operation(
        tag="segments",
        summary="How many customers match a condition",
        description="Standing exclusions (refusals, no consent, complaints, under age …) apply and are told apart.",
        answers={
            200: (
                CountAnswer,
                {"everybody": 200000, **_COUNTED, "excluded": {"refused": 2011, "no_consent": 7100},
                 "as_of": "2026-11-22T20:10:00.000Z"},
            )
        },
        problems=_ASKS,
        example={"tree": {"all": [{"field": "contract_days", "op": "<=", "value": 60}]}, "channel": "voice"},
    ),
}  # fmt: skip
