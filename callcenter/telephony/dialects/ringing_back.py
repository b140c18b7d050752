"""Calls that go out (promises to ring back, click to dial), on switches that begin a call when asked to. Pure.

A program of the installation asks the switch to ring the agent (Twilio: `POST …/Calls.json`, jambonz: `POST …/Calls`,
FreeSWITCH: `originate`) and names `answer_path` of our instruction as the document of that call, `status_path` as where is told
what became of it. From there on the switch asks us, as it does for callers: the agent has picked up, so the document dials the
customer. Which call it is about stands in our address, for the switch's own ids are those of legs that we never announced.
"""

from __future__ import annotations

from urllib.parse import urlencode

from callcenter.foundation.errors import Invalid
from callcenter.telephony.dialects import registry
from callcenter.telephony.dialects.hearing import OUT

DIALECTS = registry.GOES_OUT
# Switches that begin a call when an instruction says so: a program of the installation's own, Asterisk, and these.
BEGIN_CALLS = DIALECTS | {"native", "ari"}
CUSTOMER_S = 45  # how long the customer's phone rings


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
    return f"/telephony/{trunk}/{OUT}?{urlencode({'call': call, 'reservation': reservation})}"


def status_path(*, trunk: str, call: str, reservation: str) -> str:
    """Where it tells what became of ringing the agent."""
    return f"/telephony/{trunk}/status?{urlencode({'call': call, 'reservation': reservation, 'leg': 'agent'})}"
