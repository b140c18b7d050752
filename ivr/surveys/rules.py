"""Who is asked after a call, and why not: plans as data, one decision a call, every reason named. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID


class Reached(StrEnum):
    """How far the caller came. Each has surveys of its own: a survey of those served says little about the menus."""

    AGENT = "agent"  # talked with somebody
    QUEUE = "queue"  # waited and left
    MENUS = "menus"  # never left the menus


class Channel(StrEnum):
    VOICE = "voice"  # by keys, on the line, after the agent has left
    LINK = "link"  # a page, its address sent as a message
    CALLBACK = "callback"  # we ring and ask


class Reason(StrEnum):
    """Why a call was invited or not. The order is the order in which a plan asks."""

    INVITED = "invited"
    BY_SWITCH = "by_switch"  # the menus asked by themselves and told us
    NO_PLAN = "no_plan"  # no plan is meant for such calls
    TOO_SHORT = "too_short"  # hardly a talk to judge
    CALLER_LEFT = "caller_left"  # hung up first: there is nobody on the line to ask
    NO_NUMBER = "no_number"  # withheld: nowhere to send or ring
    LATELY = "lately"  # asked within the plan's quiet days
    NOT_DRAWN = "not_drawn"  # the plan asks a share of calls only
    POLICY = "policy"  # the contact policy says no; its rule stands beside


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One rule of inviting. Plans are tried in order; the first that says yes invites."""

    key: str
    form: str
    channel: Channel
    reached: Reached
    share: float  # of the calls it is meant for, 0–1
    quiet_days: int  # a caller who was asked within them is left in peace
    least_talk_s: int  # shorter talks are not asked about
    open_hours: int  # answers count so long after the invitation


@dataclass(frozen=True, kw_only=True)
class Case:
    """One ended call, as much as inviting needs of it."""

    call: UUID
    reached: Reached
    talk_s: float
    ended_by: str  # caller | agent | network | system | "" not over
    has_number: bool
    last_asked: datetime | None  # the same caller, any channel


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer with its reason. `detail` is the contact policy's rule where that said no."""

    plan: Plan | None  # None: not invited
    reason: Reason
    detail: str = ""
    odds: float = 0.0  # the share that the plan asked of such calls


# The contact policy's rule that forbids this channel, "" if none does. Asked last, and only where all else says yes.
Forbids = Callable[[Channel], str]


def decide(*, case: Case, plans: Sequence[Plan], forbids: Forbids, now: datetime) -> Decision:
    """The first plan that says yes; else the reason of the plan that came furthest, which is what would have to change."""
    order = list(Reason)
    told = Decision(plan=None, reason=Reason.NO_PLAN)
    for plan in plans:
        if plan.reached != case.reached:
            continue
        found = _ask(plan, case, forbids, now)
        if found.plan is not None:
            return found
        if order.index(found.reason) > order.index(told.reason):
            told = found
    return told


def _ask(plan: Plan, case: Case, forbids: Forbids, now: datetime) -> Decision:
    reason = _refusal(plan, case, now)
    if reason is not None:
        return Decision(plan=None, reason=reason, odds=plan.share)
    rule = forbids(plan.channel)
    if rule:
        return Decision(plan=None, reason=Reason.POLICY, detail=rule, odds=plan.share)
    return Decision(plan=plan, reason=Reason.INVITED, odds=plan.share)


def _refusal(plan: Plan, case: Case, now: datetime) -> Reason | None:
    if case.reached is Reached.AGENT and case.talk_s < plan.least_talk_s:
        return Reason.TOO_SHORT
    if plan.channel is Channel.VOICE and case.ended_by == "caller":
        return Reason.CALLER_LEFT
    if plan.channel is not Channel.VOICE and not case.has_number:
        return Reason.NO_NUMBER
    if case.last_asked is not None and now - case.last_asked < timedelta(days=plan.quiet_days):
        return Reason.LATELY
    if draw(case.call, plan.key) >= plan.share:
        return Reason.NOT_DRAWN
    return None


def draw(call: UUID, salt: str) -> float:
    """An even number in [0, 1) that belongs to the call: asked again it is the same, and nobody can choose it."""
    digest = sha256(salt.encode() + call.bytes).digest()
    return int.from_bytes(digest[:7]) / 2**56
