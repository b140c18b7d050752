"""What callers did in the menus, for those who look on from elsewhere; and deciding on better menus."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import get_default_timezone

import ivr.optimiser.operations
import ivr.optimiser.queries
import ivr.paths.queries
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Invalid
from callcenter.telephony import naming
from callcenter.telephony.answers import instant
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Choice, Moment, Request, Text, Whole, Word
from ivr.flows import trials
from ivr.optimiser.queries import ProposalDetail, ProposalView, TreeLine
from ivr.paths.language import MOST_CHARACTERS, QuerySyntax
from ivr.paths.measures import NodeRow
from ivr.paths.queries import Asked, CallLine, Trace
from ivr.paths.statistics import Share

DAYS, MOST_DAYS = timedelta(days=7), timedelta(days=92)
_NODE_SHARES = ("drop_off", "zero_out", "no_input", "no_match", "bad_key", "done", "transfer")


class QuerySyntaxError(Invalid):
    """`facts["place"]` is the character of the query that cannot be read, from 0."""

    code = "query_syntax"


class WindowForm(Request):
    since = Moment(required=False)
    until = Moment(required=False)
    flow = Word(required=False, allow_blank=True, default="", max_length=48)
    q = Text(required=False, allow_blank=True, default="", max_length=MOST_CHARACTERS)


class PathsForm(WindowForm):
    limit = Whole(required=False, default=50, min_value=1, max_value=200)
    offset = Whole(required=False, default=0, min_value=0, max_value=1_000_000)


class HeardForm(Request):
    caller = Text(max_length=200, help_text="Whatever stays the same for a caller.")


class DecisionForm(Request):
    decision = Choice(choices=("approve", "reject", "publish"))
    reason = Text(required=False, allow_blank=True, default="", max_length=240, help_text="Of a rejection.")


def _asked(wish: Json, now: datetime) -> Asked:
    until = wish.get("until") or now
    since = wish.get("since") or until - DAYS
    if not timedelta(0) < until - since <= MOST_DAYS:
        raise Invalid("`until` lies after `since`, by at most 92 days.", field="/until")
    return Asked(since=since, until=until, flow=wish["flow"], query=wish["q"])


def _unreadable(wrong: QuerySyntax) -> QuerySyntaxError:
    return QuerySyntaxError(wrong.sentence, field="/q", place=wrong.place)


class PathsQuery(ApiView):
    scope = "ivr:read"

    @operation("paths_query")
    def get(self, request: object) -> HttpResponse:
        wish = self.query(PathsForm)
        asked = _asked(wish, db_now())
        try:
            found = ivr.paths.queries.calls(asked=asked, limit=wish["limit"], offset=wish["offset"])
        except QuerySyntax as wrong:
            raise _unreadable(wrong) from wrong
        return answer({"total": found.total, "offset": wish["offset"], "paths": [_path(one) for one in found.lines]})


class PathMetrics(ApiView):
    scope = "ivr:read"

    @operation("path_metrics")
    def get(self, request: object) -> HttpResponse:
        now = db_now()
        asked = _asked(self.query(WindowForm), now)
        try:
            seen = ivr.paths.queries.picture(asked=asked, now=now)
        except QuerySyntax as wrong:
            raise _unreadable(wrong) from wrong
        of = seen.containment
        contained = {name: _share(getattr(of, name)) for name in ("naive", "self_service", "true_day", "true_week")}
        return answer(
            {
                "calls": seen.calls,
                "outcomes": seen.outcomes,
                "containment": contained,
                "nodes": [_node(row) for row in seen.rows],
            }
        )


class CallPath(ApiView):
    scope = "ivr:read"

    @operation("call_path")
    def get(self, request: object, call: str) -> HttpResponse:
        found = naming.call(call, principal=self.principal)
        return answer(_trace(ivr.paths.queries.trace(call_id=found.id)))


class FlowHeard(ApiView):
    scope = "ivr:read"

    @operation("flow_heard")
    def get(self, request: object, flow: str) -> HttpResponse:
        caller = self.query(HeardForm)["caller"]
        return answer(vars(trials.heard(flow=naming.printable(flow), caller=caller)))


class Proposals(ApiView):
    scope = "ivr:read"

    @operation("proposals")
    def get(self, request: object) -> HttpResponse:
        return answer({"proposals": [_proposal(one) for one in ivr.optimiser.queries.proposals()]})


class Proposal(ApiView):
    scope = "ivr:read"

    @operation("proposal")
    def get(self, request: object, number: int) -> HttpResponse:
        return answer(_detail(number, db_now()))


class ProposalDecision(ApiView):
    scope = "flows:publish"

    @operation("proposal_decide", request=DecisionForm)
    def post(self, request: object, number: int) -> HttpResponse:
        wish = self.body(DecisionForm)

        def decide(now: datetime) -> tuple[int, Json]:
            by, operations = self.principal.name, ivr.optimiser.operations
            if wish["decision"] == "approve":
                operations.approve(proposal_id=number, by=by, now=now)
            elif wish["decision"] == "reject":
                operations.reject(proposal_id=number, reason=wish["reason"], by=by, now=now)
            else:
                operations.publish(proposal_id=number, by=by, now=now)
            return 200, _detail(number, now)

        return self.command(decide)


# --- as JSON ------------------------------------------------------------------------------------------------------
def _path(line: CallLine) -> Json:
    told = {name: getattr(line, name) for name in ("seconds", "outcome", "version", "queue", "chosen", "final")}
    started = instant(line.started_at)
    return {"call": naming.call_id(line.call), "started_at": started, "nodes": list(line.nodes)} | told


def _share(of: Share) -> Json:
    return {"hits": of.hits, "n": of.n, "value": of.value, "low": of.low, "high": of.high}


def _node(row: NodeRow) -> Json:
    times: dict[str, Any] = {"mean_s": None, "median_s": None, "p95_s": None}
    if row.dwell:
        times = {"mean_s": row.dwell.mean, "median_s": row.dwell.median, "p95_s": row.dwell.p95}
    shares = {name: _share(getattr(row, name)) for name in _NODE_SHARES}
    return {"node": row.node, "visits": row.visits, "calls": row.calls} | shares | times


def _trace(of: Trace) -> Json:
    plain = ("outcome", "version", "chosen", "final", "queue", "wait_s", "handle_s", "next_after_s")
    return {name: getattr(of, name) for name in plain} | {
        "call": naming.call_id(of.call),
        "started_at": instant(of.started_at),
        "ended_at": instant(of.ended_at),
        "next_call": naming.call_id(of.next_call) if of.next_call else "",
        "events": [
            {"at": instant(one.at), "after_s": one.after_s, "kind": one.kind, "node": one.node, "key": one.key}
            for one in of.events
        ],
    }


def _proposal(one: ProposalView) -> Json:
    said = one.predicted
    plain = ("id", "flow", "base", "state", "made_by", "decided_by", "reason", "version")
    times = ("since", "until", "made_at", "decided_at")
    promised = ("seconds_now", "seconds_then", "bound_s", "saved_low", "saved_high", "agent_minutes_a_year")
    return (
        {name: getattr(one, name) for name in plain}
        | {name: instant(getattr(one, name)) for name in times}
        | {"predicted": {name: getattr(said, name) for name in promised}}
    )


def _detail(number: int, now: datetime) -> Json:
    found = ivr.optimiser.queries.proposal(proposal_id=number, now=now, zone=get_default_timezone())
    return _proposal(found.view) | {
        "before": [_line(one) for one in found.before],
        "after": [_line(one) for one in found.after],
        "realised": _realised(found),
    }


def _line(one: TreeLine) -> Json:
    words = {"en": one.label.en, "zh": one.label.zh}
    return {"level": one.level, "key": one.key, "label": words, "is_menu": one.is_menu, "moved": one.moved}


def _realised(found: ProposalDetail) -> Json | None:
    real = found.realised
    if real is None:
        return None
    seconds = real.seconds
    return {
        "calls_before": real.calls_before,
        "calls_after": real.calls_after,
        "seconds": seconds.value if seconds else None,
        "low": seconds.low if seconds else None,
        "high": seconds.high if seconds else None,
    }
