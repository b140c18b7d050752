"""The contract of what a switch asks about waiting, and of callbacks."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony import shapes
from callcenter.telephony.api.lines import (
    COMMANDS,
    EVERYWHERE,
    LIMIT,
    PLAIN_COMMANDS,
    READS,
    Json,
    Operation,
    parameter,
)
from callcenter.telephony.examples import CALL_ID, DIVERTED, HELD, RESERVATION, TALKING, WAIT_ESTIMATE
from callcenter.telephony.shapes import Shape, moment, one_of, word
from routing.callbacks import CallbackState


class QueueWaitAnswer(Shape):
    queue = word()
    ahead = serializers.IntegerField(help_text="Callers who wait in it now.")
    wait_estimate = shapes.WaitEstimateShape(allow_null=True, help_text="For a caller who would enter now.")
    reason = word("Why there is none: too_few_answers, nobody_staffed, closed.")


CALLBACK: Json = {
    "id": "cb_01990f2b7a1c7d22a1b2c3d4e5f60718",
    "queue": "billing",
    "origin": CALL_ID,
    "call": "c_01990f2b7a1d7e31b2c4d6e8f0123456",
    "number": "+8613812345678",
    "state": "queued",
    "enqueued_at": "2026-03-04T05:06:07.089Z",
    "due_at": None,
    "until": "2026-03-05T05:07:41.000Z",
    "tries": 1,
    "reason": "",
    "promised_at": "2026-03-04T05:07:41.000Z",
    "ended_at": None,
}


class CallbackShape(Shape):
    id = word("`cb_…`")
    queue = word()
    origin = word("The call that was hung up for it.")
    call = word("The call of the present or last try: direction `callback`.", null=True)
    number = word("E.164.")
    state = one_of(
        ("scheduled", "queued", "reserved", "dialing", "connected", "completed", "exhausted", "canceled"),
        "exhausted: three tries or the window are used up, the promise is broken.",
    )
    enqueued_at = moment("The place it keeps.", null=False)
    due_at = moment("Of a scheduled one.")
    until = moment("The promise is broken after this.", null=False)
    tries = serializers.IntegerField()
    reason = word("Why it ended: redialled, canceled, no_answer, contact_policy.")
    promised_at = moment(null=False)
    ended_at = moment()


class CallbackAnswer(Shape):
    callback = CallbackShape()


class ThereShape(Shape):
    domain = word()
    queue = word()
    call = word("The call there.")


class HandedOverAnswer(shapes.StandingShape):
    there = ThereShape()


class SkillChangesAnswer(Shape):
    agents = serializers.IntegerField(help_text="Named, each once.")
    changed = serializers.IntegerField(help_text="For whom it was something new.")


class SkillChangedShape(Shape):
    at = moment(null=False)
    by = word()
    agent = word()
    why = word()
    change = serializers.DictField(help_text="What was set, and the level before.")


class SkillHistoryAnswer(Shape):
    changes = SkillChangedShape(many=True)


class CallbacksAnswer(Shape):
    callbacks = CallbackShape(many=True)


class FigureShape(Shape):
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(help_text="Calls it rests on.")


class QueueWindowShape(Shape):
    since = moment(null=False)
    service_level = FigureShape(help_text="Answered within the target ÷ (answered + abandoned after it).")
    waiting = FigureShape(help_text="Now.")
    longest_wait = FigureShape(help_text="Now.")
    offered = FigureShape()
    answered = FigureShape()
    abandoned = FigureShape()
    abandonment = FigureShape(help_text="Abandoned after 5 s ÷ (offered − abandoned within 5 s).")
    asa = FigureShape(help_text="Mean wait of the answered.")


class QueueStatsAnswer(Shape):
    queue = word()
    at = moment(null=False)
    free_agents = serializers.IntegerField()
    today = QueueWindowShape()
    lately = QueueWindowShape(help_text="The last 30 minutes.")


QUEUE_WINDOW: Json = {
    "since": "2026-03-03T16:00:00.000Z",
    "service_level": {"value": 0.82, "n": 1040},
    "waiting": {"value": 3, "n": 3},
    "longest_wait": {"value": 41.2, "n": 3},
    "offered": {"value": 1060, "n": 1060},
    "answered": {"value": 1000, "n": 1000},
    "abandoned": {"value": 60, "n": 60},
    "abandonment": {"value": 0.045, "n": 1050},
    "asa": {"value": 12.4, "n": 1000},
}
QUEUE_STATS: Json = {
    "queue": "billing",
    "at": "2026-03-04T05:06:07.089Z",
    "free_agents": 2,
    "today": QUEUE_WINDOW,
    "lately": QUEUE_WINDOW | {"since": "2026-03-04T04:36:07.089Z"},
}
GUEST: Json = RESERVATION | {
    "id": "r_01990f2b7a1e7f40a1b2c3d4e5f60718",
    "agent": "a_18",
    "agent_key": "1018",
    "contact": "sip:1018@desk.example",
    "role": "consult",
    "because": {"rule": "asked", "by": 17},
    "created_at": "2026-03-04T05:07:00.000Z",
    "expires_at": "2026-03-04T05:07:25.000Z",
}
ASKED: Json = HELD | {"guest": GUEST}
ANSWERED: Json = GUEST | {
    "state": "accepted",
    "outcome": "answered",
    "accepted_at": "2026-03-04T05:07:08.000Z",
    "connected_at": "2026-03-04T05:07:08.400Z",
    "expires_at": None,
    "version": 3,
}


def _beside(summary: str, description: str, answer: Json, *problems: str, example: Json | None = None) -> Operation:
    """A command about the colleague beside a talk."""
    return Operation(
        tag="two agents",
        summary=summary,
        description=description,
        answers={200: (shapes.StandingShape, answer)},
        problems=(*COMMANDS, *problems),
        example=example or {},
        repeatable=True,
        conditional=True,
    )


ROUTING: dict[str, Operation] = {
    "call_consult": _beside(
        "Ask a colleague",
        "The caller is put on hold (`hold`), the colleague is rung (`consult`): report `bridged` with their reservation"
        " when they answer, `leg_failed` or `leg_ended` as of any agent. One colleague a call; asking is work, so nobody"
        " else reaches them meanwhile.",
        ASKED,
        "agent_not_free",
        "consult_open",
        example={"agent": "key:1018"},
    ),
    "call_consult_join": _beside(
        "Bring everybody together",
        "A conference of caller, agent and colleague. Each leaves alone; where the first agent leaves, the colleague"
        " serves the caller.",
        TALKING | {"guest": ANSWERED | {"role": "conference", "version": 4}},
        "consult_not_answered",
    ),
    "call_consult_complete": _beside(
        "Hand the caller over",
        "The attended transfer: the colleague's reservation becomes the call's own, the first agent wraps up. An agent"
        " who hangs up after the colleague has answered hands over as well.",
        TALKING | {"reservation": ANSWERED | {"role": "primary", "version": 4}},
        "consult_not_answered",
    ),
    "call_consult_end": _beside(
        "Take the caller back",
        "The colleague goes, rung, asked or brought in; the caller is off hold.",
        TALKING,
    ),
    "callback_promised": Operation(
        tag="callbacks",
        summary="Promise to ring a waiting caller back",
        description=(
            'For callers whose answer says `offers: ["callback"]`, or any who wait. The call ends `diverted: callback`;'
            " another one, direction `callback`, stands at the same place. At its turn `route` rings the agent; once the"
            " agent has answered, dial `dial` and report `bridged`, or `hangup` if nobody answers: it is tried three"
            " times. Rules of contact are asked now and at dialling."
        ),
        answers={201: (CallbackAnswer, {"callback": CALLBACK})},
        problems=(*COMMANDS, "contact_not_allowed", "callback_promised"),
        example={"call": CALL_ID},
        repeatable=True,
    ),
    "callbacks": Operation(
        tag="callbacks",
        summary="Callbacks, newest first",
        answers={200: (CallbacksAnswer, {"callbacks": [CALLBACK]})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(parameter("state", "How it stands.", words=["", *(one.value for one in CallbackState)]), LIMIT),
    ),
    "callback": Operation(
        tag="callbacks",
        summary="One callback as it stands",
        answers={200: (CallbackAnswer, {"callback": CALLBACK})},
        problems=READS,
    ),
    "callback_attempt": Operation(
        tag="callbacks",
        summary="What became of dialling the customer",
        description=(
            "For diallers that know the promise rather than its call; as good as `bridged` or `hangup` of that call. Not"
            " answered, it is tried again: `due_at` says when, or the promise is `exhausted`. Each outcome of a try"
            " counts once."
        ),
        answers={
            200: (CallbackAnswer, {"callback": CALLBACK | {"state": "scheduled", "due_at": "2026-03-04T05:16:07.089Z"}})
        },
        problems=COMMANDS,
        example={"outcome": "no_answer"},
        repeatable=True,
    ),
    "queue_stats": Operation(
        tag="queues",
        summary="A queue in figures: today, and the last half hour",
        description=(
            "Those of the wallboard, from the same formulas: `value` is null where there is nothing to divide by, `n` is how"
            " many calls it rests on; shares are 0–1, times are seconds. Today begins at midnight of the site."
        ),
        answers={200: (QueueStatsAnswer, QUEUE_STATS)},
        problems=READS,
    ),
    "callback_reschedule": Operation(
        tag="callbacks",
        summary="Ring at another time",
        description="As agreed with the customer. The wait already served still counts; the rules of contact are asked.",
        answers={
            200: (CallbackAnswer, {"callback": CALLBACK | {"state": "scheduled", "due_at": "2026-03-05T02:00:00.000Z"}})
        },
        problems=(*COMMANDS, "contact_not_allowed"),
        example={"at": "2026-03-05T02:00:00.000Z", "why": "asked for tomorrow morning"},
        repeatable=True,
    ),
    "call_hand_over": Operation(
        tag="calls",
        summary="Send a waiting caller to a queue of another site",
        description=(
            "Another domain, on this server or its own. The call ends here, `diverted: overflow`; there it stands at the same"
            " place, once, whoever dies on the way, under the id in `there`. 503 `unavailable` while the other server does"
            " not answer: the caller stands where they stood. Overflow rules do the same by themselves."
        ),
        answers={
            200: (
                HandedOverAnswer,
                DIVERTED
                | {
                    "call": DIVERTED["call"] | {"end_reason": "overflow", "attributes": {}},
                    "there": {"domain": "south", "queue": "sales", "call": CALL_ID},
                },
            )
        },
        problems=(*COMMANDS, "unknown_queue", "too_many_hops"),
        example={"domain": "south", "queue": "sales", "why": "north is full"},
        repeatable=True,
        conditional=True,
    ),
    "skill_changes": Operation(
        tag="agents",
        summary="Give many agents a skill, from a day on or at once",
        description=(
            "Until a day, where one is named; level 0 takes it away. All of it or nothing; the same again changes nobody."
            " Each change stands in the history."
        ),
        answers={200: (SkillChangesAnswer, {"agents": 2, "changed": 2})},
        problems=(*PLAIN_COMMANDS, "unknown_skill"),
        example={
            "agents": ["key:1001", "key:1002"],
            "skill": "billing",
            "level": 3,
            "since": "2026-12-01",
            "until": "2027-03-01",
            "why": "trained for the winter",
        },
        repeatable=True,
    ),
    "skill_history": Operation(
        tag="agents",
        summary="The last changes of skills: who, when, why",
        answers={
            200: (
                SkillHistoryAnswer,
                {
                    "changes": [
                        {
                            "at": "2026-11-20T02:00:00.000Z",
                            "by": "key:hr",
                            "agent": "Lin",
                            "why": "trained for the winter",
                            "change": {
                                "skill": "billing",
                                "level": 3,
                                "since": "2026-12-01",
                                "until": "2027-03-01",
                                "before": 2,
                            },
                        }
                    ]
                },
            )
        },
        problems=EVERYWHERE,
    ),
    "callback_cancel": Operation(
        tag="callbacks",
        summary="Nobody rings any more",
        answers={
            200: (
                CallbackAnswer,
                {
                    "callback": CALLBACK
                    | {"state": "canceled", "reason": "canceled", "ended_at": "2026-03-04T05:09:00.000Z"}
                },
            )
        },
        problems=COMMANDS,
        example={},
        repeatable=True,
    ),
    "queue_wait": Operation(
        tag="queues",
        summary="How long a caller who enters this queue now will wait",
        description=(
            "P50 and P90, scaled so that of the last answers half waited at most P50 and nine of ten at most P90. Null"
            " with a reason where fewer than 20 answers are known, nobody is there, or the queue is closed."
        ),
        answers={
            200: (
                QueueWaitAnswer,
                {"queue": "billing", "ahead": 3, "wait_estimate": WAIT_ESTIMATE, "reason": ""},
            )
        },
        problems=READS,
    ),
}
