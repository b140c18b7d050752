"""What is told of calls, by type of event: so that who asks for one that never comes hears it at once. Pure.

Other kinds (customers, offers, campaigns …) are told by their rooms and are not listed here: any word of theirs is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

TOLD: Mapping[str, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        "call": "arrived queued reserved connected held resumed transferred joined handed_over reprioritised"
        " described relinked overflowed answer_promised sent_to_site wrapping completed abandoned diverted failed canceled",
        "reservation": "created accepted connected rejected timeout rescinded reinstated canceled renewed promoted joined"
        " extended wrapping completed",
        "agent": "signed_in taken_over presence_changed device_changed occupied skills_changed not_responding",
        "callback": "promised opened rescheduled completed exhausted canceled",
        "queue": "opened closed overflow_began overflow_ended recovered",
        "trunk": "started reconciled late back",
        "ivr": "session_closed",
        "survey": "answered",
    }.items()
}


def unknown(type_: str) -> str | None:
    """The nearest type there is ("" where none is near) for one that is never told; None for one that may be."""
    kind, _, word = type_.partition(".")
    if kind not in TOLD or word == "*" or word in TOLD[kind]:
        return None
    near = get_close_matches(word, sorted(TOLD[kind]), n=1)
    return f"{kind}.{near[0]}" if near else ""
