"""Telephone numbers as switches write them, in one form: E.164."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Protocol
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

# A bare user part, `"Name" <sip:user@host;x=y>` or `tel:user;x=y`: the user part is what names the caller.
_URI = re.compile(r"(?:^|<)\s*(?:sips?|tel):(?P<user>[^@;>?]*)", re.IGNORECASE)
_LEAST_DIGITS = 7  # shorter ones are extensions and service numbers (10086, 95588): they name nobody


@lru_cache(maxsize=4096)  # one call spells its number several times, and reading one costs a tenth of a millisecond
def e164(raw: str, *, region: str = "CN") -> str:
    """`+8613812345678` for any usual spelling of it; "" for a withheld number, an extension or no number at all.

    Reads national and international forms (`0086…`), spaces, full-width digits, `tel:` and `sip:` URIs. Possible
    numbers pass, not only those in ranges known today: ranges are opened faster than libraries are updated.
    """
    uri = _URI.search(raw)
    text = unquote(uri["user"]) if uri else raw.partition("@")[0]
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    if len(phonenumbers.national_significant_number(number)) < _LEAST_DIGITS:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def country(number: str) -> str:
    """`CN` for an E.164 number of China; "" where the number names no country."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except NumberParseException:
        return ""


class Reached(Protocol):
    """What a call says of its two ends."""

    @property
    def direction(self) -> str: ...
    @property
    def from_e164(self) -> str: ...
    @property
    def to_number(self) -> str: ...


def far_end(call: Reached) -> str:
    """The person's number, E.164: who called us, or whom we called; "" where it is none or withheld."""
    return e164(call.to_number) if call.direction == "out" else call.from_e164
