"""The request inspector in the reader's language: switches are told in English, whoever connects them reads this.

What a refusal says in words of its own is known again (foundation.sentences); where it is not, the meaning of its code
stands before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from callcenter.foundation.sentences import Sentences
from callcenter.telephony.inspecting import ApiRequest
from callcenter.telephony.problems import CODES

# What a hook told the switch to do, by the words of `dialects.words`.
ANSWERS: dict[str, str | Promise] = {
    "ask": _("plays the menu and waits for keys"),
    "wait": _("the caller waits"),
    "ring": _("rings an agent"),
    "divert": _("sends the caller to another number"),
    "goodbye": _("ends the call"),
    "nothing": _("noted"),
    "dialplan": _("gives the dialplan"),
}

SENTENCES = Sentences(
    (
        _("This API key is unknown, revoked or expired."),
        _("This API key belongs to another trunk."),
        _("This API key lacks the scope {scope}."),
        _("Send an API key of this trunk: as the password of Basic authentication, or as a Bearer token."),
        _("The request is not signed with this trunk's secret, and it holds no API key of the trunk."),
        _("There is no trunk of this name."),
        _("No hook speaks the dialect {dialect}."),
        _("This dialect has no such hook."),
        _("A request of this dialect holds the field {field}."),
        _("A report of an answer names the caller's leg: `caller`."),
        _("Name the call: `call` is the switch's own id of it (UNIQUEID)."),
        _("`dialstatus` is one of {words}."),
        _("`event` is ringing, answered or hangup."),
        _("This address was not made by us."),
        _("The body is a JSON object."),
        _("The body must be a JSON object."),
        _("The body is nested too deeply."),
        _("The body is not JSON: {why}."),
        _("The body is not JSON: {word} is no number there."),
        _("The body is not JSON that can be read: a number in it is larger than any computer's."),
        _("The body is empty: send JSON."),
        _("The body begins with a byte-order mark. Send UTF-8 without one."),
        _("The body must not be compressed: send it without Content-Encoding."),
        _("The name {name} stands here more than once: say it once."),
        _("The body is not UTF-8: byte {byte} cannot be read."),
        _("The body has more than the {most} bytes that are taken."),
        _("The body has {n} bytes; at most {most} are taken."),
        _("The form has more than the {most} fields that are taken."),
        _("The batch has {n} items; at most {most} are taken."),
        _("There is no trunk {trunk} for this key."),
        _("There is no trunk {trunk}."),
        _("There is no queue {queue} in {domain}."),
        _("There is no queue {queue}."),
        _("There is nothing here by the name {name}."),
        _("There is no routing domain {domain}."),
        _("No trunk of this key's domain uses the source {source}."),
        _("Name the `trunk`: this key is bound to none."),
        _("Name the call by `call` or `external_id`, in at most 128 characters that can be printed."),
        _("Name the `queue`, the `agent` or the `number`, one of them."),
        _("Name the `queue`, the `priority` or `attributes`."),
        _("A call that goes out names the customer's number in `to`."),
        _("An agent is named where the call goes out: who serves a caller is ours to find."),
        _("A call that an agent has dialled stands in no queue."),
        _("Name the agent whose phone the switch is to ring first."),
        _("The switch may not dial this number: `TRANSFER_PREFIXES` says which it may."),
        _("The switch of {trunk} begins no calls of its own: name a trunk that does."),
        _("A call that is {state} cannot be {what}."),
        _("A reservation that is {state} cannot be {what}."),
        _("A callback that is {state} cannot be canceled."),
        _("The time to answer this call was up."),
        _("It is at version {present} by now, not {expected}: read it again, then decide."),
        _('If-Match names a version as `"7"`.'),
        _("Sign in first."),
        _("Another desk has taken over."),
        _("You are already working at another desk."),
        _("They are talking already."),
        _("A callback to this number is promised already."),
        _("A call is rejected as declined or busy."),
        _("Idempotency-Key is at most {most} printable ASCII characters."),
        _("This Idempotency-Key was used for another request: take a new one."),
        _("The first request under this key is still running: ask again in a second."),
        _("`after` is a cursor like {cursor}."),
        _("{type} is no type of event: write call.queued, or call.* for all."),
        _("No event is called {type}: the nearest is {near}."),
        _("No event is called {type}: {kind} has {words}."),
        _("At most {most} types can be named; `call.*` stands for all of a kind."),
        _("It is told too late: what it is about has moved on. Read it again."),
        _("Nobody has been sought for this promise yet: there is no try to speak of."),
        # of single fields; most are the framework's own, translated there
        _("This field is not known here."),
        _("This field is required."),
        _("This field may not be null."),
        _("This field may not be blank."),
        _("This must be an object."),
        _("This must be a string."),
        _("This must be true or false."),
        _("This must be a time as 2026-03-04T05:06:07.089Z, with its offset."),
        _("There is no such time."),
        _("This must lie in the years {first} to {last}."),
        _("This name holds characters that cannot be printed."),
        _("This is larger than {most} bytes."),
        _("This must be a whole number from {least} to {most}."),
        _("Not a valid string."),
        _("A valid integer is required."),
        _("{given} is none of {words}."),
        _("Ensure this field has no more than {most} characters."),
        _("Ensure this field has at least {least} characters."),
        _("Ensure this value is less than or equal to {most}."),
        _("Ensure this value is greater than or equal to {least}."),
        _("Ensure this field has no more than {most} elements."),
        _("Must be a valid UUID."),
    )
)
_OF_A_FIELD = re.compile(r"(/\S*|The body|The event|\w+): (.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One row of the inspector, its reason in the reader's language."""

    request: ApiRequest
    does: str  # what a hook told the switch
    reason: str
    verbatim: str  # what the switch was told in English, where the reason is only its code's meaning


def seen(rows: list[ApiRequest]) -> list[Seen]:
    return [_row(one) for one in rows]


def _row(row: ApiRequest) -> Seen:
    reason = said(row.sentence)
    verbatim = ""
    if row.sentence and not reason:
        known = CODES.get(row.code)
        reason, verbatim = (translate(known[1]), row.sentence) if known else (row.sentence, "")
    return Seen(request=row, does=str(ANSWERS.get(row.answer, "")), reason=reason, verbatim=verbatim)


def said(sentence: str) -> str:
    """A refusal's sentence in the reader's language; "" where it is none that is known."""
    if not sentence or (get_language() or "en").startswith("en"):
        return sentence
    if whole := SENTENCES.translated(sentence) or _by_itself(sentence):
        return whole
    if (found := _OF_A_FIELD.fullmatch(sentence)) and (inner := SENTENCES.translated(found[2])):
        return f"{found[1]}: {inner}"
    return ""


def _by_itself(sentence: str) -> str:
    """The translation some room has for the very sentence."""
    meant = translate(sentence)
    return meant if meant != sentence else ""
