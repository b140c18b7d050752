"""jambonz: requests in JSON, answers as a list of verbs. Pure.

Callers wait in the platform's own queue, as in TwiML, where only say, play, pause and leave are allowed; its `priority` is
never used: the order is ours. Source: jambonz' verb reference (gather, enqueue, leave, dial with its confirmHook,
asked when the far end has answered and before the two are joined) and call status webhooks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from callcenter.telephony.destinations import is_sip
from callcenter.telephony.dialects import hearing, signatures
from callcenter.telephony.dialects.saying import QueueVerbs
from callcenter.telephony.dialects.words import Answer, Ask, Document, Line, Links, Ring, Traits, Wait

Verb = dict[str, Any]

HOOKS = hearing.QUEUED
TRAITS = Traits(mark="call_sid", is_signed=signatures.jambonz, sends_json=True)
VOICES = {"zh": "cmn-CN", "en": "en-US"}

read = hearing.PlatformFields(
    call="call_sid",
    parent="parent_call_sid",
    status="call_status",
    from_number="from",
    to_number="to",
    keys="digits",
    queue_result=("queueResult", "queue_result"),
    legs={"ringing": "ringing", "early-media": "ringing", "in-progress": "answered"},
    attempt="dial_call_status",
    sip_status="dial_sip_status",
).read


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The verbs for an answer; reports are answered with none."""
    verbs = _Verbs(links).document(answer, hook)
    return Document(body=json.dumps(verbs, ensure_ascii=False), content_type="application/json")


class _Verbs(QueueVerbs[Verb]):
    def say(self, line: Line) -> Verb:
        return {"verb": "say"} | _speech(line.text, line.language)

    def ask(self, ask: Ask, where: str) -> list[Verb]:
        how: Verb = {"input": ["digits"], "timeout": ask.timeout_s, "dtmfBargein": True}
        how |= {"numDigits": 1} if ask.most_keys == 1 else {"maxDigits": ask.most_keys, "finishOnKey": "#"}
        # One verb says one text: where callers choose their language, the platform's voice reads both.
        first = ask.lines[0].language if ask.lines else "zh"
        text = " ".join(line.text for line in ask.lines)
        return [{"verb": "gather", "actionHook": where} | how | {"say": _speech(text, first)}]

    def enqueue(self, name: str, *, action: str, waiting: str) -> Verb:
        return {"verb": "enqueue", "name": name, "actionHook": action, "waitHook": waiting}

    def leave(self) -> Verb:
        return {"verb": "leave"}

    def play(self, wait: Wait) -> Verb:
        return {"verb": "play", "url": wait.music, "timeoutSecs": wait.seconds}

    def pause(self, seconds: int) -> Verb:
        return {"verb": "pause", "length": max(1, seconds)}

    def redirect(self, where: str) -> Verb:
        return {"verb": "redirect", "actionHook": where}

    def ring(self, ring: Ring, told: Mapping[str, str]) -> list[Verb]:
        how = {"timeout": ring.ring_s, "headers": dict(ring.headers), "actionHook": self.links.to("dialled", told)}
        # Of a leg the application's own status webhook says whose it is; not of one that we have asked for by address.
        how |= {"confirmHook": self.links.to("status", told)} if ring.back else {}
        return [_dial(ring.contact) | how]

    def divert(self, number: str) -> list[Verb]:
        return [_dial(number)]

    def hang_up(self) -> list[Verb]:
        return [{"verb": "hangup"}]


def _dial(contact: str) -> Verb:
    whom = {"type": "sip", "sipUri": contact} if is_sip(contact) else {"type": "phone", "number": contact}
    return {"verb": "dial", "target": [whom]}


def _speech(text: str, language: str) -> Verb:
    return {"text": text, "synthesizer": {"language": VOICES[language]}}
