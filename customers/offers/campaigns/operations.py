"""Designing, approving, launching, pausing and ending campaigns; each by somebody, most with a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.catalogue.models import Offering
from customers.offers import telling
from customers.offers.campaigns.models import Campaign
from customers.offers.campaigns.planning import shipped
from customers.segments.models import SegmentVersion

TRIGGERS = (
    "bill_jump", "allowance_80", "contract_ends", "port_out", "roaming_ahead", "new_device", "move", "level_at_risk",
    "content_published", "rival_question",
)  # fmt: skip
_State = Campaign.State


class UnableToChange(Conflict):
    """The campaign is not where this could be done; `facts["state"]` is where it is."""

    code = "campaign_state"


@command
def design(
    *,
    name: str,
    hypothesis: str,
    segment_id: int,
    offering_code: str,
    channels: list[str],
    trigger: str = "",
    group: str = "",
    control_share: float,
    expected: float,
    effect: float,
    budget: int,
    per_batch: int = 100,
    starts_at: datetime,
    ends_at: datetime,
    author: str,
    now: datetime,
) -> int:
    """Write a campaign down and answer its id; nobody is contacted until another person approved it.

    The newest version of the segment is taken and stays. Raises Invalid with the field, NotFound, Conflict for a name
    that is taken.
    """
    _check(
        name, hypothesis, channels, trigger, control_share, expected, effect, budget, per_batch, starts_at, ends_at, now
    )
    segment = SegmentVersion.objects.filter(segment=segment_id).order_by("-number").first()
    if segment is None:
        raise NotFound(_("There is no such segment."))
    offering = Offering.objects.filter(code=offering_code).first()
    if offering is None:
        raise NotFound(_("There is no such product."))
    if Campaign.objects.filter(name=name.strip()).exists():
        raise Conflict(_("A campaign has this name already. Choose another."), code="name_taken")
    made = Campaign.objects.create(
        name=name.strip(), hypothesis=hypothesis.strip()[:500], segment=segment, offering=offering, group=group[:48],
        channels=channels, trigger=trigger, control_share=control_share, expected=expected, effect=effect,
        budget=budget, per_batch=per_batch, starts_at=starts_at, ends_at=ends_at, author=author, at=now,
    )  # fmt: skip
    _audit("designed", made, author, now)
    return made.pk


@command
def hand_in(*, campaign_id: int, actor: str, now: datetime) -> None:
    """Put it before somebody else. Raises NotFound, UnableToChange."""
    _moved(campaign_id, {_State.DRAFT}, _State.REVIEW, actor=actor, act="handed_in", now=now)


@command
def approve(*, campaign_id: int, actor: str, now: datetime) -> None:
    """Somebody other than the author agrees. Raises NotFound, UnableToChange."""
    campaign = _locked(campaign_id, {_State.REVIEW})
    if actor == campaign.author:
        raise UnableToChange(_("Somebody other than the author approves a campaign."), state=campaign.state)
    campaign.state, campaign.approver, campaign.approved_at = _State.APPROVED, actor, now
    campaign.save(update_fields=["state", "approver", "approved_at"])
    _audit("approved", campaign, actor, now)


@command
def send_back(*, campaign_id: int, actor: str, reason: str, now: datetime) -> None:
    """Somebody other than the author wants it changed: it ends here, a new one is designed. Raises Invalid, …"""
    campaign = _locked(campaign_id, {_State.REVIEW})
    if not reason.strip():
        raise Invalid(_("Say in a sentence why."), field="/reason")
    if actor == campaign.author:
        raise UnableToChange(_("Somebody other than the author approves a campaign."), state=campaign.state)
    campaign.state, campaign.reason = _State.DRAFT, reason.strip()[:200]
    campaign.save(update_fields=["state", "reason"])
    _audit("sent_back", campaign, actor, now)


@command
def launch(*, campaign_id: int, actor: str, now: datetime) -> None:
    """Begin with the pilot: one party in twenty. Raises NotFound, UnableToChange."""
    _moved(campaign_id, {_State.APPROVED}, _State.RUNNING, actor=actor, act="launched", now=now)


@command
def widen(*, campaign_id: int, actor: str, now: datetime) -> None:
    """After the pilot: the whole audience, those already considered stay as they are. Raises NotFound, UnableToChange."""
    campaign = _locked(campaign_id, {_State.RUNNING})
    campaign.reach, campaign.cursor = 1.0, 0
    campaign.save(update_fields=["reach", "cursor"])
    _audit("widened", campaign, actor, now)


@command
def pause(*, campaign_id: int, actor: str, reason: str, by_guardrail: bool = False, now: datetime) -> None:
    """Nobody else is contacted until it goes on. Raises NotFound, UnableToChange, Invalid."""
    if not reason.strip():
        raise Invalid(_("Say in a sentence why."), field="/reason")
    campaign = _locked(campaign_id, {_State.RUNNING})
    campaign.state, campaign.reason = _State.PAUSED, reason.strip()[:200]
    campaign.by_guardrail, campaign.resumed_by = by_guardrail, ""
    campaign.save(update_fields=["state", "reason", "by_guardrail", "resumed_by"])
    _audit("paused", campaign, actor, now)


@command
def resume(*, campaign_id: int, actor: str, now: datetime) -> bool:
    """Go on; where a guardrail stopped it two people must say so. Answers whether it runs. Raises NotFound, UnableToChange."""
    campaign = _locked(campaign_id, {_State.PAUSED})
    if campaign.by_guardrail and campaign.resumed_by in {"", actor}:
        campaign.resumed_by = actor
        campaign.save(update_fields=["resumed_by"])
        _audit("resumption_asked", campaign, actor, now)
        return False
    campaign.state, campaign.reason, campaign.by_guardrail = _State.RUNNING, "", False
    campaign.save(update_fields=["state", "reason", "by_guardrail"])
    _audit("resumed", campaign, actor, now)
    return True


@command
def stop(*, campaign_id: int, actor: str, now: datetime) -> None:
    """For good. What was reserved and not made is released by its own end. Raises NotFound, UnableToChange."""
    campaign = _locked(campaign_id, {_State.APPROVED, _State.RUNNING, _State.PAUSED})
    campaign.state, campaign.ended_at = _State.ENDED, now
    campaign.save(update_fields=["state", "ended_at"])
    _audit("ended", campaign, actor, now)


def _moved(campaign_id: int, come_from: set[_State], to: _State, *, actor: str, act: str, now: datetime) -> None:
    campaign = _locked(campaign_id, come_from)
    campaign.state, campaign.reason = to, ""
    campaign.save(update_fields=["state", "reason"])
    _audit(act, campaign, actor, now)


def _locked(campaign_id: int, states: set[_State]) -> Campaign:
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        raise NotFound(_("There is no such campaign."))
    if campaign.state not in states:
        raise UnableToChange(_("The campaign is no longer where this could be done."), state=campaign.state)
    return campaign


def _audit(act: str, campaign: Campaign, actor: str, now: datetime) -> None:
    audit.write(
        actor=actor, action=f"campaign.{act}", subject=f"campaign:{campaign.pk}", data={"state": campaign.state}, now=now
    )  # fmt: skip
    told: dict[str, object] = {"state": campaign.state, "by_guardrail": campaign.by_guardrail}
    telling.of_campaign(act, campaign_id=campaign.pk, data=told, actor=actor, now=now)


def _check(
    name: str,
    hypothesis: str,
    channels: list[str],
    trigger: str,
    control_share: float,
    expected: float,
    effect: float,
    budget: int,
    per_batch: int,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    faults: list[tuple[bool, str, Any]] = [
        (not 0 < len(name.strip()) <= 120, "/name", _("Give the campaign a name of at most 120 characters.")),
        (not hypothesis.strip(), "/hypothesis", _("Say what you hope to change, for whom, and why.")),
        (
            not channels or bool(set(channels) - set(shipped())),
            "/channels",
            _("Choose at least one channel from the list."),
        ),
        (trigger not in {"", *TRIGGERS}, "/trigger", _("Choose a trigger from the list.")),
        (not 0.01 <= control_share <= 0.5, "/control_share", _("Between 1 % and 50 % are left in peace.")),
        (not 0 < expected < 1, "/expected", _("The expected share lies between 0 and 100 %.")),
        (not 0 < effect < 1, "/effect", _("The effect worth finding lies between 0 and 100 points.")),
        (budget < 1, "/budget", _("The budget is at least one contact.")),
        (not 1 <= per_batch <= 500, "/per_batch", _("A batch is 1 to 500 customers.")),
        (not starts_at < ends_at or ends_at <= now, "/ends_at", _("The end lies after the start, and after now.")),
    ]
    for is_fault, field, sentence in faults:
        if is_fault:
            raise Invalid(sentence, field=field)
