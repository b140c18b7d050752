"""FreeSWITCH's mod_httapi: it asks one address again and again and does what the document says. Pure.

There is no queue in the switch: a caller who waits hears music for some seconds, then the switch asks again. The answer
must be `text/xml`, or the switch asks for ever. `execute` must be allowed in its profile for `bridge`, `set` and `export`;
variables of the channel come only where the profile allows `extended-data`. Sources: mod_httapi's own documentation
(docs/mod_httapi_doc.txt) and its source, for `exiting` and what happens after each tag.
"""

from __future__ import annotations

from collections.abc import Mapping

from callcenter.telephony.destinations import is_sip
from callcenter.telephony.dialects import hearing
from callcenter.telephony.dialects.saying import Verbs
from callcenter.telephony.dialects.words import (
    Answer,
    Ask,
    Document,
    Heard,
    Leg,
    Line,
    Links,
    Params,
    Ring,
    Traits,
    Unreadable,
    Wait,
    What,
    plain,
    whole,
)
from callcenter.telephony.dialects.xml import Element, document

HOOKS = hearing.ASKED
TRAITS = Traits(mark="session_id")
_FIELDS = hearing.Fields(
    call="session_id", from_number="Caller-Caller-ID-Number", to_number="Caller-Destination-Number", keys="digits"
)
_DISPOSITION = "variable_originate_disposition"
# Dispositions of an attempt (Q.850 in words), where no number stands beside them.
_Q850 = {
    "UNALLOCATED_NUMBER": 1,
    "NO_ROUTE_DESTINATION": 3,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "DESTINATION_OUT_OF_ORDER": 27,
    "NORMAL_UNSPECIFIED": 31,
    "NETWORK_OUT_OF_ORDER": 38,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "SWITCH_CONGESTION": 42,
    "BEARERCAPABILITY_NOTIMPL": 65,
    "INCOMPATIBLE_DESTINATION": 88,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
}
_MISSED = frozenset({"NO_ANSWER", "ALLOTTED_TIMEOUT", "ORIGINATOR_CANCEL", "PROGRESS_TIMEOUT"})


def read(hook: str, said: Params, query: Params) -> Heard:
    """What a request of the switch tells. Raises Unreadable.

    The agent's own leg asks `status` when it is answered; the caller's leg is named there by `caller`.
    """
    if hearing.is_going_out(hook, query):
        return _going_out(hook, said, query)
    session, is_over = _FIELDS.call_in(said), said.get("exiting") == "true"
    reservation = hearing.reservation_in(query)
    if hook == "status":
        caller = plain(query.get("caller", ""))
        if not caller:
            raise Unreadable("A report of an answer names the caller's leg: `caller`.")
        leg = Leg(state="" if is_over else "answered")
        return Heard(what=What.PROGRESS, external_id=caller, reservation=reservation, leg=leg)
    if is_over:
        return Heard(what=What.OVER, external_id=session, gone=True, by="caller")
    return _FIELDS.heard(hook, said, attempt=_leg, reservation=reservation)


def _going_out(hook: str, said: Params, query: Params) -> Heard:
    """Of a call that we began: the session is the agent's, and `cause` what `originate` said where there is none."""
    if cause := plain(said.get("cause", ""), 64).upper():
        return hearing.going_out(hook, status="", attempt=_leg({_DISPOSITION: cause}), query=query)
    is_over = said.get("exiting") == "true"
    status = "" if is_over or query.get("leg") == "agent" else "in-progress"
    return hearing.going_out(hook, status=status, attempt=_leg(said), query=query, left=is_over and hook != "status")


