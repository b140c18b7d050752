"""Satisfaction: whom to ask, with which words, and what was said."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema_view

import ivr.surveys.queries
import routing.queries
from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from callcenter.telephony import naming, surveys
from callcenter.telephony.answers import instant
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.api.intake import Batch, one_or_many
from callcenter.telephony.fields import Choice, Request, Word
from callcenter.telephony.requests import MOST_PER_PAGE, Count
from ivr.surveys.links import token_of
from ivr.surveys.results import InvitationView
from ivr.surveys.rules import Channel


class InvitationAskForm(Request):
    call = Word(max_length=200, help_text="`c_…` or `ext:{source}:{external_id}`.")


class InvitationsQuery(Request):
    channel = Choice(required=False, allow_blank=True, default="", choices=[one.value for one in Channel])
    limit = Count(least=1, most=MOST_PER_PAGE, default=50)


@extend_schema_view(
    get=operation("survey_invitations"), post=operation("survey_ask", request=InvitationAskForm)
)  # fmt: skip
class Invitations(ApiView):
    scope = "surveys:read"
    scopes = {"POST": "surveys:write"}

    def get(self, request: Any) -> HttpResponse:
        wish = self.query(InvitationsQuery)
        found = ivr.surveys.queries.open_invitations(
            domain=self.principal.domain, channel=wish["channel"], now=db_now(), limit=wish["limit"]
        )
        calls = routing.queries.calls(call_ids={one.call for one in found})
        numbers = {key: call.from_e164 for key, call in calls.items()}
        return answer({"invitations": [self._shown(one, to=numbers.get(one.call, "")) for one in found]})

    def post(self, request: Any) -> HttpResponse:
        wish = self.body(InvitationAskForm)
        call = naming.call(wish["call"], principal=self.principal)
        return self.command(
            lambda now: (
                200,
                {
                    "invitation": self._shown(
                        hall.survey.survey_asked(call_id=call.id, actor=self.principal.name, now=now)
                    )
                },
            )
        )

    def _shown(self, view: InvitationView, *, to: str = "") -> Json:
        return shown(view, to=to, base=self.plain_request.build_absolute_uri("/"))


class Invitation(ApiView):
    scope = "surveys:read"

    @operation("survey_invitation")
    def get(self, request: object, invitation: str) -> HttpResponse:
        view = surveys.invitation(invitation, principal=self.principal)
        return answer({"invitation": shown(view, base=self.plain_request.build_absolute_uri("/"))})


class Answers(Batch):
    scope = "surveys:write"

    @operation("survey_answers", request=one_or_many("SurveyAnswers", surveys.AnswerForm))
    def post(self, request: object) -> HttpResponse:
        return self.taken(self.items(), lambda batch, now: surveys.take(items=batch, principal=self.principal, now=now))


def shown(view: InvitationView, *, base: str, to: str = "") -> Json:
    """An invitation as the contract tells it. `to` is the number a message or a ring goes to."""
    invited = view.state != "not_invited"
    return {
        "id": public("s", view.id),
        "call": naming.call_id(view.call),
        "state": view.state,
        "reason": view.reason,
        "detail": view.detail,
        "channel": view.channel or None,
        "to": to,
        "language": view.language,
        "url": _address(view, base) if invited and view.channel == Channel.LINK else None,
        "expires_at": instant(view.expires_at),
        "form": _form(view) if invited else None,
        "answers": [{"question": key, "answer": said} for key, said in view.answers.items()],
    }


def _address(view: InvitationView, base: str) -> str:
    path = reverse("satisfaction:link", args=[token_of(invitation_id=view.id)])
    return (settings.SURVEY_LINK_BASE or base).rstrip("/") + path


def _form(view: InvitationView) -> Json | None:
    if view.form is None:
        return None
    return {
        "key": view.form.key,
        "number": view.form.number,
        "questions": [
            {
                "key": one.key,
                "kind": one.kind,
                "text": {"en": one.text.en, "zh": one.text.zh},
                "low": {"en": one.low.en, "zh": one.low.zh},
                "high": {"en": one.high.en, "zh": one.high.zh},
                "least": one.scale.least if one.scale else None,
                "most": one.scale.most if one.scale else None,
            }
            for one in view.form.questions
        ],
    }
