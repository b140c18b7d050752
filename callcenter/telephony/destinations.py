"""Where a caller can be sent outside: a SIP address, or a number in any spelling people use."""

from __future__ import annotations

import re

_SIP = re.compile(r"sips?:(?:[^@\s<>\"]+@)?[^@\s<>\"]+", re.IGNORECASE)
_TEL = re.compile(r"tel:(?P<number>[^;]*)(?:;.*)?", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9*#]+")
_BETWEEN = re.compile(r"[\s\-().]")  # RFC 3966 calls them visual separators
_LONGEST = 32


def dialled(where: str) -> str:
    """`sip:…` as it is, or the digits to dial for `tel:+86-10-1234`, `(010) 1234` and the like; "" for neither."""
    text = where.strip()
    if _SIP.fullmatch(text):
        return text
    tel = _TEL.fullmatch(text)
    number = _BETWEEN.sub("", tel["number"] if tel else text)
    return number if _NUMBER.fullmatch(number) and len(number) <= _LONGEST else ""


def is_sip(address: str) -> bool:
    return address.lower().startswith(("sip:", "sips:"))
