"""What is computed of one customer, each with its reason and date, for the 360 page and the API."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation.errors import NotFound
from customers.circles import queries as circles
from customers.circles.models import CircleMember
from customers.clusters.models import Cluster
from customers.fraud import queries as fraud
from customers.insight import benefits
from customers.insight.benefits import Held
from customers.insight.facts import Facts
from customers.insight.formulas import CHURN_WORDS, FEN_A_POINT, VERSION
from customers.insight.models import Tag, TagAssignment, TagLog, TagRule
from customers.segments.grammar import BadTree, Node, parse


@dataclass(frozen=True, kw_only=True)
class Block:
    """Two hours of the week: ISO weekday 1–7 and the hour it begins."""

    weekday: int
    hour: int


@dataclass(frozen=True, kw_only=True)
class Insight:
    """The facts with what a page says beside them. `reasons` are (English, Chinese)."""

    facts: Facts
    reasons: tuple[tuple[str, str], ...]
    benefits: tuple[Held, ...]  # of the level held, with what of them is used
    best: tuple[Block, ...]
    is_outdated: bool  # computed by older formulas
    circle: CircleMember | None  # neighbours are counts, never names
    cluster: Cluster | None
    verify_identity: bool  # a case of fraud is open: ask before telling; nobody is accused

    @property
    def counted_benefits(self) -> tuple[Held, ...]:
        return tuple(one for one in self.benefits if one.left)

    @property
    def missing_points(self) -> int | None:
        """Qualifying points still needed to keep the level, None without a level to lose."""
        needs, have = self.facts.level_needs, self.facts.term_points
        return None if not needs or have is None else max(0, needs - have)

    @property
    def keeps_fen(self) -> int | None:
        """What purchases and top-ups until the end of the term would keep the level, beyond the usual pace; None if none."""
        needs, pace = self.facts.level_needs, self.facts.term_pace
        return None if not needs or pace is None or pace >= needs else (needs - pace) * FEN_A_POINT


def of(*, customer_id: UUID) -> Insight | None:
    """Everything computed of a customer; None before the first night. Six statements, however much is known."""
    facts = Facts.objects.filter(customer=customer_id).first()
    if facts is None:
        return None
    return Insight(
        facts=facts,
        reasons=tuple(CHURN_WORDS[key] for key in facts.churn_reasons if key in CHURN_WORDS),
        benefits=benefits.held(customer_id=customer_id),
        best=tuple(Block(weekday=block // 100, hour=block % 100) for block in facts.best_blocks),
        is_outdated=facts.version != VERSION,
        circle=circles.of(customer_id=customer_id),
        cluster=None if facts.cluster is None else Cluster.objects.filter(number=facts.cluster).first(),
        verify_identity=fraud.needs_check(customer_id=customer_id),
    )


def tags_of(*, customer_id: UUID, now: datetime) -> list[TagAssignment]:
    """The tags that hold, by hand first."""
    held = TagAssignment.objects.filter(customer=customer_id).select_related("tag").order_by("origin", "tag__key")
    return [one for one in held if one.expires_at is None or one.expires_at > now]


def trees_of(*, held: Iterable[TagAssignment]) -> dict[int, Any]:
    """By which condition a rule put each of these tags on, by the assignment's id. One statement, none without rules."""
    by_rule = {(one.tag_id, one.rule_version): one.pk for one in held if one.rule_version is not None}
    if not by_rule:
        return {}
    rules = TagRule.objects.filter(tag__in={tag for tag, _version in by_rule})
    return {by_rule[key]: one.tree for one in rules if (key := (one.tag_id, one.version)) in by_rule}


def conditions_of(*, held: Iterable[TagAssignment]) -> dict[int, Node]:
    """The same, understood; a condition on a fact that is kept no longer is left out."""
    found = {}
    for pk, tree in trees_of(held=held).items():
        with suppress(BadTree):
            found[pk] = parse(tree)
    return found


def tag_log(*, customer_id: UUID, most: int = 20) -> list[TagLog]:
    """What happened to the tags, newest first."""
    return list(TagLog.objects.filter(customer=customer_id).select_related("tag").order_by("-at", "-pk")[:most])


def tag(*, key: str) -> Tag:
    """One tag. Raises NotFound."""
    found = Tag.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("There is no such tag."))
    return found


def tags(*, by_hand: bool = False) -> list[Tag]:
    """Every tag there is, by layer; `by_hand`: those a person may put on, which places are not."""
    found = Tag.objects.order_by("layer", "key")
    return list(found.exclude(layer=Tag.PLACE) if by_hand else found)
