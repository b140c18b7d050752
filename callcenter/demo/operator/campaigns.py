"""A campaign ten weeks old and still running, offers that wait for a visit, and a change of the contact rules to decide.

What was planted can be found again: of those told of the new phone one in eight more takes it than of those left in peace;
agents of long standing hear a yes more often; nobody complains more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import timezone

from callcenter.demo.operator.bulk import copy
from callcenter.demo.operator.history import HOLDING, Row
from customers import models as tables
from customers.offers import contacting
from customers.offers.campaigns import planning
from customers.offers.campaigns.models import Campaign, CampaignMember
from customers.offers.campaigns.running import value_of
from customers.offers.contact import terms
from customers.offers.waiting.models import WaitingOffer
from customers.reading import rows
from customers.segments import operations as segments

MOST = 2_400  # members
NEWCOMERS = 3  # agents who offered nothing before this campaign
OLD, YOUNG = 75, 2  # days ago
HOURS = (1, 2, 3, 6, 7, 8, 9, 10, 11)  # UTC, in which the shipped rules let us call
CODE = "phone-5g"
CHANNELS = ["VOICE", "SMS"]
YES = {planning.TREATED: 0.19, planning.CONTROL: 0.06}
SPACE = UUID("6f0f7f6e-0b1a-4a4e-9f2e-2f1f8f3f9c55")
_AUDIENCE = """
SELECT who.id, own.value, coalesce(said.state, 'unknown') FROM customers_customer AS who
JOIN LATERAL (SELECT value FROM customers_identifier WHERE customer_id = who.id AND kind = 'phone' AND valid_to IS NULL
              ORDER BY id LIMIT 1) AS own ON true
LEFT JOIN LATERAL (SELECT state FROM customers_consent WHERE customer_id = who.id AND purpose = 'marketing'
                   ORDER BY at DESC, id DESC LIMIT 1) AS said ON true
WHERE who.status = 'active' AND who.kind = 'individual' AND who.birth_year < 2000
  AND NOT who.id = ANY (%(but)s::uuid[])
  AND NOT EXISTS (SELECT FROM customers_holding WHERE customer_id = who.id AND offering_id = %(product)s)
