"""What stops a campaign by itself: more harm among those contacted than among those left in peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from customers.offers import evaluation, telling
from customers.offers.campaigns.models import Campaign
from customers.offers.evaluation import Interval
from customers.reading import rows

LEAST = 50  # in each arm, before a difference may stop anything

# Of those a contact was possible for, in both arms: what came after, within thirty days (calls: seven).
_HARM = """
SELECT arm, count(*), count(*) FILTER (WHERE complained), count(*) FILTER (WHERE opted_out), count(*) FILTER (WHERE called)
FROM (
    SELECT member.arm,
        EXISTS (SELECT FROM customers_interaction AS told WHERE told.customer_id = member.customer_id
                AND told.kind = 'complaint' AND told.at > member.at AND told.at <= member.at + interval '30 days') AS complained,
        EXISTS (SELECT FROM customers_donotcall AS wish WHERE wish.customer_id = member.customer_id
                AND wish.at > member.at AND wish.at <= member.at + interval '30 days') AS opted_out,
        EXISTS (SELECT FROM customers_interaction AS told WHERE told.customer_id = member.customer_id
                AND told.kind = 'call' AND told.direction = 'in' AND told.at > member.at
                AND told.at <= member.at + interval '7 days') AS called
    FROM customers_campaignmember AS member WHERE campaign_id = %(campaign)s AND channel <> 'WAIT') AS seen
GROUP BY arm
"""
FIGURES = ("complaint", "opt_out", "repeat")


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """One harm in both arms. `is_crossed`: surely more among those contacted."""

    key: str
    treated: Interval
    control: Interval
    apart: Interval
    n: int
    n_control: int

    @property
    def is_crossed(self) -> bool:
        return self.apart.low > 0 and min(self.n, self.n_control) >= LEAST


def guardrails(*, campaign_id: int) -> tuple[Guardrail, ...]:
    """One statement."""
    found = {arm: counts for arm, *counts in rows(_HARM, campaign=campaign_id)}
    (n, *hits), (m, *misses) = found.get("treated", [0, 0, 0, 0]), found.get("control", [0, 0, 0, 0])
    return tuple(
        Guardrail(
            key=key, treated=evaluation.wilson(a, n), control=evaluation.wilson(b, m),
            apart=evaluation.difference(a, n, b, m), n=n, n_control=m,
        )
        for key, a, b in zip(FIGURES, hits, misses, strict=True)
    )  # fmt: skip


@command
def watch(*, now: datetime) -> int:
    """Looks at every running campaign, also those that wait for triggers; answers how many were paused."""
    held = Campaign.objects.select_for_update(skip_locked=True).filter(state=Campaign.State.RUNNING)
    return sum(paused(campaign, now=now) for campaign in held)


def paused(campaign: Campaign, *, now: datetime) -> bool:
    """Pauses a running campaign whose guardrail is crossed, naming the figure; for a campaign its caller holds."""
    crossed = [one for one in guardrails(campaign_id=campaign.pk) if one.is_crossed]
    if not crossed:
        return False
    worst = crossed[0]
    campaign.state, campaign.by_guardrail, campaign.resumed_by = Campaign.State.PAUSED, True, ""
    campaign.reason = f"{worst.key}: {worst.treated.value:.1%} / {worst.control.value:.1%}"
    campaign.save(update_fields=["state", "by_guardrail", "resumed_by", "reason"])
    audit.write(
        actor="campaigns", action="campaign.paused", subject=f"campaign:{campaign.pk}", data={"figure": worst.key}, now=now
    )  # fmt: skip
    told: dict[str, object] = {"state": "paused", "by_guardrail": True, "figure": worst.key}
    telling.of_campaign("paused", campaign_id=campaign.pk, data=told, actor="campaigns", now=now)
    return True
