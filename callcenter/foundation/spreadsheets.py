"""Text that a spreadsheet would take for a formula: an apostrophe on the way out, none on the way back in. Pure."""

from __future__ import annotations

_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """The text as a cell that runs nowhere; a telephone number keeps its plus."""
    number = text[:1] == "+" and text[1:].isdigit()
    return f"'{text}" if _runs(text) and not number else text


def as_meant(text: str) -> str:
    """The text without the apostrophe that `defused`, or a spreadsheet, has put before it."""
    return text[1:] if text[:1] == "'" and _runs(text[1:]) else text


def _runs(text: str) -> bool:
    return text.lstrip(" ").startswith(_SIGNS)
