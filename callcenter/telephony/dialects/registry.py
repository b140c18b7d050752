"""The dialects by name, and which of them a request that names none is likely in."""

from __future__ import annotations

from callcenter.telephony.dialects import hearing, httapi, jambonz, plain, rtjson, twiml
from callcenter.telephony.dialects.words import Dialect, Params

DIALECTS: dict[str, Dialect] = {
    "twiml": twiml,
    "jambonz": jambonz,
    "httapi": httapi,
    "text": plain,
    "rtjson": rtjson,
}
# Whose platform signs with a secret of the trunk; every dialect takes an API key as well.
SIGNED = {name: check for name, one in DIALECTS.items() if (check := one.TRAITS.is_signed) is not None}
ASKS_AGAIN = frozenset(name for name, one in DIALECTS.items() if one.TRAITS.asks_again)
# Whose switch dials when its own API is asked to, and then asks our hooks.
GOES_OUT = frozenset(name for name, one in DIALECTS.items() if hearing.OUT in one.HOOKS)
_MARKS = {mark: one for one in DIALECTS.values() if (mark := one.TRAITS.mark)}


def likely(said: Params) -> Dialect:
    """The dialect of a request whose trunk cannot be looked up now."""
    return next((one for mark, one in _MARKS.items() if mark in said), plain)
