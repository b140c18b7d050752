"""Campaigns on their pages: the list, the plan with its forecast, progress, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.offers import evaluation
from customers.offers.campaigns import guarding, planning
from customers.offers.campaigns.guarding import Guardrail
from customers.offers.campaigns.models import Campaign
from customers.offers.campaigns.planning import Sizes
from customers.offers.evaluation import Interval, Judged, Logged
from customers.offers.measuring import NOVICE
from customers.offers.outcomes import ORDERED_WITHIN, RIPE, kept_sql
from customers.reading import rows
from customers.segments.counting import Counted, count

MOST = 50_000

# A success: a new holding of the product within a fortnight that is still held. Whatever was said, in both arms.
_MEMBERS = f"""
SELECT member.customer_id::text, member.arm, member.channel, member.state, member.odds::text,
    {kept_sql(customer="member.customer_id", at="member.at", offering="campaign.offering_id")}
FROM customers_campaignmember AS member JOIN customers_campaign AS campaign ON campaign.id = member.campaign_id
WHERE member.campaign_id = %(campaign)s AND (%(ripe)s::timestamptz IS NULL OR member.at <= %(ripe)s)
ORDER BY member.id DESC LIMIT %(limit)s
"""  # noqa: S608  no value of anybody's is part of the text
_TENURE = """
SELECT CASE WHEN offer.shown_at - first.at < %(novice)s::interval THEN 'novice' ELSE 'experienced' END, count(*),
    count(*) FILTER (WHERE offer.state <> 'shown'),
    count(*) FILTER (WHERE offer.state IN ('accepted', 'ordered', 'kept'))
FROM customers_campaignmember AS member
JOIN customers_campaign AS campaign ON campaign.id = member.campaign_id
JOIN customers_offer AS offer ON offer.customer_id = member.customer_id AND offer.offering_id = campaign.offering_id
    AND offer.shown_at >= member.at AND offer.shown_at <= campaign.ends_at
