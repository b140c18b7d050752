"""The contract of satisfaction's addresses."""

from __future__ import annotations

from rest_framework import serializers

from callcenter.telephony import shapes
from callcenter.telephony.api.lines import (
    COMMANDS,
    EVERYWHERE,
    LIMIT,
    READS,
    WRITES,
    Json,
    Operation,
    parameter,
)
from callcenter.telephony.examples import CALL_ID
from callcenter.telephony.shapes import Shape, moment, one_of, word
from ivr.surveys.forms import KINDS
from ivr.surveys.rules import Channel, Reason

QUESTION: Json = {
    "key": "agent",
    "kind": "scale5",
    "text": {"en": "How satisfied were you with the person who served you?", "zh": "您对为您服务的客服代表满意吗？"},
    "low": {"en": "1 is very dissatisfied", "zh": "1 为非常不满意"},
    "high": {"en": "5 is very satisfied", "zh": "5 为非常满意"},
    "least": 1,
    "most": 5,
}
INVITATION: Json = {
    "id": "s_01990f2c11aa7b3c8d4e5f6071829304",
    "call": CALL_ID,
    "state": "invited",
    "reason": "invited",
    "detail": "",
    "channel": "voice",
    "to": "",
    "language": "zh-Hans",
    "url": None,
    "expires_at": "2026-03-07T05:06:07.089Z",
    "form": {"key": "after_agent", "number": 1, "questions": [QUESTION]},
    "answers": [],
}
LINK: Json = INVITATION | {
    "channel": "link",
    "to": "+8613812345678",
    "url": "https://zhiyin.example/s/AZkPLBGqezyNTl9gcYKTBA.9vX0kqk7m1vXGmJc2bYyQm7vYy2n0l1hQ5t9w8x7z6c",
}
_STATES = ("not_invited", "invited", "started", "complete")


class TextsShape(Shape):
    en = word()
    zh = word()


class SurveyQuestionShape(Shape):
    key = word()
    kind = one_of(KINDS)
    text = TextsShape()
    low = TextsShape(help_text="What the least value means: to be spoken every time.")
    high = TextsShape()
    least = serializers.IntegerField(allow_null=True, help_text="Null for comments.")
    most = serializers.IntegerField(allow_null=True)


class SurveyFormShape(Shape):
    key = word()
    number = serializers.IntegerField(help_text="Version; a version never changes.")
    questions = SurveyQuestionShape(many=True)


class SurveySaidShape(Shape):
    question = word()
    answer = serializers.JSONField(help_text="A number on the question's scale, or words.")


class InvitationShape(Shape):
    id = word("`s_…`")
    call = word("`c_…`")
    state = one_of(_STATES)
    reason = one_of(Reason, "Why the caller is asked, or why not.")
    detail = word("The contact policy's rule, where that says no.")
    channel = word("voice, link or callback; null where nobody is asked.", null=True)
    to = word("The number to send to or ring; only in the list of open invitations.")
    language = word("Of the caller, BCP 47.")
    url = word("Of the page, for `link`.", null=True)
    expires_at = moment("Answers given until then count.")
    form = SurveyFormShape(allow_null=True)
    answers = SurveySaidShape(many=True)


class InvitationAnswer(Shape):
    invitation = InvitationShape()


class InvitationsAnswer(Shape):
    invitations = InvitationShape(many=True)


SURVEYS: dict[str, Operation] = {
    "survey_ask": Operation(
        tag="satisfaction",
        summary="Is this caller to be asked, and what?",
        description=(
            "Ask when the agent has left and the caller is still on the line. `invited` by `voice`: play the form's"
            " questions. Otherwise `reason` says why not; a `link` or `callback` is in the list of open invitations."
            " The first decision stands, however often it is asked."
        ),
        answers={200: (InvitationAnswer, {"invitation": INVITATION})},
        problems=tuple(code for code in COMMANDS if code not in {"version_conflict", "illegal_transition"}),
        example={"call": CALL_ID},
        repeatable=True,
    ),
    "survey_invitations": Operation(
        tag="satisfaction",
        summary="Invitations to be sent or rung",
        description="Invited, unanswered, not run out; the oldest first. For message gateways and diallers.",
        answers={200: (InvitationsAnswer, {"invitations": [LINK]})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field"),
        query=(parameter("channel", "Of this channel only.", words=["", *(one.value for one in Channel)]), LIMIT),
    ),
    "survey_invitation": Operation(
        tag="satisfaction",
        summary="One invitation with what was answered",
        answers={200: (InvitationAnswer, {"invitation": INVITATION})},
        problems=READS,
    ),
    "survey_answers": Operation(
        tag="satisfaction",
        summary="What callers answered",
        description=(
            "One answer or a list, in any order, as often as you like. Each counts once: the first stands. Menus that asked"
            " by themselves name the `call` and the `form`."
        ),
        answers={
            202: (
                shapes.ItemsAnswer,
                {
                    "results": [
                        {"result": "stored", "call": CALL_ID},
                        {
                            "result": "quarantined",
                            "code": "bad_answer",
                            "sentence": "“agent” takes a whole number from 1 to 5, not '7'.",
                            "call": CALL_ID,
                        },
                    ]
                },
            )
        },
        problems=(*WRITES, "in_progress", "idempotency_mismatch"),
        example=[
            {"invitation": INVITATION["id"], "question": "agent", "answer": "5", "at": "2026-03-04T05:16:07.089Z"}
        ],
        repeatable=True,
    ),
}
