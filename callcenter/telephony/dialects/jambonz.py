"""jambonz: requests in JSON, answers as a list of verbs. Pure.

Callers wait in the platform's own queue, as in TwiML, where only say, play, pause and leave are allowed; its `priority` is
never used: the order is ours. Source: jambonz' verb reference (gather, enqueue, leave, dial with its confirmHook,
asked when the far end has answered and before the two are joined) and call status webhooks.
"""

from __future__ import annotations

import json
from typing import Any

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

Verb = dict[str, Any]

HOOKS = frozenset({"voice", "keys", "wait", "action", "dialled", "status", ringing_back.HOOK})
_HEARD = {
    "voice": What.ARRIVED,
    "keys": What.KEYS,
    "wait": What.WAITS,
    "action": What.LEFT,
    "dialled": What.DIALLED,
}
_OVER = frozenset({"completed", "failed", "busy", "no-answer"})
_DIAL_WORDS = {"busy": "busy", "no-answer": "missed", "failed": "failed"}
_LEG_STATES = {"ringing": "ringing", "early-media": "ringing", "in-progress": "answered"}
VOICES = {"zh": "cmn-CN", "en": "en-US"}


def read(hook: str, said: Params, query: Params) -> Heard:
    """What a request of the platform tells. Raises Unreadable."""
    call = plain(said.get("call_sid", ""))
    if not call:
        raise Unreadable("A request of this dialect holds the field call_sid.")
    if ringing_back.is_meant(hook, query):
        return ringing_back.read(hook, status=said.get("call_status", ""), attempt=_leg(said), query=query)
    parent = plain(said.get("parent_call_sid", ""))
    gone = said.get("call_status", "") in _OVER
    reservation = plain(query.get("reservation", ""), 64)
    if hook == "status":
        if parent:
            state = _LEG_STATES.get(said.get("call_status", ""), "")
            return Heard(what=What.PROGRESS, external_id=parent, reservation=reservation, leg=Leg(state=state))
        return Heard(what=What.OVER if gone else What.PROGRESS, external_id=call, gone=gone, by="caller")
    return Heard(
        what=_HEARD[hook],
        external_id=call,
        from_number=number(said.get("from", "")),
        to_number=plain(said.get("to", "")),
        keys=plain(said.get("digits", ""), 32),
        gone=gone or said.get("queueResult") == "hangup" or said.get("queue_result") == "hangup",
        by="caller",
        reservation=reservation,
        leg=_leg(said),
    )


def _leg(said: Params) -> Leg:
    status = said.get("dial_call_status", "")
    if status == "completed":
        return Leg(state="ended")
    if not status:
        return Leg(state="")
    code = whole(said.get("dial_sip_status", ""), least=300, most=699)
    return Leg(state="failed", sip_code=code, word=_DIAL_WORDS.get(status, "failed"), heard_18x=status == "no-answer")


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The verbs for an answer; reports are answered with none."""
    verbs = _waiting(answer) if hook == "wait" else _talking(answer, links)
    return Document(body=json.dumps(verbs, ensure_ascii=False), content_type="application/json")


def _waiting(answer: Answer) -> list[Verb]:
    if isinstance(answer, Again):
        return [_pause(answer.seconds)]
    if not isinstance(answer, Wait):
        return [{"verb": "leave"}]
    if answer.music and not answer.lines:
        return [{"verb": "play", "url": answer.music, "timeoutSecs": answer.seconds}]
    return [*map(_say, answer.lines), _pause(answer.seconds)]


def _talking(answer: Answer, links: Links) -> list[Verb]:
    match answer:
        case Ask():
            return [_gather(answer, links)]
        case Wait():
            return [*map(_say, answer.lines), _enqueue(answer, links)]
        case Ring():
            return [*map(_say, answer.lines), _dial(answer, links)]
        case Divert():
            return [*map(_say, answer.lines), {"verb": "dial", "target": [_target(answer.number)]}]
        case Goodbye():
            return [*map(_say, answer.lines), {"verb": "hangup"}]
        case Again():
            hook = links.to(answer.hook, answer.query)
            return [_pause(answer.seconds), {"verb": "redirect", "actionHook": hook}]
        case Nothing():
            return []


def _gather(ask: Ask, links: Links) -> Verb:
    verb: Verb = {
        "verb": "gather",
        "actionHook": links.to("keys", ask.place.query()),
        "input": ["digits"],
        "timeout": ask.timeout_s,
        "dtmfBargein": True,
    }
    verb |= {"numDigits": 1} if ask.most_keys == 1 else {"maxDigits": ask.most_keys, "finishOnKey": "#"}
    # One verb says one text: where callers choose their language, the platform's voice reads both.
    first = ask.lines[0].language if ask.lines else "zh"
    text = " ".join(line.text for line in ask.lines)
    return verb | {"say": {"text": text, "synthesizer": {"language": VOICES[first]}}}


def _enqueue(wait: Wait, links: Links) -> Verb:
    spoken = {"language": wait.language}
    return {
        "verb": "enqueue",
        "name": wait.queue or "zhiyin",
        "actionHook": links.to("action", spoken),
        "waitHook": links.to("wait", spoken),
    }


def _dial(ring: Ring, links: Links) -> Verb:
    told = {"reservation": ring.reservation, "language": ring.language} | dict(ring.back)
    verb: Verb = {
        "verb": "dial",
        "target": [_target(ring.contact)],
        "timeout": ring.ring_s,
        "headers": dict(ring.headers),
        "actionHook": links.to("dialled", told),
    }
    # Of a leg the application's own status webhook says whose it is; not of one that we have asked for by address.
    return verb | ({"confirmHook": links.to("status", told)} if ring.back else {})


def _target(contact: str) -> Verb:
    if is_sip(contact):
        return {"type": "sip", "sipUri": contact}
    return {"type": "phone", "number": contact}


def _say(line: Line) -> Verb:
    return {"verb": "say", "text": line.text, "synthesizer": {"language": VOICES[line.language]}}


def _pause(seconds: int) -> Verb:
    return {"verb": "pause", "length": max(1, seconds)}
