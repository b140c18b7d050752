"""What a value from outside must not hold, or no database can keep it. Pure; every door that takes JSON asks here."""

from __future__ import annotations

from typing import Any

DEEPEST = 20  # levels of lists and objects
_LARGEST = 2**63  # what a database integer holds


class Twice(dict[str, Any]):
    """A JSON object in which a name stood more than once: the last one is in it, and which was meant nobody can tell.

    What it is joined with keeps that fault.
    """

    name = ""  # the name that stood there again

    def __or__(self, other: Any) -> Any:
        joined = Twice(super().__or__(other))
        joined.name = self.name
        return joined


def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads(object_pairs_hook=…)`: the object, marked where a name stands in it twice."""
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    told = Twice(value)
    seen: set[str] = set()
    told.name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return told


def unstorable(value: Any, *, pointer: str = "", depth: int = 0) -> tuple[str, str] | None:
    """Pointer and sentence of the first thing that cannot be kept as it is (NUL, half a character, depth, a name twice).

    None if all is well.
    """
    if isinstance(value, str):
        sentence = _wrong_text(value)
        return (pointer, sentence) if sentence else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        return pointer, "This number is too large."
    if not isinstance(value, dict | list):
        return None
    if depth >= DEEPEST:
        return pointer, f"This is nested more than {DEEPEST} levels deep."
    if isinstance(value, Twice):
        return pointer, f"The name {value.name[:60]!r} stands here more than once: say it once."
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
