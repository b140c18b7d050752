"""How a request is heard, whatever its dialect: which hooks there are, and where a platform writes what all of them tell. Pure.

What a dialect has of its own are names of fields and words for how a leg stands: it gives them as `Fields`, or, where its
platform has an API of calls as Twilio's (a `status` of each leg, a parent, the end of a dial), as `PlatformFields`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from callcenter.telephony.dialects.words import Heard, Leg, Params, Unreadable, What, number, plain, whole

OUT = "out"  # where is asked what to do with an agent who has picked up for a call that we began (`ringing_back`)
# Of switches that ask us again themselves, and of those that hold callers in a queue of their own besides.
ASKED = frozenset({"voice", "keys", "wait", "dialled", "status", OUT})
QUEUED = ASKED | {"action"}
_HEARD = {
    "voice": What.ARRIVED,
    "keys": What.KEYS,
    "wait": What.WAITS,
    "action": What.LEFT,
    "dialled": What.DIALLED,
}
LONGEST_TALK_S = 86_400
_NOTHING_NEW = Leg(state="")

Attempt = Callable[[Params], Leg]


def reservation_in(told: Params) -> str:
    """The reservation that a request names; "" for none."""
    return plain(told.get("reservation", ""), 64)


def talk_s(text: str) -> int | None:
    """How long two talked, as a platform wrote it in seconds."""
    return whole(text, least=0, most=LONGEST_TALK_S)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Under which names a platform sends what every platform sends of a caller."""

    call: str
    from_number: str
    to_number: str
    keys: str
    unnamed: str = ""  # what is said to a request that names no call

    def call_in(self, said: Params) -> str:
        """The platform's own id of the leg a request is about. Raises Unreadable."""
        if call := plain(said.get(self.call, "")):
            return call
        raise Unreadable(self.unnamed or f"A request of this dialect holds the field {self.call}.")

    def heard(
        self, hook: str, said: Params, *, attempt: Attempt, reservation: str, gone: bool = False, queue: str = ""
    ) -> Heard:
        """A caller's request to any hook but `status` and `out`; `attempt` reads how ringing an agent ended.

        Raises Unreadable.
        """
        return Heard(
            what=_HEARD[hook],
            external_id=self.call_in(said),
            from_number=number(said.get(self.from_number, "")),
            to_number=plain(said.get(self.to_number, "")),
            keys=plain(said.get(self.keys, ""), 32) if hook == "keys" else "",
            gone=gone,
            by="caller",
            reservation=reservation,
            queue=queue,
            leg=attempt(said) if hook == "dialled" else _NOTHING_NEW,
        )


@dataclass(frozen=True, kw_only=True)
class PlatformFields(Fields):
    """Of a platform that tells of each leg by a status, names a leg's parent, and waits in a queue of its own."""

    parent: str
    status: str
    queue_result: tuple[str, ...]
    attempt: str  # the end of a dial
    sip_status: str  # … and the SIP status beside it
    talk: str = ""  # … and how long it was
    over: frozenset[str] = frozenset({"completed", "failed", "busy", "no-answer"})
    legs: Mapping[str, str] = field(default_factory=lambda: {"ringing": "ringing", "in-progress": "answered"})
    ended: frozenset[str] = frozenset({"completed"})  # ends of a dial that mean somebody answered
    fates: Mapping[str, str] = field(default_factory=lambda: {"busy": "busy", "no-answer": "missed"})

    def read(self, hook: str, said: Params, query: Params) -> Heard:
        """What a request of the platform tells. Raises Unreadable."""
        call, status = self.call_in(said), said.get(self.status, "")
        if is_going_out(hook, query):
            return going_out(hook, status=status, attempt=self.leg(said), query=query)
        reservation, gone = reservation_in(query), status in self.over
        if hook == "status":
            if parent := plain(said.get(self.parent, "")):  # the agent's leg
                leg = Leg(state=self.legs.get(status, ""))
                return Heard(what=What.PROGRESS, external_id=parent, reservation=reservation, leg=leg)
            return Heard(what=What.OVER if gone else What.PROGRESS, external_id=call, gone=gone, by="caller")
        gone = gone or any(said.get(name) == "hangup" for name in self.queue_result)
        return self.heard(hook, said, attempt=self.leg, reservation=reservation, gone=gone)

    def leg(self, said: Params) -> Leg:
        """How a dial ended."""
        status = said.get(self.attempt, "")
        if status in self.ended:
            return Leg(state="ended", talk_s=talk_s(said.get(self.talk, "")) if self.talk else None)
        if not status:
            return _NOTHING_NEW
        code = whole(said.get(self.sip_status, ""), least=300, most=699)
        # The platforms say no-answer only after they heard the phone ring.
        rang = status == "no-answer"
        return Leg(state="failed", sip_code=code, word=self.fates.get(status, "failed"), heard_18x=rang)


# --- calls that go out ------------------------------------------------------------------------------------------------
_NOT_PICKED_UP = {"busy": "busy", "no-answer": "missed", "failed": "failed", "canceled": "missed"}


def is_going_out(hook: str, query: Params) -> bool:
    """Whether a request is about a call that we began: it came by an address that says so."""
    return hook == OUT or query.get("leg", "") in {"agent", "customer"}


def going_out(hook: str, *, status: str, attempt: Leg, query: Params, left: bool = False) -> Heard:
    """What the switch tells of a leg: its status in the words Twilio and jambonz share, or how an `attempt` ended.

    `left`: the agent's leg is gone. Raises Unreadable.
    """
    call, reservation = plain(query.get("call", "")), reservation_in(query)
    if not call:
        raise Unreadable("This address was not made by us.")
    if hook == "status" and query.get("leg") == "agent" and status == "completed":
        left = True
    if left:
        return Heard(what=What.OVER, external_id=call, reservation=reservation, gone=True, by="agent")
    if hook == OUT:
        return Heard(what=What.PICKED_UP, external_id=call, reservation=reservation)
    if hook == "dialled":  # the attempt to reach the customer is over, and so is the call
        leg = attempt if attempt.state == "ended" else _NOTHING_NEW
        return Heard(what=What.DIALLED, external_id=call, reservation=reservation, gone=True, by="caller", leg=leg)
    if hook != "status":
        raise Unreadable("This address was not made by us.")
    if query.get("leg") == "customer" and status == "in-progress":
        return Heard(what=What.JOINING, external_id=call, reservation=reservation, leg=Leg(state="answered"))
    leg = _agents(status, attempt) if query.get("leg") == "agent" else _NOTHING_NEW
    return Heard(what=What.PROGRESS, external_id=call, reservation=reservation, leg=leg)


def _agents(status: str, attempt: Leg) -> Leg:
    """What became of the agent's leg before anybody picked it up."""
    if word := _NOT_PICKED_UP.get(status, ""):
        return Leg(state="failed", word=word, heard_18x=status == "no-answer")
    if attempt.state == "failed":
        return attempt
    return Leg(state="ringing" if status == "ringing" else "")
