"""Working through an audience: bounded batches, each customer once, the contact policy asked for every one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, NotFound
from customers.catalogue.models import Offering
from customers.insight.facts import Facts
from customers.offers import arbitration, contact_policy, contacting, policy_facts
from customers.offers.campaigns import guarding, planning
from customers.offers.campaigns.models import Campaign, CampaignMember
from customers.offers.campaigns.planning import WAIT, Choice
from customers.offers.contact_policy import Ask, Purpose
from customers.offers.models import Contact
from customers.offers.waiting import operations as waiting
from customers.reading import rows
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, compiled

ACTOR = "campaigns"
# Who may never be told, not even when they come by themselves.
_NEVER = frozenset(
    {"do_not_call", "no_marketing", "no_profiling", "restricted", "minor", "vulnerable", "fraud", "bereavement"}
)

# Those who match, whoever may be reached: the policy decides about each, and who may not be contacted may be waited for.
_AUDIENCE = """
SELECT f.id, f.customer_id, coalesce((
    SELECT own.value FROM customers_identifier AS own
    WHERE own.customer_id = f.customer_id AND own.kind = 'phone' AND (own.valid_to IS NULL OR own.valid_to > %(now)s)
    ORDER BY own.verified_at DESC NULLS LAST, own.last_seen_at DESC NULLS LAST, own.id LIMIT 1), '')
