"""Calls that go out (promises to ring back, click to dial), on switches that begin a call when asked to. Pure.

A program of the installation asks the switch to ring the agent (Twilio: `POST …/Calls.json`, jambonz: `POST …/Calls`,
FreeSWITCH: `originate`) and names `answer_path` of our instruction as the document of that call, `status_path` as where is told
what became of it. From there on the switch asks us, as it does for callers: the agent has picked up, so the document dials the
customer. Which call it is about stands in our address, for the switch's own ids are those of legs that we never announced.
"""

from __future__ import annotations

from urllib.parse import urlencode

from callcenter.foundation.errors import Invalid
from callcenter.telephony.dialects.words import Heard, Leg, Params, Unreadable, What, plain

HOOK = "out"
DIALECTS = frozenset({"twiml", "jambonz", "httapi", "text"})
# Switches that begin a call when an instruction says so: a program of the installation's own, Asterisk, and these.
BEGIN_CALLS = DIALECTS | {"native", "ari"}
CUSTOMER_S = 45  # how long the customer's phone rings
_NOT_PICKED_UP = {"busy": "busy", "no-answer": "missed", "failed": "failed", "canceled": "missed"}


def check_begins_calls(trunk: str, dialect: str) -> None:
    """Raises Invalid (cannot_dial) where this trunk's switch only answers and passes on."""
    if dialect not in BEGIN_CALLS:
        raise Invalid(
            f"The switch of {trunk!r} begins no calls of its own: name a trunk that does.",
            code="cannot_dial",
            field="/trunk",
        )


def answer_path(*, trunk: str, call: str, reservation: str) -> str:
    """Where the platform asks what to do with the agent who has picked up."""
    return f"/telephony/{trunk}/{HOOK}?{urlencode({'call': call, 'reservation': reservation})}"


def status_path(*, trunk: str, call: str, reservation: str) -> str:
    """Where it tells what became of ringing the agent."""
    return f"/telephony/{trunk}/status?{urlencode({'call': call, 'reservation': reservation, 'leg': 'agent'})}"


def is_meant(hook: str, query: Params) -> bool:
    """Whether a request came by one of these addresses."""
    return hook == HOOK or query.get("leg", "") in {"agent", "customer"}


def read(hook: str, *, status: str, attempt: Leg, query: Params, left: bool = False) -> Heard:
    """What the switch tells of a leg: its status in the words Twilio and jambonz share, or how an `attempt` ended.

    `left`: the agent's leg is gone. Raises Unreadable.
    """
    call, reservation = plain(query.get("call", "")), plain(query.get("reservation", ""), 64)
    if not call:
        raise Unreadable("This address was not made by us.")
    if hook == "status" and query.get("leg") == "agent" and status == "completed":
        left = True
    if left:
        return Heard(what=What.OVER, external_id=call, reservation=reservation, gone=True, by="agent")
    if hook == HOOK:
        return Heard(what=What.PICKED_UP, external_id=call, reservation=reservation)
    if hook == "dialled":  # the attempt to reach the customer is over, and so is the call
        leg = attempt if attempt.state == "ended" else Leg(state="")
        return Heard(what=What.DIALLED, external_id=call, reservation=reservation, gone=True, by="caller", leg=leg)
    if hook != "status":
        raise Unreadable("This address was not made by us.")
    customers = Leg(state="answered" if status == "in-progress" else "")
    leg = _agents(status, attempt) if query.get("leg") == "agent" else customers
    return Heard(what=What.PROGRESS, external_id=call, reservation=reservation, leg=leg)


def _agents(status: str, attempt: Leg) -> Leg:
    """What became of the agent's leg before anybody picked it up."""
    if word := _NOT_PICKED_UP.get(status, ""):
        return Leg(state="failed", word=word, heard_18x=status == "no-answer")
    if attempt.state == "failed":
        return attempt
    return Leg(state="ringing" if status == "ringing" else "")
