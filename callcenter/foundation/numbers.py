"""Whole numbers in text that somebody else wrote: an address, a form, a header, a platform. Pure."""

from __future__ import annotations

LARGEST = 10**18 - 1  # whatever is not larger fits a bigint
_DIGITS = len(str(LARGEST))


def whole(text: str, *, least: int = 0, most: int = LARGEST) -> int | None:
    """The number that ASCII digits write, from `least` to `most`; None for anything else, whatever it is and however long."""
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        return None
    number = int(text)
    return number if least <= number <= most else None
