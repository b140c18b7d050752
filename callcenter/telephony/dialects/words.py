"""The words between a dialect and the core: what was heard of a caller, and what is to be done next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from callcenter.foundation import numbers
from callcenter.telephony.dialects.signatures import Check

Params = Mapping[str, str]


class What(StrEnum):
    """What a platform tells us, whatever its words."""

    ARRIVED = "arrived"  # a caller is there; or: what now?
    KEYS = "keys"  # the caller pressed keys, or nothing
    WAITS = "waits"  # the caller waits and hears nothing yet
    LEFT = "left"  # the platform's own queue let go of the caller, because we said so or the caller hung up
    DIALLED = "dialled"  # the attempt to ring an agent is over
    PROGRESS = "progress"  # the agent's phone rings or was answered
    OVER = "over"  # the caller's leg ended
    PICKED_UP = "picked_up"  # an agent rung for a promise to ring back has answered: who is to be dialled?
    JOINING = "joining"  # the customer dialled for it has answered: are the two to be joined?


@dataclass(frozen=True, kw_only=True)
class Leg:
    """What became of the agent's leg, as far as the platform says."""

    state: str  # ringing | answered | ended | failed | "" nothing new
    sip_code: int | None = None
    q850: int | None = None
    word: str = ""  # missed | declined | busy | unreachable | failed, where no code stands
    heard_18x: bool = False
    talk_s: float | None = None  # how long they talked, if told


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request of a platform."""

    what: What
    external_id: str  # the platform's own id of the caller's leg
    from_number: str = ""
    to_number: str = ""
    keys: str = ""
    gone: bool = False  # the caller is not on the line any more
    by: str = ""  # who ended it: caller | agent | network
    reservation: str = ""  # r_… the leg belongs to
    queue: str = ""  # asked for by the switch itself
    leg: Leg = field(default_factory=lambda: Leg(state=""))


class Unreadable(Exception):
    """A request that cannot be understood; the message says why."""


# --- where a caller is in the menus ---------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a caller is in the menus. It travels in the address that the platform asks next; nothing is kept here."""

    version: int = 0  # of the flow; one call walks one version
    node: str = ""
    turn: int = 0  # documents spoken so far
    tries: int = 0  # at this node
    language: str = "zh"  # zh | en

    def query(self) -> dict[str, str]:
        return {
            "version": str(self.version),
            "node": self.node,
            "turn": str(self.turn),
            "tries": str(self.tries),
            "language": self.language,
        }


def place_in(query: Params, *, language: str) -> Place:
    """The place an address names; a start where it names none. Raises Unreadable."""
    spoken = query.get("language", language)
    language = spoken if spoken in {"zh", "en"} else language
    if not query.get("node"):
        return Place(language=language)
    return Place(
        version=_number(query.get("version", "0"), most=2**31 - 1),
        node=query["node"][:64],
        turn=_number(query.get("turn", "0"), most=10_000),
        tries=_number(query.get("tries", "0"), most=100),
        language=language,
    )


def _number(text: str, *, most: int) -> int:
    if (value := numbers.whole(text, most=most)) is None:
        raise Unreadable("This address was not made by us.")
    return value


# --- what to do next ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Line:
    """Something to be said to the caller."""

    text: str
    language: str  # zh | en


Lines = tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Say the lines and wait for keys; then ask at `keys` with the place."""

    lines: Lines
    place: Place
    most_keys: int  # 1: the first key counts at once; more: until # or silence
    timeout_s: int


@dataclass(frozen=True, kw_only=True)
class Wait:
    """The caller waits with a place; ask again at `wait` after so many seconds."""

    lines: Lines = ()
    seconds: int = 5
    music: str = ""  # URL of what callers hear; "" for the platform's own
    queue: str = ""  # where, for the platform's own records
    language: str = "zh"  # the caller's; it travels on


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Ring this agent for the caller, then ask at `dialled`."""

    call: str  # the platform's own id of the caller's leg
    contact: str
    ring_s: int
    reservation: str
    headers: Mapping[str, str] = field(default_factory=dict)
    lines: Lines = ()
    language: str = "zh"
    back: Mapping[str, str] = field(default_factory=dict)  # comes back with what became of it, besides the reservation


@dataclass(frozen=True, kw_only=True)
class Divert:
    """Send the caller to this number or SIP address and ask no more: where somebody said so, or nothing else works."""

    number: str
    lines: Lines = ()


@dataclass(frozen=True, kw_only=True)
class Goodbye:
    """Say the lines and end the call."""

    lines: Lines = ()


@dataclass(frozen=True, kw_only=True)
class Again:
    """We cannot tell now: ask the same again after so many seconds."""

    hook: str
    query: Mapping[str, str]
    seconds: int = 2


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """Heard; there is nothing to do."""


Answer = Ask | Wait | Ring | Divert | Goodbye | Again | Nothing


# --- the two halves of a dialect ------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses of one trunk's hooks, as the platform reaches them."""

    base: str  # https://host/telephony/{trunk}

    def to(self, hook: str, query: Params | None = None) -> str:
        """The address of a hook, with the values that come back with its next request."""
        return f"{self.base}/{hook}" + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a platform obeys."""

    body: str
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is to be known of a dialect besides its words."""

    mark: str = ""  # the field that only this dialect sends: by it a request is known whose trunk cannot be looked up
    is_signed: Check | None = None  # whether a request bears a secret of the trunk; None: its platform signs nothing
    sends_json: bool = False  # else forms
    # Its platform asks again by itself in a time that we gave: a caller can be asked for keys, and who is not asked for
    # any more is gone.
    asks_again: bool = True


class Dialect(Protocol):
    """What a module must hold to be a dialect."""

    HOOKS: frozenset[str]
    TRAITS: Traits

    def read(self, hook: str, said: Params, query: Params) -> Heard: ...

    def write(self, answer: Answer, hook: str, links: Links) -> Document: ...


def plain(text: str, most: int = 128) -> str:
    """Text of a platform in a form that can be kept: printable, at most so long, nothing for what says nothing."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:most]


# What platforms write where a caller withholds the number.
_WITHHELD = frozenset(
    {"anonymous", "restricted", "unavailable", "unknown", "private", "withheld", "asserted", "+266696687", "266696687"}
)


def number(text: str) -> str:
    """A caller's number as the line gave it; "" where it is withheld."""
    said = plain(text)
    user = said.lower().removeprefix("<").removeprefix("sips:").removeprefix("sip:").partition("@")[0].strip('"> ')
    return "" if user in _WITHHELD else said


def whole(text: str, *, least: int, most: int) -> int | None:
    """A whole number a platform wrote, with or without blanks around it; None for anything else."""
    return numbers.whole(text.strip(), least=least, most=most)
