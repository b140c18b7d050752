"""A caller whose agent has hung up is asked how it was, on the line and by keys: one scored question a document.

Whom to ask is satisfaction's decision, made once a call; answers go in by the door that every IVR uses. What is asked next
follows from the answers that stand, so that a question repeated by the platform is harmless.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from callcenter import hall
from callcenter.foundation.ids import public
from callcenter.foundation.principal import Principal
from callcenter.telephony import surveys
from callcenter.telephony.dialects.words import Answer, Ask, Goodbye, Heard, Line, Lines, Place, What
from ivr.surveys.forms import Question
from ivr.surveys.results import InvitationView
from ivr.surveys.rules import Channel
from routing.results import CallView
from routing.states import SENT_OUTSIDE, CallState

TALK_IS_OVER = frozenset({CallState.WRAPPING, CallState.COMPLETED})
TRIES = 2  # a question said twice without an answer ends the survey
_NODE = "survey."
_TIMEOUT_S = 6
_WORDS = {
    "yes_no": {"zh": "是请按1，否请按2。", "en": "For yes, press 1. For no, press 2."},
    "scale": {"zh": "请按{least}到{most}，{low}，{high}。", "en": "Press {least} to {most}: {low}, {high}."},
    "thanks": {"zh": "感谢您的评价，再见。", "en": "Thank you for telling us. Goodbye."},
}


def may_be_asked(call: CallView, heard: Heard) -> bool:
    """Whether the talk is over and its caller still on the line, with nobody else to go to."""
    is_sent_on = call.end_reason == SENT_OUTSIDE
    return call.state in TALK_IS_OVER and call.ended_by == "agent" and not heard.gone and not is_sent_on


def go_on(*, call: CallView, heard: Heard, place: Place, principal: Principal, now: datetime) -> Answer:
    """The next question, the same one again after a wrong key or silence, or the end."""
    invited = hall.survey.survey_asked(call_id=call.id, actor=principal.name, now=now)
    if invited.form is None or invited.channel != Channel.VOICE:
        return Goodbye()
    asked = place.node.removeprefix(_NODE) if place.node.startswith(_NODE) else ""
    tries = place.tries
    if asked and heard.what is What.KEYS:
        tries += 1
        if heard.keys:
            invited = _answered(invited, asked, heard.keys, principal, now)
    question = _next(invited)
    if question is None:
        return Goodbye(lines=(_say("thanks", place.language),))
    if question.key != asked:
        tries = 0
    if tries >= TRIES:
        return Goodbye(lines=(_say("thanks", place.language),) if invited.answers else ())
    at = replace(place, node=_NODE + question.key, tries=tries, turn=place.turn + 1)
    keys = len(str(question.scale.most)) if question.scale else 1
    return Ask(lines=_spoken(question, place.language), place=at, most_keys=keys, timeout_s=_TIMEOUT_S)


def _answered(invited: InvitationView, question: str, keys: str, principal: Principal, now: datetime) -> InvitationView:
    """What stands after these keys; keys that are no answer are kept aside, as any switch's would be."""
    name = public("s", invited.id)
    item = {"invitation": name, "question": question, "answer": keys, "at": now.isoformat()}
    surveys.take(items=[item], principal=principal, now=now)
    return surveys.invitation(name, principal=principal)


def _next(invited: InvitationView) -> Question | None:
    """The first question that keys can answer and nobody has."""
    scored = invited.form.scored if invited.form else ()
    return next((one for one in scored if one.key not in invited.answers), None)


def _spoken(question: Question, language: str) -> Lines:
    text = getattr(question.text, language)
    if question.scale is None or question.kind == "yes_no":
        how = _say("yes_no", language).text
    else:
        low, high = getattr(question.low, language), getattr(question.high, language)
        how = _WORDS["scale"][language].format(
            least=question.scale.least, most=question.scale.most, low=low, high=high
        )  # fmt: skip
    return (Line(text=f"{text}{'' if language == 'zh' else ' '}{how}", language=language),)


def _say(word: str, language: str) -> Line:
    return Line(text=_WORDS[word][language], language=language)
