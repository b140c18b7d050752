"""Clocks of the service: a caller's place, an agent's idle time, the boxes and leases that end by themselves. Pure.

Every function takes instants and seconds and answers an instant. Nothing here looks at a clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from routing.states import BOXED, WrapUpMode

HEAD_START_LIMIT_S = 1800  # the queue's own (0–900) and the caller's own (0–900) together
TRIED_S = 60  # an agent who let this call go is not rung for it again so soon, unless alone
DECLINED_S = 20  # said no, and nobody else is there: asked again after this, for a caller must not wait for ever
BUSY_S = 30  # the phone was busy: next attempt after this, or as soon as it says idle
UNREACHABLE_S = 60  # the phone was not to be reached: likewise
FAILED_S = 5  # else an agent who is alone would be tried again and again, as fast as the line can fail
DEVICE_SILENT_S = 60  # a phone silent for so long is unknown, whatever it said last
SHORT_TALK_S = 3  # the agent's leg gone so soon, the caller still there: nobody has been served
EXTENSION_S = 60
EXTENSIONS = 1  # per wrap-up


def head_start(*, caller_s: int, queue_s: int) -> int:
    """Seconds of head start of a caller in a queue, within the limit that keeps the bound on overtaking."""
    return max(0, min(caller_s + queue_s, HEAD_START_LIMIT_S))


def place_key(*, enqueued_at: datetime, head_start_s: int) -> datetime:
    """The caller's place: who has the earlier one is served first.

    It never changes while waiting, so a caller is overtaken only by those who arrive less than (their head start −
    own head start) seconds later.
    """
    return enqueued_at - timedelta(seconds=head_start_s)


def ring_lease(*, now: datetime, ring_s: int, grace_s: int) -> datetime:
    """When a reservation that nobody answered is over. The switch, told `ring_s`, gives up first."""
    return now + timedelta(seconds=ring_s + grace_s)


def wrap_up_box(*, mode: WrapUpMode | str, talk_ended_at: datetime, wrap_up_s: int) -> datetime | None:
    """When the wrap-up ends by itself; None where the mode sets no limit."""
    if mode not in BOXED:
        return None
    return talk_ended_at + timedelta(seconds=wrap_up_s)


def extended(wrap_until: datetime) -> datetime:
    return wrap_until + timedelta(seconds=EXTENSION_S)


def idle_after_break(*, idle_since: datetime | None, away_since: datetime | None, now: datetime) -> datetime:
    """The idle clock after time away: it stood still meanwhile, so its start moves by the time away.

    An agent who never worked starts at `now`. Work that ended during the absence counts from its end.
    """
    if idle_since is None or away_since is None:
        return now
    return min(now, idle_since + (now - max(idle_since, away_since)))


WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """What an attempt that failed means for its agent."""

    blamed: bool = False
    blocked_s: int = 0  # no attempt by this agent for so long, whichever the call


# By end_reason. Whoever is not listed is neither blamed nor blocked.
NO_ANSWER: dict[str, NoAnswer] = {
    "missed": NoAnswer(blamed=True),
    "agent_silent": NoAnswer(blamed=True),  # the customer wrote and nobody answered: the desk may be empty
    "busy": NoAnswer(blocked_s=BUSY_S),
    "unreachable": NoAnswer(blocked_s=UNREACHABLE_S),
    "failed": NoAnswer(blocked_s=FAILED_S),
    WITHDRAWN: NoAnswer(blocked_s=FAILED_S),  # the switch took it back: it must not be offered the same at once
}


def consequence(end_reason: str) -> NoAnswer:
    """Who is to blame: a miss alone is the agent's; a busy or lost phone only rests for a while."""
    return NO_ANSWER.get(end_reason, NoAnswer())


def short_talk(*, connected_at: datetime, now: datetime) -> bool:
    return now - connected_at < timedelta(seconds=SHORT_TALK_S)


WEEK_S = 604_800


class PlaceRule(StrEnum):
    """Where a caller stands who is sent on to another queue."""

    KEEP = "keep"  # at the old place
    NOW = "now"  # behind everybody
    CREDIT = "credit"  # as if they had come so many seconds ago


def head_start_after_transfer(
    *, rule: PlaceRule, credit_s: int, enqueued_at: datetime, head_start_s: int, now: datetime
) -> int:
    """The head start that puts a caller where the rule says; never ahead of the place they had. Below 0: behind it."""
    if rule is PlaceRule.KEEP:
        return head_start_s
    credit = credit_s if rule is PlaceRule.CREDIT else 0
    waited_s = math.ceil((now - enqueued_at).total_seconds())
    return min(head_start_s, max(credit - waited_s, -WEEK_S))
