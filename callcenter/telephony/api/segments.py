"""Segments for other systems: those kept, how many match a condition, who matches one now, masked."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse

from callcenter.foundation import audit
from callcenter.foundation.clock import db_now
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.contract_segments import CountForm, MembersForm
from customers.offers.campaigns import queries as campaigns
from customers.segments import counting, exporting, queries
from customers.segments.models import Segment, SegmentVersion


class Segments(ApiView):
    scope = "segments:read"

    @operation("segments")
    def get(self, request: HttpRequest) -> HttpResponse:
        return answer({"segments": [_kept(one, one.versions.all()[0]) for one in queries.segments()]})


class OneSegment(ApiView):
    scope = "segments:read"

    @operation("segment")
    def get(self, request: HttpRequest, segment: int) -> HttpResponse:
        kept, versions = queries.segment(segment_id=segment)
        used: list[Json] = [
            {"kind": "campaign", "name": one.name, "version": one.segment.number, "state": one.state}
            for one in campaigns.of_segment(segment_id=segment)
        ] + [
            {"kind": "list", "name": one.recipient, "version": one.version.number,
             "state": "fetched" if one.fetched_at else "approved" if one.approved_at else "asked"}
            for one in exporting.exports(segment_id=segment)
        ]  # fmt: skip
        return answer(_kept(kept, versions[0]) | {"tree": versions[0].tree, "used_by": used})


class SegmentMembers(ApiView):
    scope = "segments:read"

    @operation("segment_members", request=MembersForm)
    def post(self, request: HttpRequest, segment: int) -> HttpResponse:
        asked, now = self.body(MembersForm), db_now()
        _kept, versions = queries.segment(segment_id=segment)
        newest = versions[0]
        found = queries.members(
            tree=newest.tree, channel=newest.channel, now=now, after=asked["after"], most=asked["limit"]
        )
        audit.write(
            actor=self.principal.name, action="segment.members_read", subject=f"segment:{segment}",
            data={"version": newest.number, "members": len(found)}, now=now,
        )  # fmt: skip
        return answer(
            {
                "version": newest.number,
                "members": [
                    {"customer": str(one.customer_id), "name": one.masked_name}
                    | {key: value for key, value in asdict(one).items() if key in _SHOWN}
                    for one in found
                ],
                "next": found[-1].cursor if len(found) == asked["limit"] else None,
            }
        )  # fmt: skip


class SegmentCount(ApiView):
    scope = "segments:read"

    @operation("segment_count", request=CountForm)
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.body(CountForm)
        told = counting.count(tree=asked["tree"], channel=asked["channel"], now=db_now())
        return answer(
            {
                "everybody": told.everybody, "matched": told.matched, "reachable": told.reachable,
                "excluded": {one.key: one.count for one in told.excluded}, "as_of": answers.instant(told.as_of),
            }
        )  # fmt: skip


_SHOWN = ("region", "level", "lifecycle", "rfm", "value_tier")


def _kept(one: Segment, newest: SegmentVersion) -> Json:
    return {
        "id": one.pk, "name": one.name, "note": one.note, "version": newest.number, "channel": newest.channel,
        "matched": newest.matched, "reachable": newest.reachable,
        "counted_at": answers.instant(newest.counted_at or newest.at),
    }  # fmt: skip
