"""Plain text for AGI scripts, `CURL()` and shells: form fields in, `name=value` lines out. Pure.

The first line is the action: ask, wait, dial, divert, hangup, again or ok; `next` is the address to ask then. Words for how
an attempt ended are those of Asterisk's DIALSTATUS, and HANGUPCAUSE (Q.850) where it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcenter.telephony.dialects import hearing
from callcenter.telephony.dialects.saying import Verbs
from callcenter.telephony.dialects.words import (
    Answer,
    Ask,
    Document,
    Heard,
    Leg,
    Line,
    Lines,
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

Pair = tuple[str, str]

HOOKS = hearing.ASKED
TRAITS = Traits()
_FIELDS = hearing.Fields(
    call="call",
    from_number="from",
    to_number="to",
    keys="keys",
    unnamed="Name the call: `call` is the switch's own id of it (UNIQUEID).",
)
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
    if hearing.is_going_out(hook, query):
        return _going_out(hook, said, query)
    call, reservation = _FIELDS.call_in(said), hearing.reservation_in(said)
    if hook == "status":
        return _status(said, call, reservation)
    gone, queue = said.get("gone") == "1", plain(said.get("queue", ""), 48)
    return _FIELDS.heard(hook, said, attempt=_leg, reservation=reservation, gone=gone, queue=queue)


# `event` of the two legs of a call that goes out, in the words of the platforms that dial by REST.
_EVENTS = {"ringing": "ringing", "answered": "in-progress", "hangup": "completed"}


def _going_out(hook: str, said: Params, query: Params) -> Heard:
    """Of a call that we began: `leg` of the address says whose leg a report is about."""
    status, left = said.get("event", ""), said.get("gone") == "1"
    if hook == "status" and "dialstatus" not in said and status not in _EVENTS:
        raise Unreadable("`event` is ringing, answered or hangup.")
    attempt = _leg(said) if "dialstatus" in said or (hook == "dialled" and not left) else Leg(state="")
    return hearing.going_out(hook, status=_EVENTS.get(status, ""), attempt=attempt, query=query, left=left)


def _status(said: Params, call: str, reservation: str) -> Heard:
    event = said.get("event", "")
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
        return Leg(state="ended", talk_s=hearing.talk_s(said.get("talk", "")))
    if word not in _DIAL_WORDS:
        raise Unreadable("`dialstatus` is one of ANSWER, " + ", ".join(_DIAL_WORDS) + ".")
    cause = whole(said.get("hangupcause", ""), least=1, most=127)
    return Leg(state="failed", q850=cause, word=_DIAL_WORDS[word], heard_18x=word == "NOANSWER")


def write(answer: Answer, hook: str, links: Links) -> Document:
    """The answer as lines. A value never holds a line break."""
    lines = "".join(f"{name}={plain(value, 2_000)}\n" for name, value in _Verbs(links).parts(answer))
    return Document(body=lines, content_type="text/plain; charset=utf-8")


_NEXT = frozenset({"keys", "after", "status", "next"})  # what comes when all is said


class _Verbs(Verbs[Pair]):
    def spoken(self, lines: Lines, what: Sequence[Pair]) -> list[Pair]:
        """A dialplan finds the action and whom to ring by the number of the line: what is said stands behind them."""
        first = next((place for place, (name, _) in enumerate(what) if name in _NEXT), len(what))
        return [*what[:first], *map(self.say, lines), *what[first:]]

    def say(self, line: Line) -> Pair:
        return (f"say-{line.language}", line.text)

    def ask(self, ask: Ask, where: str) -> list[Pair]:
        how = [("keys", str(ask.most_keys)), ("timeout", str(ask.timeout_s)), ("next", where)]
        return self.spoken(ask.lines, [("action", "ask"), *how])

    def wait(self, wait: Wait, told: Mapping[str, str]) -> list[Pair]:
        return [("action", "wait"), ("after", str(_ASK_AGAIN_S)), ("next", self.links.to("wait", told))]

    def ring(self, ring: Ring, told: Mapping[str, str]) -> list[Pair]:
        whom = [("action", "dial"), ("contact", ring.contact), ("ring", str(ring.ring_s))]
        headers = [(f"header-{name}", value) for name, value in ring.headers.items()]
        what = [*whom, ("reservation", ring.reservation), *headers]
        if not ring.back:
            return [*what, ("next", self.links.to("dialled", {"language": ring.language}))]
        # Of a customer who is dialled is also told that they have answered.
        return [*what, ("status", self.links.to("status", told)), ("next", self.links.to("dialled", told))]

    def divert(self, number: str) -> list[Pair]:
        return [("action", "divert"), ("contact", number)]

    def hang_up(self) -> list[Pair]:
        return [("action", "hangup")]

    def again(self, seconds: int, where: str) -> list[Pair]:
        return [("action", "again"), ("after", str(seconds)), ("next", where)]

    def nothing(self) -> list[Pair]:
        return [("action", "ok")]