ORDER BY who.id LIMIT %(most)s
"""


def write(*, now: datetime, seed: int, people: Mapping[str, str], agents: list[int], but: list[UUID]) -> None:
    """`people`: actors by user name; `but`: people whose story is told elsewhere."""
    campaign = _campaign(now, people["mei"], people["ada"])
    found = rows(_AUDIENCE, but=but, most=MOST, product=campaign.offering_id)
    members = [_member(campaign, who, said, seed, now) for who, _number, said in found]
    numbers = {who: number for who, number, _said in found}
    _contacts(campaign, [one for one in members if one.state == CampaignMember.State.CONTACTED], numbers)
    CampaignMember.objects.bulk_create(members, batch_size=1_000)
    _outcomes(campaign, members, seed, agents)
    _waiting(campaign, members, now)
    _proposal(now, people["root"])


def _campaign(now: datetime, author: str, approver: str) -> Campaign:
    tree = {"all": [{"field": "kind", "op": "=", "value": "individual"}]}
    segment = segments.save(
        name="Private customers / 个人客户", note="", tree=tree, channel="voice", actor=author, now=now
    )  # fmt: skip
    began = now - timedelta(days=OLD)
    return Campaign.objects.create(
        name="A new phone in autumn / 秋季换机", segment=segment, channels=CHANNELS, group="devices",
        offering=tables.Offering.objects.get(code=CODE), control_share=0.25, expected=0.06, effect=0.05,
        hypothesis="Who hears of the instalments from a person takes the phone and keeps it. / 由坐席介绍分期后会换机并保留。",
        budget=MOST, per_batch=50, reach=1.0, starts_at=began, ends_at=now + timedelta(days=21), author=author,
        approver=approver, at=began - timedelta(days=6), approved_at=began - timedelta(days=4),
        state=Campaign.State.RUNNING, cursor=2**60,
    )  # fmt: skip


def _member(campaign: Campaign, who: UUID, said: str, seed: int, now: datetime) -> CampaignMember:
    """Considered on a working hour; without a consent the offer waits, after a refusal it does not even do that."""
    rng = Random(f"{seed}|campaign|{who}")
    at = (now - timedelta(days=rng.uniform(YOUNG, OLD))).replace(hour=rng.choice(HOURS), minute=rng.randrange(60))
    at -= timedelta(days=max(0, at.weekday() - 4))
    arm = planning.arm(
        salt=settings.OFFERS_SALT or "demo", campaign=campaign.pk, party=str(who), control_share=campaign.control_share
    )  # fmt: skip
    allowed = CHANNELS if said == "granted" else []
    choice = planning.choose(
        allowed, value_fen=value_of(campaign.offering), terms=planning.shipped(), key=f"campaign:{campaign.pk}|{who}"
    )  # fmt: skip
    state, rule = CampaignMember.State.CONTACTED, ""
    if said == "refused":
        state, rule = CampaignMember.State.BARRED, "no_marketing"
    elif choice.channel == planning.WAIT:
        state, rule = CampaignMember.State.WAITING, "not_worth_it" if allowed else "unknown_consent"
    if arm == planning.CONTROL:
        state = CampaignMember.State.CONTROL
    return CampaignMember(
        campaign=campaign, customer_id=who, arm=arm, channel=choice.channel, odds=dict(choice.odds),
        worth_fen=choice.worth_fen, state=state, rule=rule, at=at,
    )  # fmt: skip


def _contacts(campaign: Campaign, members: list[CampaignMember], numbers: dict[UUID, str]) -> None:
    made = tables.Contact.objects.bulk_create(
        (
            tables.Contact(
                customer_id=one.customer_id, number=numbers[one.customer_id], channel=one.channel, purpose="MARKETING",
                action=CODE, group=campaign.group, state="done", at=one.at, rules_version=0, actor="campaigns",
            )
            for one in members
        ),
        batch_size=1_000,
    )  # fmt: skip
    for member, contact in zip(members, made, strict=True):
        member.contact = contact


def _outcomes(campaign: Campaign, members: list[CampaignMember], seed: int, agents: list[int]) -> None:
    """Who took the product since, in both arms; and for those rung, what was said on the card."""
    offers: list[tables.Offer] = []
    held: list[Row] = []
    for member in members:
        rng = Random(f"{seed}|outcome|{member.customer_id}")
        agent = rng.choice(agents) if agents else None
        told = member.state == CampaignMember.State.CONTACTED
        able = 1.2 if agent is not None and agent % 3 else 0.7
        took = rng.random() < YES[planning.TREATED if told else planning.CONTROL] * (able if told else 1.0)
        if took:
            since = timezone.localdate(member.at + timedelta(days=rng.randrange(1, 9)))
            held.append((member.customer_id, campaign.offering_id, "active", since, None, "billing"))
        if told and member.channel == "VOICE":
            offers.append(_card(campaign, member, agent, took=took))
    copy(tables.Holding, HOLDING, held)
    tables.Offer.objects.bulk_create(offers, batch_size=1_000)


def _card(campaign: Campaign, member: CampaignMember, agent: int | None, *, took: bool) -> tables.Offer:
    return tables.Offer(
        call=uuid5(SPACE, str(member.customer_id)), customer_id=member.customer_id, offering=campaign.offering,
        action="cross_sell", lane="sales", rule="campaign", rank=1, state="accepted" if took else "declined",
        reason="" if took else "no_need", shown_at=member.at, decided_at=member.at + timedelta(minutes=3), agent=agent,
    )  # fmt: skip


def _waiting(campaign: Campaign, members: list[CampaignMember], now: datetime) -> None:
    waits = [one for one in members if one.state == CampaignMember.State.WAITING]
    WaitingOffer.objects.bulk_create(
        WaitingOffer(
            customer_id=one.customer_id, offering=campaign.offering, origin="campaign", because=one.rule,
            campaign=campaign.pk, at=one.at, expires_at=campaign.ends_at,
        )
        for one in waits
    )  # fmt: skip


def _proposal(now: datetime, author: str) -> None:
    """Evenings left in peace: somebody else may look at what it would have changed, and decide."""
    rules: dict[str, Any] = json.loads(terms.SHIPPED.read_text(encoding="utf-8"))
    text = json.dumps(rules["hours"]).replace('"20:00"', '"18:00"')
    contacting.propose(
        rules=rules | {"hours": json.loads(text)}, author=author, effective_from=now + timedelta(days=3), now=now,
        note="Nobody is rung after six in the evening. 晚六点后不再外呼。",
    )  # fmt: skip
