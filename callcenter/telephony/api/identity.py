"""Who is who, for systems that know better than linking: merges, their undoing, links, and the review of doubtful pairs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid
from callcenter.foundation.numbers import whole
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_identity import (
    EffectsQuery,
    JudgeForm,
    LinkForm,
    MergeForm,
    RecordOutForm,
    ReviewQuery,
    UnmergeForm,
)
from customers.identity import merging, review
from customers.identity.effects import Effect, FieldEffect, Thing
from customers.identity.review import Case, Side
from customers.imports import provenance


class Merges(ApiView):
    scope = "identity:write"

    @operation("identity_merge", request=MergeForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(MergeForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            done = hall.customer.customers_merged(**asked, actor=actor, now=now)
            return 201, {"decision": done.decision, "survivor": str(done.survivor), "absorbed": str(done.absorbed)}

        return self.command(act)


class Effects(ApiView):
    scope = "identity:read"

    @operation("identity_effects")
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(_effect(merging.preview(**self.query(EffectsQuery), now=db_now())))


class Unmerges(ApiView):
    scope = "identity:write"

    @operation("identity_unmerge", request=UnmergeForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(UnmergeForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            done = hall.customer.customers_unmerged(**asked, actor=actor, now=now)
            return 201, {
                "decision": done.decision, "restored": str(done.restored), "remaining": str(done.remaining),
                "redone": list(done.redone), "doubtful": len(done.doubtful),
            }  # fmt: skip

        return self.command(act)


class RecordUnmerges(ApiView):
    scope = "identity:write"

    @operation("identity_record_out", request=RecordOutForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(RecordOutForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            record = provenance.record_by_key(source=asked["source"], key=asked["key"])
            done = hall.customer.record_taken_out(record_id=record, reason=asked["reason"], actor=actor, now=now)
            return 201, {
                "kept": str(done.kept), "parted": str(done.parted), "record_is_with": str(done.record_is_with),
                "doubtful": len(done.doubtful),
            }  # fmt: skip

        return self.command(act)


class Links(ApiView):
    scope = "identity:write"

    @operation("identity_link", request=LinkForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(LinkForm), self.principal.name
        one, other, reason = asked["one"], asked["other"], asked["reason"]

        def act(now: datetime) -> tuple[int, Json]:
            told: Json = {"kind": asked["kind"], "one": str(one), "other": str(other), "survivor": None}
            if asked["kind"] == "must_link":
                done = hall.customer.customers_merged(one=one, other=other, actor=actor, reason=reason, now=now)
                told["survivor"] = str(done.survivor)
            elif asked["kind"] == "cannot_link":
                merging.keep_apart(one=one, other=other, actor=actor, reason=reason, now=now)
            else:
                merging.lift_not_same(one=one, other=other, actor=actor, now=now, reason=reason)
            return 201, told

        return self.command(act)


class Review(ApiView):
    scope = "identity:read"

    @operation("identity_review")
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.query(ReviewQuery)
        most = asked["limit"]
        found = review.queue(why=asked["why"], most=most + 1, after=_after(asked["after"]))
        last = found[most - 1] if len(found) > most else None
        return answer(
            {
                "waiting": review.waiting(), "pairs": [_pair(case) for case in found[:most]],
                "next": f"{last.bits!r}:{last.id}" if last else None,
            }
        )  # fmt: skip


class Pair(ApiView):
    scope = "identity:read"

    @operation("identity_pair")
    def get(self, request: HttpRequest, pair: int) -> HttpResponse:
        return answer(_pair(review.case_of(proposal_id=pair)))


class PairDecision(ApiView):
    scope = "identity:write"

    @operation("identity_judged", request=JudgeForm)
    def post(self, request: HttpRequest, pair: int) -> HttpResponse:
        asked, actor = self.body(JudgeForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            done = hall.customer.pair_judged(proposal_id=pair, **asked, actor=actor, now=now)
            return 200, {
                "pair": _pair(review.case_of(proposal_id=pair)), "survivor": str(done.survivor) if done else None,
            }  # fmt: skip

        return self.command(act)


def _after(text: str) -> tuple[float, int] | None:
    """Where the page before ended. Raises Invalid for what was never our `next`."""
    if not text:
        return None
    bits, _colon, last = text.partition(":")
    try:
        if (number := whole(last)) is None:
            raise ValueError
        return float(bits), number
    except ValueError:
        raise Invalid("`after` is the `next` of the page before.", field="after") from None


def _pair(case: Case) -> Json:
    return {
        "id": case.id, "state": case.state, "bits": case.bits, "why": case.why, "evidence": case.evidence,
        "same_name": case.same_name, "sides": [_side(side) for side in case.sides], "at": answers.instant(case.at),
        "decided_by": case.decided_by or None, "decided_at": answers.instant(case.decided_at),
    }  # fmt: skip


def _side(side: Side) -> Json:
    return {
        "customer": str(side.id), "name": side.masked_name, "region": side.region, "source": side.source,
        "known_since": answers.instant(side.created_at),
        "identifiers": [{"kind": kind, "value": masked, "at_both": both} for kind, masked, both in side.identifiers],
    }  # fmt: skip


def _effect(one: Effect) -> Json:
    segments = [[{"id": each.pk, "name": each.name} for each in side] for side in one.segments]
    return {
        "survivor": str(one.survivor), "absorbed": str(one.absorbed), "why": one.why,
        "names": list(one.masked_names),
        "fields": [_field(each) for each in one.shown_fields],
        "identifiers": [
            {"kind": each.kind, "value": each.masked, "whose": each.whose} for each in one.identifiers
        ],
        "consents": [
            {"purpose": each.purpose, "channel": each.channel, "survivor": each.ours or None,
             "absorbed": each.theirs or None, "stands": each.stands or None, "changes": each.is_changed}
            for each in one.consents
        ],
        "tags": [_thing(each) for each in one.tags], "holdings": [_thing(each) for each in one.holdings],
        "points": {"survivor": one.points[0], "absorbed": one.points[1], "together": one.points_together},
        "segments": {"survivor": segments[0], "absorbed": segments[1]},
        "rows_moved": one.moved, "rows_kept_apart": one.stays,
    }  # fmt: skip


def _field(one: FieldEffect) -> Json:
    ours, theirs, stands = one.masked()
    return {
        "field": one.field, "survivor": ours or None, "absorbed": theirs or None, "stands": stands or None, "why": one.why,
        "conflict": one.is_conflict,
    }  # fmt: skip


def _thing(one: Thing) -> Json:
    return {"key": one.key, "name_en": one.name_en, "name_zh": one.name_zh, "at_both": one.at_both}
