"""What a value from outside must not hold, or no database can keep it. Pure; every door that takes JSON asks here."""

from __future__ import annotations

from typing import Any

DEEPEST = 20  # levels of lists and objects
_LARGEST = 2**63  # what a database integer holds


def unstorable(value: Any, *, pointer: str = "", depth: int = 0) -> tuple[str, str] | None:
    """Pointer and sentence of the first thing no database can keep (NUL, half a character, depth); None if all is well."""
    if isinstance(value, str):
        sentence = _wrong_text(value)
        return (pointer, sentence) if sentence else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        return pointer, "This number is too large."
    if not isinstance(value, dict | list):
        return None
    if depth >= DEEPEST:
        return pointer, f"This is nested more than {DEEPEST} levels deep."
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if isinstance(key, str) and (sentence := _wrong_text(key)):
            return pointer, sentence
        if found := unstorable(inner, pointer=f"{pointer}/{_escape(key)}", depth=depth + 1):
            return found
    return None


def _wrong_text(text: str) -> str:
    if "\x00" in text:
        return "Text must not hold the NUL character."
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "Text must not hold half a surrogate pair."
    return ""


def _escape(key: object) -> str:
    """A JSON pointer's token (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
