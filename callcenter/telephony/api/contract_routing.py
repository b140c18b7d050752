"""The contract of what a switch asks about waiting, and of callbacks."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony import shapes
from callcenter.telephony.api.lines import COMMANDS, EVERYWHERE, LIMIT, READS, Json, Operation, parameter
from callcenter.telephony.examples import CALL_ID, HELD, RESERVATION, TALKING, WAIT_ESTIMATE
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


class CallbacksAnswer(Shape):
    callbacks = CallbackShape(many=True)


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
