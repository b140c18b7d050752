"""What played agents do with one another now and then: ask somebody, bring them in, hand the caller over, send them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Protocol


class Ending(StrEnum):
    """What becomes of it."""

    BACK = "back"  # asked, thanked, and back to the caller
    TOGETHER = "together"  # all three talk until the caller hangs up
    HANDED_OVER = "handed_over"  # the colleague serves the caller from here on
    SENT_ON = "sent_on"  # without being asked first


# How often each happens, of a hundred.
USUAL = {Ending.BACK: 45, Ending.TOGETHER: 15, Ending.HANDED_OVER: 25, Ending.SENT_ON: 15}
ANSWER_S = 20.0  # a colleague who has not answered by then is let go


@dataclass(frozen=True, kw_only=True)
class Asking:
    """One agent's wish for another's help during a talk."""

    colleague: str  # a_…
    ending: Ending
    after_s: float  # into the talk
    for_s: float  # the two agents talk


def nobody(agent: str) -> None:
    """Whoever never turns to anybody."""


class Person(Protocol):
    """An agent who may be asked."""

    @property
    def id(self) -> str: ...

    @property
    def free_since(self) -> float | None: ...


class Company:
    """Colleagues who help each other. `share` of the talks are such that help is sought, if somebody is free."""

    def __init__(self, *, people: Sequence[Person], rng: Random, share: float) -> None:
        self.people, self.rng, self.share = people, rng, share

    def help_for(self, agent: str) -> Asking | None:
        """Whom this agent turns to in the talk that begins, and for what."""
        if self.rng.random() >= self.share:
            return None
        free = [one.id for one in self.people if one.id not in {"", agent} and one.free_since is not None]
        if not free:
            return None
        return Asking(
            colleague=self.rng.choice(free),
            ending=self.rng.choices(list(USUAL), weights=list(USUAL.values()))[0],
            after_s=self.rng.uniform(2, 8),
            for_s=self.rng.uniform(4, 12),
        )
