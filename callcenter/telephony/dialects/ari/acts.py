"""What follows from what an Asterisk tells: requests to it, reports to the product, questions to it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

HOLDING = "zhiyin-holding"
AGENT = "zhiyin-agent-"
MIXING = "zhiyin-talk-"
DIVERTED = "zhiyin-divert"  # context of the dialplan that reaches numbers outside


@dataclass(frozen=True, kw_only=True)
class Command:
    """One request to Asterisk. `of` names the reservation whose attempt fails with it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    of: str = ""


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A caller whom the product does not know yet."""

    channel: str
    from_number: str
    to_number: str
    queue: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A report for the product. `words` are those of a switch event."""

    channel: str  # the caller's
    type: str
    reservation: str = ""
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stands:
    """Ask how the call stands now: its agent is gone, and only the product knows whether the caller waits on."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class Accepts:
    """An agent has picked up for a customer who is yet to be dialled: if the product agrees, go on."""

    channel: str
    reservation: str


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """An agent is held for a caller whom this switch does not have: if the call is its own, the caller is gone."""

    channel: str


Act = Command | Arrived | Told | Stands | Accepts | Unknown


def together(caller: str, channel: str) -> Command:
    """Into the bridge of this caller's talk; a channel that stands in another bridge moves."""
    return Command(method="POST", path=f"/bridges/{MIXING}{caller}/addChannel", query={"channel": channel})


def hold(channel: str) -> list[Act]:
    """Music for a caller; a channel that stands in another bridge moves."""
    return [Command(method="POST", path=f"/bridges/{HOLDING}/addChannel", query={"channel": channel})]


def hang_up(channel: str) -> Command:
    return Command(method="DELETE", path=f"/channels/{channel}")


def opening() -> Iterator[Command]:
    """What must stand before the first caller: the bridge that holds them, and its music."""
    yield Command(method="POST", path=f"/bridges/{HOLDING}", query={"type": "holding"})
    yield Command(method="POST", path=f"/bridges/{HOLDING}/moh")
