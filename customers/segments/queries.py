"""Reading segments: the list, one with its versions, and those who match now, masked and checked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from callcenter.foundation import masks
from callcenter.foundation.errors import Invalid, NotFound
from callcenter.foundation.numbers import whole
from customers.clusters.models import Cluster
from customers.reading import rows
from customers.segments import ready
from customers.segments.asking import understood
from customers.segments.compilers import POSTGRES, compiled
from customers.segments.exclusions import CHANNELS, reachable
from customers.segments.models import Segment, SegmentVersion
from customers.segments.ready import Cut

MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Member:
    """One who matches now. No number; the name is masked."""

    customer_id: UUID
    masked_name: str
    region: str
    level: str
    lifecycle: str
    rfm: str
    value_tier: str
    cursor: int


# What the facts said at night is asked again of the tables themselves: a stale row never lets anybody be called.
_MEMBERS = """
SELECT f.customer_id, customer.name, f.region, f.level, f.lifecycle, f.rfm, f.value_tier, f.id
FROM customers_facts AS f JOIN customers_customer AS customer ON customer.id = f.customer_id AND customer.status = 'active'
WHERE {where} AND f.id > %(after)s
    AND NOT EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = f.customer_id
                    AND no.purpose = 'marketing' AND no.state = 'refused')
    AND EXISTS (SELECT FROM customers_consent AS yes WHERE yes.customer_id = f.customer_id AND yes.purpose = 'marketing'
                AND yes.state = 'granted' AND yes.channel IN (%(channel)s, 'any')
                AND (yes.until IS NULL OR yes.until > %(now)s))
    AND NOT EXISTS (SELECT FROM customers_donotcall AS no WHERE no.customer_id = f.customer_id)
    AND NOT EXISTS (SELECT FROM customers_donotcall AS no JOIN customers_identifier AS own ON own.value = no.number
                    WHERE own.customer_id = f.customer_id AND no.number <> '')
    AND NOT EXISTS (SELECT FROM customers_interaction AS told WHERE told.customer_id = f.customer_id
                    AND told.kind = 'complaint' AND told.outcome = 'open')
ORDER BY f.id LIMIT %(limit)s
"""


def members(*, tree: Any, channel: str, now: datetime, after: int = 0, most: int = 20) -> list[Member]:
    """Those who match now and may be reached, masked, in a fixed order from `after` on. Raises Invalid."""
    if channel not in CHANNELS:
        raise Invalid(_("Choose voice, sms or wechat as the channel."), field="/channel")
    made = compiled(reachable(understood(tree), channel), dialect=POSTGRES, now=now, prefix="q", is_filter=True)
    found = rows(
        _MEMBERS.format(where=made.sql), after=after, limit=min(max(most, 1), MOST), channel=channel, now=now,
        **made.values,
    )  # fmt: skip
    return [
        Member(
            customer_id=who, masked_name=masks.person(name), region=region, level=level, lifecycle=stage, rfm=rfm,
            value_tier=tier, cursor=number,
        )
        for who, name, region, level, stage, rfm, tier, number in found
    ]  # fmt: skip


def segments() -> list[Segment]:
    """Every segment that is not put away, each with its versions, newest first."""
    newest = SegmentVersion.objects.order_by("-number")
    return list(
        Segment.objects.filter(archived_at__isnull=True).prefetch_related(Prefetch("versions", newest)).order_by("name")
    )


def segment(*, segment_id: int) -> tuple[Segment, list[SegmentVersion]]:
    """A segment and its versions, newest first. Raises NotFound."""
    found = Segment.objects.filter(pk=segment_id).first()
    if found is None:
        raise NotFound(_("There is no such segment."))
    return found, list(found.versions.order_by("-number"))


def ready_made(key: str) -> Cut | None:
    """A ready-made cut by `way.cut`; clusters, as they stand now, by `cluster.3`, and their rules by `cluster_rule.3`."""
    way, _dot, cut = key.partition(".")
    if way in {"cluster", "cluster_rule"} and (number := whole(cut)) is not None:
        one = Cluster.objects.filter(number=number).first()
        if one is not None:
            tree = one.rule if way == "cluster_rule" else ready.is_("cluster", "=", one.number)
            return Cut(key=key, en=f"Cluster {one.number}", zh=f"聚类{one.number}", tree=tree)
    return ready.find(key)
