"""Who is left in peace, which channel is worth it, and whether a campaign is large enough to be judged. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from customers.offers.cells import Cell, draw, share
from customers.offers.evaluation import per_arm

SHIPPED = Path(__file__).resolve().parent / "channels.json"
TREATED, CONTROL = "treated", "control"
WAIT = "WAIT"  # for the customer to come by themselves


@dataclass(frozen=True, kw_only=True)
class ChannelTerms:
    """What a contact on one channel brings and costs. `answer`, `accept`: shares; the rest fen a contact."""

    answer: float
    accept: float
    cost_fen: int
    fatigue_fen: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The channel drawn for one customer, what it is expected to bring, and the exact odds of everything possible."""

    channel: str  # WAIT: no contact is worth it, or none is allowed
    worth_fen: int
    odds: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many of an audience fall into each arm, and how many would be needed to see the effect."""

    treated: int
    control: int
    needed: int  # in each arm

    @property
    def is_enough(self) -> bool:
        return min(self.treated, self.control) >= self.needed


@cache
def shipped() -> Mapping[str, ChannelTerms]:
    raw = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return {channel: ChannelTerms(**terms) for channel, terms in raw.items()}


def arm(*, salt: str, campaign: int, party: str, control_share: float) -> str:
    """The arm of a party in a campaign: by hash, so that asking twice answers alike."""
    return CONTROL if share(salt, "campaign", party, str(campaign)) < control_share else TREATED


def in_pilot(*, salt: str, campaign: int, party: str, reach: float) -> bool:
    """Whether a party belongs to the part of the audience that is reached so far; a wider reach keeps the earlier."""
    return share(salt, "pilot", party, str(campaign)) < reach


def worth(channel: str, *, value_fen: int, terms: Mapping[str, ChannelTerms]) -> int:
    """Fen a contact: P(answer) × P(yes | answer) × value − cost − fatigue."""
    one = terms[channel]
    return round(one.answer * one.accept * value_fen) - one.cost_fen - one.fatigue_fen


def choose(allowed: Sequence[str], *, value_fen: int, terms: Mapping[str, ChannelTerms], key: str) -> Choice:
    """The channel of most worth among the allowed, others drawn now and then with known odds; WAIT where none pays."""
    priced = {channel: worth(channel, value_fen=value_fen, terms=terms) for channel in allowed if channel in terms}
    paying = sorted((channel for channel in priced if priced[channel] > 0), key=lambda one: (-priced[one], one))
    if not paying:
        return Choice(channel=WAIT, worth_fen=0, odds={WAIT: 1.0})
    drawn = draw(
        cell=Cell.POLICY, priorities=[float(priced[one]) for one in paying], just_serve=len(paying), key=key
    )  # fmt: skip
    channel = paying[drawn.index]
    return Choice(channel=channel, worth_fen=priced[channel], odds=dict(zip(paying, drawn.odds, strict=True)))


def sizes(*, audience: int, control_share: float, expected: float, effect: float) -> Sizes:
    """`expected`: the share that would buy anyhow; `effect`: the change worth finding, both of one."""
    control = round(audience * control_share)
    return Sizes(treated=audience - control, control=control, needed=per_arm(expected, effect))