JOIN (SELECT agent AS who, min(shown_at) AS at FROM customers_offer GROUP BY agent) AS first ON first.who = offer.agent
WHERE member.campaign_id = %(campaign)s GROUP BY 1 ORDER BY 1
"""
_PROGRESS = """
SELECT arm, state, channel, count(*) FROM customers_campaignmember
WHERE campaign_id = %(campaign)s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_BARRED = """
SELECT rule, count(*) FROM customers_campaignmember
WHERE campaign_id = %(campaign)s AND rule <> '' GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, kw_only=True)
class Band:
    """Agents by experience: cards of the campaign's product shown to its members, and what became of them."""

    key: str
    shown: int
    answered: int
    accepted: int

    @property
    def share(self) -> Interval:
        return evaluation.wilson(self.accepted, self.answered)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What the plan would meet: the audience, the arms, and whether they are large enough."""

    counted: Counted
    sizes: Sizes
    worth: Sequence[tuple[str, int]]  # fen a contact, by channel


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Reachable members of both arms beside each other. `is_ripe`: all outcomes are known."""

    treated: Interval
    control: Interval
    uplift: Interval
    n: int
    n_control: int
    everybody: int  # ripe members, also those no contact was possible for
    is_ripe: bool
    guardrails: tuple[Guardrail, ...]
    judged: Judged | None  # of the channels; None: nothing was drawn
    tenure: tuple[Band, ...]

    @property
    def verdict(self) -> str:
        """better | worse | no_difference | not_enough."""
        if not self.n or not self.n_control:
            return "not_enough"
        return "better" if self.uplift.low > 0 else "worse" if self.uplift.high < 0 else "no_difference"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Counts by arm, state and channel; and what barred contacts."""

    rows: Sequence[tuple[str, str, str, int]]
    barred: Sequence[tuple[str, int]]
    considered: int
    contacts: int


def campaigns() -> list[Campaign]:
    """All of them, the newest first."""
    return list(Campaign.objects.select_related("segment__segment", "offering").order_by("-at", "-id"))


def campaign(*, campaign_id: int) -> Campaign:
    """Raises NotFound."""
    found = Campaign.objects.select_related("segment__segment", "offering").filter(pk=campaign_id).first()
    if found is None:
        raise NotFound(_("There is no such campaign."))
    return found


def forecast(of: Campaign, *, value_fen: int, now: datetime) -> Forecast:
    counted = count(tree=of.segment.tree, now=now, channel=of.segment.channel)
    terms = planning.shipped()
    return Forecast(
        counted=counted,
        sizes=planning.sizes(
            audience=counted.reachable, control_share=of.control_share, expected=of.expected, effect=of.effect
        ),
        worth=[(channel, planning.worth(channel, value_fen=value_fen, terms=terms)) for channel in of.channels],
    )


def progress(of: Campaign) -> Progress:
    found = rows(_PROGRESS, campaign=of.pk)
    return Progress(
        rows=[(arm, state, channel, n) for arm, state, channel, n in found],
        barred=[(rule, n) for rule, n in rows(_BARRED, campaign=of.pk)],
        considered=sum(n for *_rest, n in found),
        contacts=sum(n for _arm, state, _channel, n in found if state in {"reserved", "contacted"}),
    )


def evaluate(of: Campaign, *, now: datetime) -> Evaluation:
    """Members old enough to know; while none is, all of them, said to be unripe."""
    values = {"campaign": of.pk, "within": ORDERED_WITHIN.days, "limit": MOST}
    ripe = rows(_MEMBERS, ripe=now - RIPE, **values)
    found = ripe or rows(_MEMBERS, ripe=None, **values)
    reachable = [row for row in found if row[2] != planning.WAIT]
    treated = [row for row in reachable if row[1] == planning.TREATED]
    control = [row for row in reachable if row[1] == planning.CONTROL]
    kept, kept_control = (sum(row[5] for row in each) for each in (treated, control))
    return Evaluation(
        treated=evaluation.wilson(kept, len(treated)),
        control=evaluation.wilson(kept_control, len(control)),
        uplift=evaluation.difference(kept, len(treated), kept_control, len(control)),
        n=len(treated),
        n_control=len(control),
        everybody=len(found),
        is_ripe=bool(ripe),
        guardrails=guarding.guardrails(campaign_id=of.pk),
        judged=_judged([row for row in treated if row[3] in {"reserved", "contacted"}]),
        tenure=tuple(
            Band(key=key, shown=shown, answered=answered, accepted=accepted)
            for key, shown, answered, accepted in rows(_TENURE, campaign=of.pk, novice=str(NOVICE))
        ),
    )


def of_segment(*, segment_id: int) -> list[Campaign]:
    """The campaigns whose audience is a version of this segment, newest first."""
    return list(Campaign.objects.filter(segment__segment=segment_id).select_related("segment").order_by("-pk")[:20])


def _judged(members: Sequence[tuple[Any, ...]]) -> Judged | None:
    """Each channel always, beside what was drawn with known odds: of members with a real choice."""
    read = [(row, json.loads(row[4])) for row in members]
    read = [(row, odds) for row, odds in read if len(odds) > 1 and row[2] in odds]
    if not read:
        return None
    names = sorted({channel for _row, odds in read for channel in odds})
    table = np.array([[odds.get(name, 0.0) for name in names] for _row, odds in read])
    log = Logged(
        party=np.array([row[0] for row, _odds in read]),
        action=np.array([names.index(row[2]) for row, _odds in read], np.int64),
        odds=table,
        reward=np.array([float(row[5]) for row, _odds in read]),
    )
    common = int(table.sum(axis=0).argmax())
    constants = [(name, place) for place, name in enumerate(names)]
    return evaluation.judge(log, [("greedy", evaluation.greedy)], constants=constants, fallback=common)
