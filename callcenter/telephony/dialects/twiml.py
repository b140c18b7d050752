"""TwiML, as Twilio speaks it; SignalWire's and Telnyx' compatible forms too. Pure.

Callers wait in the platform's own queue: its wait document is asked again and again and says `<Leave/>` once an agent is
held; the queue's action then rings. Source: Twilio's TwiML Voice reference (Gather, Enqueue, Leave, Dial, Sip).
"""

from __future__ import annotations

from callcenter.telephony.destinations import is_sip
from callcenter.telephony.dialects import ringing_back
from callcenter.telephony.dialects.words import (
    Again,
    Answer,
    Ask,
    Divert,
    Document,
    Goodbye,
    Heard,
    Leg,
    Line,
    Links,
    Nothing,
    Params,
    Ring,
    Unreadable,
    Wait,
    What,
    number,
    plain,
    whole,
)
from callcenter.telephony.dialects.xml import Element, document

HOOKS = frozenset({"voice", "keys", "wait", "action", "dialled", "status", ringing_back.HOOK})
_HEARD = {
    "voice": What.ARRIVED,
    "keys": What.KEYS,
    "wait": What.WAITS,
    "action": What.LEFT,
    "dialled": What.DIALLED,
}
_OVER = frozenset({"completed", "canceled", "failed", "busy", "no-answer"})
# DialCallStatus, where no SIP code stands beside it.
_DIAL_WORDS = {"busy": "busy", "no-answer": "missed", "failed": "failed", "canceled": "missed"}
_LEG_STATES = {"ringing": "ringing", "in-progress": "answered"}
VOICES = {"zh": "zh-CN", "en": "en-US"}
_LONGEST_PAUSE_S = 10


def read(hook: str, said: Params, query: Params) -> Heard:
    """What a request of the platform tells. Raises Unreadable."""
    call = plain(said.get("CallSid", ""))
    if not call:
        raise Unreadable("A request of this dialect holds the field CallSid.")
    if ringing_back.is_meant(hook, query):
        return ringing_back.read(hook, status=said.get("CallStatus", ""), attempt=_leg(said), query=query)
    parent = plain(said.get("ParentCallSid", ""))
    gone = said.get("CallStatus", "") in _OVER
    if hook == "status":
        return _status(said, query, call=call, parent=parent, gone=gone)
    return Heard(
        what=_HEARD[hook],
        external_id=call,
        from_number=number(said.get("From", "")),
        to_number=plain(said.get("To", "")),
        keys=plain(said.get("Digits", ""), 32),
        gone=gone or said.get("QueueResult") == "hangup",
        by="caller",
        reservation=plain(query.get("reservation", ""), 64),
        leg=_leg(said),
    )


def _status(said: Params, query: Params, *, call: str, parent: str, gone: bool) -> Heard:
    """A status callback: of the agent's leg if it has a parent, else of the caller's."""
    reservation = plain(query.get("reservation", ""), 64)
    if parent:
        state = _LEG_STATES.get(said.get("CallStatus", ""), "")
        return Heard(what=What.PROGRESS, external_id=parent, reservation=reservation, leg=Leg(state=state))
    return Heard(what=What.OVER if gone else What.PROGRESS, external_id=call, gone=gone, by="caller")


def _leg(said: Params) -> Leg:
    """The end of a Dial. `completed` and `answered` mean that somebody answered and it is over."""
    status = said.get("DialCallStatus", "")
    if status in {"completed", "answered"}:
        talk_s = whole(said.get("DialCallDuration", ""), least=0, most=86_400)
        return Leg(state="ended", talk_s=talk_s)
    if not status:
        return Leg(state="")
    code = whole(said.get("DialSipResponseCode", ""), least=300, most=699)
    # The platform says no-answer only after it heard the phone ring.
    return Leg(state="failed", sip_code=code, word=_DIAL_WORDS.get(status, "failed"), heard_18x=status == "no-answer")


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The document for an answer. Inside the platform's queue only waiting, talking and leaving are allowed."""
    inside = _waiting(answer, links) if hook == "wait" else _talking(answer, links)
    return Document(body=document(Element("Response", {}, tuple(inside))), content_type="text/xml; charset=utf-8")


def _waiting(answer: Answer, links: Links) -> list[Element]:
    if isinstance(answer, Again):
        return _again(answer, links)
    if not isinstance(answer, Wait):
        return [Element("Leave")]  # whatever it is, it is said at `action`
    if answer.music and not answer.lines:
        return [Element("Play", {}, (answer.music,))]
    return [*map(_say, answer.lines), _pause(answer.seconds)]


def _talking(answer: Answer, links: Links) -> list[Element]:
    match answer:
        case Ask():
            return _gather(answer, links)
        case Wait():
            return [*map(_say, answer.lines), _enqueue(answer, links)]
        case Ring():
            return [*map(_say, answer.lines), _dial(answer, links)]
        case Divert():
            return [*map(_say, answer.lines), Element("Dial", {}, (_noun(answer.number),))]
        case Goodbye():
            return [*map(_say, answer.lines), Element("Hangup")]
        case Again():
            return _again(answer, links)
        case Nothing():
            return []


def _again(again: Again, links: Links) -> list[Element]:
    return [_pause(again.seconds), Element("Redirect", {"method": "POST"}, (links.to(again.hook, again.query),))]


def _gather(ask: Ask, links: Links) -> list[Element]:
    where = links.to("keys", ask.place.query())
    how = {
        "action": where,
        "method": "POST",
        "input": "dtmf",
        "timeout": str(ask.timeout_s),
        "numDigits": str(ask.most_keys),
        # The one key of a menu may be # itself; only longer inputs end with it.
        "actionOnEmptyResult": "true",
    }
    if ask.most_keys > 1:
        how["finishOnKey"] = "#"
    # Where a platform does not know actionOnEmptyResult, silence leads on to the redirect.
    return [Element("Gather", how, tuple(map(_say, ask.lines))), Element("Redirect", {"method": "POST"}, (where,))]


def _enqueue(wait: Wait, links: Links) -> Element:
    spoken = {"language": wait.language}
    how = {"action": links.to("action", spoken), "method": "POST"}
    how |= {"waitUrl": links.to("wait", spoken), "waitUrlMethod": "POST"}
    return Element("Enqueue", how, (wait.queue or "zhiyin",))


def _dial(ring: Ring, links: Links) -> Element:
    told = {"reservation": ring.reservation, "language": ring.language} | dict(ring.back)
    contact = with_headers(ring.contact, dict(ring.headers))
    noun = {
        "statusCallback": links.to("status", told),
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": "ringing answered",
    }
    how = {"action": links.to("dialled", told), "method": "POST", "timeout": str(ring.ring_s)}
    return Element("Dial", how, (_noun(contact, noun),))


def _noun(contact: str, how: dict[str, str] | None = None) -> Element:
    return Element("Sip" if is_sip(contact) else "Number", how or {}, (contact,))


def with_headers(contact: str, headers: dict[str, str]) -> str:
    """A SIP address with headers for the INVITE; a number as it is."""
    if not headers or not is_sip(contact):
        return contact
    return f"{contact}{'&' if '?' in contact else '?'}" + "&".join(f"{name}={value}" for name, value in headers.items())


def _say(line: Line) -> Element:
    return Element("Say", {"language": VOICES[line.language]}, (line.text,))


def _pause(seconds: int) -> Element:
    return Element("Pause", {"length": str(max(1, min(seconds, _LONGEST_PAUSE_S)))})
