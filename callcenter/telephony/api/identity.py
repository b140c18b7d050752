"""Who is who, for systems that know better than linking: merges, their undoing, links, and the review of doubtful pairs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse

from callcenter import customer_flow
from callcenter.foundation.errors import Invalid
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_identity import JudgeForm, LinkForm, MergeForm, ReviewQuery, UnmergeForm
from customers.identity import merging, review
from customers.identity.review import Case, Side


class Merges(ApiView):
    scope = "identity:write"

    @operation("identity_merge", request=MergeForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(MergeForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            done = customer_flow.customers_merged(**asked, actor=actor, now=now)
            return 201, {"decision": done.decision, "survivor": str(done.survivor), "absorbed": str(done.absorbed)}

        return self.command(act)


class Unmerges(ApiView):
    scope = "identity:write"

    @operation("identity_unmerge", request=UnmergeForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked, actor = self.body(UnmergeForm), self.principal.name

        def act(now: datetime) -> tuple[int, Json]:
            done = customer_flow.customers_unmerged(**asked, actor=actor, now=now)
            return 201, {
                "decision": done.decision, "restored": str(done.restored), "remaining": str(done.remaining),
                "redone": list(done.redone), "doubtful": len(done.doubtful),
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
                done = customer_flow.customers_merged(one=one, other=other, actor=actor, reason=reason, now=now)
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
            done = customer_flow.pair_judged(proposal_id=pair, **asked, actor=actor, now=now)
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
        if not (last.isascii() and last.isdigit() and len(last) <= 18):
            raise ValueError
        return float(bits), int(last)
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