FROM customers_facts AS f JOIN customers_customer AS customer ON customer.id = f.customer_id AND customer.status = 'active'
WHERE {where} AND f.id > %(after)s {only}
ORDER BY f.id LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one step did. `is_through`: the audience has been walked to its end."""

    considered: int = 0
    reserved: int = 0
    waiting: int = 0
    control: int = 0
    is_through: bool = False
    stopped: str = ""  # why nothing more is done now: budget | guardrail | ended | early


@command
def advance(*, campaign_id: int, now: datetime) -> Batch:
    """One bounded batch of a running campaign. Nobody is considered twice, however often a worker is killed.

    A worker that finds the campaign held by another leaves it alone.
    """
    campaign = (
        Campaign.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("segment", "offering")
        .filter(pk=campaign_id, state=Campaign.State.RUNNING)
        .first()
    )
    if campaign is None or campaign.trigger:
        return Batch(is_through=True)
    stopped = _stopped(campaign, now)
    if stopped:
        return Batch(stopped=stopped)
    most = min(campaign.per_batch, _left(campaign))
    found = _audience(campaign, now=now, after=campaign.cursor, limit=most)
    states = [_consider(campaign, who, number, now) for _place, who, number in found]
    campaign.cursor = found[-1][0] if found else campaign.cursor
    campaign.save(update_fields=["cursor"])
    return Batch(
        considered=len([one for one in states if one]),
        reserved=states.count(CampaignMember.State.RESERVED),
        waiting=states.count(CampaignMember.State.WAITING),
        control=states.count(CampaignMember.State.CONTROL),
        is_through=len(found) < most,
    )


@command
def happened(*, kind: str, customer_id: UUID, now: datetime) -> int:
    """Something happened to a customer: every running campaign that waits for it considers them. Answers how many did."""
    waiting_for = Campaign.objects.select_related("segment", "offering").filter(
        state=Campaign.State.RUNNING, trigger=kind, starts_at__lte=now, ends_at__gt=now
    )
    place = Facts.objects.filter(customer=customer_id).values_list("pk", flat=True).first()
    if place is None:
        return 0
    considered = 0
    for campaign in waiting_for.order_by("pk"):
        if _stopped(campaign, now):
            continue
        found = _audience(campaign, now=now, after=0, limit=1, only=customer_id)
        considered += sum(bool(_consider(campaign, who, number, now)) for _place, who, number in found)
    return considered


@command
def made(*, campaign_id: int, contact_id: int, now: datetime) -> None:
    """At the instant of dialling or sending: the policy is asked again, and the contact counts as made.

    Raises NotFound, Conflict while the campaign stands still, contacting.UnableToContact.
    """
    member = _member(campaign_id, contact_id)
    if member.campaign.state != Campaign.State.RUNNING:
        raise Conflict(
            _("The campaign stands still: contact nobody for it."), code="campaign_state", state=member.campaign.state
        )
    contacting.confirm(contact_id=contact_id, ask=_ask(member.campaign, member.channel, member.at), now=now)
    member.state = CampaignMember.State.CONTACTED
    member.save(update_fields=["state"])


@command
def undone(*, campaign_id: int, contact_id: int, now: datetime) -> None:
    """The contact did not come about: its place is free, and the offer waits for the customer. Raises NotFound."""
    member = _member(campaign_id, contact_id)
    contacting.release(contact_id=contact_id, now=now)
    member.state = CampaignMember.State.RELEASED
    member.save(update_fields=["state"])
    _keep(member.campaign, member.customer_id, rule="", now=now)


def to_contact(*, campaign_id: int, channel: str, limit: int, now: datetime) -> list[CampaignMember]:
    """Held contacts a dialer or gateway may make now, the oldest first."""
    held = CampaignMember.objects.filter(
        campaign=campaign_id, campaign__state=Campaign.State.RUNNING, state=CampaignMember.State.RESERVED,
        contact__state=Contact.State.PENDING, contact__expires_at__gt=now,
    )  # fmt: skip
    if channel:
        held = held.filter(channel=channel)
    return list(held.select_related("contact", "campaign__offering").order_by("id")[: min(max(limit, 1), 500)])


# --- one customer ---------------------------------------------------------------------------------------------------
def _consider(campaign: Campaign, who: UUID, number: str, now: datetime) -> str:
    """Decide about one customer, once; "" where they were considered before or are not reached yet."""
    party = str(who)
    if not planning.in_pilot(salt=settings.OFFERS_SALT, campaign=campaign.pk, party=party, reach=campaign.reach):
        return ""
    if CampaignMember.objects.filter(campaign=campaign, customer=who).exists():
        return ""
    choice, rule, denied = _choice(campaign, who, number, now)
    arm = planning.arm(
        salt=settings.OFFERS_SALT, campaign=campaign.pk, party=party, control_share=campaign.control_share
    )  # fmt: skip
    member = CampaignMember(
        campaign=campaign, customer_id=who, arm=arm, channel=choice.channel, odds=dict(choice.odds),
        worth_fen=choice.worth_fen, rule=rule, at=now, state=CampaignMember.State.CONTROL,
    )  # fmt: skip
    if arm == planning.TREATED:
        member.state = _act(campaign, member, number, denied, now)
    member.save()
    return member.state


def _act(campaign: Campaign, member: CampaignMember, number: str, denied: frozenset[str], now: datetime) -> str:
    if member.channel != WAIT:
        try:
            member.contact_id = contacting.reserve(
                customer_id=member.customer_id, number_e164=number, ask=_ask(campaign, member.channel, now), actor=ACTOR,
                now=now,
            )  # fmt: skip
        except contacting.UnableToContact as refusal:  # another list was faster
            member.rule = str(refusal.facts["rules"][0])
        else:
            return CampaignMember.State.RESERVED
    if denied & _NEVER:
        return CampaignMember.State.BARRED
    _keep(campaign, member.customer_id, rule=member.rule, now=now)
    return CampaignMember.State.WAITING


def _choice(campaign: Campaign, who: UUID, number: str, now: datetime) -> tuple[Choice, str, frozenset[str]]:
    """The channel for one customer, the first rule that barred the best-known one, and all that spoke against any."""
    weighed = policy_facts.read(customer_id=who, number_e164=number, now=now, action=campaign.offering.code)
    verdicts = {
        channel: contact_policy.decide(
            now=now, ask=_ask(campaign, channel, now), facts=weighed.facts, rules=weighed.rules
        )
        for channel in campaign.channels
    }  # fmt: skip
    allowed = [channel for channel, verdict in verdicts.items() if verdict.allowed]
    choice = planning.choose(
        allowed, value_fen=value_of(campaign.offering), terms=planning.shipped(), key=f"campaign:{campaign.pk}|{who}"
    )
    denied = frozenset(one.rule for verdict in verdicts.values() for one in verdict.denials)
    rule = next((verdict.rule for verdict in verdicts.values() if not verdict.allowed), "")
    if not allowed:
        return choice, rule, denied
    return choice, "" if choice.channel != WAIT else "not_worth_it", frozenset()


def value_of(offering: Offering) -> int:
    """What a yes is worth, fen: what it leaves over the usual months if it is kept."""
    terms = arbitration.shipped()
    margin = offering.margin_fen if offering.margin_fen is not None else round(terms.margin_share * offering.fee_fen)
    return round(terms.keep_rate * margin * terms.months)


def _ask(campaign: Campaign, channel: str, drawn_up: datetime) -> Ask:
    return Ask(
        direction="out", channel=channel, purpose=Purpose.MARKETING, action=campaign.offering.code,
        group=campaign.group, list_at=drawn_up,
    )  # fmt: skip


def _keep(campaign: Campaign, who: UUID, *, rule: str, now: datetime) -> None:
    if campaign.ends_at > now:
        waiting.keep(
            customer_id=who, offering_code=campaign.offering.code, origin="campaign", because=rule,
            campaign_id=campaign.pk, expires_at=campaign.ends_at, now=now,
        )  # fmt: skip


# --- the audience ---------------------------------------------------------------------------------------------------
def _audience(
    campaign: Campaign, *, now: datetime, after: int, limit: int, only: UUID | None = None
) -> Sequence[tuple[int, UUID, str]]:
    made_of = compiled(understood(campaign.segment.tree), dialect=POSTGRES, now=now, prefix="q")
    values: Mapping[str, object] = {**made_of.values, "after": after, "limit": limit, "now": now, "only": only}
    text = _AUDIENCE.format(where=made_of.sql, only="AND f.customer_id = %(only)s" if only else "")
    return [(place, who, number) for place, who, number in rows(text, **values)]


def _stopped(campaign: Campaign, now: datetime) -> str:
    """Why a running campaign does nothing now; its end and its guardrails change its state."""
    if now < campaign.starts_at:
        return "early"
    if now >= campaign.ends_at:
        campaign.state, campaign.ended_at = Campaign.State.ENDED, now
        campaign.save(update_fields=["state", "ended_at"])
        return "ended"
    if _left(campaign) <= 0:
        return "budget"
    return "guardrail" if guarding.paused(campaign, now=now) else ""


def _left(campaign: Campaign) -> int:
    """How many contacts the budget still has."""
    spent = [CampaignMember.State.RESERVED, CampaignMember.State.CONTACTED]
    return campaign.budget - CampaignMember.objects.filter(campaign=campaign, state__in=spent).count()


def _member(campaign_id: int, contact_id: int) -> CampaignMember:
    member = (
        CampaignMember.objects.select_for_update(of=("self",))
        .select_related("campaign__offering")
        .filter(campaign=campaign_id, contact=contact_id)
        .first()
    )
    if member is None:
        raise NotFound(_("This campaign holds no such contact."))
    return member
