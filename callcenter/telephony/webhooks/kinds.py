"""What is told of calls, by type of event: so that who asks for one that never comes hears it at once. Pure.

Other kinds (customers, offers, campaigns …) are told by their rooms and are not listed here: any word of theirs is taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

_TYPE = re.compile(r"[a-z_]{1,24}\.([a-z_]{1,24}|\*)")
MOST = 60
_ALIKE = 0.75  # below this a word is no slip of the pen

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
    near = get_close_matches(word, sorted(TOLD[kind]), n=1, cutoff=_ALIKE)
    return f"{kind}.{near[0]}" if near else ""


def wrong(types: Collection[str]) -> str:
    """What is wrong with the types somebody asks for, `call.queued` or `call.*`, in a sentence; "" if nothing is."""
    for word in types:
        if not _TYPE.fullmatch(word):
            return f"{word[:60]!r} is no type of event: write call.queued, or call.* for all."
        if (near := unknown(word)) is not None:
            kind = word.partition(".")[0]
            hint = f"the nearest is {near}." if near else f"{kind} has {', '.join(sorted(TOLD[kind]))}."
            return f"No event is called {word[:60]}: {hint}"
    return f"At most {MOST} types can be named; `call.*` stands for all of a kind." if len(types) > MOST else ""
