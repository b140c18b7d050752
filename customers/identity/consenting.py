"""What two parties' wishes make together: the strictest wins. Pure."""

from __future__ import annotations

from collections.abc import Iterable

REFUSED = "refused"
GRANTED = "granted"
UNKNOWN = ""


def strictest(states: Iterable[str]) -> str:
    """`refused` if anybody refused, else `granted` if anybody granted; silence is neither.

    PIPL art. 14–16: consent is given for a purpose and can be withdrawn; a merge must never widen it.
    """
    said = set(states)
    if REFUSED in said:
        return REFUSED
    return GRANTED if GRANTED in said else UNKNOWN
