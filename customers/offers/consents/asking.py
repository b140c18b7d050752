"""For which purpose and channel to ask, and in which words. Pure.

Asked once in ninety days at most, after what the customer called about is in order; a no on any channel of the purpose
is an answer, and nobody is asked again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from customers.offers.wording import Text

PAUSE = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What stands on record for one purpose and channel."""

    purpose: str
    channel: str
    state: str  # granted | refused


@dataclass(frozen=True, kw_only=True)
class Question:
    """One consent to ask for, under the key of its rule."""

    key: str
    purpose: str
    channel: str
    words: Text


# Asked in this order, the next one only after a yes to the one before. To add a question: a row here, a row in `rule_table`.
QUESTIONS: tuple[Question, ...] = (
    Question(
        key="ask_consent_voice",
        purpose="marketing",
        channel="voice",
        words=Text(
            en="May we call you when something would suit your use? You can take it back at any time.",
            zh="今后有适合您用量的优惠时，我们可以打电话告诉您吗？您可以随时取消。",
        ),
    ),
    Question(
        key="ask_consent_sms",
        purpose="marketing",
        channel="sms",
        words=Text(
            en="May we also send you a message about it? You can take it back at any time.",
            zh="也可以发短信告诉您吗？您可以随时取消。",
        ),
    ),
)
BY_KEY = {one.key: one for one in QUESTIONS}


def next_question(said: Iterable[Said]) -> Question | None:
    """The first that is unknown; None where all are answered, or a no to its purpose stands."""
    known = list(said)
    for question in QUESTIONS:
        of_purpose = [one for one in known if one.purpose == question.purpose]
        if any(one.state == "refused" for one in of_purpose):
            return None
        if not any(one.channel in {question.channel, "any"} for one in of_purpose):
            return question
    return None
