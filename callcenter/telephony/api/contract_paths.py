"""The contract of what callers did in the menus: paths, measures, one call, versions side by side, better menus."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony.api.contract_surveys import TextsShape
from callcenter.telephony.api.lines import EVERYWHERE, PLAIN_COMMANDS, READS, Json, Operation, parameter, whole
from callcenter.telephony.examples import CALL_ID
from callcenter.telephony.shapes import Shape, moment, one_of, word

OUTCOMES = ("agent", "task", "hangup", "system", "unknown")
STATES = ("proposed", "approved", "rejected", "published")
_WINDOW = (
    parameter("since", "Calls that began from this instant on; by default seven days ago."),
    parameter("until", "… and before this one; by default now. At most 92 days later."),
    parameter("flow", "Key of one flow; by default all."),
    parameter("q", "A path query, e.g. `main > billing > * > agent` (docs/ivr-paths.md)."),
)
_ASKED = (*EVERYWHERE, "invalid_field", "unknown_field", "query_syntax")


class ShareShape(Shape):
    hits = serializers.IntegerField()
    n = serializers.IntegerField(help_text="Observations; below 10 nothing should be made of it.")
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(help_text="95 % interval (Wilson).")
    high = serializers.FloatField()


class PathLineShape(Shape):
    call = word("`c_…`")
    started_at = moment(null=False)
    seconds = serializers.FloatField(help_text="In the menus.")
    outcome = one_of(OUTCOMES)
    nodes = serializers.ListField(child=word(), help_text="Keys, in the order entered.")
    version = word("`flow/number`")
    queue = word()
    chosen = word("Reason of the last option chosen that stands for one.")
    final = word("Reason as it turned out.")


class PathsAnswer(Shape):
    total = serializers.IntegerField(help_text="Calls that fit, shown or not.")
    offset = serializers.IntegerField()
    paths = PathLineShape(many=True, help_text="The newest first.")


class NodeMeasuresShape(Shape):
    node = word()
    visits = serializers.IntegerField()
    calls = serializers.IntegerField()
    drop_off = ShareShape()
    zero_out = ShareShape()
    no_input = ShareShape()
    no_match = ShareShape()
    bad_key = ShareShape()
    done = ShareShape()
    transfer = ShareShape()
    mean_s = serializers.FloatField(allow_null=True)
    median_s = serializers.FloatField(allow_null=True)
    p95_s = serializers.FloatField(allow_null=True)


class ContainmentShape(Shape):
    naive = ShareShape(help_text="No agent was reached: says nothing of being served.")
    self_service = ShareShape(help_text="A task was done.")
    true_day = ShareShape(help_text="… and the caller did not ring again within 24 h; calls whose time is over.")
    true_week = ShareShape(help_text="… within 7 days.")


class MeasuresAnswer(Shape):
    calls = serializers.IntegerField()
    outcomes = serializers.DictField(child=serializers.IntegerField(), help_text="They add up to `calls`.")
    containment = ContainmentShape()
    nodes = NodeMeasuresShape(many=True, help_text="The most visited first.")


class PathEventShape(Shape):
    at = moment(null=False)
    after_s = serializers.FloatField(help_text="Since the call entered the menus.")
    kind = word()
    node = word()
    key = word()


class CallPathAnswer(Shape):
    call = word("`c_…`")
    started_at = moment(null=False)
    ended_at = moment()
    outcome = word()
    version = word()
    chosen = word()
    final = word()
    queue = word()
    wait_s = serializers.IntegerField(allow_null=True)
    handle_s = serializers.IntegerField(allow_null=True)
    next_call = word("The same caller's next call through the menus; empty: none.")
    next_after_s = serializers.FloatField(allow_null=True)
    events = PathEventShape(many=True)


class HeardAnswer(Shape):
    flow = word()
    version = serializers.IntegerField(help_text="Play this one, and name it in the events of the call.")
    on_trial = serializers.BooleanField()
    trial = serializers.IntegerField(allow_null=True)


class PredictedShape(Shape):
    seconds_now = serializers.FloatField(help_text="Mean seconds to the right option.")
    seconds_then = serializers.FloatField()
    bound_s = serializers.FloatField(help_text="No menu of these announcements is faster.")
    saved_low = serializers.FloatField()
    saved_high = serializers.FloatField()
    agent_minutes_a_year = serializers.FloatField()


class ProposalShape(Shape):
    id = serializers.IntegerField()
    flow = word()
    base = serializers.IntegerField(help_text="The version it improves.")
    state = one_of(STATES)
    since = moment(null=False)
    until = moment(null=False)
    predicted = PredictedShape()
    made_by = word()
    made_at = moment(null=False)
    decided_by = word()
    decided_at = moment()
    reason = word("Why it was rejected.")
    version = serializers.IntegerField(allow_null=True, help_text="The version it became.")


class TreeLineShape(Shape):
    level = serializers.IntegerField()
    key = word()
    # DRF gathers the fields and takes them off the class.
    label = TextsShape()  # type: ignore[assignment]
    is_menu = serializers.BooleanField()
    moved = serializers.BooleanField(help_text="Its key or menu is another on the other side.")


class RealisedShape(Shape):
    calls_before = serializers.IntegerField()
    calls_after = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Measured difference; negative: saved.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ProposalAnswer(ProposalShape):
    before = TreeLineShape(many=True)
    after = TreeLineShape(many=True)
    realised = RealisedShape(allow_null=True, help_text="Once callers hear it.")


class ProposalsAnswer(Shape):
    proposals = ProposalShape(many=True, help_text="The newest first.")


_SHARE: Json = {"hits": 12, "n": 400, "value": 0.03, "low": 0.0172, "high": 0.0517}
_INSTANT = "2026-03-04T05:06:07.089Z"
PROPOSAL: Json = {
    "id": 7, "flow": "operator", "base": 1, "state": "proposed", "since": "2026-02-04T05:06:07.089Z", "until": _INSTANT,
    "predicted": {
        "seconds_now": 16.8, "seconds_then": 11.8, "bound_s": 9.4, "saved_low": 4.3, "saved_high": 5.6,
        "agent_minutes_a_year": 1550.0,
    },
    "made_by": "user:ada", "made_at": _INSTANT, "decided_by": "", "decided_at": None, "reason": "", "version": None,
}  # fmt: skip
_DETAIL: Json = PROPOSAL | {
    "before": [{"level": 0, "key": "1", "label": {"en": "Bills", "zh": "账单"}, "is_menu": False, "moved": True}],
    "after": [{"level": 0, "key": "2", "label": {"en": "Bills", "zh": "账单"}, "is_menu": False, "moved": True}],
    "realised": None,
}

PATHS: dict[str, Operation] = {
    "paths_query": Operation(
        tag="menus",
        summary="The calls that a path query means",
        answers={
            200: (
                PathsAnswer,
                {
                    "total": 1, "offset": 0,
                    "paths": [{
                        "call": CALL_ID, "started_at": _INSTANT, "seconds": 37.7, "outcome": "agent",
                        "nodes": ["language", "main", "billing", "queue_billing"], "version": "operator/1",
                        "queue": "billing", "chosen": "bill_question", "final": "bill_question",
                    }],
                },
            )
        },
        problems=_ASKED,
        query=(
            *_WINDOW, whole("limit", "1–200.", least=1, most=200, default=50),
            whole("offset", "Calls to leave out.", least=0, most=1_000_000, default=0),
        ),
    ),
    "path_metrics": Operation(
        tag="menus",
        summary="How calls ended and what happened at each node",
        description="The numbers of the explorer's page for the same window and query, from all calls.",
        answers={
            200: (
                MeasuresAnswer,
                {
                    "calls": 400,
                    "outcomes": {"agent": 160, "task": 200, "hangup": 38, "system": 2, "unknown": 0},
                    "containment": dict.fromkeys(("naive", "self_service", "true_day", "true_week"), _SHARE),
                    "nodes": [{
                        "node": "main", "visits": 400, "calls": 390,
                        **dict.fromkeys(
                            ("drop_off", "zero_out", "no_input", "no_match", "bad_key", "done", "transfer"), _SHARE
                        ),
                        "mean_s": 10.3, "median_s": 10.2, "p95_s": 18.7,
                    }],
                },
            )
        },
        problems=_ASKED,
        query=_WINDOW,
    ),
    "call_path": Operation(
        tag="menus",
        summary="One call's way through the menus, event by event",
        answers={
            200: (
                CallPathAnswer,
                {
                    "call": CALL_ID, "started_at": _INSTANT, "ended_at": "2026-03-04T05:06:44.089Z", "outcome": "agent",
                    "version": "operator/1", "chosen": "bill_question", "final": "bill_question", "queue": "billing",
                    "wait_s": 12, "handle_s": 180, "next_call": "", "next_after_s": None,
                    "events": [{"at": _INSTANT, "after_s": 0.0, "kind": "enter", "node": "language", "key": ""}],
                },
            )
        },
        problems=READS,
    ),
    "flow_heard": Operation(
        tag="menus",
        summary="Which version this caller hears",
        description=(
            "While a version is on trial a share of callers hears it; the same caller always the same one. Nothing of the"
            " caller is stored. Name the version in the events of the call, so that both sides are told apart."
        ),
        answers={200: (HeardAnswer, {"flow": "operator", "version": 2, "on_trial": True, "trial": 3})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(parameter("caller", "Whatever stays the same for a caller: the number, or the call's id if withheld."),),
    ),
    "proposals": Operation(
        tag="menus",
        summary="Better menus that were proposed",
        answers={200: (ProposalsAnswer, {"proposals": [PROPOSAL]})},
        problems=EVERYWHERE,
    ),
    "proposal": Operation(
        tag="menus",
        summary="One proposal with both trees, and what came of it",
        answers={200: (ProposalAnswer, _DETAIL)},
        problems=READS,
    ),
    "proposal_decide": Operation(
        tag="menus",
        summary="Approve, reject or publish a proposal",
        description=(
            "Approving makes a draft that nobody hears; publishing lets callers hear it. Whoever made a proposal does not"
            " approve it. A rejection needs its reason."
        ),
        answers={200: (ProposalAnswer, _DETAIL | {"state": "rejected", "decided_by": "key:ab12cd34",
                                                   "decided_at": _INSTANT, "reason": "Callers know these keys."})},
        problems=(*PLAIN_COMMANDS, "maker_is_checker", "already_decided", "base_changed", "trial_running"),
        example={"decision": "reject", "reason": "Callers know these keys."},
        repeatable=True,
    ),
}  # fmt: skip
