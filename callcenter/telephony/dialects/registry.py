"""The dialects by name, and which of them a request that names none is likely in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from callcenter.telephony.dialects import httapi, jambonz, plain, rtjson, signatures, twiml
from callcenter.telephony.dialects.words import Dialect, Params

DIALECTS: dict[str, Dialect] = {
    "twiml": cast("Dialect", twiml),
    "jambonz": cast("Dialect", jambonz),
    "httapi": cast("Dialect", httapi),
    "text": cast("Dialect", plain),
    "rtjson": cast("Dialect", rtjson),
}
# Dialects whose platform signs with a secret of the trunk; every dialect takes an API key as well.
SIGNED: dict[str, Callable[[signatures.Request, Iterable[str]], bool]] = {
    "twiml": signatures.twilio,
    "jambonz": signatures.jambonz,
}
# The field that only this dialect sends.
_MARKS = {"CallSid": "twiml", "call_sid": "jambonz", "session_id": "httapi", "call_id": "rtjson"}


def likely(said: Params) -> Dialect:
    """The dialect of a request whose trunk cannot be looked up now."""
    return DIALECTS[next((name for mark, name in _MARKS.items() if mark in said), "text")]
