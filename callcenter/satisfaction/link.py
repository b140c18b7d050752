"""The page a caller answers on: one signed address, no sign-in, no script, both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import ivr.surveys.queries
from callcenter import hall
from callcenter.accounts.access import allow_anyone
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.foundation.transactions import in_one_transaction
from ivr.surveys.forms import Question
from ivr.surveys.links import read_token
from ivr.surveys.results import AnswerIn, InvitationView


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question as the page shows it, in the reader's language."""

    key: str
    text: str
    low: str
    high: str
    choices: tuple[Choice, ...]  # empty for a comment
    typed: str  # what the reader had entered
    wrong: str  # what is wrong with it


@require_http_methods(["GET", "HEAD", "POST"])
@allow_anyone
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Questions, thanks, or the sentence why there is nothing to answer."""
    now = db_now()
    try:
        view = ivr.surveys.queries.invitation(invitation_id=read_token(token))
    except NotFound:
        view = None
    language = _language(request, view)
    with translation.override(language):
        response = _page(request, view, now, language)
    response["Content-Language"] = language
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _page(request: HttpRequest, view: InvitationView | None, now: datetime, language: str) -> HttpResponse:
    if view is None or view.form is None or view.expires_at is None:
        sentence = _("This address leads nowhere. Please open the link as it stands in the message.")
        return _say(request, sentence, language, status=404)
    left = [one for one in view.form.questions if one.key not in view.answers]
    if not left or view.state == "complete":
        return _say(request, _("Thank you. Your answers have reached us."), language)
    if now > view.expires_at:
        return _say(request, _("This survey is over. Thank you for wanting to answer."), language, status=410)
    if request.method == "POST":
        return _take(request, view, left, now, language)
    return _ask(request, left, {}, {}, language)


def _take(
    request: HttpRequest, view: InvitationView, left: list[Question], now: datetime, language: str
) -> HttpResponse:
    typed = {one.key: request.POST.get(one.key, "").strip() for one in left}
    said = [AnswerIn(question=key, said=text, at=now) for key, text in typed.items() if text]
    if not said:
        wrong = {left[0].key: _("Please choose an answer, or close this page: nothing is asked twice.")}
        return _ask(request, left, typed, wrong, language, status=422)
    results = in_one_transaction(
        lambda: hall.survey.answers_came(invitation_id=view.id, answers=said, now=now)
    )  # fmt: skip
    bad = {one.question for one, done in zip(said, results, strict=True) if done.code == "bad_answer"}
    if bad:
        wrong = dict.fromkeys(bad, _("Please choose one of the answers."))
        return _ask(request, [one for one in left if one.key in bad], typed, wrong, language, status=422)
    return _say(request, _("Thank you. Your answers have reached us."), language)


def _ask(
    request: HttpRequest,
    left: list[Question],
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    language: str,
    status: int = 200,
) -> HttpResponse:
    asked = [_asked(one, typed.get(one.key, ""), wrong.get(one.key, ""), language) for one in left]
    context = {"asked": asked, "other": _other(language), "wrong": bool(wrong)}
    return render(request, "satisfaction/link.html", context, status=status)


def _say(request: HttpRequest, sentence: str, language: str, status: int = 200) -> HttpResponse:
    context = {"sentence": sentence, "other": _other(language)}
    return render(request, "satisfaction/said.html", context, status=status)


def _asked(question: Question, typed: str, wrong: str, language: str) -> Asked:
    word = "zh" if language.startswith("zh") else "en"
    return Asked(
        key=question.key,
        text=getattr(question.text, word),
        low=getattr(question.low, word),
        high=getattr(question.high, word),
        choices=_choices(question),
        typed=typed,
        wrong=wrong,
    )


def _choices(question: Question) -> tuple[Choice, ...]:
    if question.kind == "yes_no":
        return Choice(value=1, text=_("Yes")), Choice(value=2, text=_("No"))
    if question.scale is None:
        return ()
    return tuple(Choice(value=one, text=str(one)) for one in range(question.scale.least, question.scale.most + 1))


def _language(request: HttpRequest, view: InvitationView | None) -> str:
    """What the address asks, else the caller's, else the browser's."""
    asked = request.GET.get("lang", "")
    if asked in {"en", "zh"}:
        return "zh-hans" if asked == "zh" else "en"
    if view is not None and view.language:
        return "zh-hans" if view.language.lower().startswith("zh") else "en"
    return translation.get_language_from_request(request)


def _other(language: str) -> str:
    return "en" if language.startswith("zh") else "zh"