def _leg(said: Params) -> Leg:
    """The end of a bridge, from the channel's variables."""
    word = said.get(_DISPOSITION, "") or said.get("variable_originate_failed_cause", "")
    if word == "SUCCESS" or said.get("variable_bridge_hangup_cause"):
        return Leg(state="ended", talk_s=hearing.talk_s(said.get("variable_billsec", "")))
    code = whole(said.get("variable_hangup_cause_q850", ""), least=1, most=127) or _Q850.get(word)
    if word in _MISSED:
        return Leg(state="failed", word="missed", heard_18x=True)
    return Leg(state="failed", q850=code, word="failed" if word else "missed")


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The document for an answer; what comes after its last tag is asked at the address that the tags name."""
    work = Element("work", {}, tuple(_Verbs(links).parts(answer)))
    root = Element("document", {"type": "xml/freeswitch-httapi"}, (work,))
    return Document(body=document(root), content_type="text/xml")


class _Verbs(Verbs[Element]):
    def say(self, line: Line) -> Element:
        return Element("playback", {"file": _spoken(line)})

    def ask(self, ask: Ask, where: str) -> list[Element]:
        keys = "~\\d{1}" if ask.most_keys == 1 else f"~\\d{{1,{ask.most_keys}}}#"
        stars: tuple[Element | str, ...] = (Element("bind", {"strip": "#"}, (keys,)), Element("bind", {}, ("*",)))
        spoken = list(ask.lines) or [Line(text=" ", language=ask.place.language)]
        tags = []
        for line in spoken:
            # Only after the last text is there time to think.
            timeout = ask.timeout_s * 1000 if line is spoken[-1] else 1
            how = {"file": _spoken(line), "name": "digits", "input-timeout": str(timeout), "digit-timeout": "3000"}
            tags.append(Element("playback", how, stars))
        return [*tags, _go_on(where)]

    def wait(self, wait: Wait, told: Mapping[str, str]) -> list[Element]:
        music = Element("playback", {"file": wait.music}) if wait.music else _pause(wait.seconds)
        return [music, _go_on(self.links.to("wait", told))]

    def ring(self, ring: Ring, told: Mapping[str, str]) -> list[Element]:
        # The agent's leg asks once when it is answered, and goes on at once (`break`).
        status = self.links.to("status", {**told, "caller": ring.call})
        headers = (f"nolocal:sip_h_{safe(name)}={safe(value)}" for name, value in ring.headers.items())
        return [
            _execute("set", "continue_on_fail=true"),
            _execute("set", "hangup_after_bridge=false"),
            _execute("set", f"call_timeout={ring.ring_s}"),
            *(_execute("export", header) for header in headers),
            _execute("export", f"nolocal:execute_on_answer=httapi {{url={status}}}"),
            _execute("bridge", _dial_string(ring.contact)),
            _go_on(self.links.to("dialled", told)),
        ]

    def divert(self, number: str) -> list[Element]:
        return [_execute("bridge", _dial_string(number)), Element("hangup")]

    def hang_up(self) -> list[Element]:
        return [Element("hangup", {"cause": "NORMAL_CLEARING"})]

    def again(self, seconds: int, where: str) -> list[Element]:
        return [_pause(seconds), Element("continue", {"temp-action": where})]

    def nothing(self) -> list[Element]:
        return [Element("break")]


def _dial_string(contact: str) -> str:
    if is_sip(contact):
        return f"sofia/external/{safe(contact.partition(':')[2])}"
    return f"loopback/{safe(contact)}"


def safe(text: str) -> str:
    """Text without what a dial string or the switch's own expansion would take for a command."""
    return "".join(letter for letter in text if letter.isalnum() or letter in "@.+-_:;=~%/")


def _spoken(line: Line) -> str:
    """A text for the speech engine and voice that the channel names (tts_engine, tts_voice). Colons would split it."""
    return "say:" + line.text.replace(":", ",").replace("$", " ")


def _pause(seconds: int) -> Element:
    return Element("pause", {"milliseconds": str(max(1, seconds) * 1000)})


def _execute(application: str, data: str) -> Element:
    return Element("execute", {"application": application, "data": data})


def _go_on(where: str) -> Element:
    return Element("continue", {"action": where})
