"""TwiML, as Twilio speaks it; SignalWire's and Telnyx' compatible forms too. Pure.

Callers wait in the platform's own queue: its wait document is asked again and again and says `<Leave/>` once an agent is
held; the queue's action then rings. Source: Twilio's TwiML Voice reference (Gather, Enqueue, Leave, Dial, Number
and Sip with their `url`).
"""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.telephony.destinations import is_sip
from callcenter.telephony.dialects import hearing, signatures
from callcenter.telephony.dialects.saying import QueueVerbs
from callcenter.telephony.dialects.words import Again, Answer, Ask, Document, Line, Links, Ring, Traits, Wait
from callcenter.telephony.dialects.xml import Element, document

HOOKS = hearing.QUEUED
TRAITS = Traits(mark="CallSid", is_signed=signatures.twilio)
VOICES = {"zh": "zh-CN", "en": "en-US"}
_LONGEST_PAUSE_S = 10
_POST = {"method": "POST"}

read = hearing.PlatformFields(
    call="CallSid",
    parent="ParentCallSid",
    status="CallStatus",
    from_number="From",
    to_number="To",
    keys="Digits",
    queue_result=("QueueResult",),
    over=frozenset({"completed", "canceled", "failed", "busy", "no-answer"}),
    attempt="DialCallStatus",
    sip_status="DialSipResponseCode",
    talk="DialCallDuration",
    ended=frozenset({"completed", "answered"}),
    fates={"busy": "busy", "no-answer": "missed", "canceled": "missed"},
).read


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The document for an answer."""
    inside = tuple(_Verbs(links).document(answer, hook))
    return Document(body=document(Element("Response", {}, inside)), content_type="text/xml; charset=utf-8")


class _Verbs(QueueVerbs[Element]):
    def say(self, line: Line) -> Element:
        return Element("Say", {"language": VOICES[line.language]}, (line.text,))

    def ask(self, ask: Ask, where: str) -> list[Element]:
        # The one key of a menu may be # itself; only longer inputs end with it.
        ends = {"finishOnKey": "#"} if ask.most_keys > 1 else {}
        how = {"action": where} | _POST | {"input": "dtmf", "timeout": str(ask.timeout_s)}
        how |= {"numDigits": str(ask.most_keys), "actionOnEmptyResult": "true"} | ends
        # Where a platform does not know actionOnEmptyResult, silence leads on to the redirect.
        return [Element("Gather", how, tuple(map(self.say, ask.lines))), self.redirect(where)]

    def enqueue(self, name: str, *, action: str, waiting: str) -> Element:
        how = {"action": action} | _POST | {"waitUrl": waiting, "waitUrlMethod": "POST"}
        return Element("Enqueue", how, (name,))

    def leave(self) -> Element:
        return Element("Leave")

    def play(self, wait: Wait) -> Element:
        return Element("Play", {}, (wait.music,))

    def pause(self, seconds: int) -> Element:
        return Element("Pause", {"length": str(max(1, min(seconds, _LONGEST_PAUSE_S)))})

    def redirect(self, where: str) -> Element:
        return Element("Redirect", _POST, (where,))

    def again_inside(self, again: Again) -> list[Element]:
        return self.parts(again)

    def ring(self, ring: Ring, told: Mapping[str, str]) -> list[Element]:
        status = {"statusCallback": self.links.to("status", told), "statusCallbackMethod": "POST"}
        status |= {"statusCallbackEvent": "ringing answered"}
        # Asked once the customer of a call that goes out has answered, and before the two are joined; what it tells is the same.
        status |= {"url": self.links.to("status", told)} | _POST if ring.back else {}
        noun = _noun(with_headers(ring.contact, dict(ring.headers)), status)
        how = {"action": self.links.to("dialled", told)} | _POST | {"timeout": str(ring.ring_s)}
        return [Element("Dial", how, (noun,))]

    def divert(self, number: str) -> list[Element]:
        return [Element("Dial", {}, (_noun(number, {}),))]

    def hang_up(self) -> list[Element]:
        return [Element("Hangup")]


def _noun(contact: str, how: dict[str, str]) -> Element:
    return Element("Sip" if is_sip(contact) else "Number", how, (contact,))


def with_headers(contact: str, headers: dict[str, str]) -> str:
    """A SIP address with headers for the INVITE; a number as it is."""
    if not headers or not is_sip(contact):
        return contact
    return f"{contact}{'&' if '?' in contact else '?'}" + "&".join(f"{name}={value}" for name, value in headers.items())
