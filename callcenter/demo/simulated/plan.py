"""What a simulated trunk does: how often somebody calls, on which channel, and how long they wait and talk. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

# Shares of a usual day; any of them may be left out or weighted otherwise.
USUAL = {"voice": 60, "wechat": 14, "chat": 10, "qq": 4, "weibo": 3, "video": 3, "form": 2, "out": 4}
OUT = "out"  # an agent dials: a voice call the other way round
WITHHELD_SHARE = 0.04


class Unreadable(ValueError):
    """A plan that cannot be followed; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One conversation about to begin."""

    number: str  # of the customer; "" withheld
    channel: str  # of the API
    direction: str  # in | out
    queue: str
    language: str
    patience_s: float
    talk_s: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How the trunk is used."""

    per_s: float  # conversations a second, Poisson
    queues: Sequence[str]
    channels: Mapping[str, int]  # weights
    talk_s: float  # mean
    patience_s: float  # mean

    def contacts(self, rng: Random) -> Contact:
        """The next one."""
        word = rng.choices(list(self.channels), list(self.channels.values()))[0]
        withheld = word == "voice" and rng.random() < WITHHELD_SHARE
        return Contact(
            number="" if withheld else f"+86139{rng.randrange(10**8):08d}",
            channel="voice" if word == OUT else word,
            direction="out" if word == OUT else "in",
            queue=rng.choice(list(self.queues)),
            language=rng.choice(("zh-Hans", "zh-Hans", "zh-Hans", "en")),
            patience_s=1 + rng.expovariate(1 / self.patience_s),
            talk_s=0.5 + rng.expovariate(1 / self.talk_s),
        )

    def gap_s(self, rng: Random) -> float:
        return rng.expovariate(self.per_s)


def channels(text: str) -> dict[str, int]:
    """`voice=6,wechat=2,chat` as weights; without a number one. Empty: a usual day. Raises Unreadable."""
    if not text.strip():
        return dict(USUAL)
    weights: dict[str, int] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in USUAL:
            raise Unreadable(f"There is no channel {name!r}. Channels are: {', '.join(USUAL)}.")
        if not (weight or "1").isdigit() or int(weight or 1) > 1_000_000:
            raise Unreadable(f"The weight of {name} is a whole number, not {weight!r}.")
        weights[name] = int(weight or 1)
    if not any(weights.values()):
        raise Unreadable("At least one channel needs a weight above zero.")
    return weights
