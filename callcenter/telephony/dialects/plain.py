"""Plain text for AGI scripts, `CURL()` and shells: form fields in, `name=value` lines out. Pure.

The first line is the action: ask, wait, dial, divert, hangup, again or ok; `next` is the address to ask then. Words for how
an attempt ended are those of Asterisk's DIALSTATUS, and HANGUPCAUSE (Q.850) where it is sent.
"""

from __future__ import annotations

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
    Lines,
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

Pairs = list[tuple[str, str]]

HOOKS = frozenset({"voice", "keys", "wait", "dialled", "status", ringing_back.HOOK})
_HEARD = {"voice": What.ARRIVED, "keys": What.KEYS, "wait": What.WAITS, "dialled": What.DIALLED}
_DIAL_WORDS = {
    "BUSY": "busy",
    "NOANSWER": "missed",
    "CANCEL": "missed",
    "DONTCALL": "declined",
    "CHANUNAVAIL": "unreachable",
    "CONGESTION": "failed",
    "TORTURE": "declined",
    "INVALIDARGS": "failed",
}
_ASK_AGAIN_S = 2  # a script costs nothing by asking often


def read(hook: str, said: Params, query: Params) -> Heard:
    """What a request tells. Raises Unreadable."""
    if ringing_back.is_meant(hook, query):
        return _going_out(hook, said, query)
    call = plain(said.get("call", ""))
    if not call:
        raise Unreadable("Name the call: `call` is the switch's own id of it (UNIQUEID).")
    if hook == "status":
        return _status(said, call)
    return Heard(
        what=_HEARD[hook],
        external_id=call,
        from_number=number(said.get("from", "")),
        to_number=plain(said.get("to", "")),
        keys=plain(said.get("keys", ""), 32),
        gone=said.get("gone") == "1",
        by="caller",
        reservation=plain(said.get("reservation", ""), 64),
        queue=plain(said.get("queue", ""), 48),
        leg=_leg(said) if hook == "dialled" else Leg(state=""),
    )


# `event` of the two legs of a call that goes out, in the words of the platforms that dial by REST.
_EVENTS = {"ringing": "ringing", "answered": "in-progress", "hangup": "completed"}


def _going_out(hook: str, said: Params, query: Params) -> Heard:
    """Of a call that we began: `leg` of the address says whose leg a report is about."""
    status, left = said.get("event", ""), said.get("gone") == "1"
    if hook == "status" and "dialstatus" not in said and status not in _EVENTS:
        raise Unreadable("`event` is ringing, answered or hangup.")
    attempt = _leg(said) if "dialstatus" in said or (hook == "dialled" and not left) else Leg(state="")
    return ringing_back.read(hook, status=_EVENTS.get(status, ""), attempt=attempt, query=query, left=left)


def _status(said: Params, call: str) -> Heard:
    event, reservation = said.get("event", ""), plain(said.get("reservation", ""), 64)
    if event == "hangup":
        return Heard(what=What.OVER, external_id=call, gone=True, by=_by(said), reservation=reservation)
    if event not in {"ringing", "answered"}:
        raise Unreadable("`event` is ringing, answered or hangup.")
    return Heard(what=What.PROGRESS, external_id=call, reservation=reservation, leg=Leg(state=event))


def _by(said: Params) -> str:
    return said["by"] if said.get("by") in {"caller", "agent", "network"} else "caller"


def _leg(said: Params) -> Leg:
    word = said.get("dialstatus", "").upper()
    if word == "ANSWER":
        return Leg(state="ended", talk_s=whole(said.get("talk", ""), least=0, most=86_400))
    if word not in _DIAL_WORDS:
        raise Unreadable("`dialstatus` is one of ANSWER, " + ", ".join(_DIAL_WORDS) + ".")
    cause = whole(said.get("hangupcause", ""), least=1, most=127)
    return Leg(state="failed", q850=cause, word=_DIAL_WORDS[word], heard_18x=word == "NOANSWER")


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The answer as lines. A value never holds a line break."""
    lines = "".join(f"{name}={plain(value, 2_000)}\n" for name, value in _pairs(answer, links))
    return Document(body=lines, content_type="text/plain; charset=utf-8")


def _pairs(answer: Answer, links: Links) -> Pairs:
    match answer:
        case Ask():
            how = [("keys", str(answer.most_keys)), ("timeout", str(answer.timeout_s))]
            return [("action", "ask"), *_said(answer.lines), *how, ("next", links.to("keys", answer.place.query()))]
        case Wait():
            where = links.to("wait", {"language": answer.language})
            return [("action", "wait"), *_said(answer.lines), ("after", str(_ASK_AGAIN_S)), ("next", where)]
        case Ring():
            return [*_ring(answer), *_said(answer.lines), *_after(answer, links)]
        case Divert():
            return [("action", "divert"), ("contact", answer.number), *_said(answer.lines)]
        case Goodbye():
            return [("action", "hangup"), *_said(answer.lines)]
        case Again():
            where = links.to(answer.hook, answer.query)
            return [("action", "again"), ("after", str(answer.seconds)), ("next", where)]
        case Nothing():
            return [("action", "ok")]


def _ring(ring: Ring) -> Pairs:
    headers = [(f"header-{name}", value) for name, value in ring.headers.items()]
    what = [("action", "dial"), ("contact", ring.contact), ("ring", str(ring.ring_s))]
    return [*what, ("reservation", ring.reservation), *headers]


def _after(ring: Ring, links: Links) -> Pairs:
    """Where to tell how it ended; of a customer who is dialled, also that they have answered."""
    if not ring.back:
        return [("next", links.to("dialled", {"language": ring.language}))]
    told = {"reservation": ring.reservation, "language": ring.language} | dict(ring.back)
    return [("status", links.to("status", told)), ("next", links.to("dialled", told))]


def _said(lines: Lines) -> Pairs:
    return [(f"say-{line.language}", line.text) for line in lines]
